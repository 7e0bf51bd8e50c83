/**
 * Whether a member is well in the version that it is to have: by what is said about its copy, by the copy itself, and by the traffic
 * of the Services that lead to it.
 *
 *   the member                 | what is said about the copy         | health
 *   is not seen                | any                                 | unseen
 *   does not know the kind     | any                                 | out
 *   is seen                    | nothing yet, or of an older state   | waiting
 *   is seen                    | it may not be ours                  | out
 *   is seen                    | changes are held                    | held
 *   is seen                    | it was refused for good             | failed
 *   is seen                    | it was refused, and is tried again  | waiting
 *   is seen                    | it is as wanted                     | as it is rolled out, and as its traffic is
 */
import type { ServingChannel } from "../../federation/serving/serving-ask.ts";
import { messageOf } from "../../kernel/error.ts";
import type { ApiObject } from "../../fleet/objects/api-object.ts";
import type { PlaceableCluster } from "../placement/placement.ts";
import { rolledOut } from "../rollout/rolled-out.ts";
import type { MemberHealth } from "../rollout/rollout-step.ts";
import type { CopyReport, CopyStatus } from "../status/copy-status.ts";
import { isPermanent } from "../status/object-status.ts";

/** The copy of one object in one member that it is placed in. */
export type StagedCopy = {
  readonly cluster: PlaceableCluster;
  readonly view: "seen" | "not-yet" | "away" | "no-such-kind";
  /** Its copy is of another version than the object. */
  readonly isOther: boolean;
  /** Its copy is of the object's version. */
  readonly hasTarget: boolean;
  /** What is said counts for the object as it is now; null = nothing is said yet. */
  readonly report: CopyReport | null;
  /** Throws as `read` does. */
  readonly read: () => Promise<ApiObject | null>;
  /** "namespace/name" of the Services that lead to the copy alone. May throw. */
  readonly services: () => Promise<readonly string[]>;
};

const OUT: ReadonlySet<CopyStatus> = new Set([
  "AlreadyExists",
  "ManagedLabelFalse",
  "KindNotServed",
  "NoSuchCluster",
  "NamespaceNotPlaced",
]);
const HELD: ReadonlySet<CopyStatus> = new Set(["Paused", "WaitingForDrain"]);
const UNSEEN: ReadonlySet<CopyStatus> = new Set([
  "ClusterNotReady",
  "ClientRetrievalFailed",
  "RetrievalFailed",
]);

type Found = Pick<MemberHealth, "health" | "reason">;

/** `kind`: of the copies. `channel` null: nobody knows of traffic. Never rejects. */
export async function healthOf(
  copy: StagedCopy,
  kind: string,
  channel: ServingChannel | null,
): Promise<MemberHealth> {
  const { name } = copy.cluster;
  const said = healthBySaid(copy) ?? (await healthInMember(copy, kind));
  return { name, ...(said ?? (await healthOfTraffic(copy, channel)) ?? WELL) };
}

const WELL: Found = { health: "well", reason: "" };

/** Null = the copy is as wanted. */
function healthBySaid({ view, report, hasTarget }: StagedCopy): Found | null {
  if (view === "away" || view === "not-yet")
    return { health: "unseen", reason: "the cluster does not answer" };
  if (view === "no-such-kind") return { health: "out", reason: "the cluster does not serve the kind" };
  if (report === null) return { health: "waiting", reason: "the new version is being written" };
  const { status, message } = report;
  const reason = message === null ? status : `${status}: ${message}`;
  if (OUT.has(status)) return { health: "out", reason };
  if (HELD.has(status)) return { health: "held", reason };
  if (UNSEEN.has(status)) return { health: "unseen", reason };
  if (isPermanent(report) && status !== "WaitingForRollout") return { health: "failed", reason };
  if (status !== "" && status !== "WaitingForRollout") return { health: "waiting", reason };
  return hasTarget && status === ""
    ? null
    : { health: "waiting", reason: "the new version is being written" };
}

async function healthInMember({ read }: StagedCopy, kind: string): Promise<Found | null> {
  try {
    const object = await read();
    if (object === null) return { health: "waiting", reason: "there is no copy" };
    const { state, reason } = rolledOut(kind, object);
    return state === "well" ? null : { health: state, reason };
  } catch (error) {
    return { health: "unseen", reason: `its copy cannot be read (${messageOf(error)})` };
  }
}

async function healthOfTraffic(
  { cluster, services }: StagedCopy,
  channel: ServingChannel | null,
): Promise<Found | null> {
  if (channel === null) return null;
  try {
    const asks = (await services()).map((service) => ({ cluster: cluster.name, service }));
    if (asks.length === 0) return null;
    const states = await channel(asks);
    if (states === null)
      return { health: "waiting", reason: "it is not known whether clients are served there" };
    const bad = states.find(({ kind }) => kind === "down" || kind === "unknown");
    return bad === undefined ? null : { health: "waiting", reason: `${bad.service}: ${bad.reason}` };
  } catch (error) {
    return { health: "waiting", reason: `it cannot be read which Services lead to it (${messageOf(error)})` };
  }
}
