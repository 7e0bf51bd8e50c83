/**
 * What would happen to the copies of one federated object: the result of a plan, as values.
 *
 *   outcome   | what the propagator would do                                    | a difference
 *   out       | nothing: no copy is wanted, and there is none                   | no
 *   in-sync   | nothing: the copy is as wanted                                  | no
 *   kept      | nothing: it cannot be decided, so that a copy stays as it is    | no, a problem
 *   create    | the copy is made                                                | yes
 *   update    | the copy is changed, or lost fields become ours again           | yes
 *   take-over | KubeFed's copy becomes ours                                     | yes
 *   adopt     | an object that exists becomes a copy                            | yes
 *   remove    | the copy is deleted                                             | yes
 *   release   | the copy stays, and is ours no more                             | yes
 *   lost      | nothing: the plan is without its member, and so without it      | yes
 *   waiting   | nothing until the copy that is being deleted has gone           | yes
 *   refused   | nothing: the member, or a rule of fedns, refuses                | no, a problem
 *   unknown   | nothing while the member cannot be asked                        | no, a problem
 */
import type { JsonRecord } from "../../kernel/json.ts";
import type { FieldClaim } from "../apply/contests.ts";
import type { LiveCopy } from "../apply/decide.ts";
import type { ClusterPlacement } from "../placement/placement.ts";
import type { CopyStatus } from "../status/copy-status.ts";
import type { FieldChange } from "./changed-fields.ts";

export const COPY_OUTCOMES = [
  "out",
  "in-sync",
  "kept",
  "create",
  "update",
  "take-over",
  "adopt",
  "remove",
  "release",
  "lost",
  "waiting",
  "refused",
  "unknown",
] as const;
export type CopyOutcome = (typeof COPY_OUTCOMES)[number];

export type PlacementSaid = {
  readonly isChosen: boolean;
  readonly reason: ClusterPlacement["reason"] | "deleted" | "unreadable";
  /** With the cure, where something is wrong. */
  readonly sentence: string;
};

type PlannedChange = FieldChange & {
  /** Field managers that own the field in the member now; none = nobody, or it is ours alone. */
  readonly owners: readonly string[];
};

export type CopyPlan = {
  readonly cluster: string;
  readonly placement: PlacementSaid;
  readonly outcome: CopyOutcome;
  /** What the status in the host would say; "" = all is well. */
  readonly status: CopyStatus;
  /** Why, or what is to be known about it, with the cure; null = nothing. */
  readonly message: string | null;
  /** HTTP code of a refusal; null = none. */
  readonly code: number | null;
  /** Content only. An update, take-over or adoption without any changes the labels and owners of the copy alone. */
  readonly changes: readonly PlannedChange[];
  /** The copy before and after, without what the server keeps and without secrets; null = there is none, or it was not read. */
  readonly before: JsonRecord | null;
  readonly after: JsonRecord | null;
  /** Fields that are taken from other writers. */
  readonly taken: readonly FieldClaim[];
  /** Copies that go first: "ConfigMap settings". */
  readonly needs: readonly string[];
  readonly live: LiveCopy;
};

export type ObjectPlan = {
  /** Name of the FederatedTypeConfig. */
  readonly type: string;
  /** Of the copies. */
  readonly kind: string;
  /** Of the copies; "" = they are cluster-scoped. */
  readonly namespace: string;
  readonly name: string;
  /** Why nothing can be placed anywhere, with the cure; null = it can. */
  readonly problem: string | null;
  readonly copies: readonly CopyPlan[];
};

const DIFFERENCES: ReadonlySet<CopyOutcome> = new Set([
  "create",
  "update",
  "take-over",
  "adopt",
  "remove",
  "release",
  "lost",
  "waiting",
]);
const PROBLEMS: ReadonlySet<CopyOutcome> = new Set(["kept", "refused", "unknown"]);

/** Something would be written to the member, or is lost with it. */
export function isDifference({ outcome }: CopyPlan): boolean {
  return DIFFERENCES.has(outcome);
}

/** The copy is not as wanted, or nobody knows, and the propagator alone cannot change that. */
export function isProblem({ outcome }: CopyPlan): boolean {
  return PROBLEMS.has(outcome);
}
