/** CustomResourceDefinitions: defaults, and validation with the messages of the API server. */
import { isObject, listAt, objectAt, textAt, textsAt } from "../object/json.ts";
import type { Json, JsonObject } from "../object/json.ts";
import { cellAt, column, nameColumn } from "../kinds/cells.ts";
import { defineResource } from "../kinds/define.ts";
import { nameCauses } from "../object/name.ts";
import type { KubeObject } from "../object/object.ts";
import type { ApiResource } from "../store/resource.ts";
import { duplicateValue, invalidValue, required, unsupportedValue } from "../object/status.ts";
import type { StatusCause } from "../object/status.ts";
import { columnTypes } from "./columns.ts";
import { definitionKind } from "./resources.ts";
import type { Schema } from "./schema.ts";
import { hasRules, structuralCauses } from "./structural.ts";

const approval = "api-approved.kubernetes.io";

export const definitions: ApiResource = defineResource("apiextensions.k8s.io", "v1", {
  plural: "customresourcedefinitions",
  kind: definitionKind,
  shortNames: ["crd", "crds"],
  categories: ["api-extensions"],
  namespaced: false,
  hasStatus: true,
  hasGeneration: true,
  allowsUnconditionalUpdate: false,
  deletionFinalizer: "customresourcecleanup.apiextensions.k8s.io",
  columns: [nameColumn, column("Created At", cellAt("metadata.creationTimestamp"))],
  applyDefaults: completeDefinition,
  validate: definitionCauses,
  warnings: (object) => [
    ...(hasRules(object["spec"]) ? ["the sandbox does not evaluate x-kubernetes-validations rules"] : []),
    ...(textAt(object, "spec.conversion.strategy") === "Webhook"
      ? ["the sandbox calls no conversion webhook: versions differ in their apiVersion only"]
      : []),
  ],
});

/** The approval annotation of the definitions that the sandbox installs for kinds of other projects. */
export const unapprovedReason = "unapproved, a shortened description for the fedns sandbox";

/** The project's own definition may replace the sandbox's, and need not keep the sandbox's stored versions. */
function takesOver(object: KubeObject, previous: KubeObject | undefined): boolean {
  const claim = (one: KubeObject | undefined): string => one?.metadata.annotations?.[approval] ?? "";
  return claim(previous) === unapprovedReason && claim(object) !== unapprovedReason;
}

function completeDefinition(object: KubeObject, previous: KubeObject | undefined): KubeObject {
  const spec = objectAt(object, "spec");
  const names = objectAt(spec, "names");
  const kind = textAt(names, "kind");
  const singular = textAt(names, "singular") || kind.toLowerCase();
  const listKind = textAt(names, "listKind") || (kind === "" ? "" : `${kind}List`);
  const stored = listAt(spec, "versions").filter(
    (version) => isObject(version) && version["storage"] === true,
  );
  const status = objectAt(object, "status");
  const storedVersions = new Set([
    ...(takesOver(object, previous) ? [] : textsAt(status, "storedVersions")),
    ...stored.map((one) => textAt(one, "name")),
  ]);
  return {
    ...object,
    spec: { conversion: { strategy: "None" }, ...spec, names: { ...names, singular, listKind } },
    status: {
      conditions: [],
      acceptedNames: { plural: "", kind: "" },
      ...status,
      storedVersions: [...storedVersions],
    },
  };
}

function definitionCauses(object: KubeObject, previous: KubeObject | undefined): readonly StatusCause[] {
  const spec = objectAt(object, "spec");
  const group = textAt(spec, "group");
  const plural = textAt(spec, "names.plural");
  const causes: StatusCause[] = [];
  if (group === "") causes.push(required("spec.group"));
  else if (!group.includes(".")) {
    causes.push(invalidValue("spec.group", group, "should be a domain with at least one dot"));
  } else causes.push(...nameCauses(group, "subdomain", "spec.group"));
  for (const field of ["plural", "singular", "kind", "listKind"]) {
    const name = textAt(spec, `names.${field}`);
    const path = `spec.names.${field}`;
    // Kinds are in mixed case.
    const isKind = field === "kind" || field === "listKind";
    if (name === "") causes.push(required(path));
    else causes.push(...nameCauses(isKind ? name.toLowerCase() : name, "service", path));
  }
  for (const field of ["shortNames", "categories"]) {
    const names = textsAt(spec, `names.${field}`).entries();
    for (const [index, name] of names)
      causes.push(...nameCauses(name, "service", `spec.names.${field}[${index}]`));
  }
  if (group !== "" && plural !== "" && object.metadata.name !== `${plural}.${group}`) {
    causes.push(
      invalidValue("metadata.name", object.metadata.name, 'must be spec.names.plural+"."+spec.group'),
    );
  }
  const scope = textAt(spec, "scope");
  if (scope === "") causes.push(required("spec.scope"));
  else if (!["Cluster", "Namespaced"].includes(scope))
    causes.push(unsupportedValue("spec.scope", scope, ["Cluster", "Namespaced"]));
  if (spec["preserveUnknownFields"] === true)
    causes.push(
      invalidValue(
        "spec.preserveUnknownFields",
        true,
        "must be false in order to use defaults in the schema",
      ),
    );
  return [
    ...causes,
    ...versionsCauses(spec),
    ...approvalCauses(object, group),
    ...changeCauses(object, previous),
  ];
}

