/** The resources of a CustomResourceDefinition: one for each served version. */
import { defineResource } from "../kinds/define.ts";
import { customShape } from "./schema-shape.ts";
import { isObject, listAt, objectAt, textAt, textsAt, valueAt } from "../object/json.ts";
import type { JsonObject } from "../object/json.ts";
import type { KubeObject } from "../object/object.ts";
import type { ApiResource, ScalePaths } from "../store/resource.ts";
import { compareVersions } from "../object/version.ts";
import { columnsOf } from "./columns.ts";
import { withDefaults } from "./defaults.ts";
import { mistypedCustom } from "./mistyped.ts";
import { prune } from "./prune.ts";
import type { Schema } from "./schema.ts";
import { schemaCauses } from "./validate.ts";

export const definitionKind = "CustomResourceDefinition";

/** The versions of a definition by preference: v2 before v1 before v1beta1. */
function versionsOf(definition: KubeObject): readonly JsonObject[] {
  const versions = listAt(definition, "spec.versions").filter(isObject);
  return versions.toSorted((a, b) => compareVersions(textAt(a, "name"), textAt(b, "name")));
}

export function resourcesOf(definition: KubeObject): readonly ApiResource[] {
  const served = versionsOf(definition).filter((version) => version["served"] === true);
  return served.map((version) => resourceOf(definition, version));
}

function resourceOf(definition: KubeObject, version: JsonObject): ApiResource {
  const spec = objectAt(definition, "spec");
  const schema: Schema = objectAt(version, "schema.openAPIV3Schema");
  const apiVersion = `${textAt(spec, "group")}/${textAt(version, "name")}`;
  const scale = scaleOf(version);
  const stored = versionsOf(definition).find((one) => one["storage"] === true);
  const storedSchema = objectAt(stored, "schema.openAPIV3Schema");
  return defineResource(textAt(spec, "group"), textAt(version, "name"), {
    plural: textAt(spec, "names.plural"),
    singular: textAt(spec, "names.singular"),
    kind: textAt(spec, "names.kind"),
    listKind: textAt(spec, "names.listKind"),
    shortNames: textsAt(spec, "names.shortNames"),
    categories: textsAt(spec, "names.categories"),
    namespaced: textAt(spec, "scope") === "Namespaced",
    storageVersion: textAt(stored, "name"),
    hasStatus: valueAt(version, "subresources.status") !== undefined,
    hasGeneration: true,
    allowsUnconditionalUpdate: false,
    hasBareItems: false,
    ...(scale && { scale }),
    columns: columnsOf(version),
    selectableFields: selectable(version),
    schema,
    shape: customShape(schema),
    prune: (object) => prune(object, schema),
    mistyped: (object) => mistypedCustom(object, schema),
    applyDefaults: (object) => withDefaults(prune(object, schema).object, schema) as KubeObject,
    fromStorage: (object) => ({ ...prune(object, schema).object, apiVersion }) as KubeObject,
    toStorage: (object) => withDefaults(prune(object, storedSchema).object, storedSchema) as KubeObject,
    validate: (object) => schemaCauses(object, schema),
    ...(version["deprecated"] === true && { deprecationWarning: deprecation(spec, version) }),
  });
}

/** Suggests the newest version that is not deprecated, if there is one. */
function deprecation(spec: JsonObject, version: JsonObject): string {
  const own = textAt(version, "deprecationWarning");
  const old = textAt(version, "name");
  const newer = listAt(spec, "versions")
    .filter((one) => valueAt(one, "served") === true && valueAt(one, "deprecated") !== true)
    .map((one) => textAt(one, "name"))
    .filter((name) => compareVersions(name, old) < 0)
    .toSorted(compareVersions);
  const named = (name: string): string => `${textAt(spec, "group")}/${name} ${textAt(spec, "names.kind")}`;
  const instead = newer[0] === undefined ? "" : `; use ${named(newer[0])}`;
  return own || `${named(old)} is deprecated${instead}`;
}

function selectable(version: JsonObject): Readonly<Record<string, string>> {
  const paths = listAt(version, "selectableFields").map((one) => textAt(one, "jsonPath").slice(1));
  return Object.fromEntries(paths.map((path) => [path, path]));
}

/** Paths in a definition start with a dot. */
function scaleOf(version: JsonObject): ScalePaths | undefined {
  const scale = objectAt(version, "subresources.scale");
  const replicas = textAt(scale, "specReplicasPath").slice(1);
  if (replicas === "") return undefined;
  const observed = textAt(scale, "statusReplicasPath").slice(1);
  return { replicas, observed, selector: textAt(scale, "labelSelectorPath").slice(1) };
}
