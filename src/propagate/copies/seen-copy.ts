/** What the metadata of an object in a member says about it as a copy: whose it is, and what was applied. */
import type { CopyOwner } from "../apply/decide.ts";
import { hashOfFields, ownFields } from "../apply/owned-fields.ts";
import { APPLIED, MANAGED, OWNER } from "../render/render.ts";
import type { SeenCopy } from "./member-copies.ts";

/** A copy that existed before we adopted it. */
export const ADOPTED = "fedns.io/adopted";

export type Metadata = Readonly<Record<string, unknown>>;

/** `metadata` has been checked to have a uid and a resourceVersion. `owner`: the value of our own owner label. */
export function seenCopy(metadata: Metadata, owner: string, manager: string): SeenCopy {
  const labels = isRecord(metadata["labels"]) ? metadata["labels"] : {};
  const fields = ownFields(metadata["managedFields"], manager);
  const applied = labels[APPLIED];
  return {
    uid: String(metadata["uid"]),
    resourceVersion: String(metadata["resourceVersion"]),
    owner: ownerOf(labels, owner),
    isOptedOut: labels[MANAGED] === "false",
    isAdopted: labels[ADOPTED] === "true",
    isDeleting: typeof metadata["deletionTimestamp"] === "string",
    applied: typeof applied === "string" ? applied : null,
    fieldsHash: fields === null ? 0n : hashOfFields(fields),
  };
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

function isRecord(value: unknown): value is Metadata {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