function versionsCauses(spec: JsonObject): readonly StatusCause[] {
  const versions = listAt(spec, "versions").filter(isObject);
  const names = versions.map((version) => textAt(version, "name"));
  const stored = versions.filter((version) => version["storage"] === true);
  const causes = versions.flatMap((version, index) => versionCauses(version, `spec.versions[${index}]`));
  if (versions.length === 0) causes.push(required("spec.versions", "must have at least one version"));
  else if (stored.length !== 1) {
    const why = "must have exactly one version marked as storage version";
    causes.push(invalidValue("spec.versions", names, why));
  }
  if (new Set(names).size !== names.length)
    causes.push(invalidValue("spec.versions", names, "must contain unique version names"));
  return causes;
}

function versionCauses(version: JsonObject, path: string): StatusCause[] {
  const causes: StatusCause[] = [];
  const name = textAt(version, "name");
  const { schema } = version;
  const open = objectAt(schema, "openAPIV3Schema");
  causes.push(...(name === "" ? [required(`${path}.name`)] : nameCauses(name, "service", `${path}.name`)));
  for (const field of ["served", "storage"]) {
    if (typeof version[field] !== "boolean") causes.push(required(`${path}.${field}`));
  }
  const root = `${path}.schema.openAPIV3Schema`;
  if (Object.keys(open).length === 0) causes.push(required(root, "schemas are required"));
  else causes.push(...structuralCauses(open, root));
  const fields = listAt(version, "selectableFields").map((one) => textAt(one, "jsonPath"));
  causes.push(...fieldCauses(fields, open, `${path}.selectableFields`));
  const columns = listAt(version, "additionalPrinterColumns");
  causes.push(
    ...columns.flatMap((one, index) => columnCauses(one, `${path}.additionalPrinterColumns[${index}]`)),
  );
  return causes;
}

/** Selectable fields must be scalars that the schema declares, outside metadata. */
function fieldCauses(paths: readonly string[], schema: Schema, field: string): readonly StatusCause[] {
  return paths.flatMap((path, index) => {
    const place = `${field}[${index}].jsonPath`;
    if (path === "") return [required(place)];
    if (paths.indexOf(path) < index) return [duplicateValue(place, path)];
    const steps = path.startsWith(".") ? path.slice(1).split(".") : [];
    const found = steps.reduce<Schema>((own, step) => objectAt(objectAt(own, "properties"), step), schema);
    const isPlain = ["boolean", "integer", "string"].includes(textAt(found, "type"));
    if (isPlain && steps[0] !== "metadata") return [];
    const why = "is an invalid path: must point to a field of type string, boolean or integer";
    return [invalidValue(place, path, why)];
  });
}

function columnCauses(one: Json, path: string): readonly StatusCause[] {
  const causes: StatusCause[] = [];
  const type = textAt(one, "type");
  const jsonPath = textAt(one, "jsonPath");
  if (textAt(one, "name") === "") causes.push(required(`${path}.name`));
  if (type === "") causes.push(required(`${path}.type`, `must be one of ${columnTypes.join(",")}`));
  else if (!columnTypes.includes(type))
    causes.push(invalidValue(`${path}.type`, type, `must be one of ${columnTypes.join(",")}`));
  if (jsonPath === "") causes.push(required(`${path}.jsonPath`));
  else if (!/^[.[]/.test(jsonPath)) {
    const why = "is an invalid json path: must be a simple json path, starting with '.'";
    causes.push(invalidValue(`${path}.jsonPath`, jsonPath, why));
  }
  return causes;
}

/** Groups of the Kubernetes project require an approval annotation. */
function approvalCauses(object: KubeObject, group: string): readonly StatusCause[] {
  if (!/(^|\.)(k8s|kubernetes)\.io$/.test(group)) return [];
  const value = object.metadata.annotations?.[approval] ?? "";
  const field = `metadata.annotations[${approval}]`;
  if (value === "") {
    const why = `protected groups must have approval annotation ${JSON.stringify(approval)}, see https://github.com/kubernetes/enhancements/pull/1111`;
    return [required(field, why)];
  }
  if (value.startsWith("unapproved") || URL.canParse(value)) return [];
  const why = `protected groups must have approval annotation ${JSON.stringify(approval)} with either a URL or a reason starting with "unapproved", see https://github.com/kubernetes/enhancements/pull/1111`;
  return [invalidValue(field, value, why)];
}

function changeCauses(object: KubeObject, previous: KubeObject | undefined): readonly StatusCause[] {
  if (!previous) return [];
  const fixed = ["spec.group", "spec.scope", "spec.names.plural", "spec.names.kind"];
  const causes = fixed
    .filter((path) => textAt(object, path) !== textAt(previous, path))
    .map((path) => invalidValue(path, textAt(object, path), "field is immutable"));
  const names = listAt(object, "spec.versions").map((version) => textAt(version, "name"));
  const stored = textsAt(object, "status.storedVersions");
  for (const [index, name] of stored.entries()) {
    if (!names.includes(name))
      causes.push(invalidValue(`status.storedVersions[${index}]`, name, "must appear in spec.versions"));
  }
  return causes;
}
