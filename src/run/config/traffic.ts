/** The settings about traffic: how answers are distributed unless annotations of a namespace or service say otherwise. */
import { z } from "zod";
import { DEFAULT_POLICY, POLICY_NAMES } from "../../federation/policy/policies.ts";
import type { TrafficConfig } from "./types.ts";
import { group, list, describe, objectName, oneOf, whole } from "./values.ts";

/** As many as an annotation may name (traffic/annotations). */
const CLUSTERS_MAX = 128;
const WEIGHT_MAX = 10_000;

/** A share of a whole, never 0. */
function fraction(standard: number): z.ZodDefault<z.ZodNumber> {
  const error = "must be a number from 0.01 to 1";
  return z.number({ error }).min(0.01, { error }).max(1, { error }).default(standard);
}

const weights = z
  .record(objectName(), whole(0, WEIGHT_MAX), {
    error: (issue) =>
      issue.code === "invalid_key"
        ? "must have the names of clusters as keys"
        : "must be a group of clusters and weights; write { us-west: 3, eu-central: 1 }",
  })
  .refine((named) => Object.keys(named).length <= CLUSTERS_MAX, {
    error: `must be a group of at most ${CLUSTERS_MAX} clusters`,
  });

export const traffic: z.ZodPrefault<z.ZodType<TrafficConfig>> = describe(
  group({
    policy: describe(oneOf(POLICY_NAMES).default(DEFAULT_POLICY), {
      description: "How clients are distributed over the clusters of a service. Annotation fedns.io/policy.",
    }),
    weights: describe(weights.default({}), {
      description:
        "Shares of the clusters under the policy weighted, and factors under geo and nearest. 0 or unlisted: standby, used only when the others are at capacity. Annotation fedns.io/weights.",
      unit: "weight",
    }),
    failoverOrder: describe(
      list(objectName())
        .max(CLUSTERS_MAX, { error: `must be a list of at most ${CLUSTERS_MAX} clusters` })
        .default([]),
      {
        description:
          "Clusters in order of preference under the policy failover. Annotation fedns.io/failover-order.",
      },
    ),
    clusters: describe(whole(1, 16).default(1), {
      description: "How many clusters are selected per response. Annotation fedns.io/clusters.",
      unit: "clusters",
    }),
    halfDistanceKm: describe(whole(1, 20_000).default(500), {
      description:
        "Under geo, the share of a cluster halves for every so many kilometres by which it is farther from the client than the nearest cluster.",
      unit: "kilometres",
    }),
    spillBelow: describe(fraction(0.7), {
      description:
        "A cluster is at full strength while it has at least this part of its usual number of ready endpoints, or of fedns.io/capacity. Below that, the missing fraction of its clients spills over to other clusters.",
      unit: "part of 1",
    }),
  }).prefault({}),
  { description: "How clients are distributed over clusters." },
);
