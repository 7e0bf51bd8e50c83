/** Protobuf tables of RBAC, disruption budgets, quotas and access reviews (rbac/v1, policy/v1, authorization/v1). */
import type { ProtobufMessage } from "./decode.ts";
import { intOrString, many, map, one, plainFlag, plainInteger, quantity, text, texts } from "./fields.ts";
import { labelSelector, objectMeta } from "./metadata.ts";

const metadata = one("metadata", objectMeta);

export const role: ProtobufMessage = {
  1: metadata,
  2: many("rules", {
    1: texts("verbs"),
    2: texts("apiGroups"),
    3: texts("resources"),
    4: texts("resourceNames"),
    5: texts("nonResourceURLs"),
  }),
  3: one("aggregationRule", { 1: many("clusterRoleSelectors", labelSelector) }),
};

export const roleBinding: ProtobufMessage = {
  1: metadata,
  2: many("subjects", { 1: text("kind"), 2: text("apiGroup"), 3: text("name"), 4: text("namespace") }),
  3: one("roleRef", { 1: text("apiGroup"), 2: text("kind"), 3: text("name") }),
};

export const disruptionBudget: ProtobufMessage = {
  1: metadata,
  2: one("spec", {
    1: intOrString("minAvailable"),
    2: one("selector", labelSelector),
    3: intOrString("maxUnavailable"),
    4: text("unhealthyPodEvictionPolicy"),
  }),
  3: one("status", {
    1: plainInteger("observedGeneration"),
    3: plainInteger("disruptionsAllowed"),
    4: plainInteger("currentHealthy"),
    5: plainInteger("desiredHealthy"),
    6: plainInteger("expectedPods"),
  }),
};

export const resourceQuota: ProtobufMessage = {
  1: metadata,
  2: one("spec", { 1: map("hard", quantity), 2: texts("scopes") }),
  3: one("status", { 1: map("hard", quantity), 2: map("used", quantity) }),
};

export const selfSubjectAccessReview: ProtobufMessage = {
  1: metadata,
  2: one("spec", {
    1: one("resourceAttributes", {
      1: text("namespace"),
      2: text("verb"),
      3: text("group"),
      4: text("version"),
      5: text("resource"),
      6: text("subresource"),
      7: text("name"),
    }),
    2: one("nonResourceAttributes", { 1: text("path"), 2: text("verb") }),
  }),
  3: one("status", {
    1: plainFlag("allowed"),
    2: text("reason"),
    3: text("evaluationError"),
    4: plainFlag("denied"),
  }),
};
