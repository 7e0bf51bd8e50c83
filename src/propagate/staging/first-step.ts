/**
 * A federated object as it is when its rollout has taken up the newest version: what a plan shows of versions that reach members in
 * steps is their first step.
 */
import type { FederatedObject } from "../federated/federated-object.ts";
import { canariesOf } from "../rollout/rollout-policy.ts";
import { recordText } from "../rollout/rollout-record.ts";
import { nextRecord } from "../rollout/rollout-step.ts";
import { stagedObject } from "../versions/staged-object.ts";
import type { StagedCopy } from "./copy-health.ts";

/** Objects are values: a change makes another one. */
const begun = new WeakMap<FederatedObject, FederatedObject>();

/** `copiesOf`: where it is placed, by name; asked only where it matters. */
export function withFirstStep(
  object: FederatedObject,
  copiesOf: () => readonly Pick<StagedCopy, "cluster" | "isOther">[],
  nowMs: number,
): FederatedObject {
  const known = begun.get(object);
  if (known !== undefined) return known;
  const staged = stagedObject(object);
  if (staged?.policy == null || object.rollout === null || staged.record?.target === staged.version)
    return object;
  const { record, version, policy, policyText, previous } = staged;
  const copies = copiesOf();
  const clusters = copies.map(({ cluster }) => cluster);
  const next = nextRecord(record, {
    uid: object.uid,
    version,
    policy,
    policyText,
    members: clusters.map(({ name }) => ({ name, health: "waiting", reason: "" })),
    canaries: canariesOf(policy, clusters),
    isDifferent: copies.some(({ isOther }) => isOther),
    isPreviousKnown: previous !== null,
    order: null,
    nowMs,
    watchedMs: 0,
  });
  const after = { ...object, rollout: { ...object.rollout, record: recordText(next) } };
  begun.set(object, after);
  return after;
}
