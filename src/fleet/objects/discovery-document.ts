/**
 * Which kinds an API server serves, from its discovery documents: the aggregated form (apidiscovery.k8s.io, KEP-3352), or the
 * classic lists of one group version each.
 */
import { OperationalError } from "../../kernel/error.ts";
import { isRecord } from "../kube/kube-error.ts";

type ServedVersion = {
  readonly version: string;
  readonly verbs: readonly string[];
  /** "status", "scale" and others. */
  readonly subresources: readonly string[];
};
export type ServedKind = {
  readonly group: string;
  readonly kind: string;
  readonly plural: string;
  /** Absent where it is the kind in small letters. */
  readonly singular?: string;
  readonly isNamespaced: boolean;
  readonly shortNames: readonly string[];
  /** In the server's order of preference. */
  readonly versions: readonly ServedVersion[];
};
export type DiscoveryDocument = {
  readonly kinds: readonly ServedKind[];
  /** Groups that the server knows only in part now, because an aggregated API server does not answer. */
  readonly unknownGroups: ReadonlySet<string>;
};

/** One kind in one version. */
type VersionedKind = Omit<ServedKind, "versions"> & ServedVersion;

export function isAggregated(json: unknown): boolean {
  return isRecord(json) && json["kind"] === "APIGroupDiscoveryList";
}

/** Throws OperationalError KUBE_BAD_DISCOVERY. */
export function readAggregated(json: unknown): DiscoveryDocument {
  const kinds: VersionedKind[] = [];
  const unknownGroups = new Set<string>();
  for (const item of recordsIn(json, "items")) {
    const group = isRecord(item["metadata"]) ? text(item["metadata"], "name") : "";
    for (const version of recordsIn(item, "versions")) {
      if (version["freshness"] === "Stale") unknownGroups.add(group);
      for (const resource of recordsIn(version, "resources"))
        kinds.push(aggregatedKind(group, text(version, "version"), resource));
    }
  }
  return { kinds: gather(kinds), unknownGroups };
}

function aggregatedKind(
  group: string,
  version: string,
  resource: Readonly<Record<string, unknown>>,
): VersionedKind {
  const kind = isRecord(resource["responseKind"]) ? text(resource["responseKind"], "kind") : "";
  return {
    group,
    version,
    kind,
    plural: text(resource, "resource"),
    ...unusual(text(resource, "singularResource"), kind),
    isNamespaced: resource["scope"] === "Namespaced",
    shortNames: texts(resource["shortNames"]),
    verbs: texts(resource["verbs"]),
    subresources: recordsIn(resource, "subresources").map((part) => text(part, "subresource")),
  };
}

/** The "GROUP/VERSION"s of an APIGroupList, in the server's order. Throws OperationalError KUBE_BAD_DISCOVERY. */
export function readGroupVersions(json: unknown): readonly string[] {
  return recordsIn(json, "groups").flatMap((group) => {
    const versions = recordsIn(group, "versions").map((version) => text(version, "groupVersion"));
    const preferred = isRecord(group["preferredVersion"])
      ? text(group["preferredVersion"], "groupVersion")
      : "";
    return [
      ...versions.filter((name) => name === preferred),
      ...versions.filter((name) => name !== preferred),
    ];
  });
}

/** The kinds of one APIResourceList, and its subresources. Throws OperationalError KUBE_BAD_DISCOVERY. */
export function readResourceList(groupVersion: string, json: unknown): readonly VersionedKind[] {
  const [version = "", group = ""] = groupVersion.split("/").reverse();
  const resources = recordsIn(json, "resources");
  const names = resources.map((resource) => text(resource, "name"));
  return resources
    .filter((resource) => !text(resource, "name").includes("/"))
    .map((resource) => {
      const plural = text(resource, "name");
      const parts = names.filter((name) => name.startsWith(`${plural}/`));
      return {
        group,
        version,
        kind: text(resource, "kind"),
        plural,
        ...unusual(text(resource, "singularName"), text(resource, "kind")),
        isNamespaced: resource["namespaced"] === true,
        shortNames: texts(resource["shortNames"]),
        verbs: texts(resource["verbs"]),
        subresources: parts.map((name) => name.slice(plural.length + 1)),
      };
    });
}

/** Joins the versions of each kind. The first version decides on plural, scope and short names. */
export function gather(versioned: readonly VersionedKind[]): readonly ServedKind[] {
  const groups = Map.groupBy(versioned, ({ group, plural }) => `${group}/${plural}`);
  return [...groups.values()].map((all) => {
    const { version: _, verbs: __, subresources: ___, ...names } = all[0] as VersionedKind;
    const versions = all.map(({ version, verbs, subresources }) => ({ version, verbs, subresources }));
    return { ...names, versions };
  });
}

function unusual(singular: string, kind: string): { readonly singular?: string } {
  return singular === "" || singular === kind.toLowerCase() ? {} : { singular };
}

/** `versions` and `resources` may be absent when they are empty, the list itself may not. */
function recordsIn(json: unknown, field: string): readonly Record<string, unknown>[] {
  if (!isRecord(json)) throw unreadable();
  const list = json[field] ?? [];
  if (!Array.isArray(list)) throw unreadable();
  return list.filter(isRecord);
}

function text(record: Readonly<Record<string, unknown>>, field: string): string {
  return typeof record[field] === "string" ? record[field] : "";
}

function texts(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];
}

function unreadable(): OperationalError {
  return new OperationalError("KUBE_BAD_DISCOVERY", "the answer is no discovery document");
}
