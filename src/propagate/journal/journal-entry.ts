/**
 * A deletion that is still to be carried out in one member: the federated object is gone from the host, because a member that
 * does not answer must not hold it for ever.
 *
 *   when the member is back       | in the member                        | what becomes of the entry
 *   the host has the object again | anything                             | dropped: the object says what is wanted
 *   another cluster has its name  | anything                             | dropped: it is not the member that was meant
 *   not listed yet                | unknown                              | kept
 *   listed                        | a copy with our owner label          | kept until the copy is deleted, or released as asked
 *   listed                        | nothing, or an object without it     | dropped: what is not ours is not deleted
 */
import type { Resource } from "../../fleet/kube/resource.ts";
import { isJsonRecord } from "../../kernel/json.ts";
import type { LiveCopy } from "../apply/decide.ts";
import type { CopyDeleteOptions } from "../federated/federated-object.ts";

export type JournalEntry = {
  /** Name of the FederatedTypeConfig: "deployments.apps". */
  readonly type: string;
  /** "namespace/name" of the federated object. */
  readonly key: string;
  readonly cluster: string;
  /** The uid of the member's namespace kube-system; null = it was never read. */
  readonly clusterUid: string | null;
  /** Of the federated object. */
  readonly objectUid: string;
  /** As with an object that the host has: null = not said. */
  readonly orphan: boolean | null;
  readonly deleteOptions: CopyDeleteOptions;
  /** When the object was let go, as RFC 3339. */
  readonly since: string;
  /** What the copy is; absent = as the FederatedTypeConfig says, while there is one. */
  readonly target?: JournalTarget;
};

/** The type of copies whose FederatedTypeConfig goes before them. */
export type JournalTarget = Resource & { readonly kind: string; readonly isNamespaced: boolean };

type EntryFacts = {
  readonly hasObject: boolean;
  /** Of the member as it is now; null = not known. */
  readonly clusterUid: string | null;
  readonly live: LiveCopy;
};

export function isDropped(entry: JournalEntry, { hasObject, clusterUid, live }: EntryFacts): boolean {
  if (hasObject) return true;
  if (entry.clusterUid !== null && clusterUid !== null && entry.clusterUid !== clusterUid) return true;
  if (live.kind === "unknown") return false;
  return live.kind === "absent" || live.owner !== "us";
}

/** Null = it is none: what others wrote into the journal is no order to delete. */
export function parseEntry(text: unknown): JournalEntry | null {
  const value = jsonOf(text);
  if (!isJsonRecord(value)) return null;
  const { type, key, cluster, clusterUid, objectUid, orphan, deleteOptions, since } = value;
  if (typeof type !== "string" || typeof key !== "string" || typeof cluster !== "string") return null;
  if (typeof objectUid !== "string" || typeof since !== "string" || key.split("/").length !== 2) return null;
  if (clusterUid !== null && typeof clusterUid !== "string") return null;
  const isSaid = orphan === true || orphan === false;
  const options = optionsOf(deleteOptions);
  const target = targetOf(value["target"]);
  if (target === "unreadable") return null;
  return {
    type,
    key,
    cluster,
    clusterUid,
    objectUid,
    orphan: isSaid ? orphan : null,
    deleteOptions: options,
    since,
    ...(target !== undefined && { target }),
  };
}

function targetOf(value: unknown): JournalTarget | undefined | "unreadable" {
  if (value === undefined) return undefined;
  if (!isJsonRecord(value)) return "unreadable";
  const { group, version, plural, kind, isNamespaced } = value;
  if (typeof group !== "string" || typeof version !== "string" || typeof plural !== "string")
    return "unreadable";
  if (typeof kind !== "string" || typeof isNamespaced !== "boolean") return "unreadable";
  return { group, version, plural, kind, isNamespaced };
}

const POLICIES = ["Orphan", "Background", "Foreground"] as const;

function optionsOf(value: unknown): CopyDeleteOptions {
  if (!isJsonRecord(value)) return {};
  const { gracePeriodSeconds, propagation } = value;
  const policy = POLICIES.find((one) => one === propagation);
  return {
    ...(typeof gracePeriodSeconds === "number" && { gracePeriodSeconds }),
    ...(policy !== undefined && { propagation: policy }),
  };
}

function jsonOf(text: unknown): unknown {
  try {
    return typeof text === "string" ? JSON.parse(text) : null;
  } catch {
    return null;
  }
}
