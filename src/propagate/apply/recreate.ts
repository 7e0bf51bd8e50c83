/**
 * What to do when a copy cannot be changed because a field of it is immutable: it may be deleted and made again, if the federated
 * object allows that by the annotation `fedns.io/recreate`.
 *
 *   fedns.io/recreate | copy                                                 | to do
 *   any               | Namespace, PersistentVolume, PersistentVolumeClaim,  | tell: what it holds would be lost
 *                     |   CustomResourceDefinition                           |
 *   any               | StatefulSet that deletes its claims with itself      | tell: what they hold would be lost
 *   none, "false"     | any other                                            | tell
 *   "true"            | made by fedns or KubeFed                             | recreate
 *   "true"            | adopted                                              | tell
 *   "adopted"         | made or adopted                                      | recreate
 *   any               | recreated three times in ten minutes                 | tell
 */
import { isJsonRecord, type JsonRecord } from "../../kernel/json.ts";
import { RECREATE, type Recreation } from "../federated/federated-object.ts";

type ImmutableCopy = {
  readonly body: JsonRecord;
  readonly recreation: Recreation;
  readonly isAdopted: boolean;
  /** It has been recreated as often as it may be. */
  readonly isExhausted: boolean;
  /** What cannot be changed; may be none. */
  readonly fields: readonly string[];
};

type ImmutableAction = { readonly kind: "recreate" } | { readonly kind: "tell"; readonly message: string };

const HOLDERS: ReadonlySet<unknown> = new Set([
  "Namespace",
  "PersistentVolume",
  "PersistentVolumeClaim",
  "CustomResourceDefinition",
]);

export function onImmutable(copy: ImmutableCopy): ImmutableAction {
  const { body, recreation, isAdopted, isExhausted, fields } = copy;
  const what = fields.length === 0 ? "a field of it" : fields.join(", ");
  const tell = (cure: string): ImmutableAction => ({
    kind: "tell",
    message: `${what} cannot be changed once the copy exists: put back what was there, or ${cure}`,
  });
  if (isHolder(body))
    return tell(
      `move what it holds and delete the copy in the cluster yourself: fedns never deletes a ${String(body["kind"])} to make it again`,
    );
  if (recreation === "never")
    return tell(`let fedns delete the copy and make it again, by the annotation ${RECREATE}: "true"`);
  if (recreation === "made" && isAdopted)
    return tell(
      `let fedns delete the copy, which existed before it was adopted, by the annotation ${RECREATE}: "adopted"`,
    );
  return isExhausted
    ? tell("find out what changes it in the cluster: it was made again three times in ten minutes")
    : { kind: "recreate" };
}

function isHolder({ kind, spec }: JsonRecord): boolean {
  if (kind !== "StatefulSet") return HOLDERS.has(kind);
  const policy = isJsonRecord(spec) ? spec["persistentVolumeClaimRetentionPolicy"] : undefined;
  return isJsonRecord(policy) && policy["whenDeleted"] === "Delete";
}
