/** Protobuf tables of self reviews, tokens, evictions, priority classes and autoscalers, as far as kubectl generates them. */
import type { ProtobufMessage } from "./decode.ts";
import { integer, many, one, plainFlag, plainInteger, text, texts } from "./fields.ts";
import { deleteOptions, objectMeta } from "./metadata.ts";

const metadata = one("metadata", objectMeta);

export const selfSubjectRulesReview: ProtobufMessage = {
  1: metadata,
  2: one("spec", { 1: text("namespace") }),
  3: one("status", {
    1: many("resourceRules", {}),
    2: many("nonResourceRules", {}),
    3: plainFlag("incomplete"),
    4: text("evaluationError"),
  }),
};

export const selfSubjectReview: ProtobufMessage = {
  1: metadata,
  2: one("status", { 1: one("userInfo", { 1: text("username"), 2: text("uid"), 3: texts("groups") }) }),
};

export const tokenRequest: ProtobufMessage = {
  1: metadata,
  2: one("spec", {
    1: texts("audiences"),
    3: one("boundObjectRef", { 1: text("kind"), 2: text("apiVersion"), 3: text("name"), 4: text("uid") }),
    4: integer("expirationSeconds"),
  }),
  3: one("status", { 1: text("token"), 2: one("expirationTimestamp", { 1: plainInteger("seconds") }) }),
};

export const eviction: ProtobufMessage = { 1: metadata, 2: one("deleteOptions", deleteOptions) };

export const priorityClass: ProtobufMessage = {
  1: metadata,
  2: integer("value"),
  3: plainFlag("globalDefault"),
  4: text("description"),
  5: text("preemptionPolicy"),
};

export const autoscaler: ProtobufMessage = {
  1: metadata,
  2: one("spec", {
    1: one("scaleTargetRef", { 1: text("kind"), 2: text("name"), 3: text("apiVersion") }),
    2: integer("minReplicas"),
    3: plainInteger("maxReplicas"),
    4: integer("targetCPUUtilizationPercentage"),
  }),
  3: one("status", {
    1: plainInteger("observedGeneration"),
    3: plainInteger("currentReplicas"),
    4: plainInteger("desiredReplicas"),
  }),
};
