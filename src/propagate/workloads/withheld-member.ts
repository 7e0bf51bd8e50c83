/** A member of which nothing can be read, say because its credentials are not there yet: its copies stay as they are. */
import type { PlaceableCluster } from "../placement/placement.ts";
import { MemberPresence } from "./presence.ts";
import { NOT_SEEN, type SeenWorkload } from "./scheduled-member.ts";

export class WithheldMember {
  cluster: PlaceableCluster;
  readonly #presence: MemberPresence;

  constructor(cluster: PlaceableCluster, nowMs: number) {
    this.cluster = cluster;
    this.#presence = new MemberPresence(nowMs);
  }

  see(): SeenWorkload {
    return { ...NOT_SEEN, counts: this.#presence.counts };
  }

  /** Time has passed. True when it is known from now on that it does not count. */
  look(nowMs: number): boolean {
    return this.#presence.look("unseen", nowMs);
  }
}
