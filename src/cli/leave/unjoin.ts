/**
 * `fedns unjoin`: removes what `fedns join` made, and treats the copies of federated objects as it is told. The declaration in the
 * host goes first, so that fedns stops using the member before its account is gone; copies follow when it is gone.
 */
import type { Clock } from "../../kernel/clock.ts";
import { messageOf } from "../../kernel/error.ts";
import type { ApiObject } from "../../fleet/objects/api-object.ts";
import type { ObjectKey } from "../../fleet/objects/object-path.ts";
import { readAll } from "../../fleet/objects/read.ts";
import { CLUSTER_FINALIZER, COPIES_ON_DELETION } from "../../fleet/host-objects/copies-on-deletion.ts";
import { clusterAnnotation } from "../../fleet/host-objects/cluster-annotations.ts";
import { CLUSTERS } from "../../fleet/host-objects/host-types.ts";
import { preferredResource } from "../../fleet/watch/watched-resource.ts";
import { isMadeFor, type MadeFor, membershipLabels, membershipSelector } from "../membership/names.ts";
import { BUILT_IN, objectTitle } from "../membership/planned-object.ts";
import type { ClusterConnection } from "../clusters/connect.ts";
import { clusterUid, declaredCluster } from "../clusters/host.ts";
import { madeObjects } from "../clusters/made-objects.ts";
import type { Removal, StepRunner } from "../clusters/runner.ts";
import { stepError, stepRefused } from "../clusters/step-error.ts";
import { removeFinalizersOf } from "../types/finalizers.ts";
import { whatIsIn } from "./namespace-content.ts";
import {
  carryOutWorkloads,
  planWorkloads,
  type WorkloadsOptions,
  type WorkloadsOrder,
  type WorkloadsPlan,
} from "./workloads.ts";

type UnjoinOptions = {
  readonly runner: StepRunner;
  readonly host: ClusterConnection;
  /** Throws when there is no context for the member. */
  readonly connectMember: () => Promise<ClusterConnection>;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly cluster: string;
  readonly namespace: string;
  readonly workloads: WorkloadsOrder;
  /** Value of the owner label of copies; null = as a fedns without the setting has it. */
  readonly owner: string | null;
  /** Goes on when the member cannot be reached, or is another cluster now. */
  readonly isForced: boolean;
};

/** Resolves with false when something was left behind, which the lines name. */
export async function unjoin(options: UnjoinOptions): Promise<boolean> {
  const { runner, host, namespace, cluster, signal } = options;
  const hostUid = await clusterUid(host, signal);
  const membership = { hostUid, cluster };
  const key = { resource: preferredResource(CLUSTERS), namespace, name: cluster };
  const declared = await declaredCluster(host, key, signal);
  if (declared !== null && !isMadeFor(declared.metadata.labels, membership) && !options.isForced)
    throw stepRefused(
      `${host.name}: ${objectTitle("KubeFedCluster", key)}`,
      "fedns join did not make it; unjoin it with kubefedctl, or remove it with --force",
    );
  const secrets = await hostSecrets(options, membership);
  const inMember = await objectsOfMember(options, { membership, declared });
  const workloads: WorkloadsOptions = { ...options, hostUid };
  const plan = inMember === null ? null : await planInMember(inMember, workloads, options);
  const hasCopies = plan !== null && plan.copies.length > 0;
  if (declared === null && secrets.length === 0 && inMember?.made.length === 0 && !hasCopies)
    runner.note(`${cluster} is not joined to this host: there was nothing to remove`);
  // --force removes a KubeFedCluster that another program made, too, as long as it is the one that was read.
  const isSame = ({ metadata }: ApiObject): boolean => metadata.uid === declared?.metadata.uid;
  if (declared !== null) {
    await leaveWorkloads(declared, key, options);
    await runner.remove(host, { kind: "KubeFedCluster", key, object: declared, isOurs: isSame });
  }
  for (const secret of secrets) await runner.remove(host, secret);
  if (inMember === null || plan === null) return false;
  const { member, made } = inMember;
  const isNamespace = ({ kind }: Removal): boolean => kind === "Namespace";
  for (const one of made.filter((removal) => !isNamespace(removal))) await removeMade(member, one, options);
  const isClean = await carryOutWorkloads(options.workloads, plan, member, workloads);
  for (const one of made.filter(isNamespace)) await removeMade(member, one, options);
  member.transport.close();
  return isClean;
}

