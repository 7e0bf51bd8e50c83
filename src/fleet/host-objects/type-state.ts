/** What a FederatedTypeConfig says besides its type: which state of it was read, and whether it is being deleted. Pure. */
import { isJsonRecord, type JsonRecord } from "../../kernel/json.ts";
import {
  COPIES_MUST_BE,
  COPIES_ON_DELETION,
  COPIES_STAY,
  copiesOnDeletion,
  type CopiesOnDeletion,
} from "./copies-on-deletion.ts";
import { type HostProblem, quoted } from "./host-problem.ts";

/** KubeFed's, which fedns takes over with its objects: a deletion is seen before the FederatedTypeConfig is gone. */
export const TYPE_FINALIZER = "core.kubefed.io/federated-type-config";

export type TypeState = {
  /** "" = not known. */
  readonly uid: string;
  /** Null: the object has none. */
  readonly generation: number | null;
  /** As the host has it. */
  readonly status: JsonRecord;
  /** PLURAL.GROUP of the federated type, also of one that cannot be used; null = it cannot be read. */
  readonly federated: string | null;
  /** The finalizer of types is on it. */
  readonly isHeld: boolean;
  /** Wall ms of the order to delete it, 0 when that time cannot be read; null = there is none. */
  readonly deletedMs: number | null;
  readonly copies: CopiesOnDeletion;
  /** `copies` is not what its annotation says; null = it is. */
  readonly problem: HostProblem | null;
};

/** Never throws. */
export function readTypeState(name: string, object: unknown): TypeState {
  const fields = isJsonRecord(object) ? object : {};
  const { uid, generation, annotations, deletionTimestamp, finalizers } = recordOf(fields["metadata"]);
  const copies = copiesOnDeletion(annotations);
  const { group, pluralName } = recordOf(recordOf(fields["spec"])["federatedType"]);
  const isNamed = typeof group === "string" && typeof pluralName === "string";
  const sentence = `the annotation ${COPIES_ON_DELETION} ${COPIES_MUST_BE}, not ${quoted(recordOf(annotations)[COPIES_ON_DELETION])}; until then ${COPIES_STAY}`;
  return {
    uid: typeof uid === "string" ? uid : "",
    generation: typeof generation === "number" ? generation : null,
    status: recordOf(fields["status"]),
    federated: isNamed ? `${pluralName}.${group}` : null,
    isHeld: Array.isArray(finalizers) && finalizers.includes(TYPE_FINALIZER),
    deletedMs: typeof deletionTimestamp === "string" ? Date.parse(deletionTimestamp) || 0 : null,
    copies: copies ?? "orphan",
    problem:
      copies === undefined
        ? { object: `FederatedTypeConfig ${name}`, reason: "InvalidAnnotation", sentence }
        : null,
  };
}

function recordOf(value: unknown): JsonRecord {
  return isJsonRecord(value) ? value : {};
}
