/** What a policy is. The table of all policies is in policies.ts. */
import type { Candidate, Placement } from "./placement.ts";

export type Policy = {
  /** The number that stands for it in the picture, 0 to 255. A number is never given to another policy. */
  readonly number: number;
  /** Which cluster a client gets, in one line of Markdown: for documents. */
  readonly meaning: string;
  /**
   * What the distance between client and cluster changes when a query is answered: nothing, the weight of each cluster
   * (geo.ts), or its tier (nearest.ts).
   */
  readonly distance: "ignored" | "weights" | "tiers";
  /** Each response has addresses of every cluster; none is selected. */
  readonly answersAll: boolean;
  /**
   * The tier and weight of each candidate before distance counts, in the order of `candidates`. `order`: the clusters
   * in the order that the service asks for, or else in the order of the settings.
   */
  readonly place: (candidates: readonly Candidate[], order: readonly string[]) => readonly Placement[];
};
