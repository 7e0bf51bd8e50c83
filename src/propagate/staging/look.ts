/** One look at the rollout of an object: the facts by which its next record is made, what is written down, and what is said. */
import type { JsonRecord } from "../../kernel/json.ts";
import type { ObjectKey } from "../../fleet/objects/object-path.ts";
import type { FederatedObject } from "../federated/federated-object.ts";
import { canariesOf, type RolloutPolicy, unknownCanaries } from "../rollout/rollout-policy.ts";
import {
  recordText,
  ROLLOUT_ORDER,
  ROLLOUT_PREVIOUS,
  ROLLOUT_RECORD,
  type RolloutRecord,
} from "../rollout/rollout-record.ts";
import type { MemberHealth, RolloutFacts } from "../rollout/rollout-step.ts";
import { rolloutSaid, type RolloutSaid } from "../rollout/rollout-text.ts";
import type { StagedObject } from "../versions/staged-object.ts";
import { packed } from "../versions/version.ts";
import type { StagedCopy } from "./copy-health.ts";

/** A federated object of the host, and its copies in all members that it is placed in. */
export type StagedSubject = {
  /** Of the object. */
  readonly key: ObjectKey;
  /** Of the copies. */
  readonly kind: string;
  readonly metadata: JsonRecord;
  readonly object: FederatedObject;
  /** By name. */
  readonly copies: readonly StagedCopy[];
};

/** An object whose versions reach members in steps, as it is seen now. */
export type Look = {
  readonly subject: StagedSubject;
  readonly staged: StagedObject;
  readonly policy: RolloutPolicy;
  readonly members: readonly MemberHealth[];
};

type Times = Pick<RolloutFacts, "nowMs" | "watchedMs">;

export function factsOf({ subject, staged, policy, members }: Look, times: Times): RolloutFacts {
  const { object, copies } = subject;
  const { version, policyText, order, previous } = staged;
  return {
    uid: object.uid,
    version,
    policy,
    policyText,
    members,
    canaries: canariesOf(
      policy,
      copies.map(({ cluster }) => cluster),
    ),
    isDifferent: copies.some(({ isOther }) => isOther),
    isPreviousKnown: previous !== null,
    order,
    ...times,
  };
}

/** Annotations of the object. What was last in all members is kept with the record that says so. Null = nothing is to be written. */
export function changesTo(record: RolloutRecord, { subject, staged }: Look): JsonRecord | null {
  const isSame = staged.record !== null && recordText(staged.record) === recordText(record);
  const hasOrder = subject.object.rollout?.order != null;
  if (isSame && !hasOrder) return null;
  const isStable = record.phase === "done" && record.target === record.stable;
  return {
    [ROLLOUT_RECORD]: recordText(record),
    ...(isStable && { [ROLLOUT_PREVIOUS]: packed(subject.object) }),
    [ROLLOUT_ORDER]: null,
  };
}

/** Versions reach all members at once: what was kept is of no use any more. Null = nothing was kept. */
export function changesAtEnd({ rollout }: FederatedObject): JsonRecord | null {
  const { record = null, previous = null, order = null } = rollout ?? {};
  if (record === null && previous === null && order === null) return null;
  return { [ROLLOUT_RECORD]: null, [ROLLOUT_PREVIOUS]: null, [ROLLOUT_ORDER]: null };
}

export function saidOf(record: RolloutRecord, { subject, staged, policy, members }: Look): RolloutSaid {
  const isOn = ({ name }: MemberHealth): boolean => record.on.includes(name) && !record.passed.includes(name);
  return rolloutSaid({
    record,
    policy,
    isPreviousKnown: staged.previous !== null,
    problem: staged.problem,
    unknown: unknownCanaries(
      policy,
      subject.copies.map(({ cluster }) => cluster),
    ),
    waitsFor: members
      .filter((one) => isOn(one) && one.reason !== "")
      .map(({ name, reason }) => `${name}: ${reason}`),
  });
}
