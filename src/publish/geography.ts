/** Where clients are, and how near the clusters are to each class of them: a table each in the picture. */
import type { Member } from "../federation/federation.ts";
import type { Nearness } from "../policy/nearness.ts";
import { encodeNearness } from "../snapshot/encode.ts";
import type { PictureWriter } from "../snapshot/writer.ts";

export type Geography = {
  /** A record by clients-encode.ts. */
  readonly clients: Uint32Array;
  /** Given what is known of the members now; null = distance tells nothing. */
  readonly nearness: (members: readonly Member[]) => Nearness | null;
};

export function writeGeography(
  writer: PictureWriter,
  { clients, nearness }: Geography,
  members: readonly Member[],
): void {
  const near = nearness(members);
  writer.putClients(near === null ? null : clients);
  writer.putNearness(near === null ? null : encodeNearness(near));
}
