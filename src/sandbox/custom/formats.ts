/** The string formats that API servers check; other formats are accepted unchecked, as there. */
import { isIP, isIPv4, isIPv6 } from "node:net";

const checks: Readonly<Record<string, (text: string) => boolean>> = {
  ipv4: isIPv4,
  ipv6: isIPv6,
  cidr: isNetwork,
  uri: (text) => URL.canParse(text),
  uuid: (text) => /^[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}$/i.test(text),
  date: (text) => /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(Date.parse(text)),
  "date-time": (text) =>
    /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[-+]\d\d:\d\d)$/.test(text) &&
    !Number.isNaN(Date.parse(text)),
  byte: (text) => /^[A-Za-z0-9+/]*={0,2}$/.test(text) && text.length % 4 === 0,
  email: (text) => /^[^@\s]+@[^@\s]+$/.test(text),
  hostname: (text) =>
    text.length <= 253 &&
    text.split(".").every((label) => /^[A-Za-z0-9]([-A-Za-z0-9]{0,61}[A-Za-z0-9])?$/.test(label)),
  duration: (text) => /^[-+]?(\d+(\.\d+)?(ns|us|µs|ms|s|m|h))+$|^0$/.test(text),
};

function isNetwork(text: string): boolean {
  const [address = "", length = "", ...rest] = text.split("/");
  const family = isIP(address);
  return (
    rest.length === 0 &&
    family !== 0 &&
    /^\d{1,3}$/.test(length) &&
    Number(length) <= (family === 4 ? 32 : 128)
  );
}

export function hasFormat(text: string, format: string): boolean {
  return !Object.hasOwn(checks, format) || (checks[format]?.(text) ?? true);
}

/** Compiled once: a definition has a few patterns and many objects. */
const patterns = new Map<string, RegExp | undefined>();
/** Far above the patterns of all definitions in a sandbox; the cache is cleared at this size. */
const PATTERNS_LIMIT = 5_000;

/**
 * Patterns are in Go's syntax (RE2) and run as JavaScript's. A leading `(?i)` becomes a flag. A pattern that JavaScript
 * cannot compile (`\pL` without braces) matches everything, so that valid objects are not refused.
 */
export function matchesPattern(text: string, pattern: string): boolean {
  if (!patterns.has(pattern)) {
    if (patterns.size >= PATTERNS_LIMIT) patterns.clear();
    patterns.set(pattern, compile(pattern));
  }
  return patterns.get(pattern)?.test(text) ?? true;
}

function compile(pattern: string): RegExp | undefined {
  const [, flags = "", body = ""] = /^(?:\(\?([is]+)\))?([^]*)$/.exec(pattern) ?? [];
  try {
    return new RegExp(body, flags);
  } catch {
    return undefined;
  }
}
