/** The representation of objects that a client asks for in the Accept header: whole, as table rows, or metadata only. */
import { without } from "../object/json.ts";
import type { Json, JsonObject } from "../object/json.ts";
import type { KubeObject } from "../object/object.ts";
import { inVersion } from "../store/resource.ts";
import type { ApiResource } from "../store/resource.ts";

export type View =
  | { readonly kind: "object" }
  | { readonly kind: "partial"; readonly apiVersion: string }
  | {
      readonly kind: "table";
      readonly apiVersion: string;
      readonly includes: "None" | "Metadata" | "Object";
    };

export type ListMetadata = {
  readonly resourceVersion: string;
  readonly continue?: string;
  readonly remainingItemCount?: number;
};

/**
 * The first acceptable media type wins. Protobuf is answered with JSON: clients check the Content-Type of the answer.
 * Undefined where no media type of the header is supported.
 */
export function chooseView(accept: string | undefined, includeObject: string | null): View | undefined {
  for (const entry of (accept || "*/*").split(",")) {
    const [type = "", ...rest] = entry.split(";").map((part) => part.trim());
    if (!/^(application\/(json|\*|yaml|vnd\.kubernetes\.protobuf)|\*\/\*)$/.test(type)) continue;
    const parameters = Object.fromEntries(rest.map((part) => part.split("=")));
    const { as, g, v } = parameters as Readonly<Record<string, string | undefined>>;
    if (as === undefined) return { kind: "object" };
    const apiVersion = `meta.k8s.io/${v ?? ""}`;
    if (g !== "meta.k8s.io" || (v !== "v1" && v !== "v1beta1")) continue;
    if (as === "Table") return { kind: "table", apiVersion, includes: includesOf(includeObject) };
    if (as.startsWith("PartialObjectMetadata")) return { kind: "partial", apiVersion };
  }
  return undefined;
}

function includesOf(parameter: string | null): "None" | "Metadata" | "Object" {
  return parameter === "None" || parameter === "Object" ? parameter : "Metadata";
}

export function viewObject(view: View, object: KubeObject, resource: ApiResource, nowMs: number): JsonObject {
  if (view.kind === "object") return inVersion(object, resource);
  if (view.kind === "partial") return partial(object, view.apiVersion);
  const metadata = { resourceVersion: object.metadata.resourceVersion ?? "" };
  return table(view, resource, metadata, [row(view, object, resource, nowMs)]);
}

export function viewList(
  view: View,
  list: { readonly items: readonly KubeObject[]; readonly metadata: ListMetadata },
  resource: ApiResource,
  nowMs: number,
): JsonObject {
  const { items, metadata } = list;
  if (view.kind === "table")
    return table(
      view,
      resource,
      metadata,
      items.map((item) => row(view, item, resource, nowMs)),
    );
  if (view.kind === "partial") {
    const partials = items.map((item) => partial(item, view.apiVersion));
    return { kind: "PartialObjectMetadataList", apiVersion: view.apiVersion, metadata, items: partials };
  }
  const apiVersion = resource.group ? `${resource.group}/${resource.version}` : resource.version;
  const bare = (item: KubeObject): JsonObject => without(without(item, "apiVersion"), "kind");
  return {
    kind: resource.listKind ?? `${resource.kind}List`,
    apiVersion,
    metadata,
    items: items.map((item) =>
      resource.hasBareItems ? bare(inVersion(item, resource)) : inVersion(item, resource),
    ),
  };
}

/** The same table without column definitions: a watch sends them with its first event only. */
export function withoutColumns(body: JsonObject): JsonObject {
  return body["kind"] === "Table" ? { ...body, columnDefinitions: [] } : body;
}

function partial(object: KubeObject, apiVersion: string): JsonObject {
  return { kind: "PartialObjectMetadata", apiVersion, metadata: object.metadata };
}

type TableView = Extract<View, { readonly kind: "table" }>;

function table(
  view: TableView,
  resource: ApiResource,
  metadata: JsonObject,
  rows: readonly Json[],
): JsonObject {
  const columnDefinitions = resource.columns.map(({ name, type, format, priority }) => ({
    name,
    type,
    format: format ?? "",
    description: `${name} of the ${resource.kind}`,
    priority: priority ?? 0,
  }));
  return { kind: "Table", apiVersion: view.apiVersion, metadata, columnDefinitions, rows };
}

function row(view: TableView, object: KubeObject, resource: ApiResource, nowMs: number): JsonObject {
  const cells = resource.columns.map((column) => column.cell(object, nowMs));
  if (view.includes === "None") return { cells };
  return { cells, object: view.includes === "Object" ? object : partial(object, view.apiVersion) };
}
