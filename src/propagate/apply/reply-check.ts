/**
 * Whether the API server kept the values that were sent. Our entry of managedFields does not tell: when a mutating webhook changes
 * a value during our own write, the field stays ours, and every repetition ends the same way.
 *
 *   sent            | in the reply                        | same
 *   a field         | the same value                      | yes
 *   a quantity      | the same amount ("1000m" and "1")   | yes
 *   a map           | more keys                           | yes: defaults, and what others own
 *   a list          | an item for each item, or more      | yes: others may have added theirs
 *   "", 0, false, a map or list without entries | nothing | yes: servers leave it out, but not in data
 *   anything        | another value, or nothing           | no
 */
import { isJsonRecord } from "../../kernel/json.ts";

const DIFFERENCES_MAX = 5;

/** Paths such as "spec.replicas", at most 5; none = all values are as sent. Identity is not compared. */
export function changedPaths(sent: unknown, reply: unknown): readonly string[] {
  const paths: string[] = [];
  compare(sent, reply, "", paths);
  return paths.slice(0, DIFFERENCES_MAX);
}

const PRECONDITIONS: ReadonlySet<string> = new Set([
  "metadata.uid",
  "metadata.resourceVersion",
  "apiVersion",
]);

/** There a key is content, whatever its value. */
const DATA = /^data\./;

function compare(sent: unknown, reply: unknown, path: string, paths: string[]): void {
  if (paths.length >= DIFFERENCES_MAX || PRECONDITIONS.has(path)) return;
  if (reply === undefined && isEmpty(sent) && !DATA.test(path)) return;
  if (Array.isArray(sent)) {
    if (!Array.isArray(reply)) paths.push(path);
    else compareItems(sent, reply, path, paths);
    return;
  }
  if (!isJsonRecord(sent)) {
    if (!isSameScalar(sent, reply)) paths.push(path);
    return;
  }
  if (!isJsonRecord(reply)) {
    paths.push(path);
    return;
  }
  for (const [key, value] of Object.entries(sent))
    compare(value, reply[key], path === "" ? key : `${path}.${key}`, paths);
}

function isEmpty(value: unknown): boolean {
  if (typeof value === "object" && value !== null) return Object.keys(value).length === 0;
  return value === "" || value === 0 || value === false;
}

/** Items are in any order: others may have added theirs before ours. */
function compareItems(
  sent: readonly unknown[],
  reply: readonly unknown[],
  path: string,
  paths: string[],
): void {
  for (const [i, item] of sent.entries())
    if (!reply.some((other) => changedPaths(item, other).length === 0)) paths.push(`${path}[${i}]`);
}

function isSameScalar(sent: unknown, reply: unknown): boolean {
  if (sent === reply) return true;
  const amount = amountOf(sent);
  return amount !== null && amount === amountOf(reply);
}

const UNITS: Readonly<Record<string, number>> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  "": 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

/** The amount of a quantity (resource.Quantity of the Kubernetes API), as a text, since floats differ in their last bits. */
function amountOf(value: unknown): string | null {
  if (typeof value === "number") return value.toPrecision(12);
  if (typeof value !== "string") return null;
  const [, digits, exponent, unit] =
    /^([+-]?(?:\d+\.?\d*|\.\d+))(?:[eE]([+-]?\d+)|([numkMGTPE]|[KMGTPE]i))?$/.exec(value) ?? [];
  if (digits === undefined) return null;
  const factor = exponent === undefined ? (UNITS[unit ?? ""] ?? 1) : 10 ** Number(exponent);
  return (Number(digits) * factor).toPrecision(12);
}
