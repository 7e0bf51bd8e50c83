/** Host names as objects declare them: canonical spelling, wildcards, and their intersection. */
import { NAME_MAX_CHARACTERS } from "../../kernel/literal.ts";

/**
 * Lower case, no final dot, "*" at most as the first label ("*.apps.example.com"). Underscores are allowed: names of
 * SRV and TXT records need them (RFC 8552).
 */
export type Host = string;

const LABEL = /^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?$/;

/** Null for what cannot be the name of a record: no text, empty or long labels, a "*" that is not the whole first label. */
export function parseHost(value: unknown): Host | null {
  if (typeof value !== "string" || value.length > NAME_MAX_CHARACTERS + 1) return null;
  const host = value.toLowerCase().replace(/(?<=[^.])\.$/, "");
  if (host.length > NAME_MAX_CHARACTERS) return null;
  const labels = underWildcard(host).split(".");
  return labels.every((label) => LABEL.test(label)) ? host : null;
}

export function isWildcard(host: Host): boolean {
  return host.startsWith("*.");
}

/** The host itself, or the name that a wildcard stands below: "apps.example.com" for "*.apps.example.com". */
export function underWildcard(host: Host): string {
  return isWildcard(host) ? host.slice(2) : host;
}

/** True when `name` is `ancestor` or lies below it; neither is a wildcard. */
export function isWithin(name: string, ancestor: string): boolean {
  return (
    name === ancestor || (name.endsWith(ancestor) && name.charAt(name.length - ancestor.length - 1) === ".")
  );
}

/**
 * The narrower of two hosts, as the Gateway API intersects hostnames: a wildcard stands for one label or more, and "" for
 * any host. Null when they have no name in common.
 */
export function intersectHosts(a: Host, b: Host): Host | null {
  if (a === "" || a === b) return b;
  if (b === "") return a;
  if (isWildcard(a) && isInWildcard(b, a)) return b;
  return isWildcard(b) && isInWildcard(a, b) ? a : null;
}

/** "x.apps.example.com" and "*.x.apps.example.com" are in "*.apps.example.com"; "apps.example.com" is not. */
function isInWildcard(host: Host, wildcard: Host): boolean {
  const name = underWildcard(host);
  return name !== underWildcard(wildcard) && isWithin(name, underWildcard(wildcard));
}
