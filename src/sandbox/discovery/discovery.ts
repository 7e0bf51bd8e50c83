/** Discovery: the groups, versions and resources that the server offers. */
import { actionsOf } from "./actions.ts";
import type { JsonObject } from "../object/json.ts";
import { apiVersionOf } from "../store/resource.ts";
import type { ApiResource, ResourceTable } from "../store/resource.ts";
import { compareVersions } from "../object/version.ts";

/** The version the sandbox reports. Clients decide by it which features to use. */
export const kubernetesVersion = {
  major: "1",
  minor: "32",
  gitVersion: "v1.32.0-fedns.sandbox",
  gitCommit: "",
  gitTreeState: "clean",
  buildDate: "1970-01-01T00:00:00Z",
  goVersion: "none",
  compiler: "none",
  platform: "linux/amd64",
};

/** The answer at `/api`, `/apis`, `/apis/<group>` and `/apis/<group>/<version>`; undefined for other paths. */
export function discover(path: string, table: ResourceTable, serverAddress: string): JsonObject | undefined {
  const [, root, group, version, rest] = path.replace(/\/$/, "").split("/");
  if (rest !== undefined) return undefined;
  if (root === "api" && group === undefined) {
    const serverAddressByClientCIDRs = [{ clientCIDR: "0.0.0.0/0", serverAddress }];
    return { kind: "APIVersions", versions: ["v1"], serverAddressByClientCIDRs };
  }
  if (root === "api" && version === undefined) return resourceList(group ?? "", table);
  if (root !== "apis") return undefined;
  const groups = groupsOf(table);
  if (group === undefined) return { kind: "APIGroupList", apiVersion: "v1", groups };
  if (version !== undefined) return resourceList(`${group}/${version}`, table);
  const found = groups.find(({ name }) => name === group);
  return found && { kind: "APIGroup", apiVersion: "v1", ...found };
}

type Group = JsonObject & { readonly name: string };

function groupsOf(table: ResourceTable): readonly Group[] {
  const named = table.all().filter(({ group }) => group !== "");
  return [...new Set(named.map(({ group }) => group))].map((name) => {
    const resources = named.filter(({ group }) => group === name);
    const names = [...new Set(resources.map(({ version }) => version))].toSorted(compareVersions);
    const versions = names.map((version) => ({ groupVersion: `${name}/${version}`, version }));
    return { name, versions, preferredVersion: versions[0] };
  });
}

function resourceList(groupVersion: string, table: ResourceTable): JsonObject | undefined {
  const own = table.all().filter((resource) => apiVersionOf(resource) === groupVersion);
  if (own.length === 0) return undefined;
  return { kind: "APIResourceList", apiVersion: "v1", groupVersion, resources: own.flatMap(describe) };
}

function describe(resource: ApiResource): readonly JsonObject[] {
  const { plural, singular, kind, namespaced, verbs, shortNames, categories } = resource;
  const names = {
    ...(shortNames.length > 0 ? { shortNames } : {}),
    ...(categories.length > 0 ? { categories } : {}),
  };
  const subresource = { singularName: "", namespaced, verbs: ["get", "patch", "update"] };
  const scale = {
    name: `${plural}/scale`,
    ...subresource,
    group: "autoscaling",
    version: "v1",
    kind: "Scale",
  };
  return [
    { name: plural, singularName: singular, namespaced, kind, verbs, ...names },
    ...(resource.hasStatus ? [{ name: `${plural}/status`, ...subresource, kind }] : []),
    ...(resource.scale ? [scale] : []),
    ...actionsOf(resource).map(({ name, group, version, kind: own, verbs: can }) => ({
      name: `${plural}/${name}`,
      singularName: "",
      namespaced,
      ...(group !== "" && { group, version }),
      kind: own,
      verbs: can,
    })),
  ];
}
