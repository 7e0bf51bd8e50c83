/**
 * weighted: shares by the configured weights alone, wherever the client is.
 *
 *   weights                          | placement
 *   us-west=3, eu-central=1          | us-west 3, eu-central 1
 *   ... and ap-south not mentioned   | ap-south in reserve, as with weight 0
 *   a=0, b=0                         | both in reserve, so each gets half
 *   no weights at all                | 1 each
 */
import { byWeight } from "./placement.ts";
import type { Policy } from "./policy.ts";

export const weighted: Policy = {
  number: 2,
  meaning: "any, by its weight, wherever the client is",
  distance: "ignored",
  answersAll: false,
  place: (candidates) => candidates.map(({ weight }) => byWeight(weight)),
};
