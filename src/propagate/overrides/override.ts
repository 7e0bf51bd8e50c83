/** What one cluster's copy gets: the template with the overrides for this cluster (RFC 6902), or the path that does not fit. */
import { applyPatch } from "rfc6902";
import { matchesSelector } from "../../federation/hosts/selector.ts";
import type { PlaceableCluster } from "../placement/placement.ts";
import type { Override } from "./parse-overrides.ts";

type KubeObject = Readonly<Record<string, unknown>>;

type Overridden = { readonly object: KubeObject } | { readonly problem: string };

/** `object` is not changed. A problem concerns this cluster only: its labels and its entries may be its own. */
export function override(
  object: KubeObject,
  overrides: readonly Override[],
  cluster: PlaceableCluster,
): Overridden {
  const operations = operationsFor(overrides, cluster);
  if (operations.length === 0) return { object };
  const copy = structuredClone(object) as Record<string, unknown>;
  for (const operation of operations) {
    const problem = patch(copy, operation);
    if (problem !== null) return { problem: `the override of ${operation.path} does not fit: ${problem}` };
  }
  if (identityOf(copy) !== identityOf(object))
    return { problem: "an override must keep the kind, the name and the namespace, also within /metadata" };
  return isSameGroup(object, copy)
    ? { object: copy }
    : {
        problem: `the override of /apiVersion must stay in the API group of ${String(object["apiVersion"])}`,
      };
}

/** What contains a forbidden path may be overridden, but for what is forbidden in it. */
function identityOf({ kind, metadata }: KubeObject): string {
  const { name, namespace, generateName } = (metadata ?? {}) as KubeObject;
  return JSON.stringify([kind, name, namespace, generateName]);
}

/** Whether an override for this cluster sets the field at `path`, or what contains it. */
export function isOverridden(
  path: string,
  overrides: readonly Override[],
  cluster: PlaceableCluster,
): boolean {
  return operationsFor(overrides, cluster).some(
    (operation) => path === operation.path || path.startsWith(`${operation.path}/`),
  );
}

function operationsFor(overrides: readonly Override[], cluster: PlaceableCluster) {
  return overridesFor(overrides, cluster).flatMap(({ operations }) => operations);
}

/** Those for one cluster, in the order in which they apply: those with a selector as listed, then the one with the name. */
export function overridesFor(
  overrides: readonly Override[],
  { name, labels }: PlaceableCluster,
): readonly Override[] {
  const selected = overrides.filter(
    ({ clusters }) => "selector" in clusters && matchesSelector(clusters.selector, labels),
  );
  const named = overrides.filter(({ clusters }) => "name" in clusters && clusters.name === name);
  return [...selected, ...named];
}

function patch(object: Record<string, unknown>, operation: Override["operations"][number]): string | null {
  try {
    const [error] = applyPatch(object, [operation]);
    if (error === null || error === undefined) return null;
    return operation.op === "add" ? "there is nothing to add it to" : "there is nothing at this path";
  } catch {
    // A value is no parent, and reserved names such as __proto__ are refused.
    return "there is nothing to add it to";
  }
}

function isSameGroup(before: KubeObject, after: KubeObject): boolean {
  return groupOf(before["apiVersion"]) === groupOf(after["apiVersion"]);
}

/** "apps/v1" is of the group "apps", "v1" of the core group "". */
function groupOf(apiVersion: unknown): string | null {
  if (typeof apiVersion !== "string") return null;
  return apiVersion.includes("/") ? apiVersion.slice(0, apiVersion.indexOf("/")) : "";
}
