/**
 * What a fedns at work keeps for itself in the host, besides the types: orders to pause, the journal of deletions that wait for a member,
 * and its Leases. They are taken away when no fedns is at work any more; deletions that nobody will carry out are told.
 */
import { isRecord } from "../../fleet/kube/kube-error.ts";
import type { ApiObject } from "../../fleet/objects/api-object.ts";
import { readAll } from "../../fleet/objects/read.ts";
import { CHANGES_PAUSE_NAME } from "../../fleet/lease/changes-pause.ts";
import { LEASE_NAMES } from "../../fleet/lease/host-lease.ts";
import { PAUSE_NAME } from "../../fleet/lease/pause-order.ts";
import { JOURNAL_LABEL } from "../../propagate/journal/journal.ts";
import { type JournalEntry, parseEntry } from "../../propagate/journal/journal-entry.ts";
import type { ClusterConnection } from "../clusters/connect.ts";
import type { StepRunner } from "../clusters/runner.ts";
import { stepError } from "../clusters/step-error.ts";

type RecordsOptions = {
  readonly runner: StepRunner;
  readonly host: ClusterConnection;
  /** Of the federation. */
  readonly namespace: string;
  readonly signal: AbortSignal;
};

const PLACES = [
  { kind: "ConfigMap", resource: { group: "", version: "v1", plural: "configmaps" } },
  { kind: "Lease", resource: { group: "coordination.k8s.io", version: "v1", plural: "leases" } },
] as const;
const NAMES: Readonly<Record<(typeof PLACES)[number]["kind"], readonly string[]>> = {
  ConfigMap: [PAUSE_NAME, CHANGES_PAUSE_NAME],
  Lease: Object.values(LEASE_NAMES),
};
const NAMED_MAX = 5;

export async function removeRecords({ runner, host, namespace, signal }: RecordsOptions): Promise<void> {
  for (const { kind, resource } of PLACES) {
    const found = await readAll(host.transport, { resource, namespace }, { signal }).catch(
      (error: unknown) => {
        throw stepError(`${host.name}: ${resource.plural} in ${namespace}`, error, resource.plural);
      },
    );
    const isOurs = (object: ApiObject): boolean =>
      NAMES[kind].includes(object.metadata.name) || (kind === "ConfigMap" && isJournal(object));
    for (const object of found.filter(isOurs)) {
      noteWaiting(entriesOf(object), runner);
      const key = { resource, namespace, name: object.metadata.name };
      await runner.remove(host, { kind, key, object, isOurs });
    }
  }
}

function isJournal({ metadata }: ApiObject): boolean {
  return metadata.labels?.[JOURNAL_LABEL] !== undefined;
}

function entriesOf(object: ApiObject): readonly JournalEntry[] {
  const { data } = object;
  if (!isJournal(object) || !isRecord(data)) return [];
  return Object.values(data).flatMap((text) => parseEntry(text) ?? []);
}

/** All entries of one ConfigMap are of one cluster. */
function noteWaiting(entries: readonly JournalEntry[], runner: StepRunner): void {
  const [first] = entries;
  if (first === undefined) return;
  const names = entries.slice(0, NAMED_MAX).map(({ type, key }) => `${type} ${key.replace(/^\//, "")}`);
  const rest = entries.length > names.length ? ` and ${entries.length - names.length} more` : "";
  runner.note(
    `${first.cluster}: copies of deleted objects stay, since the cluster was not seen after the deletion: ${names.join(", ")}${rest}`,
  );
}
