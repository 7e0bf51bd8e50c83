/** Rules of roles (rbac.authorization.k8s.io/v1 PolicyRule): what one allows, and which rules cover which. */
import { textsAt } from "../object/json.ts";
import type { Json, JsonObject } from "../object/json.ts";
import { isPathRequest } from "../object/user.ts";
import type { AccessRequest } from "../object/user.ts";

export type Rule = {
  readonly verbs: readonly string[];
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames: readonly string[];
  readonly nonResourceURLs: readonly string[];
};

export function readRule(rule: Json): Rule {
  return {
    verbs: textsAt(rule, "verbs"),
    apiGroups: textsAt(rule, "apiGroups"),
    resources: textsAt(rule, "resources"),
    resourceNames: textsAt(rule, "resourceNames"),
    nonResourceURLs: textsAt(rule, "nonResourceURLs"),
  };
}

/** The rule as JSON, without its empty lists. */
export function writeRule(rule: Rule): JsonObject {
  return Object.fromEntries(Object.entries(rule).filter(([, list]) => list.length > 0));
}

export function allows(rule: Rule, request: AccessRequest): boolean {
  if (!has(rule.verbs, request.verb)) return false;
  if (isPathRequest(request)) return rule.nonResourceURLs.some((url) => matchesUrl(url, request.path));
  const { group, resource, subresource, name } = request;
  const asked = subresource === "" ? resource : `${resource}/${subresource}`;
  return (
    has(rule.apiGroups, group) &&
    hasResource(rule.resources, asked) &&
    (rule.resourceNames.length === 0 || rule.resourceNames.includes(name))
  );
}

/** Parts of `wanted` that no rule of `held` covers: none where a holder of `held` may grant `wanted`. */
export function missingFrom(held: readonly Rule[], wanted: readonly Rule[]): readonly Rule[] {
  return wanted.flatMap(partsOf).filter((part) => !held.some((rule) => coversPart(rule, part)));
}

/** One verb for one resource, or one path. */
function partsOf(rule: Rule): readonly Rule[] {
  const { verbs, apiGroups, resources, resourceNames, nonResourceURLs } = rule;
  const none = { apiGroups: [], resources: [], resourceNames: [], nonResourceURLs: [] };
  const names = resourceNames.length === 0 ? [[]] : resourceNames.map((name) => [name]);
  return verbs.flatMap((verb) => [
    ...apiGroups.flatMap((group) =>
      resources.flatMap((resource) =>
        names.map((name) => ({
          ...none,
          verbs: [verb],
          apiGroups: [group],
          resources: [resource],
          resourceNames: name,
        })),
      ),
    ),
    ...nonResourceURLs.map((url) => ({ ...none, verbs: [verb], nonResourceURLs: [url] })),
  ]);
}

function coversPart(rule: Rule, part: Rule): boolean {
  if (!part.verbs.every((verb) => has(rule.verbs, verb))) return false;
  const [url] = part.nonResourceURLs;
  if (url !== undefined) return rule.nonResourceURLs.some((one) => one === url || matchesUrl(one, url));
  const hasNames =
    rule.resourceNames.length === 0 ||
    (part.resourceNames.length > 0 && part.resourceNames.every((name) => rule.resourceNames.includes(name)));
  return (
    hasNames &&
    part.apiGroups.every((group) => has(rule.apiGroups, group)) &&
    part.resources.every((resource) => hasResource(rule.resources, resource))
  );
}

function has(list: readonly string[], one: string): boolean {
  return list.includes("*") || list.includes(one);
}

/** `*` is every resource and subresource; `*` before a slash is a subresource of every resource. */
function hasResource(list: readonly string[], asked: string): boolean {
  const [, subresource] = asked.split("/");
  return has(list, asked) || (subresource !== undefined && list.includes(`*/${subresource}`));
}

function matchesUrl(pattern: string, path: string): boolean {
  if (pattern === "*" || pattern === path) return true;
  return pattern.endsWith("*") && path.startsWith(pattern.replace(/\*+$/, ""));
}

/** Rules as messages list them: verbs of the same resource together, one line each. */
export function describeRules(rules: readonly Rule[]): string {
  const bySubject = new Map<string, Rule>();
  for (const rule of rules) {
    const key = JSON.stringify({ ...rule, verbs: [] });
    const known = bySubject.get(key);
    bySubject.set(key, known ? { ...known, verbs: [...known.verbs, ...rule.verbs] } : rule);
  }
  const lines = [...bySubject.values()].map(describe);
  return [...new Set(lines)].toSorted().join("\n");
}

function describe(rule: Rule): string {
  const parts = [
    ["APIGroups", rule.apiGroups],
    ["Resources", rule.resources],
    ["NonResourceURLs", rule.nonResourceURLs],
    ["ResourceNames", rule.resourceNames],
    ["Verbs", rule.verbs],
  ] as const;
  const filled = parts.filter(([, list]) => list.length > 0);
  return `{${filled.map(([name, list]) => `${name}:${quotedList(list)}`).join(", ")}}`;
}

/** A list of texts as Go prints it: `["a" "b"]`. */
export function quotedList(texts: readonly string[]): string {
  return `[${texts.map((text) => JSON.stringify(text)).join(" ")}]`;
}
