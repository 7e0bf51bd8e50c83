/** On which terms we answer: who may ask, how often, how much comes back, and what we say of ourselves. */
import { Cookies } from "./cookies.ts";
import { Identity, type IdentitySettings } from "./identity.ts";
import { Networks } from "./networks.ts";
import { RateLimit } from "./rate-limit.ts";

const UNLIMITED = 0xffff;

/** Plain, so that it can be sent to a worker. */
export type TermsSettings = {
  readonly identity: IdentitySettings;
  /** 32 hex digits each, the newest first; empty = cookies are not spoken of. */
  readonly cookieSecrets: readonly string[];
  readonly rateLimit: RateLimitSettings;
  /** Networks (CIDR) that may ask; empty = everybody. */
  readonly allowQuery: readonly string[];
  /** Networks (CIDR) that are told why an answer is what it is. */
  readonly allowWhy: readonly string[];
  /** UDP to an unproven address: at most so many times the octets of the query, or 512; 0 = no such limit. */
  readonly maxAmplification: number;
  /** When idle connections are closed, as clients are told (RFC 7828). */
  readonly idleMs: number;
};

export type RateLimitSettings = {
  /** For one host; 0 = no limit. */
  readonly responsesPerSecond: number;
  /** 1 in so many limited responses is sent truncated; 0 = none. */
  readonly slip: number;
  /** Networks (CIDR) that are counted, but never limited. */
  readonly exempt: readonly string[];
};

export type Terms = {
  readonly identity: Identity;
  readonly cookies: Cookies | null;
  readonly rateLimit: RateLimit | null;
  readonly exempt: Networks;
  /** Null = everybody. */
  readonly mayAsk: Networks | null;
  readonly mayAskWhy: Networks;
  /** UNLIMITED times what came is more than any answer. */
  readonly maxAmplification: number;
  /** In units of 100 ms. */
  readonly keepalive: number;
};

/** Everybody may ask anything, and nothing is said: for tests and tools that look at answers alone. */
export const NO_TERMS: TermsSettings = {
  identity: { nsid: null, version: null, hostname: null, id: null },
  cookieSecrets: [],
  rateLimit: { responsesPerSecond: 0, slip: 0, exempt: [] },
  allowQuery: [],
  allowWhy: ["127.0.0.0/8", "::1/128"],
  maxAmplification: 0,
  idleMs: 0,
};

/** `seed`: any 32 bits that others do not know, and that nothing they see is made from. */
export function termsOf(settings: TermsSettings, seed: number): Terms {
  const { cookieSecrets, rateLimit, allowQuery, maxAmplification } = settings;
  return {
    identity: new Identity(settings.identity),
    cookies: cookieSecrets.length === 0 ? null : new Cookies(cookieSecrets),
    rateLimit: rateLimit.responsesPerSecond === 0 ? null : new RateLimit({ ...rateLimit, seed }),
    exempt: new Networks(rateLimit.exempt),
    mayAsk: allowQuery.length === 0 ? null : new Networks(allowQuery),
    mayAskWhy: new Networks(settings.allowWhy),
    maxAmplification: maxAmplification === 0 ? UNLIMITED : maxAmplification,
    keepalive: Math.min(0xffff, Math.floor(settings.idleMs / 100)),
  };
}
