/**
 * What becomes of the copies in a member that leaves. Planned, counted and agreed on before anything is written; carried out when fedns
 * has no rights in the member any more, so that nothing puts back what is taken away.
 */
import type { Clock } from "../../kernel/clock.ts";
import { readAll } from "../../fleet/objects/read.ts";
import { type FederatedObject, parseFederatedObject } from "../../propagate/federated/federated-object.ts";
import type { ClusterConnection } from "../clusters/connect.ts";
import type { StepRunner } from "../clusters/runner.ts";
import { stepError, stepRefused } from "../clusters/step-error.ts";
import { NAMESPACE_TYPE } from "../../fleet/host-objects/type-config.ts";
import { type DeclaredType, declaredTypes } from "../types/declared-types.ts";
import { copiesIn, countsOf, type MemberCopy, ownerOf } from "./copies.ts";
import { deleteCopies } from "./delete-copies.ts";
import { type Fate, fateOf } from "./fate.ts";
import { releaseCopies } from "./release-copies.ts";

export type WorkloadsOrder =
  | { readonly kind: "keep" }
  | { readonly kind: "orphan" }
  | {
      readonly kind: "delete";
      readonly perMinute: number;
      readonly waitMs: number;
      /** Also more than a few. */
      readonly isAgreed: boolean;
    };

/** So many are deleted without a word of agreement. */
const UNASKED_MAX = 20;

export type WorkloadsOptions = {
  readonly runner: StepRunner;
  readonly host: ClusterConnection;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Of the federation. */
  readonly namespace: string;
  /** Value of the owner label; null = as a fedns without the setting has it. */
  readonly owner: string | null;
  /** Uid of the host. */
  readonly hostUid: string;
};

type PlannedCopy = {
  readonly copy: MemberCopy;
  readonly fate: Fate;
  readonly federated: FederatedObject | null;
};

export type WorkloadsPlan = {
  readonly copies: readonly PlannedCopy[];
  readonly owner: string;
};

/** No copies where the host has no types, or its namespace is gone. Throws an OperationalError when they are too many to go unasked. */
export async function planWorkloads(
  order: WorkloadsOrder,
  member: ClusterConnection,
  { memberUid, ...options }: WorkloadsOptions & { readonly memberUid: string },
): Promise<WorkloadsPlan> {
  const { runner, hostUid, signal } = options;
  const owner = options.owner ?? (await ownerOf(options));
  const types = (await declaredTypes(options)) ?? [];
  if (owner === null) return { copies: [], owner: "" };
  const found = await copiesIn(member, { types, owner, signal });
  const isHost = memberUid === hostUid;
  const federated =
    order.kind === "delete" ? await federatedObjects(found, options) : new Map<string, FederatedObject>();
  const copies = found.map((copy): PlannedCopy => {
    const own = federated.get(idOf(copy.type, copy.key)) ?? null;
    const fate = order.kind === "delete" ? fateOf(copy, { isHost, federated: own }) : "release";
    return { copy, fate, federated: own };
  });
  const plan = { copies, owner };
  if (copies.length > 0) runner.note(`${member.name} has ${countsOf(found)}: ${intention(order, plan)}`);
  const leaving = copies.filter(({ fate }) => fate === "delete").length;
  if (order.kind === "delete" && leaving > UNASKED_MAX && !order.isAgreed && !runner.isDryRun)
    throw stepRefused(
      "nothing was written",
      `${leaving} objects would be deleted in ${member.name}; if that is what you want, add --yes`,
    );
  return plan;
}

function intention(order: WorkloadsOrder, { copies }: WorkloadsPlan): string {
  if (order.kind === "keep")
    return "they stay as they are, and a new join finds them; --workloads orphan takes the labels of the federation off";
  if (order.kind === "orphan") return "they stay, without the labels of the federation";
  const leaving = copies.filter(({ fate }) => fate === "delete").length;
  const minutes = Math.ceil(leaving / order.perMinute);
  const rest = copies.length - leaving;
  const others =
    rest === 0 ? "" : `, and ${rest} are released, which belong to the cluster or are to be orphaned`;
  return `${leaving} are deleted, in about ${minutes} min${others}`;
}

/** Resolves with false when copies are left. A line has named each of them. */
export async function carryOutWorkloads(
  order: WorkloadsOrder,
  { copies, owner }: WorkloadsPlan,
  member: ClusterConnection,
  options: WorkloadsOptions,
): Promise<boolean> {
  if (order.kind === "keep") return true;
  const released = copies.filter(({ fate }) => fate === "release").map(({ copy }) => copy);
  const left = [...(await releaseCopies(released, { ...options, member }))];
  if (order.kind === "delete") {
    const leaving = copies.filter(({ fate }) => fate === "delete");
    const planned = new Map(leaving.map((one) => [one.copy, one]));
    left.push(
      ...(await deleteCopies([...planned.keys()], {
        ...options,
        ...order,
        member,
        owner,
        staying: new Set(released.map(({ object }) => object.metadata.uid)),
        deletionOf: (copy) => planned.get(copy)?.federated?.deleteOptions ?? {},
      })),
    );
  }
  if (left.length > 0)
    options.runner.note(
      `left in ${member.name}: ${countsOf(left)}; run the command again to go on, or with --workloads orphan to leave them there`,
    );
  return left.length === 0;
}

/** By type and name of the copy. Those that cannot be read are left out. */
async function federatedObjects(
  copies: readonly MemberCopy[],
  { host, signal }: WorkloadsOptions,
): Promise<ReadonlyMap<string, FederatedObject>> {
  const found = new Map<string, FederatedObject>();
  for (const type of new Set(copies.map((copy) => copy.type))) {
    const { group, version, pluralName: plural } = type.federatedType;
    const served = await host.discovery.find(group, plural);
    if (served.state === "not-served") continue;
    const resource = { group, version, plural };
    const objects = await readAll(host.transport, { resource, namespace: "" }, { signal }).catch(
      (error: unknown) => {
        throw stepError(`${host.name}: ${plural}`, error, plural);
      },
    );
    for (const object of objects) {
      const parsed = parseFederatedObject(object);
      if (parsed === null || !("object" in parsed)) continue;
      const { namespace, name } = parsed.object;
      found.set(
        idOf(type, { namespace: type.targetType.isNamespaced ? (namespace ?? "") : "", name }),
        parsed.object,
      );
    }
  }
  return found;
}

/** A FederatedNamespace has the name of its namespace; of all others that do not, there is no copy. */
function idOf(
  { name: type }: DeclaredType,
  { namespace, name }: Pick<MemberCopy["key"], "namespace" | "name">,
): string {
  return `${type} ${type === NAMESPACE_TYPE ? "" : namespace}/${name}`;
}
