/**
 * The journal of deletions that are still to be carried out, in ConfigMaps of the host: an entry is there before the federated
 * object goes, and goes after its copy. Every process that takes over reads it first.
 *
 *     ConfigMap fedns-journal-<hash of the cluster>-<digit>, label fedns.io/journal: "true"
 *       data:
 *         <hash of type and key>: {"type": "deployments.apps", "key": "shop/web", "cluster": "us-west", …}
 *
 * Sixteen ConfigMaps for a cluster keep each of them small: 4,000 entries are 16 of 60 kB.
 */
import { createHash } from "node:crypto";
import type { Transport } from "../../fleet/kube/transport.ts";
import type { WritePermit } from "../../fleet/kube/write-permit.ts";
import { create } from "../../fleet/objects/create.ts";
import type { ObjectKey } from "../../fleet/objects/object-path.ts";
import { mergePatch } from "../../fleet/objects/patch.ts";
import { readAll } from "../../fleet/objects/read.ts";
import { refusalOf } from "../../fleet/objects/refusal.ts";
import { isJsonRecord } from "../../kernel/json.ts";
import { type JournalEntry, type JournalTarget, parseEntry } from "./journal-entry.ts";

const CONFIG_MAPS = { group: "", version: "v1", plural: "configmaps" };
export const JOURNAL_LABEL = "fedns.io/journal";
const CLUSTER_DIGITS = 16;
const KEY_DIGITS = 32;

type JournalOptions = {
  /** Of the host. */
  readonly transport: Transport;
  /** That of the control plane. */
  readonly namespace: string;
  readonly permit: WritePermit;
  readonly signal: AbortSignal;
};

export class Journal {
  readonly #options: JournalOptions;
  /** By cluster, then by type and key. */
  readonly #entries = new Map<string, Map<string, JournalEntry>>();
  #isRead = false;

  constructor(options: JournalOptions) {
    this.#options = options;
  }

  /** Before that nothing may be added: an entry that is there already would be forgotten. */
  get isRead(): boolean {
    return this.#isRead;
  }

  /** Throws as `readAll` does. */
  async read(): Promise<void> {
    const { transport, namespace, signal } = this.#options;
    const key = { resource: CONFIG_MAPS, namespace };
    for (const { data } of await readAll(transport, key, { signal, labelSelector: JOURNAL_LABEL }))
      for (const text of Object.values(isJsonRecord(data) ? data : {})) {
        const entry = parseEntry(text);
        if (entry !== null) this.#remember(entry);
      }
    this.#isRead = true;
  }

  /** Of the deletions that wait for one cluster. */
  entriesOf(cluster: string): Iterable<JournalEntry> {
    return this.#entries.get(cluster)?.values() ?? [];
  }

  find(cluster: string, type: string, key: string): JournalEntry | null {
    return this.#entries.get(cluster)?.get(`${type}\0${key}`) ?? null;
  }

  /** Types of copies whose deletion outlasts their FederatedTypeConfig, by its name. */
  get lastingTypes(): ReadonlyMap<string, JournalTarget> {
    const entries = [...this.#entries.values()].flatMap((ofCluster) => [...ofCluster.values()]);
    return new Map(entries.flatMap(({ type, target }) => (target === undefined ? [] : [[type, target]])));
  }

  get size(): number {
    return [...this.#entries.values()].reduce((sum, entries) => sum + entries.size, 0);
  }

  /** Resolves when the host has it. Throws as `create` does. */
  async add(entry: JournalEntry): Promise<void> {
    const key = this.#keyOf(entry);
    const data = { [fieldOf(entry)]: JSON.stringify(entry) };
    try {
      await this.#patch(key, data);
    } catch (error) {
      if (refusalOf(error, CONFIG_MAPS).kind !== "object-missing") throw error;
      await this.#create(key, data);
    }
    this.#remember(entry);
  }

  /** Resolves when the host has it no more. Throws as `mergePatch` does. */
  async drop(entry: JournalEntry): Promise<void> {
    try {
      await this.#patch(this.#keyOf(entry), { [fieldOf(entry)]: null });
    } catch (error) {
      if (refusalOf(error, CONFIG_MAPS).kind !== "object-missing") throw error;
    }
    this.#entries.get(entry.cluster)?.delete(`${entry.type}\0${entry.key}`);
  }

  #remember(entry: JournalEntry): void {
    const entries = this.#entries.get(entry.cluster) ?? new Map<string, JournalEntry>();
    this.#entries.set(entry.cluster, entries.set(`${entry.type}\0${entry.key}`, entry));
  }

  #keyOf(entry: JournalEntry): ObjectKey {
    const cluster = digest(entry.cluster, CLUSTER_DIGITS);
    const name = `fedns-journal-${cluster}-${fieldOf(entry).slice(0, 1)}`;
    return { resource: CONFIG_MAPS, namespace: this.#options.namespace, name };
  }

  async #patch(key: ObjectKey, data: Readonly<Record<string, string | null>>): Promise<void> {
    const { transport, permit, signal } = this.#options;
    await mergePatch(transport, key, { data }, { permit, signal, purpose: "status" });
  }

  async #create(key: ObjectKey, data: Readonly<Record<string, string>>): Promise<void> {
    const { transport, permit, signal } = this.#options;
    const content = { kind: "ConfigMap", metadata: { labels: { [JOURNAL_LABEL]: "true" } }, data };
    try {
      await create(transport, key, content, { permit, signal, purpose: "status" });
    } catch (error) {
      if (refusalOf(error, CONFIG_MAPS).kind !== "exists") throw error;
      await this.#patch(key, data);
    }
  }
}

function fieldOf({ type, key }: JournalEntry): string {
  return digest(`${type}\0${key}`, KEY_DIGITS);
}

function digest(text: string, digits: number): string {
  return createHash("sha256").update(text).digest("hex").slice(0, digits);
}
