/** What the metadata of an object in a member says about it as a copy: whose it is, and what was applied. */
import { isJsonRecord } from "../../kernel/json.ts";
import type { CopyOwner } from "../apply/decide.ts";
import { hasKubefedEntry } from "../apply/managed-fields.ts";
import { hashOfFields, ownFields } from "../apply/owned-fields.ts";
import { ADOPTED, APPLIED, FIELDS, LEFT_OUT, MANAGED, OWNER } from "../federated/labels.ts";
import type { FieldsTable } from "./fields-table.ts";
import type { SeenCopy } from "./member-copies.ts";

type Metadata = Readonly<Record<string, unknown>>;

/** How copies of this federation are known. */
export type Ownership = {
  /** The value of the owner label. */
  readonly owner: string;
  /** The field manager. */
  readonly manager: string;
};

/**
 * `metadata` has been checked to have a uid and a resourceVersion. Our fields are added to `table`.
 *
 *   our entry of managedFields | our annotation | hash of our fields
 *   is there                   | any            | of the fields in the entry
 *   none                       | is there       | of the state of the copy, which nobody can change without another hash
 *   none                       | none           | 0
 */
export function seenCopy(metadata: Metadata, { owner, manager }: Ownership, table: FieldsTable): SeenCopy {
  const labels = isJsonRecord(metadata["labels"]) ? metadata["labels"] : {};
  const fields = ownFields(metadata["managedFields"], manager);
  const { [APPLIED]: applied, [LEFT_OUT]: leftOut } = labels;
  return {
    uid: String(metadata["uid"]),
    resourceVersion: String(metadata["resourceVersion"]),
    owner: ownerOf(labels, owner),
    isOptedOut: labels[MANAGED] === "false",
    isAdopted: labels[ADOPTED] === "true",
    isDeleting: typeof metadata["deletionTimestamp"] === "string",
    isSharedWithKubefed: hasKubefedEntry(metadata["managedFields"], manager),
    applied: typeof applied === "string" ? applied : null,
    fieldsHash: fields === null ? hashOfState(metadata) : table.add(fields),
    leftOut: typeof leftOut === "string" ? leftOut : null,
  };
}

/** Where nobody keeps whose a field is, any change may be one of ours. The generation leaves those of a status out. */
function hashOfState({ labels = null, annotations, generation, resourceVersion }: Metadata): bigint {
  const sent = isJsonRecord(annotations) ? annotations[FIELDS] : undefined;
  if (typeof sent !== "string") return 0n;
  const state = typeof generation === "number" ? { generation } : { resourceVersion };
  return hashOfFields({ ...state, labels, sent });
}

/**
 *   fedns.io/owner | kubefed.io/managed | owner
 *   ours           | any                | us
 *   another        | any                | another federation
 *   none           | "true"             | KubeFed, or fedns before its label was written
 *   none           | other, none        | nobody
 */
function ownerOf(labels: Metadata, owner: string): CopyOwner {
  const label = labels[OWNER];
  if (label === owner) return "us";
  if (typeof label === "string" && label !== "") return "another-federation";
  return labels[MANAGED] === "true" ? "kubefed" : "nobody";
}
