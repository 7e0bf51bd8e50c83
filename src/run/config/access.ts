/** The settings about access: identity, cookies, rate limits, and limits against abuse for amplification. */
import { z } from "zod";
import type { CookiesConfig, IdentityConfig, RateLimitConfig } from "./types.ts";
import { cidr, group, list, describe, secret, shortText, text, whole } from "./values.ts";

/** A query may be compared with all of them. */
const NETWORKS_MAX = 256;
/** The new one and the one before: while servers change over, each takes the cookies of the others. */
export const COOKIE_SECRETS_MAX = 2;

export function networks(): z.ZodType<readonly string[]> {
  return list(cidr())
    .max(NETWORKS_MAX, { error: `must be a list of at most ${NETWORKS_MAX} networks` })
    .default([]);
}

export const identity: z.ZodType<IdentityConfig> = group({
  nsid: describe(shortText().default(null), {
    description: "The answer to the NSID option (RFC 5001): it tells servers behind one address apart.",
  }),
  version: describe(shortText().default("fedns"), {
    description: "version.bind and version.server, class CHAOS; null = refused.",
  }),
  hostname: describe(shortText().default(null), {
    description: "hostname.bind, class CHAOS; null = refused.",
  }),
  id: describe(shortText().default(null), {
    description: "id.server, class CHAOS (RFC 4892); null = refused.",
  }),
});

/** Whether it is one key, in the form of the settings. */
export function isSecret(value: string): boolean {
  return secret().safeParse(value).success;
}

export const cookies: z.ZodType<CookiesConfig> = group({
  secrets: describe(
    list(secret())
      .max(COOKIE_SECRETS_MAX, {
        error: "must be a list of at most 2 secrets (the new one and the one before)",
      })
      .default([]),
    {
      description:
        "Keys of DNS cookies (RFC 9018), the newest first; all servers of a zone must have the same. Without keys, each start generates one, and cookies are valid for one server only.",
    },
  ),
  secretsFile: describe(text("a path").nullable().default(null), {
    description:
      "A file that has them instead, one on each line, the newest first, such as a mounted Secret. Relative to this file, and read again when it changes. An empty file has none.",
  }),
});

export function resolveCookies(given: CookiesConfig, resolvePath: (path: string) => string): CookiesConfig {
  const { secrets, secretsFile } = given;
  return { secrets, secretsFile: secretsFile === null ? null : resolvePath(secretsFile) };
}

export const rateLimit: z.ZodType<RateLimitConfig> = group({
  responsesPerSecond: describe(whole(0, 1_000_000).default(1000), {
    description:
      "UDP responses to one address without a valid cookie, per worker; 2.5 seconds' worth at once. The networks around it have a multiple: IPv4 /24 32, /20 256, /18 768; IPv6 /64 2, /56 3, /48 4. 0 = no limit.",
    unit: "responses per second",
  }),
  slip: describe(whole(0, 100).default(1), {
    description:
      "Over the limit, 1 in so many queries gets an empty truncated response, so that real clients use TCP; the others get none. 0 = none gets one. Values above 1 give attackers who forge answers more time.",
    unit: "responses",
  }),
  exempt: describe(networks(), { description: "Networks that are counted, but not limited; at most 256." }),
});

export const allowQuery: z.ZodType<readonly string[]> = describe(networks(), {
  description:
    "Networks that may send queries, over UDP and TCP; all others are REFUSED. Empty = all. At most 256.",
});

export const allowWhy: z.ZodType<readonly string[]> = describe(
  list(cidr())
    .max(NETWORKS_MAX, { error: `must be a list of at most ${NETWORKS_MAX} networks` })
    .default(["127.0.0.0/8", "::1/128"]),
  {
    description:
      "Networks that may use fedns explain (class CHAOS, why.NAME), which shows names, addresses and health of clusters.",
  },
);

export const maxAmplification: z.ZodType<number> = describe(whole(0, 100).default(4), {
  description:
    "A UDP response to a client without a valid cookie has at most so many times the octets of its query, or 512 if that is more. Longer responses are truncated, and the client uses TCP. 0 = no limit.",
  unit: "times",
});

export const minimalResponses: z.ZodType<boolean> = describe(
  z.boolean({ error: "must be true or false" }).default(false),
  {
    description:
      "true = answers have no addresses beside MX, SRV, SVCB, HTTPS and NS records. false = they have those of names in the same zone, as far as they fit.",
  },
);
