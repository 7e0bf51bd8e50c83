/** The access settings in the form that the workers take. */
import { randomBytes } from "node:crypto";
import type { TermsSettings } from "../../answer/terms/terms.ts";
import type { Config } from "../config/config.ts";

const SECRET_OCTETS = 16;

/** The settings about access, rate limits, cookies and identity. */
export type TermsConfig = Pick<
  Config,
  | "identity"
  | "cookies"
  | "rateLimit"
  | "allowQuery"
  | "allowWhy"
  | "maxAmplification"
  | "minimalResponses"
  | "serve"
>;

/** For servers without a configured cookie secret. Made once per start of fedns: clients keep their cookies at a hand-over. */
export function randomCookieSecret(): string {
  return randomBytes(SECRET_OCTETS).toString("hex");
}

export function termsSettings(config: TermsConfig, ownSecret: string): TermsSettings {
  const { identity, cookies, rateLimit, allowQuery, allowWhy, maxAmplification, minimalResponses, serve } =
    config;
  const { secrets } = cookies;
  return {
    identity,
    cookieSecrets: secrets.length > 0 ? secrets : [ownSecret],
    rateLimit,
    allowQuery,
    allowWhy,
    maxAmplification,
    minimalResponses,
    idleMs: serve.tcp.idleSeconds * 1000,
  };
}
