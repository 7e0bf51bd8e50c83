/** Defaults and validation of roles and bindings, with the messages of the API server. */
import { isDeepStrictEqual } from "node:util";
import { isObject, listAt, objectAt, textAt, textsAt } from "../object/json.ts";
import type { Json, JsonObject } from "../object/json.ts";
import type { KubeObject } from "../object/object.ts";
import { invalidValue, required, unsupportedValue } from "../object/status.ts";
import type { StatusCause } from "../object/status.ts";

const rbacGroup = "rbac.authorization.k8s.io";
const roleKinds: Readonly<Record<string, readonly string[]>> = {
  RoleBinding: ["Role", "ClusterRole"],
  ClusterRoleBinding: ["ClusterRole"],
};

export function roleCauses(object: KubeObject): readonly StatusCause[] {
  const isNamespaced = object.kind === "Role";
  return listAt(object, "rules").flatMap((rule, index) => ruleCauses(rule, `rules[${index}]`, isNamespaced));
}

function ruleCauses(rule: Json, field: string, isNamespaced: boolean): readonly StatusCause[] {
  const urls = textsAt(rule, "nonResourceURLs");
  const causes: StatusCause[] = [];
  if (textsAt(rule, "verbs").length === 0)
    causes.push(required(`${field}.verbs`, "verbs must contain at least one value"));
  if (urls.length > 0) {
    const isMixed = ["apiGroups", "resources", "resourceNames"].some(
      (list) => textsAt(rule, list).length > 0,
    );
    const where = `${field}.nonResourceURLs`;
    if (isNamespaced)
      causes.push(invalidValue(where, urls, "namespaced rules cannot apply to non-resource URLs"));
    if (isMixed)
      causes.push(
        invalidValue(where, urls, "rules cannot apply to both regular resources and non-resource URLs"),
      );
    return causes;
  }
  if (textsAt(rule, "apiGroups").length === 0)
    causes.push(required(`${field}.apiGroups`, "resource rules must supply at least one api group"));
  if (textsAt(rule, "resources").length === 0)
    causes.push(required(`${field}.resources`, "resource rules must supply at least one resource"));
  return causes;
}

/** Groups of the role and of subjects have defaults. */
export function completeBinding(object: KubeObject): KubeObject {
  const subjects = listAt(object, "subjects").map((subject) => {
    if (!isObject(subject) || subject["apiGroup"] !== undefined) return subject;
    return textAt(subject, "kind") === "ServiceAccount" ? subject : { ...subject, apiGroup: rbacGroup };
  });
  const roleRef: JsonObject = { apiGroup: rbacGroup, ...objectAt(object, "roleRef") };
  return { ...object, ...(subjects.length > 0 && { subjects }), roleRef };
}

export function bindingCauses(object: KubeObject, previous: KubeObject | undefined): readonly StatusCause[] {
  const roleRef = objectAt(object, "roleRef");
  const kinds = roleKinds[object.kind] ?? [];
  const causes: StatusCause[] = [];
  if (textAt(roleRef, "apiGroup") !== rbacGroup)
    causes.push(unsupportedValue("roleRef.apiGroup", roleRef["apiGroup"], [rbacGroup]));
  if (!kinds.includes(textAt(roleRef, "kind")))
    causes.push(unsupportedValue("roleRef.kind", roleRef["kind"] ?? "", kinds));
  if (textAt(roleRef, "name") === "") causes.push(required("roleRef.name"));
  const subjects = listAt(object, "subjects");
  causes.push(...subjects.flatMap((subject, index) => subjectCauses(subject, `subjects[${index}]`)));
  if (previous && !isDeepStrictEqual(roleRef, objectAt(previous, "roleRef")))
    causes.push(invalidValue("roleRef", roleRef, "cannot change roleRef"));
  return causes;
}

function subjectCauses(subject: Json, field: string): readonly StatusCause[] {
  const kind = textAt(subject, "kind");
  const group = textAt(subject, "apiGroup");
  const causes: StatusCause[] = [];
  if (textAt(subject, "name") === "") causes.push(required(`${field}.name`));
  if (kind === "ServiceAccount") {
    if (textAt(subject, "namespace") === "") causes.push(required(`${field}.namespace`));
    if (group !== "") causes.push(unsupportedValue(`${field}.apiGroup`, group, [""]));
  } else if (kind === "User" || kind === "Group") {
    if (group !== rbacGroup) causes.push(unsupportedValue(`${field}.apiGroup`, group, [rbacGroup]));
  } else {
    causes.push(unsupportedValue(`${field}.kind`, kind, ["ServiceAccount", "User", "Group"]));
  }
  return causes;
}
