/** What /status says about host names. */
import type { ClaimProblem } from "./cluster-claim.ts";

export type HostStatus = {
  /** Hosts that are claimed, allowed or not. */
  readonly claimed: number;
  /** Hosts that have an owner. */
  readonly answered: number;
  readonly problemCount: number;
  /** The first of them. */
  readonly problems: readonly ClaimProblem[];
  /** Clusters that claim more names than are taken. */
  readonly overflowing: readonly string[];
};
