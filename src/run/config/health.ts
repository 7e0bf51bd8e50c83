/** The settings about health: which addresses are probed, how, and when a result counts. */
import { z } from "zod";
import { PROBE_ANNOTATION } from "../../traffic/health/probe-annotations.ts";
import { isServicePattern, ruleProblems } from "../../traffic/health/probe-rules.ts";
import type { HealthConfig } from "./types.ts";
import { cidr, group, list, describe, seconds, text, whole } from "./values.ts";

/** Each object is compared with them until one matches. */
const RULES_MAX = 256;

const WRONG_PATTERN = 'must be NAMESPACE/NAME, with * for any: "shop/web", "shop/*" or "*/*"';

const rule = group({
  service: describe(z.string({ error: WRONG_PATTERN }).refine(isServicePattern, { error: WRONG_PATTERN }), {
    description:
      "NAMESPACE/NAME of the Services that are probed, in all clusters; * matches any namespace or name.",
  }),
  probe: describe(text("a probe like https://:8443/healthz"), {
    description:
      "SCHEME://[HOST][:PORT][/PATH] with tcp, tls, http, https, grpc or grpcs; off = none. The host sets only SNI and the Host header; the probe always connects to the address itself.",
  }),
  codes: describe(text("HTTP status codes like 200-399").nullable().default(null), {
    description: "HTTP status codes that count as success; null = 200-399. Redirects are not followed.",
  }),
  body: describe(text("a text").nullable().default(null), {
    description: "A text that the first 5,120 octets of the body must contain; null = any body.",
  }),
  verify: describe(z.boolean({ error: "must be true or false" }).default(false), {
    description: "The certificate must be valid for the host; otherwise any certificate is accepted.",
  }),
}).superRefine((given, context) => {
  for (const { annotation, sentence } of ruleProblems(given))
    context.addIssue({
      code: "custom",
      path: [annotation === PROBE_ANNOTATION ? "probe" : annotation.slice(PROBE_ANNOTATION.length + 1)],
      message: sentence,
    });
});

const fraction = (() => {
  const error = "must be a number from 0.5 to 1";
  return z.number({ error }).min(0.5, { error }).max(1, { error });
})();

export const health: z.ZodPrefault<z.ZodType<HealthConfig>> = describe(
  group({
    probes: describe(
      list(rule)
        .max(RULES_MAX, { error: `must be a list of at most ${RULES_MAX} probes` })
        .default([]),
      {
        description:
          "Probes for objects without the annotation fedns.io/probe; the first match applies. At most 256.",
      },
    ),
    intervalSeconds: seconds(
      1,
      3600,
      10,
      "The time between two probes of an address, shortened a little at random. Annotation fedns.io/probe-interval.",
    ),
    timeoutSeconds: seconds(
      1,
      60,
      4,
      "A probe without an answer within this time has failed; at most half the interval. Annotation fedns.io/probe-timeout.",
    ),
    fall: describe(whole(1, 100).default(3), {
      description:
        "Failures before an address is removed, also with successes between them. With 1 the fleet guard is too late. Annotation fedns.io/probe-fall.",
      unit: "probes",
    }),
    rise: describe(whole(1, 100).default(2), {
      description:
        "Consecutive successes before it returns; doubled for each change in the last 10 minutes, 5 times at most. Annotation fedns.io/probe-rise.",
      unit: "probes",
    }),
    forgive: describe(whole(1, 100).default(5), {
      description: "Consecutive successes that reset the failure count. Annotation fedns.io/probe-forgive.",
      unit: "probes",
    }),
    holdSeconds: seconds(0, 3600, 30, "The minimum time between two state changes of one address."),
    // Two default TTLs: a shorter ramp would end before resolvers ask again.
    slowStartSeconds: seconds(
      0,
      3600,
      60,
      "The ramp-up time of a returning address to its full share, in steps; 0 = none. Annotation fedns.io/slow-start.",
    ),
    guardShare: describe(fraction.default(0.7), {
      description:
        "The fleet guard suspends removals while more than this part of the probed addresses, and of the clusters, appears to be down: the fault is then more likely the uplink of fedns. 1 = never.",
      unit: "part of 1",
    }),
    // A quarter of the usual limit of open files (4,096): a round of 5,000 targets that all time out takes 40 s.
    concurrency: describe(whole(1, 16_384).default(1024), {
      description:
        "Probes that run at the same time, each with a socket; clusters come in turn, and failing targets may use half of them.",
      unit: "probes",
    }),
    probesPerAddress: describe(whole(1, 1000).default(20), {
      description:
        "Probes to one address, whatever many objects and clusters name it. It is asked at most ten times as many different questions; further ones are not asked.",
      unit: "probes per second",
    }),
    denyNetworks: describe(list(cidr()).default([]), {
      description:
        "Networks that are never probed, besides metadata services, loopback, link-local, and what belongs to this server or, in a pod, to its cluster. Name the pod and service networks of the cluster that fedns runs in.",
    }),
    allowNetworks: describe(list(cidr()).default([]), {
      description:
        "Networks of this server or its cluster that are probed all the same, as those of load balancers in the network of the Nodes when fedns runs with hostNetwork.",
    }),
  }).prefault({}),
  { description: "Probes of the addresses that are returned, and their thresholds." },
);
