/**
 * The plan for all federated objects of a host. What members have is read as lists of metadata; what is in sync by its labels and
 * managedFields needs no other request, and only the others are tried, a few at a time in each member.
 */
import { COPY_OUTCOMES, type CopyOutcome, type ObjectPlan } from "./copy-plan.ts";
import { planCopy } from "./plan-copy.ts";
import { planObject } from "./plan-object.ts";
import type { PlanMember, PlanWorld } from "./plan-world.ts";
import { readCopiesOf } from "./read-copies.ts";
import { type Turns, turns } from "./turns.ts";

/** A dry run costs a member nearly as much as a write. */
const TRIED_AT_ONCE = 4;
/** Objects that are planned at the same time, so that no member waits for a slow one for long. */
const OBJECTS_AT_ONCE = 16;

export type PlanProgress = {
  readonly objects: number;
  readonly objectsDone: number;
  readonly copies: Readonly<Record<CopyOutcome, number>>;
};

/** A copy that the host knows nothing of. It stays as it is. */
export type StrayCopy = {
  readonly cluster: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
};

type PlanAllOptions = {
  /** Null = all. */
  readonly namespace: string | null;
  /** In the order of types and names. */
  readonly onPlan: (plan: ObjectPlan) => void;
  readonly onProgress: (progress: PlanProgress) => void;
};

/** `world.objects` must have all federated objects that are planned. Returns copies of ours and of KubeFed without one. */
export async function planAll(world: PlanWorld, options: PlanAllOptions): Promise<readonly StrayCopy[]> {
  const strays = await Promise.all(
    world.members.map((member) => readMember(world, member, options.namespace)),
  );
  const keys = world.types.flatMap((type) =>
    [...world.objects.rowsOf(type.name)]
      .flatMap((row) => world.objects.keyOf(row)?.key ?? [])
      .filter((key) => options.namespace === null || key.startsWith(`${options.namespace}/`))
      .sort()
      .map((key) => ({ type, key })),
  );
  const copies = Object.fromEntries(COPY_OUTCOMES.map((outcome) => [outcome, 0])) as Record<
    CopyOutcome,
    number
  >;
  const ofMember = new Map(
    world.members.map((member): [PlanMember, Turns] => [member, turns(TRIED_AT_ONCE)]),
  );
  const atOnce = turns(OBJECTS_AT_ONCE);
  let objectsDone = 0;
  let told: Promise<void> = Promise.resolve();
  for (const { type, key } of keys) {
    const planned = atOnce(() =>
      planObject(world, type, key, (member) =>
        (ofMember.get(member) as Turns)(() => planCopy(world, type, key, member)),
      ),
    );
    const before = told;
    told = planned.then(async (plan) => {
      await before;
      for (const { outcome } of plan.copies) copies[outcome] += 1;
      objectsDone += 1;
      options.onPlan(plan);
      options.onProgress({ objects: keys.length, objectsDone, copies });
    });
  }
  await told;
  return strays.flat();
}

async function readMember(
  world: PlanWorld,
  member: PlanMember,
  namespace: string | null,
): Promise<readonly StrayCopy[]> {
  const strays: StrayCopy[] = [];
  for (const type of world.types) {
    const keys = await readCopiesOf(world, member, type, namespace);
    // Of other namespaces the host's objects may not have been read.
    if (namespace !== null) continue;
    for (const key of keys) {
      const row = world.objects.rowOf({ type: type.name, key });
      if (row === undefined || world.objects.has(row)) continue;
      const live = member.copies.live(row, true);
      if (live.kind !== "present" || (live.owner !== "us" && live.owner !== "kubefed")) continue;
      const [place = "", name = ""] = key.split("/");
      strays.push({ cluster: member.name, kind: type.target.kind, namespace: place, name });
    }
  }
  return strays;
}
