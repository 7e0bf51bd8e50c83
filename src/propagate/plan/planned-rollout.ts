/**
 * A federated object as it is when its rollout has taken up the newest version: what a plan shows of versions that reach members in
 * steps is their first step.
 */
import { isUndecided } from "../federated/allotted.ts";
import type { FederatedObject, ParsedObject } from "../federated/federated-object.ts";
import { type PropagatedType, targetTypeOf } from "../objects/propagated-type.ts";
import { place } from "../placement/placement.ts";
import { render } from "../render/render.ts";
import { canariesOf } from "../rollout/rollout-policy.ts";
import { recordText } from "../rollout/rollout-record.ts";
import { nextRecord } from "../rollout/rollout-step.ts";
import { stagedObject } from "../versions/staged-object.ts";
import { boundIn, type PlanMember, type PlanWorld, viewIn } from "./plan-world.ts";

/** Objects are values: a change makes another one. */
const begun = new WeakMap<FederatedObject, ParsedObject>();

/** What members have must have been read. */
export function plannedObject(world: PlanWorld, type: PropagatedType, key: string): ParsedObject | null {
  const row = world.objects.takeRow({ type: type.name, key });
  const parsed = world.objects.read(row)?.parsed ?? null;
  if (parsed === null || "problem" in parsed || parsed.object.rollout === null) return parsed;
  const known = begun.get(parsed.object);
  if (known !== undefined) return known;
  const after = { object: withRecord(world, { type, key, row }, parsed.object) };
  begun.set(parsed.object, after);
  return after;
}

type PlannedRow = { readonly type: PropagatedType; readonly key: string; readonly row: number };

function withRecord(world: PlanWorld, planned: PlannedRow, object: FederatedObject): FederatedObject {
  const staged = stagedObject(object);
  if (staged === null || staged.policy === null || object.rollout === null) return object;
  const { record, version, policy, policyText, previous } = staged;
  if (record?.target === version) return object;
  const placed = membersOf(world, planned, object);
  const next = nextRecord(record, {
    uid: object.uid,
    version,
    policy,
    policyText,
    members: placed.map(({ name }) => ({ name, health: "waiting", reason: "" })),
    canaries: canariesOf(policy, placed),
    isDifferent: placed.some((member) => isOther(world, planned, object, member)),
    isPreviousKnown: previous !== null,
    order: null,
    nowMs: world.clock.wallMs(),
    watchedMs: 0,
  });
  return { ...object, rollout: { ...object.rollout, record: recordText(next) } };
}

function membersOf(
  world: PlanWorld,
  { type, key }: PlannedRow,
  object: FederatedObject,
): readonly PlanMember[] {
  const bound = boundIn(world, type, key);
  return world.members.filter(
    (member) =>
      member.name !== world.without &&
      !isUndecided(object, member.name) &&
      place(object.placement, [member], bound).some(
        ({ cluster, isChosen }) => cluster === member.name && isChosen,
      ),
  );
}

/** The member has a copy of ours that is of another version. */
function isOther(
  { ownership: { owner } }: PlanWorld,
  { type, row }: PlannedRow,
  object: FederatedObject,
  member: PlanMember,
): boolean {
  const live = member.copies.live(row, true);
  if (live.kind !== "present" || (live.owner !== "us" && live.owner !== "kubefed")) return false;
  const target = targetTypeOf(type, viewIn(member, type).version);
  const rendered = render({ object, target, cluster: member, owner, isUpdate: true });
  return !("hash" in rendered) || rendered.hash !== live.applied;
}
