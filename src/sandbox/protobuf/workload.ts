/** Protobuf tables of pods and workloads (`k8s.io/api` core/v1, apps/v1, batch/v1). The field numbers are fixed there. */
import type { ProtobufMessage } from "./decode.ts";
import {
  flag,
  integer,
  intOrString,
  many,
  map,
  one,
  plainFlag,
  plainInteger,
  quantity,
  text,
  texts,
  time,
} from "./fields.ts";
import { labelSelector, objectMeta } from "./metadata.ts";

const resources: ProtobufMessage = { 1: map("limits", quantity), 2: map("requests", quantity) };

const container: ProtobufMessage = {
  1: text("name"),
  2: text("image"),
  3: texts("command"),
  4: texts("args"),
  5: text("workingDir"),
  6: many("ports", {
    1: text("name"),
    2: plainInteger("hostPort"),
    3: plainInteger("containerPort"),
    4: text("protocol"),
    5: text("hostIP"),
  }),
  7: many("env", { 1: text("name"), 2: text("value") }),
  8: one("resources", resources),
  13: text("terminationMessagePath"),
  14: text("imagePullPolicy"),
  16: plainFlag("stdin"),
  17: plainFlag("stdinOnce"),
  18: plainFlag("tty"),
  20: text("terminationMessagePolicy"),
};

const podSpec: ProtobufMessage = {
  2: many("containers", container),
  3: text("restartPolicy"),
  4: integer("terminationGracePeriodSeconds"),
  5: integer("activeDeadlineSeconds"),
  6: text("dnsPolicy"),
  7: map("nodeSelector"),
  8: text("serviceAccountName"),
  9: text("serviceAccount"),
  10: text("nodeName"),
  11: plainFlag("hostNetwork"),
  12: plainFlag("hostPID"),
  13: plainFlag("hostIPC"),
  14: one("securityContext", {}),
  15: many("imagePullSecrets", { 1: text("name") }),
  16: text("hostname"),
  17: text("subdomain"),
  19: text("schedulerName"),
  20: many("initContainers", container),
  21: flag("automountServiceAccountToken"),
  24: text("priorityClassName"),
  25: integer("priority"),
  30: flag("enableServiceLinks"),
};

const podTemplate: ProtobufMessage = { 1: one("metadata", objectMeta), 2: one("spec", podSpec) };

export const deployment: ProtobufMessage = {
  1: one("metadata", objectMeta),
  2: one("spec", {
    1: integer("replicas"),
    2: one("selector", labelSelector),
    3: one("template", podTemplate),
    4: one("strategy", {
      1: text("type"),
      2: one("rollingUpdate", { 1: intOrString("maxUnavailable"), 2: intOrString("maxSurge") }),
    }),
    5: plainInteger("minReadySeconds"),
    6: integer("revisionHistoryLimit"),
    7: plainFlag("paused"),
    9: integer("progressDeadlineSeconds"),
  }),
  3: one("status", {
    1: plainInteger("observedGeneration"),
    2: plainInteger("replicas"),
    3: plainInteger("updatedReplicas"),
    4: plainInteger("availableReplicas"),
    5: plainInteger("unavailableReplicas"),
    7: plainInteger("readyReplicas"),
  }),
};

const jobSpec: ProtobufMessage = {
  1: integer("parallelism"),
  2: integer("completions"),
  3: integer("activeDeadlineSeconds"),
  4: one("selector", labelSelector),
  5: flag("manualSelector"),
  6: one("template", podTemplate),
  7: integer("backoffLimit"),
  8: integer("ttlSecondsAfterFinished"),
  9: text("completionMode"),
  10: flag("suspend"),
};

export const job: ProtobufMessage = {
  1: one("metadata", objectMeta),
  2: one("spec", jobSpec),
  3: one("status", {
    4: plainInteger("active"),
    5: plainInteger("succeeded"),
    6: plainInteger("failed"),
    7: text("completedIndexes"),
  }),
};

export const cronJob: ProtobufMessage = {
  1: one("metadata", objectMeta),
  2: one("spec", {
    1: text("schedule"),
    2: integer("startingDeadlineSeconds"),
    3: text("concurrencyPolicy"),
    4: flag("suspend"),
    5: one("jobTemplate", { 1: one("metadata", objectMeta), 2: one("spec", jobSpec) }),
    6: integer("successfulJobsHistoryLimit"),
    7: integer("failedJobsHistoryLimit"),
    8: text("timeZone"),
  }),
  3: one("status", { 4: time("lastScheduleTime"), 5: time("lastSuccessfulTime") }),
};
