/** Protobuf tables of `k8s.io/apimachinery` meta/v1, which all kinds share. */
import type { ProtobufMessage } from "./decode.ts";
import { flag, integer, many, map, one, plainInteger, rawJson, text, texts, time } from "./fields.ts";

export const objectMeta: ProtobufMessage = {
  1: text("name"),
  2: text("generateName"),
  3: text("namespace"),
  4: text("selfLink"),
  5: text("uid"),
  6: text("resourceVersion"),
  7: plainInteger("generation"),
  8: time("creationTimestamp"),
  9: time("deletionTimestamp"),
  10: integer("deletionGracePeriodSeconds"),
  11: map("labels"),
  12: map("annotations"),
  13: many("ownerReferences", {
    1: text("kind"),
    3: text("name"),
    4: text("uid"),
    5: text("apiVersion"),
    6: flag("controller"),
    7: flag("blockOwnerDeletion"),
  }),
  14: texts("finalizers"),
  17: many("managedFields", {
    1: text("manager"),
    2: text("operation"),
    3: text("apiVersion"),
    4: time("time"),
    6: text("fieldsType"),
    7: rawJson("fieldsV1"),
    8: text("subresource"),
  }),
};

export const labelSelector: ProtobufMessage = {
  1: map("matchLabels"),
  2: many("matchExpressions", { 1: text("key"), 2: text("operator"), 3: texts("values") }),
};

export const deleteOptions: ProtobufMessage = {
  1: integer("gracePeriodSeconds"),
  2: one("preconditions", { 1: text("uid"), 2: text("resourceVersion") }),
  3: flag("orphanDependents"),
  4: text("propagationPolicy"),
  5: texts("dryRun"),
};
