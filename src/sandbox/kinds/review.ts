/** Reviews: creates that are answered and not stored. They tell who a user is and what a user may do. */
import { isObject, listAt, objectAt, textAt, textsAt } from "../object/json.ts";
import type { Json, JsonObject } from "../object/json.ts";
import type { AccessControl } from "../access/access.ts";
import { writeRule } from "../access/rule.ts";
import { groupsOf } from "../object/user.ts";
import type { AccessRequest, User } from "../object/user.ts";
import type { ApiResource } from "../store/resource.ts";
import { API_AUDIENCE } from "../tls/token.ts";
import { defineResource } from "./define.ts";

const question = { namespaced: false, verbs: ["create"] } as const;

type ReviewContext = {
  readonly access: AccessControl;
  readonly identify: (
    token: string,
    audiences: readonly string[],
  ) => { readonly user: User; readonly audiences: readonly string[] } | undefined;
};

export function reviewResources({ access, identify }: ReviewContext): readonly ApiResource[] {
  const status = (spec: JsonObject, user: User, namespace: string): JsonObject => {
    const { isAllowed, reason } = access.answer(user, askedIn(spec, namespace));
    return { allowed: isAllowed, ...(reason !== "" && { reason }) };
  };
  return [
    accessReview("selfsubjectaccessreviews", "SelfSubjectAccessReview", {
      answer: (spec, author) => status(spec, author, ""),
    }),
    accessReview("subjectaccessreviews", "SubjectAccessReview", {
      answer: (spec) => status(spec, subjectOf(spec), ""),
    }),
    accessReview("localsubjectaccessreviews", "LocalSubjectAccessReview", {
      namespaced: true,
      answer: (spec, _, namespace) => status(spec, subjectOf(spec), namespace),
    }),
    rulesReviews(access),
    selfReviews,
    defineResource("authentication.k8s.io", "v1", {
      plural: "tokenreviews",
      kind: "TokenReview",
      ...question,
      review(object) {
        const asked = textsAt(object, "spec.audiences");
        const found = identify(textAt(object, "spec.token"), asked.length > 0 ? asked : [API_AUDIENCE]);
        if (!found) return { ...object, status: { user: {}, error: "[invalid bearer token]" } };
        const { user, audiences } = found;
        return { ...object, status: { authenticated: true, user: userInfo(user), audiences } };
      },
    }),
  ];
}

type Answer = {
  readonly namespaced?: boolean;
  readonly answer: (spec: JsonObject, author: User, namespace: string) => JsonObject;
};

function accessReview(plural: string, kind: string, { namespaced = false, answer }: Answer): ApiResource {
  return defineResource("authorization.k8s.io", "v1", {
    plural,
    kind,
    ...question,
    namespaced,
    review: (object, author) => ({
      ...object,
      status: answer(objectAt(object, "spec"), author, object.metadata.namespace ?? ""),
    }),
  });
}

/** The request that the spec of an access review describes. */
function askedIn(spec: JsonObject, namespace: string): AccessRequest {
  const path = objectAt(spec, "nonResourceAttributes");
  if (isObject(spec["nonResourceAttributes"]))
    return { verb: textAt(path, "verb"), path: textAt(path, "path") };
  const asked = objectAt(spec, "resourceAttributes");
  return {
    verb: textAt(asked, "verb"),
    group: textAt(asked, "group"),
    resource: textAt(asked, "resource"),
    subresource: textAt(asked, "subresource"),
    namespace: namespace || textAt(asked, "namespace"),
    name: textAt(asked, "name"),
  };
}

function subjectOf(spec: JsonObject): User {
  return { name: textAt(spec, "user"), groups: textsAt(spec, "groups") };
}

function rulesReviews(access: AccessControl): ApiResource {
  return defineResource("authorization.k8s.io", "v1", {
    plural: "selfsubjectrulesreviews",
    kind: "SelfSubjectRulesReview",
    ...question,
    review(object, author) {
      const { granted, faults } = access.rulesFor(author, textAt(object, "spec.namespace"));
      const rules = granted.map(({ rule }) => writeRule(rule));
      const isPath = (rule: Json): boolean => listAt(rule, "nonResourceURLs").length > 0;
      const status = {
        incomplete: faults.length > 0,
        resourceRules: rules.filter((rule) => !isPath(rule)),
        nonResourceRules: rules.filter(isPath),
        ...(faults.length > 0 && { evaluationError: faults.join(", ") }),
      };
      return { ...object, spec: objectAt(object, "spec"), status };
    },
  });
}

const selfReviews = defineResource("authentication.k8s.io", "v1", {
  plural: "selfsubjectreviews",
  kind: "SelfSubjectReview",
  ...question,
  review: (object, author) => ({ ...object, status: { userInfo: userInfo(author) } }),
});

function userInfo(user: User): JsonObject {
  const { name, uid } = user;
  return { username: name, ...(uid !== undefined && { uid }), groups: groupsOf(user) };
}
