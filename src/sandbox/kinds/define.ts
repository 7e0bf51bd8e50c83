/** Short definitions of resources: what is usual is left out. */
import { builtinShape } from "../shape/builtin.ts";
import type { Resource } from "../store/resource.ts";
import { ageColumn, nameColumn } from "./cells.ts";

const everyVerb = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"];

export type Definition = Partial<Resource> & Pick<Resource, "plural" | "kind">;

/** A namespaced resource with every verb, a name and an age, unless `definition` says otherwise. */
export function defineResource(group: string, version: string, definition: Definition): Resource {
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
    allowsBlindUpdate: true,
    hasBareItems: true,
    nameRule: "subdomain",
    columns: [nameColumn, ageColumn],
    parts: ["spec", "status"],
    fields: {},
    shape: builtinShape(group, definition.kind),
    ...definition,
  };
}