/** What becomes of copies is said by --workloads: fedns itself is not to delete any because the KubeFedCluster goes. */
async function leaveWorkloads(
  { metadata: { annotations = {}, finalizers = [] } }: ApiObject,
  key: ObjectKey,
  { runner, host, signal }: UnjoinOptions,
): Promise<void> {
  if (annotations[COPIES_ON_DELETION] === undefined && !finalizers.includes(CLUSTER_FINALIZER)) return;
  await removeFinalizersOf({
    runner,
    host,
    signal,
    pattern: ONLY_CLUSTER_FINALIZER,
    resource: key.resource,
    kind: "KubeFedCluster",
    only: key,
    annotations: { [COPIES_ON_DELETION]: null },
  });
}

const ONLY_CLUSTER_FINALIZER = new RegExp(`^${CLUSTER_FINALIZER.replace(".", "\\.")}$`);

/** Copies that stay are only counted, and that may fail. */
async function planInMember(
  { member, uid }: InMember,
  workloads: WorkloadsOptions,
  { workloads: order }: UnjoinOptions,
): Promise<WorkloadsPlan> {
  return planWorkloads(order, member, { ...workloads, memberUid: uid }).catch((error: unknown) => {
    if (order.kind !== "keep") throw error;
    return { copies: [], owner: "" };
  });
}

async function hostSecrets(options: UnjoinOptions, membership: MadeFor): Promise<readonly Removal[]> {
  const { host, namespace, signal } = options;
  const isOurs = ({ metadata }: ApiObject): boolean => isMadeFor(metadata.labels, membership);
  const resource = BUILT_IN.Secret;
  const labelSelector = membershipSelector(membershipLabels(membership));
  try {
    const found = await readAll(host.transport, { resource, namespace }, { signal, labelSelector });
    return found
      .filter((object) => isOurs(object) && object["type"] !== "kubernetes.io/service-account-token")
      .map((object) => ({
        kind: "Secret",
        key: { resource, namespace, name: object.metadata.name },
        object,
        isOurs,
      }));
  } catch (error) {
    throw stepError(`${host.name}: Secrets in ${namespace}`, error, resource.plural);
  }
}

type InMember = {
  readonly member: ClusterConnection;
  readonly uid: string;
  readonly made: readonly Removal[];
};
type Known = { readonly membership: MadeFor; readonly declared: ApiObject | null };

/** Null, after a line about it: the member cannot be reached, and that was allowed by --force. */
async function objectsOfMember(
  options: UnjoinOptions,
  { membership, declared }: Known,
): Promise<InMember | null> {
  const { runner, cluster, signal, isForced } = options;
  try {
    const member = await options.connectMember();
    const uid = await clusterUid(member, signal);
    const recorded = declared?.metadata.annotations?.[clusterAnnotation("cluster-uid")];
    if (recorded !== undefined && recorded !== uid)
      throw stepRefused(
        `${cluster}: context ${member.context}`,
        `it leads to another cluster than the one that was joined (uid ${uid}, not ${recorded}); name the right one with --cluster-context`,
      );
    return { member, uid, made: await madeObjects(member, membership, signal) };
  } catch (error) {
    if (!isForced) throw withForceHint(error, cluster);
    runner.note(
      `${messageOf(error)}. Nothing was removed in ${cluster}: if it comes back, run fedns unjoin ${cluster} again`,
    );
    return null;
  }
}

function withForceHint(error: unknown, cluster: string): Error {
  const hint = `if ${cluster} is gone for good, run the command with --force`;
  return stepRefused("unjoin", `${messageOf(error)}; ${hint}`);
}

/** A namespace that has anything else in it stays. */
async function removeMade(member: ClusterConnection, made: Removal, options: UnjoinOptions): Promise<void> {
  const { runner, signal } = options;
  if (made.kind === "Namespace") {
    const others = await whatIsIn(member, made.key.name, { signal, isIgnored: made.isOurs });
    if (others.length > 0) {
      runner.say(
        member.name,
        `kept: it has ${others.slice(0, 3).join(", ")}`,
        objectTitle("Namespace", made.key),
      );
      return;
    }
  }
  await runner.remove(member, made);
}
