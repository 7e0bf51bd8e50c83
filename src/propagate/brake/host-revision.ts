/**
 * The highest resourceVersion that the host has shown, kept in a file. A host that shows a lower one was restored from a backup,
 * perhaps while no process was looking.
 */
import { readFile } from "node:fs/promises";
import { isOlder } from "../../fleet/kube/resource.ts";
import { isJsonRecord } from "../../kernel/json.ts";
import { writePrivateFile } from "../../kernel/private-file.ts";

type HostRevisionOptions = {
  /** Null = it is not kept. */
  readonly path: string | null;
  /** Of the federation: with another one the file is about another host. */
  readonly owner: string;
};

export class HostRevision {
  readonly #options: HostRevisionOptions;
  #highest = "";
  #saved = "";

  constructor(options: HostRevisionOptions) {
    this.#options = options;
  }

  /** A file that is missing or damaged says nothing. */
  async load(): Promise<void> {
    const { path, owner } = this.#options;
    if (path === null) return;
    const value: unknown = await readFile(path, "utf8")
      .then((text): unknown => JSON.parse(text))
      .catch(() => null);
    if (!isJsonRecord(value) || value["owner"] !== owner) return;
    const { revision } = value;
    if (typeof revision === "string" && !isOlder(revision, this.#highest)) this.#highest = revision;
  }

  /** True when the host shows an older state than before. From then on the older one counts. */
  shows(revision: string): boolean {
    const isBack = isOlder(revision, this.#highest);
    this.#highest = revision;
    return isBack;
  }

  /** Rejects when the file cannot be written. */
  async save(): Promise<void> {
    const revision = this.#highest;
    const { path, owner } = this.#options;
    if (path === null || revision === this.#saved) return;
    await writePrivateFile(path, `${JSON.stringify({ owner, revision })}\n`);
    this.#saved = revision;
  }
}
