/** The settings about how much of the picture one member may take. */
import type { z } from "zod";
import type { QuotaConfig } from "./types.ts";
import { describe, group, whole } from "./values.ts";

const COUNT_MAX = 4_194_304;
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
  }).prefault({}),
  {
    description:
      "Limits for one member. Over a limit, its published services and hosts stay, and further ones of this member are not published and SERVFAIL; /status reports it.",
  },
);
