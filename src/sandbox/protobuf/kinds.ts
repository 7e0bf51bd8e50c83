/**
 * Objects in the Kubernetes protobuf envelope. kubectl 1.32 sends the objects it generates (`create namespace`,
 * `create deployment`, `auth can-i`, …) in protobuf only, so those kinds have tables here; others are answered with 415.
 */
import { Buffer } from "node:buffer";
import type { JsonObject } from "../object/json.ts";
import { textAt } from "../object/json.ts";
import { badRequest, unsupportedMediaType } from "../object/status.ts";
import { disruptionBudget, resourceQuota, role, roleBinding, selfSubjectAccessReview } from "./access.ts";
import { decodeMessage } from "./decode.ts";
import type { ProtobufMessage } from "./decode.ts";
import {
  binary,
  flag,
  integer,
  intOrString,
  inline,
  many,
  map,
  one,
  plainFlag,
  plainInteger,
  text,
  texts,
} from "./fields.ts";
import { deleteOptions, objectMeta } from "./metadata.ts";
import {
  autoscaler,
  eviction,
  priorityClass,
  selfSubjectReview,
  selfSubjectRulesReview,
  tokenRequest,
} from "./reviews.ts";
import { cronJob, deployment, job } from "./workload.ts";

export const protobufType = "application/vnd.kubernetes.protobuf";

const metadata = one("metadata", objectMeta);
const balancer = one("loadBalancer", {
  1: many("ingress", { 1: text("ip"), 2: text("hostname"), 3: text("ipMode") }),
});

const service: ProtobufMessage = {
  1: metadata,
  2: one("spec", {
    1: many("ports", {
      1: text("name"),
      2: text("protocol"),
      3: integer("port"),
      4: intOrString("targetPort"),
      5: plainInteger("nodePort"),
      6: text("appProtocol"),
    }),
    2: map("selector"),
    3: text("clusterIP"),
    4: text("type"),
    5: texts("externalIPs"),
    7: text("sessionAffinity"),
    8: text("loadBalancerIP"),
    9: texts("loadBalancerSourceRanges"),
    10: text("externalName"),
    11: text("externalTrafficPolicy"),
    12: plainInteger("healthCheckNodePort"),
    13: plainFlag("publishNotReadyAddresses"),
    17: text("ipFamilyPolicy"),
    18: texts("clusterIPs"),
    19: texts("ipFamilies"),
    20: flag("allocateLoadBalancerNodePorts"),
    21: text("loadBalancerClass"),
    22: text("internalTrafficPolicy"),
  }),
  3: one("status", { 1: balancer }),
};

const backend: ProtobufMessage = {
  4: one("service", { 1: text("name"), 2: one("port", { 1: text("name"), 2: plainInteger("number") }) }),
};
const paths = many("paths", { 1: text("path"), 2: one("backend", backend), 3: text("pathType") });

const ingress: ProtobufMessage = {
  1: metadata,
  2: one("spec", {
    1: one("defaultBackend", backend),
    2: many("tls", { 1: texts("hosts"), 2: text("secretName") }),
    3: many("rules", { 1: text("host"), 2: inline({ 1: one("http", { 1: paths }) }) }),
    4: text("ingressClassName"),
  }),
  3: one("status", { 1: balancer }),
};

const kinds: Readonly<Record<string, ProtobufMessage>> = {
  "v1/Namespace": {
    1: metadata,
    2: one("spec", { 1: texts("finalizers") }),
    3: one("status", { 1: text("phase") }),
  },
  "v1/ServiceAccount": { 1: metadata, 4: flag("automountServiceAccountToken") },
  "v1/ConfigMap": { 1: metadata, 2: map("data"), 3: map("binaryData", binary), 4: flag("immutable") },
  "v1/Secret": {
    1: metadata,
    2: map("data", binary),
    3: text("type"),
    4: map("stringData"),
    5: flag("immutable"),
  },
  "v1/Service": service,
  "v1/ResourceQuota": resourceQuota,
  "v1/DeleteOptions": deleteOptions,
  "meta.k8s.io/v1/DeleteOptions": deleteOptions,
  "apps/v1/Deployment": deployment,
  "batch/v1/Job": job,
  "batch/v1/CronJob": cronJob,
  "networking.k8s.io/v1/Ingress": ingress,
  "rbac.authorization.k8s.io/v1/Role": role,
  "rbac.authorization.k8s.io/v1/ClusterRole": role,
  "rbac.authorization.k8s.io/v1/RoleBinding": roleBinding,
  "rbac.authorization.k8s.io/v1/ClusterRoleBinding": roleBinding,
  "policy/v1/PodDisruptionBudget": disruptionBudget,
  "authorization.k8s.io/v1/SelfSubjectAccessReview": selfSubjectAccessReview,
  "authorization.k8s.io/v1/SelfSubjectRulesReview": selfSubjectRulesReview,
  "authentication.k8s.io/v1/SelfSubjectReview": selfSubjectReview,
  "authentication.k8s.io/v1/TokenRequest": tokenRequest,
  "policy/v1/Eviction": eviction,
  "scheduling.k8s.io/v1/PriorityClass": priorityClass,
  "autoscaling/v1/HorizontalPodAutoscaler": autoscaler,
};

/** `runtime.Unknown`: the type, then the encoded object. */
const envelope: ProtobufMessage = {
  1: one("type", { 1: text("apiVersion"), 2: text("kind") }),
  2: binary("raw"),
  3: text("contentEncoding"),
  4: text("contentType"),
};
const magic = Buffer.from("k8s\0");

/** Throws 400 for bytes that are not an envelope, and 415 for a kind or field without a table. */
export function decodeObject(bytes: Buffer): JsonObject {
  if (!bytes.subarray(0, magic.byteLength).equals(magic)) {
    throw badRequest("error decoding the body: it does not start with the protobuf magic number");
  }
  const outer = decodeMessage(envelope, bytes.subarray(magic.byteLength));
  const type = { apiVersion: textAt(outer, "type.apiVersion"), kind: textAt(outer, "type.kind") };
  // DeleteOptions carry the apiVersion of the group they delete in.
  const message =
    kinds[`${type.apiVersion}/${type.kind}`] ?? (type.kind === "DeleteOptions" ? deleteOptions : undefined);
  if (!message) {
    throw unsupportedMediaType(
      `the sandbox does not read ${type.kind} in protobuf - send application/json or application/yaml`,
    );
  }
  return { ...type, ...decodeMessage(message, Buffer.from(textAt(outer, "raw"), "base64")) };
}
