/** The terms of service: who may ask, how often, how large responses may be, and what the server says about itself. */
import { Cookies } from "./cookies.ts";
import { Identity, type IdentitySettings } from "./identity.ts";
import { Networks } from "./networks.ts";
import { RateLimit } from "./rate-limit.ts";

const UNLIMITED = 0xffff;

/** Plain, so that it can be sent to a worker. */
export type TermsSettings = {
  readonly identity: IdentitySettings;
  /** 32 hex digits each, the newest first; empty = no cookies. */
  readonly cookieSecrets: readonly string[];
  readonly rateLimit: RateLimitSettings;
  /** Networks (CIDR) that may ask; empty = all. */
  readonly allowQuery: readonly string[];
  /** Networks (CIDR) that may ask for the explanation of an answer. */
  readonly allowWhy: readonly string[];
  /** UDP to an address that is not proven: at most this many times the octets of the query, or 512; 0 = no limit. */
  readonly maxAmplification: number;
  /** Addresses that were not asked for are left out, but for those that a referral needs. */
  readonly minimalResponses: boolean;
  /** When idle connections are closed; sent to clients as keepalive (RFC 7828). */
  readonly idleMs: number;
};

export type RateLimitSettings = {
  /** To one host; 0 = no limit. */
  readonly responsesPerSecond: number;
  /** One in this many limited responses is sent truncated; 0 = none. */
  readonly slip: number;
  /** Networks (CIDR) that are counted but not limited. */
  readonly exempt: readonly string[];
};

export type Terms = {
  readonly identity: Identity;
  readonly cookies: Cookies | null;
  readonly rateLimit: RateLimit | null;
  readonly exempt: Networks;
  /** Null = all. */
  readonly mayAsk: Networks | null;
  readonly mayAskWhy: Networks;
  /** UNLIMITED times the query is more than any answer. */
  readonly maxAmplification: number;
  readonly isMinimal: boolean;
  /** In units of 100 ms. */
  readonly keepalive: number;
};

/** No limits, cookies or identity: for tests and tools that only look at answers. */
export const NO_TERMS: TermsSettings = {
  identity: { nsid: null, version: null, hostname: null, id: null },
  cookieSecrets: [],
  rateLimit: { responsesPerSecond: 0, slip: 0, exempt: [] },
  allowQuery: [],
  allowWhy: ["127.0.0.0/8", "::1/128"],
  maxAmplification: 0,
  minimalResponses: false,
  idleMs: 0,
};

/** `seed`: 32 secret bits, used for nothing that clients can see. */
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
    isMinimal: settings.minimalResponses,
    keepalive: Math.min(0xffff, Math.floor(settings.idleMs / 100)),
  };
}
