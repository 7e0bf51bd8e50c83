/** Resources that only answer a question: may I, and who is this. Everybody who gets in may do everything here. */
import { textAt } from "../store/json.ts";
import type { Resource } from "../store/resource.ts";
import { defineResource } from "./define.ts";

const question = { namespaced: false, verbs: ["create"] } as const;

function accessReview(plural: string, kind: string): Resource {
  return defineResource("authorization.k8s.io", "v1", {
    plural,
    kind,
    ...question,
    answer: (object) => ({ ...object, status: { allowed: true, reason: "the sandbox allows everything" } }),
  });
}

/** `userOf` tells whose bearer token it is; undefined for a stranger's. */
export function reviewResources(userOf: (token: string) => string | undefined): readonly Resource[] {
  const tokenReviews = defineResource("authentication.k8s.io", "v1", {
    plural: "tokenreviews",
    kind: "TokenReview",
    ...question,
    answer(object) {
      const username = userOf(textAt(object, "spec.token"));
      const status = username === undefined ? {} : { authenticated: true, user: { username } };
      return { ...object, status };
    },
  });
  return [
    accessReview("selfsubjectaccessreviews", "SelfSubjectAccessReview"),
    accessReview("subjectaccessreviews", "SubjectAccessReview"),
    tokenReviews,
  ];
}
