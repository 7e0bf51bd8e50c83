/** What the status page shows of the host cluster. */
import { z } from "zod";
import { listOf } from "./list-schema.ts";

type HostMemberEntry = {
  readonly name: string;
  /** Null: not probed yet. */
  readonly state: string | null;
  readonly kubernetesVersion: string | null;
  /** The token that the member issued to this server; null for a cluster of the settings. */
  readonly token: { readonly expires: string | null } | null;
};

export type HostPart = {
  readonly namespace: string;
  /** False: its members stay as they were last declared. */
  readonly isSeen: boolean;
  readonly members: readonly HostMemberEntry[];
  readonly problems: readonly { readonly object: string; readonly sentence: string }[];
};

const text = z.string().catch("");
const maybe = z.string().nullable().catch(null);

/** Null: there is no host, or the server is of a version without one. */
export const hostPart: z.ZodType<HostPart | null> = z
  .object({
    namespace: text,
    isSeen: z.boolean().catch(false),
    members: listOf(
      z.object({
        name: text,
        state: maybe,
        kubernetesVersion: maybe,
        token: z.object({ expires: maybe }).nullable().catch(null),
      }),
    ),
    problems: listOf(z.object({ object: text, sentence: text })),
  })
  .nullable()
  .catch(null);
