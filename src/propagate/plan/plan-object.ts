/** The plan for one federated object in all members, and in the clusters that its placement names and nobody knows. */
import { place } from "../placement/placement.ts";
import { boundFailure } from "../objects/namespace-bound.ts";
import { copyNameOf, type PropagatedType } from "../objects/propagated-type.ts";
import type { CopyPlan, ObjectPlan } from "./copy-plan.ts";
import { planCopy } from "./plan-copy.ts";
import { placementSaid } from "./placement-text.ts";
import { boundIn, type PlanMember, type PlanWorld } from "./plan-world.ts";

/** `copyOf`: the plan for the copy in one member, which may have to wait for its turn. */
export async function planObject(
  world: PlanWorld,
  type: PropagatedType,
  key: string,
  copyOf: (member: PlanMember) => Promise<CopyPlan> = (member) => planCopy(world, type, key, member),
): Promise<ObjectPlan> {
  const { namespace, name } = copyNameOf(type, key);
  await world.schedule.load(world, type, key);
  const copies = await Promise.all(world.members.map(copyOf));
  return {
    type: type.name,
    kind: type.target.kind,
    namespace,
    name,
    problem: problemOf(world, type, key),
    copies: [...copies, ...unknownClusters(world, type, key)].sort((a, b) =>
      a.cluster < b.cluster ? -1 : 1,
    ),
  };
}

function problemOf(world: PlanWorld, type: PropagatedType, key: string): string | null {
  const row = world.objects.rowOf({ type: type.name, key });
  const parsed = row === undefined ? null : (world.objects.read(row)?.parsed ?? null);
  if (parsed === null) return "the host has no such object";
  if ("problem" in parsed) return parsed.problem;
  return parsed.object.isDeleting ? null : (boundFailure(boundIn(world, type, key), key)?.message ?? null);
}

function unknownClusters({ objects, members }: PlanWorld, type: PropagatedType, key: string): CopyPlan[] {
  const row = objects.rowOf({ type: type.name, key });
  const parsed = row === undefined ? null : (objects.read(row)?.parsed ?? null);
  if (parsed === null || "problem" in parsed || parsed.object.isDeleting) return [];
  const names = members.map(({ name }) => name);
  return place(parsed.object.placement, members, { kind: "unbounded" })
    .filter(({ reason }) => reason === "no-such-cluster")
    .map((placed): CopyPlan => {
      const placement = placementSaid(placed, names);
      return {
        cluster: placed.cluster,
        placement,
        outcome: "refused",
        status: "NoSuchCluster",
        message: null,
        code: null,
        changes: [],
        before: null,
        after: null,
        taken: [],
        needs: [],
        live: { kind: "absent" },
      };
    });
}
