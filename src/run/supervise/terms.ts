/** From the settings to the terms that the workers answer on. */
import { randomBytes } from "node:crypto";
import type { TermsSettings } from "../../answer/terms/terms.ts";
import type { Config } from "../config/config.ts";

const SECRET_OCTETS = 16;

/** The parts of the settings that say how strangers are met. */
export type TermsConfig = Pick<
  Config,
  "identity" | "cookies" | "rateLimit" | "allowQuery" | "allowWhy" | "maxAmplification" | "serve"
>;

/** Called once a start: all workers, also those started later, must share the secret that is made here if none is given. */
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
