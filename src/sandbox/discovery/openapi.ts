/**
 * The OpenAPI documents, as far as `kubectl` reads them before a write: that PATCH of each kind takes `fieldValidation`
 * and `dryRun`. kubectl ≥ 1.25 then leaves validation to the server. kubectl 1.20 asks for version 2 in protobuf and
 * does not validate kinds that the document does not define.
 */
import { objectAt, textAt } from "../object/json.ts";
import type { JsonObject } from "../object/json.ts";
import { apiVersionOf } from "../store/resource.ts";
import type { ApiResource, ResourceTable } from "../store/resource.ts";
import { componentName, componentsOf, metadataModel, referTo } from "../types/components.ts";
import { encodeMessage } from "../protobuf/encode.ts";

const parameterNames = ["dryRun", "fieldManager", "fieldValidation"];
const title = "Kubernetes";

/** Requested with an @ before the version, which is no valid media type: kubectl 1.20 rejects an answer that repeats it. */
export const openapiV2ProtobufType = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf";

/** The index of version 3: one document per group and version, with a hash that changes when a definition does. */
export function openapiV3Index(table: ResourceTable): JsonObject {
  const roots = [...new Set(table.all().map(rootOf))];
  const paths = roots.map((root) => [
    root,
    { serverRelativeURL: `/openapi/v3/${root}?hash=sandbox-${table.serial}` },
  ]);
  return { paths: Object.fromEntries(paths) as JsonObject };
}

/** The version 3 document at `root` (`apis/apps/v1`); undefined where there is none. */
export function openapiV3(root: string, table: ResourceTable): JsonObject | undefined {
  const resources = table.all().filter((resource) => rootOf(resource) === root);
  if (resources.length === 0) return undefined;
  const paths = resources.map((resource) => [
    pathOf(resource),
    { patch: operation(resource, { type: "string" }) },
  ]);
  const models = resources.flatMap(({ model }) => model ?? []);
  const schemas = [
    ...componentsOf([...models, metadataModel]),
    ...resources.map((resource) => [schemaName(resource), schema(resource)] as const),
  ];
  return {
    openapi: "3.0.0",
    info: { title, version: "v1.32.0" },
    paths: Object.fromEntries(paths) as JsonObject,
    components: { schemas: Object.fromEntries(schemas) as JsonObject },
  };
}

export function openapiV2(table: ResourceTable): JsonObject {
  const paths = table.all().map((resource) => [pathOf(resource), { patch: operation(resource, undefined) }]);
  return {
    swagger: "2.0",
    info: { title, version: "v1.32.0" },
    paths: Object.fromEntries(paths) as JsonObject,
    definitions: {},
  };
}

/**
 * The same in protobuf, as gnostic's `openapi.v2.Document`. Field numbers: Document swagger 1, info 2, paths 8;
 * Paths path 2; PathItem patch 8; Operation parameters 8, vendor_extension 13; the others are pairs of name 1, value 2.
 */
export function openapiV2Protobuf(table: ResourceTable): Uint8Array {
  const parameters = parameterNames.map((name) => {
    const query = encodeMessage([
      [2, "query"],
      [4, name],
      [6, "string"],
    ]);
    const nonBody = encodeMessage([[3, query]]);
    return [8, encodeMessage([[1, encodeMessage([[2, nonBody]])]])] as const;
  });
  const items = table.all().map((resource) => {
    const kind = encodeMessage([[2, gvkYaml(resource)]]);
    const patch = encodeMessage([
      ...parameters,
      [
        13,
        encodeMessage([
          [1, "x-kubernetes-group-version-kind"],
          [2, kind],
        ]),
      ],
    ]);
    return [
      2,
      encodeMessage([
        [1, pathOf(resource)],
        [2, encodeMessage([[8, patch]])],
      ]),
    ] as const;
  });
  const info = encodeMessage([
    [1, title],
    [2, "v1.32.0"],
  ]);
  return encodeMessage([
    [1, "2.0"],
    [2, info],
    [8, encodeMessage(items)],
  ]);
}

function rootOf(resource: ApiResource): string {
  return `${resource.group ? "apis" : "api"}/${apiVersionOf(resource)}`;
}

function pathOf(resource: ApiResource): string {
  const scope = resource.namespaced ? "/namespaces/{namespace}" : "";
  return `/${rootOf(resource)}${scope}/${resource.plural}/{name}`;
}

function gvkOf({ group, version, kind }: ApiResource): JsonObject {
  return { group, version, kind };
}

function gvkYaml({ group, version, kind }: ApiResource): string {
  return `group: ${JSON.stringify(group)}\nkind: ${kind}\nversion: ${version}\n`;
}

/** Version 3 wraps the type of a parameter in a schema; version 2 does not. */
function operation(resource: ApiResource, wrapped: JsonObject | undefined): JsonObject {
  const type = wrapped ? { schema: wrapped } : { type: "string" };
  return {
    parameters: parameterNames.map((name) => ({ name, in: "query", ...type })),
    responses: { "200": { description: "OK" } },
    "x-kubernetes-action": "patch",
    "x-kubernetes-group-version-kind": gvkOf(resource),
  };
}

function schemaName({ group, version, kind }: ApiResource): string {
  return `io.k8s.api.${(group || "core").split(".")[0] ?? ""}.${version}.${kind}`;
}

/** The schema of a kind: from its definition for custom resources, from its type for built-in ones (`kubectl explain`). */
function schema(resource: ApiResource): JsonObject {
  const kinds = { "x-kubernetes-group-version-kind": [gvkOf(resource)] };
  const { model } = resource;
  if (model !== undefined) return { ...componentsOf([model]).get(componentName(model)), ...kinds };
  const declared = objectAt(resource.schema, "properties");
  const described = (field: string, description: string, own: JsonObject): JsonObject => ({
    description: textAt(declared, `${field}.description`) || description,
    ...own,
  });
  const envelope = {
    apiVersion: described("apiVersion", "The group and version of this schema.", { type: "string" }),
    kind: described("kind", "The name of this schema.", { type: "string" }),
    metadata: described("metadata", "What all objects have.", { allOf: [referTo(metadataModel)] }),
  };
  return { type: "object", ...resource.schema, properties: { ...declared, ...envelope }, ...kinds };
}
