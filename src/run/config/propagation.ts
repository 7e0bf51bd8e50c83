/** The settings about federated objects and their copies in the members. */
import { z } from "zod";
import type { PropagationConfig } from "./types.ts";
import { describe, dnsLabel, group, oneOf } from "./values.ts";

type Given = Omit<PropagationConfig, "owner"> & { readonly owner?: string | undefined };

export const propagation: z.ZodPrefault<z.ZodType<Given>> = describe(
  group({
    enabled: describe(z.boolean({ error: "must be true or false" }).default(true), {
      description:
        "Federated objects of the host are placed in its members. Nothing is placed without a host, a FederatedTypeConfig, and rights that `fedns join` gave.",
    }),
    adoption: describe(oneOf(["always", "if-no-diff", "never"]).default("always"), {
      description:
        "What happens to an object that exists in a member already: it is always taken over, only if nothing in it would change, or never.",
    }),
    owner: describe(dnsLabel().optional(), {
      description:
        "The value of the label fedns.io/owner, by which a federation knows its copies. Set it to the old value when a host is rebuilt.",
      computed: "the uid of the host's namespace",
    }),
  }).prefault({}),
  { description: "The propagation of federated objects." },
);
