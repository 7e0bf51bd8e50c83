/** How long a token of a member's account is valid: the standard, and as a person asks for it. */
import { InvalidArgumentError } from "commander";
import { parseTime } from "../orders/order.ts";

export const TOKEN_LIFETIME_MS: number = 365 * 86_400_000;
/** API servers issue no shorter ones. */
const LIFETIME_MIN_MS: number = 10 * 60_000;

export function parseLifetime(text: string): number {
  const lifetimeMs = parseTime(text);
  if (lifetimeMs >= LIFETIME_MIN_MS) return lifetimeMs;
  throw new InvalidArgumentError("It must be at least 10m.");
}
