/**
 * Reads `spec.overrides` of a federated object: what differs in which clusters.
 *
 *     overrides:
 *     - clusterSelector: {matchLabels: {region: eu}}      # every cluster that has these labels
 *       clusterOverrides: [{path: /spec/paused, value: true}]
 *     - clusterName: eu-west                              # one cluster; at most one entry for each
 *       clusterOverrides: [{op: add, path: /spec/template/metadata/labels/a, value: b}]
 *
 * An operation is one of RFC 6902: add, remove or replace; without `op` it is replace. Entries with a selector apply first, in
 * the order of the list, then the entry with the name, so that the most specific entry wins.
 */
import { isJsonRecord } from "../../kernel/json.ts";
import type { Selector } from "../../federation/hosts/selector.ts";
import { parseClusterSelector } from "../placement/parse-placement.ts";

type PatchOperation =
  | { readonly op: "add" | "replace"; readonly path: string; readonly value: unknown }
  | { readonly op: "remove"; readonly path: string };

export type Override = {
  /** Either a name or a selector. */
  readonly clusters: { readonly name: string } | { readonly selector: Selector };
  readonly operations: readonly PatchOperation[];
};

/** `problem` names the field and the cure. */
type ParsedOverrides = { readonly overrides: readonly Override[] } | { readonly problem: string };

/** What identifies a copy must not differ from cluster to cluster. */
const FORBIDDEN: readonly string[] = [
  "/metadata/namespace",
  "/metadata/name",
  "/metadata/generateName",
  "/kind",
];

class OverrideProblem extends Error {}

/** `value` is `spec.overrides` as sent: null and absent are the same. */
export function parseOverrides(value: unknown): ParsedOverrides {
  if (value === undefined || value === null) return { overrides: [] };
  try {
    const overrides = listAt(value, "spec.overrides").map((entry, i) =>
      parseOverride(entry, `spec.overrides[${i}]`),
    );
    refuseTwice(overrides);
    return { overrides };
  } catch (error) {
    if (error instanceof OverrideProblem) return { problem: error.message };
    throw error;
  }
}

function parseOverride(entry: unknown, path: string): Override {
  if (!isJsonRecord(entry)) throw new OverrideProblem(`${path} must be an object`);
  const { clusterName, clusterSelector } = entry;
  const operations = listAt(entry["clusterOverrides"] ?? [], `${path}.clusterOverrides`).map((operation, i) =>
    parseOperation(operation, `${path}.clusterOverrides[${i}]`),
  );
  refuseSamePath(operations, path);
  const selector = parseClusterSelector(clusterSelector, `${path}.clusterSelector`);
  if (typeof selector === "string") throw new OverrideProblem(selector);
  const hasName = typeof clusterName === "string" && clusterName !== "";
  if (hasName === (selector !== null))
    throw new OverrideProblem(`${path} must have either clusterName or clusterSelector`);
  return { clusters: selector === null ? { name: clusterName as string } : { selector }, operations };
}

function parseOperation(operation: unknown, at: string): PatchOperation {
  if (!isJsonRecord(operation)) throw new OverrideProblem(`${at} must be an object`);
  const { path, value } = operation;
  const op = operation["op"] ?? "";
  if (op !== "" && op !== "add" && op !== "remove" && op !== "replace")
    throw new OverrideProblem(`${at}.op must be add, remove or replace`);
  if (typeof path !== "string" || !path.startsWith("/"))
    throw new OverrideProblem(`${at}.path must be a JSON pointer that starts with "/": /spec/replicas`);
  if (path === "/apiVersion" && !(typeof value === "string" && value !== ""))
    throw new OverrideProblem(`${at}.value must be an API version`);
  const forbidden = FORBIDDEN.find((one) => path === one || path.startsWith(`${one}/`));
  if (forbidden !== undefined) throw new OverrideProblem(`${at}.path must not be ${forbidden}`);
  if (op === "remove") return { op, path };
  return { op: op === "" ? "replace" : op, path, value: value ?? null };
}

/** Appends to a list are no contradiction; two values for one path are. */
function refuseSamePath(operations: readonly PatchOperation[], at: string): void {
  const paths = new Set<string>();
  for (const { path } of operations) {
    if (paths.has(path) && !path.endsWith("/-"))
      throw new OverrideProblem(`${at}.clusterOverrides has ${path} twice`);
    paths.add(path);
  }
}

function refuseTwice(overrides: readonly Override[]): void {
  const names = new Set<string>();
  for (const { clusters } of overrides) {
    if (!("name" in clusters)) continue;
    if (names.has(clusters.name))
      throw new OverrideProblem(`spec.overrides has cluster ${clusters.name} twice: join the two entries`);
    names.add(clusters.name);
  }
}

function listAt(value: unknown, path: string): readonly unknown[] {
  if (!Array.isArray(value)) throw new OverrideProblem(`${path} must be a list`);
  return value as readonly unknown[];
}
