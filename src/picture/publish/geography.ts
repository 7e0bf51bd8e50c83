/** Where clients are, and how near the clusters are to each class of them: a table each in the picture. */
import type { Member } from "../../federation/members/federation.ts";
import type { Nearness } from "../../federation/policy/nearness.ts";
import { encodeNearness } from "../clients/nearness.ts";
import type { PictureWriter } from "../write/writer.ts";

export type Geography = {
  /** A record by clients-encode.ts; null = the picture has it. */
  readonly clients: Uint32Array | null;
  /** Given what is known of the members now; null = distance tells nothing. */
  readonly nearness: (members: readonly Member[]) => Nearness | null;
};

/** Returns what is left to write at the next time: a table of clients is large, and once is enough. */
export function writeGeography(
  writer: PictureWriter,
  geography: Geography,
  members: readonly Member[],
): Geography {
  const { clients, nearness } = geography;
  const near = nearness(members);
  writer.putNearness(near === null ? null : encodeNearness(near));
  // Without nearness, clients are not looked up.
  if (near === null || clients === null) return geography;
  writer.putClients(clients);
  return { nearness, clients: null };
}
