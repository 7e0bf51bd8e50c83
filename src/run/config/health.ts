/** The settings about health: which addresses are probed, how, and what of it is believed. */
import { z } from "zod";
import { probeAnnotation } from "../../traffic/health/probe-annotations.ts";
import { isServicePattern, ruleProblems } from "../../traffic/health/probe-rules.ts";
import type { HealthConfig } from "./types.ts";
import { group, list, describe, seconds, text, whole } from "./values.ts";

/** Each object is compared with them until one fits. */
const RULES_MAX = 256;

const WRONG_PATTERN = 'must be NAMESPACE/NAME, with * for any: "shop/web", "shop/*" or "*/*"';

const rule = group({
  service: describe(z.string({ error: WRONG_PATTERN }).refine(isServicePattern, { error: WRONG_PATTERN }), {
    description: "NAMESPACE/NAME of what is probed, in all clusters; * for any namespace or name.",
  }),
  probe: describe(text("a probe like https://:8443/healthz"), {
    description:
      "SCHEME://[HOST][:PORT][/PATH] with tcp, tls, http, https, grpc or grpcs; off = none. The host is only what the target is called (Host header, SNI): each address handed out is probed itself.",
  }),
  codes: describe(text("HTTP status codes like 200-399").nullable().default(null), {
    description: "HTTP status codes that are good; null = 200-399. Redirects are not followed.",
  }),
  body: describe(text("a text").nullable().default(null), {
    description: "A text that must be in the first 5,120 octets of the body; null = anything.",
  }),
  verify: describe(z.boolean({ error: "must be true or false" }).default(false), {
    description: "The certificate must be valid for the host; otherwise any will do.",
  }),
}).superRefine((given, context) => {
  for (const { annotation, sentence } of ruleProblems(given))
    context.addIssue({
      code: "custom",
      path: [annotation === probeAnnotation ? "probe" : annotation.slice(probeAnnotation.length + 1)],
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
          "Probes for objects without the annotation fedns.io/probe; the first that fits. At most 256.",
      },
    ),
    intervalSeconds: seconds(
      1,
      3600,
      10,
      "A probe of each address so often, a little sooner by chance. Annotation fedns.io/probe-interval.",
    ),
    timeoutSeconds: seconds(
      1,
      60,
      4,
      "No answer within it is a failure; at most half the interval. Annotation fedns.io/probe-timeout.",
    ),
    fall: describe(whole(1, 100).default(3), {
      description:
        "Failures, also with good probes between, that take an address out. With 1 the guard comes too late. Annotation fedns.io/probe-fall.",
      unit: "probes",
    }),
    rise: describe(whole(1, 100).default(2), {
      description:
        "Good probes in a row that bring it back; doubled by each change of the last 10 minutes, 5 times at most. Annotation fedns.io/probe-rise.",
      unit: "probes",
    }),
    forgive: describe(whole(1, 100).default(5), {
      description: "Good probes in a row that forgive all failures. Annotation fedns.io/probe-forgive.",
      unit: "probes",
    }),
    holdSeconds: seconds(0, 3600, 30, "The least time between two changes of one address."),
    // Two standard TTLs: a shorter ramp would be over before resolvers have asked again.
    slowStartSeconds: seconds(
      0,
      3600,
      60,
      "From the return of an address to its full share, in steps; 0 = at once. Annotation fedns.io/slow-start.",
    ),
    guardShare: describe(fraction.default(0.7), {
      description:
        "When more than this part of the targets, and of the clusters, looks down at once, nothing is taken out: it is likelier our own uplink. 1 = never.",
      unit: "part of 1",
    }),
    // A quarter of what a process may usually open (4,096); with it 5,000 targets that all time out take 40 s a round.
    concurrency: describe(whole(1, 16_384).default(1024), {
      description: "Probes under way at once, each with a socket; targets that fail may use half of them.",
      unit: "probes",
    }),
  }).prefault({}),
  { description: "Probes of the addresses handed out, and what of them is believed." },
);
