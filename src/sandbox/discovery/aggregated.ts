/** Aggregated discovery (KEP-3352): one document with every group, version and resource, requested by the Accept header. */
import { actionsOf } from "./actions.ts";
import type { JsonObject } from "../object/json.ts";
import type { ApiResource, ResourceTable } from "../store/resource.ts";
import { compareVersions } from "../object/version.ts";

const group = "apidiscovery.k8s.io";
const kind = "APIGroupDiscoveryList";
const versions = ["v2", "v2beta1"];

/** The document version a client prefers; undefined where it prefers, or only knows, the older discovery. */
export function wantsAggregated(path: string, accept: string | undefined): string | undefined {
  if (!/^\/apis?\/?$/.test(path)) return undefined;
  for (const entry of (accept ?? "").split(",")) {
    const [type = "", ...rest] = entry.split(";").map((part) => part.trim());
    const parameters = new Map(rest.map((part) => part.split("=") as [string, string]));
    if (type !== "application/json" && type !== "*/*") continue;
    if (!parameters.has("as")) return undefined;
    const version = parameters.get("v") ?? "";
    if (parameters.get("as") === kind && parameters.get("g") === group && versions.includes(version))
      return version;
  }
  return undefined;
}

export function aggregatedType(version: string): string {
  return `application/json;g=${group};v=${version};as=${kind}`;
}

/** `/api` lists the core group, `/apis` all others. */
export function aggregated(path: string, version: string, table: ResourceTable): JsonObject {
  const isCore = !path.startsWith("/apis");
  const own = table.all().filter((resource) => (resource.group === "") === isCore);
  const names = [...new Set(own.map((resource) => resource.group))];
  const items = names.map((name) =>
    groupItem(
      name,
      own.filter((resource) => resource.group === name),
    ),
  );
  return { kind, apiVersion: `${group}/${version}`, metadata: {}, items };
}

function groupItem(name: string, resources: readonly ApiResource[]): JsonObject {
  const served = [...new Set(resources.map(({ version }) => version))].toSorted(compareVersions);
  return {
    metadata: { ...(name && { name }), creationTimestamp: null },
    versions: served.map((version) => ({
      version,
      freshness: "Current",
      resources: resources.filter((resource) => resource.version === version).map(resourceItem),
    })),
  };
}

function resourceItem(resource: ApiResource): JsonObject {
  const { plural, singular, kind: own, namespaced, verbs, shortNames, categories } = resource;
  const responseKind = { group: resource.group, version: resource.version, kind: own };
  const subresources = [
    ...(resource.hasStatus ? [subresource("status", responseKind)] : []),
    ...(resource.scale ? [subresource("scale", { group: "autoscaling", version: "v1", kind: "Scale" })] : []),
    ...actionsOf(resource).map(({ name, group: of, version, kind: does, verbs: can }) => ({
      subresource: name,
      responseKind: { group: of, version, kind: does },
      verbs: can,
    })),
  ];
  return {
    resource: plural,
    responseKind,
    scope: namespaced ? "Namespaced" : "Cluster",
    singularResource: singular,
    verbs,
    ...(shortNames.length > 0 && { shortNames }),
    ...(categories.length > 0 && { categories }),
    ...(subresources.length > 0 && { subresources }),
  };
}

function subresource(name: string, responseKind: JsonObject): JsonObject {
  return { subresource: name, responseKind, verbs: ["get", "patch", "update"] };
}
