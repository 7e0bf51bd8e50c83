/** The kinds of value an annotation about traffic can have: from text to a value, or to what is wrong and its cure. */
import { POLICY_NAMES, type PolicyName } from "../../federation/policy/policies.ts";
import { parseDuration } from "../../kernel/duration.ts";

export type ParsedValue<T> =
  | { readonly kind: "value"; readonly value: T; readonly warning?: string }
  | { readonly kind: "wrong"; readonly message: string };

/** As many clusters as a federation can have. */
const NAMED_MAX = 128;
const WEIGHT_MAX = 10_000;
/** RFC 2181 §8. */
const TTL_MAX_SECONDS = 2_147_483_647;
/** Below this, resolvers ask all the time, and many keep an answer longer anyway. */
const TTL_LOW_SECONDS = 5;

export function parsePolicy(text: string): ParsedValue<PolicyName> {
  const policy = POLICY_NAMES.find((name) => name === text.toLowerCase());
  return policy === undefined
    ? wrong(`must be one of ${POLICY_NAMES.join(", ")}`)
    : { kind: "value", value: policy };
}

/** "a=3,b=1". A weight of 0: in reserve (federation/policy/placement.ts). */
export function parseWeights(text: string): ParsedValue<ReadonlyMap<string, number>> {
  const form = "must be CLUSTER=WEIGHT, with commas between, like us-west=3,eu-central=1";
  const weights = new Map<string, number>();
  for (const part of text.split(",", NAMED_MAX + 1)) {
    if (part.trim() === "") return wrong(`${form}; there is a comma too many`);
    const [name = "", amount = "", ...rest] = part.split("=").map((side) => side.trim());
    if (rest.length > 0 || !isClusterName(name) || amount === "") return wrong(form);
    const weight = wholeNumber(amount, 0, WEIGHT_MAX);
    if (weight === null)
      return wrong(`gives ${name} a weight that is no whole number from 0 to ${WEIGHT_MAX}`);
    if (weights.has(name)) return wrong(`has ${name} twice; remove one of the two`);
    weights.set(name, weight);
  }
  return weights.size > NAMED_MAX ? tooMany() : { kind: "value", value: weights };
}

/** "a,b,c" */
export function parseNames(text: string): ParsedValue<readonly string[]> {
  const names = text.split(",", NAMED_MAX + 1).map((name) => name.trim());
  if (names.length > NAMED_MAX) return tooMany();
  if (names.includes("")) return wrong("must be clusters, with commas between; there is a comma too many");
  if (!names.every(isClusterName))
    return wrong("must be clusters, with commas between, like us-west,eu-central");
  const again = names.find((name, at) => names.indexOf(name) < at);
  return again === undefined
    ? { kind: "value", value: names }
    : wrong(`has ${again} twice; remove one of the two`);
}

export function parseCount(text: string, minimum: number, maximum: number): ParsedValue<number> {
  const value = wholeNumber(text, minimum, maximum);
  return value === null
    ? wrong(`must be a whole number from ${minimum} to ${maximum}`)
    : { kind: "value", value };
}

export function parseTtl(text: string): ParsedValue<number> {
  const value = (parseDuration(text) ?? Number.NaN) / 1000;
  if (!Number.isInteger(value) || value < 1 || value > TTL_MAX_SECONDS)
    return wrong(`must be seconds from 1 to ${TTL_MAX_SECONDS}, or like 30s, 5m, 1h`);
  if (value >= TTL_LOW_SECONDS) return { kind: "value", value };
  const warning = `makes every resolver ask every ${value} s; ${TTL_LOW_SECONDS} or more is usual`;
  return { kind: "value", value, warning };
}

/** What Kubernetes accepts as the name of an object, and so the settings as the name of a cluster. */
function isClusterName(name: string): boolean {
  return name.length <= 253 && /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/.test(name);
}

function wholeNumber(text: string, minimum: number, maximum: number): number | null {
  const value = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  return value >= minimum && value <= maximum ? value : null;
}

function tooMany(): ParsedValue<never> {
  return wrong(`names more than ${NAMED_MAX} clusters; name fewer`);
}

function wrong(message: string): ParsedValue<never> {
  return { kind: "wrong", message };
}
