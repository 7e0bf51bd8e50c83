/** The settings about what one member may announce, and how much of the picture and of the memory it may take. */
import type { z } from "zod";
import type { ClusterConfig, QuotaConfig } from "./types.ts";
import { cidr, deniedCidr, describe, group, list, seconds, TTL_MAX_SECONDS, whole } from "./values.ts";

const COUNT_MAX = 4_194_304;
const OBJECTS_MAX = 10_000_000;
const KEPT_MAX_MIB = 65_536;
const EQUAL_PART = "an equal part of 4,194,304, by clusters and federations";

export const quota: z.ZodPrefault<z.ZodType<QuotaConfig>> = describe(
  group({
    names: describe(whole(1, COUNT_MAX).nullable().default(null), {
      description:
        "Services and hosts of one member; records of a host that are no addresses count as one more.",
      unit: "names",
      computed: EQUAL_PART,
    }),
    endpoints: describe(whole(1, COUNT_MAX).nullable().default(null), {
      description:
        "Addresses and other records of one member's services and hosts, counted once per service or host.",
      unit: "addresses",
      computed: EQUAL_PART,
    }),
    objects: describe(whole(1, OBJECTS_MAX).default(500_000), {
      description: "Services, EndpointSlices, Nodes and other objects of one member that are kept.",
      unit: "objects",
    }),
    keptMiB: describe(whole(1, KEPT_MAX_MIB).nullable().default(null), {
      description: "What is kept of the objects of one member, about.",
      unit: "MiB",
      computed: "an equal part of half the heap of control, from 8 to 256",
    }),
  }).prefault({}),
  {
    description:
      "Limits for one member. Over `names` or `endpoints`, its published services and hosts stay, and further ones of this member are not published and SERVFAIL. Over `objects` or `keptMiB`, it is not read any further, and what was known of it stays. /status reports it.",
  },
);

export const placesKeptSeconds: z.ZodDefault<z.ZodNumber> = seconds(
  0,
  TTL_MAX_SECONDS,
  2_592_000,
  "A region or zone goes on to exist for this long after its last Node is gone; its names lead up the ladder. At most 64 places of one cluster are kept. 0 = not at all. fedns forget place ends it earlier.",
);

export const addresses: z.ZodPrefault<z.ZodType<ClusterConfig["addresses"]>> = describe(
  group({
    allow: describe(list(cidr()).default([]), {
      description:
        "The networks of the addresses it may announce; empty = any unicast address. Private addresses that tenants write (spec.externalIPs, annotations, DNSEndpoints, names that are looked up) are probed only in these.",
    }),
    deny: describe(list(deniedCidr()).default([]), {
      description:
        'Networks of addresses it may not announce: they are never answered nor probed. "documentation" = those for examples (192.0.2.0/24 and others).',
    }),
  }).prefault({}),
  { description: "Which addresses of this member are accepted." },
);
