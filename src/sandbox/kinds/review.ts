/** Reviews: creates that are answered and not stored. Every authenticated user may do everything in the sandbox. */
import { objectAt, textAt } from "../object/json.ts";
import type { ApiResource } from "../store/resource.ts";
import { defineResource } from "./define.ts";

const question = { namespaced: false, verbs: ["create"] } as const;

function accessReview(plural: string, kind: string, namespaced: boolean): ApiResource {
  return defineResource("authorization.k8s.io", "v1", {
    plural,
    kind,
    ...question,
    namespaced,
    review: (object) => ({ ...object, status: { allowed: true, reason: "the sandbox allows everything" } }),
  });
}

const rulesReviews = defineResource("authorization.k8s.io", "v1", {
  plural: "selfsubjectrulesreviews",
  kind: "SelfSubjectRulesReview",
  ...question,
  review: (object) => ({
    ...object,
    spec: objectAt(object, "spec"),
    status: {
      incomplete: false,
      resourceRules: [{ verbs: ["*"], apiGroups: ["*"], resources: ["*"] }],
      nonResourceRules: [{ verbs: ["*"], nonResourceURLs: ["*"] }],
    },
  }),
});

/** Always the user of the kubeconfig that the sandbox wrote. */
const selfReviews = defineResource("authentication.k8s.io", "v1", {
  plural: "selfsubjectreviews",
  kind: "SelfSubjectReview",
  ...question,
  review: (object) => ({
    ...object,
    status: {
      userInfo: { username: "sandbox-admin", groups: ["system:masters", "system:authenticated"] },
    },
  }),
});

/** `userOf` returns the user of a bearer token, or undefined for an unknown token. */
export function reviewResources(userOf: (token: string) => string | undefined): readonly ApiResource[] {
  const tokenReviews = defineResource("authentication.k8s.io", "v1", {
    plural: "tokenreviews",
    kind: "TokenReview",
    ...question,
    review(object) {
      const username = userOf(textAt(object, "spec.token"));
      const status = username === undefined ? {} : { authenticated: true, user: { username } };
      return { ...object, status };
    },
  });
  return [
    accessReview("selfsubjectaccessreviews", "SelfSubjectAccessReview", false),
    accessReview("subjectaccessreviews", "SubjectAccessReview", false),
    accessReview("localsubjectaccessreviews", "LocalSubjectAccessReview", true),
    rulesReviews,
    selfReviews,
    tokenReviews,
  ];
}
