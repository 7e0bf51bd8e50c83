/**
 * The table of all policies: settings, annotations, plans, the data plane, explanations and documents read it. A new
 * policy is a file of its own and a name here; its number is in the picture. The numbers 0 to 4 are taken; the next one is 5.
 */
import { all } from "./all.ts";
import { failover } from "./failover.ts";
import { geo } from "./geo.ts";
import { nearest } from "./nearest.ts";
import type { Policy } from "./policy.ts";
import { weighted } from "./weighted.ts";

export type PolicyName = "geo" | "nearest" | "weighted" | "failover" | "all";

export const POLICIES: { readonly [K in PolicyName]: Policy } = { geo, nearest, weighted, failover, all };

/** In the order in which documents name them. */
export const POLICY_NAMES = Object.keys(POLICIES) as unknown as readonly [PolicyName, ...PolicyName[]];

/** Where neither the settings nor an annotation names one. */
export const DEFAULT_POLICY: PolicyName = "geo";

const WEIGHTS_BY_DISTANCE = 1;
const TIERS_BY_DISTANCE = 2;
const ANSWERS_ALL = 4;

/** By number, for the data plane: it must not look at objects for each query. An unknown number has no traits. */
const TRAITS: Uint8Array = new Uint8Array(256);
for (const { number, distance, answersAll } of Object.values(POLICIES))
  TRAITS[number] =
    (distance === "weights" ? WEIGHTS_BY_DISTANCE : 0) |
    (distance === "tiers" ? TIERS_BY_DISTANCE : 0) |
    (answersAll ? ANSWERS_ALL : 0);

/** Does the answer depend on where the client is? */
export function goesByPlace(number: number): boolean {
  return ((TRAITS[number] as number) & (WEIGHTS_BY_DISTANCE | TIERS_BY_DISTANCE)) !== 0;
}

export function hasWeightsByDistance(number: number): boolean {
  return ((TRAITS[number] as number) & WEIGHTS_BY_DISTANCE) !== 0;
}

export function hasTiersByDistance(number: number): boolean {
  return ((TRAITS[number] as number) & TIERS_BY_DISTANCE) !== 0;
}

/** Does each answer have addresses of all clusters? */
export function hasAllInAnswer(number: number): boolean {
  return ((TRAITS[number] as number) & ANSWERS_ALL) !== 0;
}

/** The policy's name for people. */
export function policyNameOf(number: number): string {
  return POLICY_NAMES.find((name) => POLICIES[name].number === number) ?? `policy ${number}`;
}
