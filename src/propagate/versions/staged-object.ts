/** A federated object whose versions reach members in steps: what its annotations say, and what each member is to have of it. */
import type { FederatedObject } from "../federated/federated-object.ts";
import { CAUTIOUS_ROLLOUT, parseRollout, type RolloutPolicy } from "../rollout/rollout-policy.ts";
import { parseOrder, parseRecord, type RolloutOrder, type RolloutRecord } from "../rollout/rollout-record.ts";
import { heldText } from "../rollout/rollout-text.ts";
import { chosenVersion } from "../rollout/version-choice.ts";
import { inVersion, unpacked, versionOf } from "./version.ts";

export type StagedObject = {
  readonly version: string;
  /** In force; null = versions reach all members at once. */
  readonly policy: RolloutPolicy | null;
  /** The annotation, if it is valid; else the last valid one. */
  readonly policyText: string | null;
  /** Why the annotation cannot be read; null = it can. */
  readonly problem: string | null;
  readonly record: RolloutRecord | null;
  readonly order: RolloutOrder | null;
  /** As it was in the last version that all members had; null = not known. */
  readonly previous: FederatedObject | null;
};

/** Objects are values: a change makes another one. */
const known = new WeakMap<FederatedObject, StagedObject>();

/** Null = nothing was ever said about its rollout. */
export function stagedObject(object: FederatedObject): StagedObject | null {
  if (object.rollout === null) return null;
  const staged = known.get(object) ?? stagedOf(object, object.rollout);
  known.set(object, staged);
  return staged;
}

function stagedOf(object: FederatedObject, words: NonNullable<FederatedObject["rollout"]>): StagedObject {
  const record = parseRecord(words.record, object.uid);
  const parsed = parseRollout(words.policy);
  const content = unpacked(words.previous, record?.stable ?? null, object);
  const base = {
    version: versionOf(object),
    record,
    order: parseOrder(words.order),
    previous: content === null ? null : inVersion(object, content),
  };
  if ("policy" in parsed) return { ...base, ...parsed, policyText: words.policy, problem: null };
  const last = parseRollout(record?.policy ?? null);
  const policy = "policy" in last ? last.policy : null;
  return { ...base, policy: policy ?? CAUTIOUS_ROLLOUT, policyText: record?.policy ?? null, ...parsed };
}

type MemberVersion =
  | { readonly kind: "new" }
  /** `object`: what the member is to have; null = what it has. */
  | {
      readonly kind: "held";
      readonly object: FederatedObject | null;
      readonly reason: string;
      /** It stays so until a person does something. */
      readonly isFinal: boolean;
    };

const NEW: MemberVersion = { kind: "new" };

export function versionIn(object: FederatedObject, cluster: string): MemberVersion {
  const staged = stagedObject(object);
  if (staged === null) return NEW;
  const { policy, record, version, previous } = staged;
  const isPreviousKnown = previous !== null;
  const input = { isStaged: policy !== null, record, version, cluster, isPreviousKnown };
  const choice = chosenVersion(input);
  if (choice === "new") return NEW;
  return {
    kind: "held",
    object: choice === "previous" ? previous : null,
    reason: heldText(choice, record, version),
    isFinal: record?.target === version && record.phase === "failed",
  };
}
