/** The access settings in the form that the workers take. */
import { randomBytes } from "node:crypto";
import type { TermsSettings } from "../../answer/terms/terms.ts";
import type { Config } from "../config/config.ts";

const SECRET_OCTETS = 16;

/** The settings about access, rate limits, cookies and identity. */
export type TermsConfig = Pick<
  Config,
  "identity" | "cookies" | "rateLimit" | "allowQuery" | "allowWhy" | "maxAmplification" | "serve"
>;

/** Called once per start: if no cookie secret is configured, the random one made here must be the same for all workers. */
export function termsSettings(config: TermsConfig): TermsSettings {
  const { identity, cookies, rateLimit, allowQuery, allowWhy, maxAmplification, serve } = config;
  const { secrets } = cookies;
  return {
    identity,
    cookieSecrets: secrets.length > 0 ? secrets : [randomBytes(SECRET_OCTETS).toString("hex")],
    rateLimit,
    allowQuery,
    allowWhy,
    maxAmplification,
    idleMs: serve.tcp.idleSeconds * 1000,
  };
}
