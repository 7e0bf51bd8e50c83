/**
 * Whether the copies of a plain object go with it, as the one who deleted it asked. An API server says that for a moment only: the
 * finalizer `orphan` is there when the deletion begins, and the garbage collector takes it away. So it is written down, in an
 * annotation of the object, before anything is done about copies.
 *
 *   the object when it was first seen being deleted            | copies
 *   has the finalizer `orphan`                                  | stay
 *   has the finalizer `foregroundDeletion`                      | go
 *   has neither, and its deletion was seen as it came           | go
 *   has neither, and its deletion came while nobody looked      | stay, and that is told: nobody knows what was asked for
 *
 *   kubectl delete | --cascade=background (the default) | go
 *                  | --cascade=foreground               | go, and the object stays until they have gone
 *                  | --cascade=orphan                   | stay
 */
import { isJsonRecord, type JsonRecord } from "../../kernel/json.ts";
import type { FederatedObject } from "../federated/federated-object.ts";
import { CASCADE, ORPHAN_FINALIZER } from "./plain-words.ts";

/** What was seen of a deletion. */
export type Witness = "orphan" | "delete" | "not-seen";

const FOREGROUND_FINALIZER = "foregroundDeletion";

/** `metadata` as it is when the object is first seen being deleted. `isSeenComing`: it was seen before, and nothing was missed since. */
export function witnessed({ finalizers }: JsonRecord, isSeenComing: boolean): Witness {
  const list: readonly unknown[] = Array.isArray(finalizers) ? finalizers : [];
  if (list.includes(ORPHAN_FINALIZER)) return "orphan";
  if (list.includes(FOREGROUND_FINALIZER)) return "delete";
  return isSeenComing ? "delete" : "not-seen";
}

/** The value of the annotation. An object that is made again from a copy of the manifest has another uid. */
export function cascadeText(witness: Witness, uid: string): string {
  return `${witness === "delete" ? "delete" : "orphan"} ${uid}`;
}

/** What the annotation says. Adopted copies stay in any case, as nobody has said that they are to go. */
export function cascadeIn(metadata: JsonRecord): Pick<FederatedObject, "orphan" | "isCascadeKnown"> {
  const { uid, annotations } = metadata;
  const text = isJsonRecord(annotations) ? annotations[CASCADE] : undefined;
  if (text === `orphan ${String(uid)}`) return { orphan: true, isCascadeKnown: true };
  if (text === `delete ${String(uid)}`) return { orphan: null, isCascadeKnown: true };
  return { orphan: null, isCascadeKnown: false };
}
