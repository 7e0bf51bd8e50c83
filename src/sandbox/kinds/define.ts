/** Short definitions of resources, with defaults for everything that most resources share. */
import { builtinShape } from "../types/shapes.ts";
import type { ApiResource } from "../store/resource.ts";
import { modelOfKind } from "../types/model.ts";
import { mistypedFields } from "../types/mistyped.ts";
import { pruneTyped } from "../types/typed.ts";
import { ageColumn, nameColumn } from "./cells.ts";

const everyVerb = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"];

export type ResourceDefinition = Partial<ApiResource> & Pick<ApiResource, "plural" | "kind">;

/** A namespaced resource with every verb, a name and an age, unless `definition` says otherwise. */
export function defineResource(group: string, version: string, definition: ResourceDefinition): ApiResource {
  // Looked up on the first request: loading the types of every kind takes as long as the rest of a start.
  let found: { readonly model: string | undefined } | undefined;
  // A definition with a schema has types of its own.
  const modelOf = (): string | undefined =>
    (found ??= { model: definition.schema ? undefined : modelOfKind(group, version, definition.kind) }).model;
  return {
    group,
    version,
    singular: definition.kind.toLowerCase(),
    shortNames: [],
    categories: [],
    namespaced: true,
    verbs: everyVerb,
    hasStatus: false,
    hasGeneration: false,
    allowsUnconditionalUpdate: true,
    hasBareItems: true,
    nameRule: "subdomain",
    columns: [nameColumn, ageColumn],
    selectableFields: {},
    shape: builtinShape(group, definition.kind),
    get model() {
      return modelOf();
    },
    prune(object) {
      const model = modelOf();
      return model === undefined ? { object, unknown: [] } : pruneTyped(object, model);
    },
    mistyped(object) {
      const model = modelOf();
      return model === undefined ? [] : mistypedFields(object, model);
    },
    ...definition,
  };
}
