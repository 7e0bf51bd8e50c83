/** The file in the state directory that health survives a restart in: read once, replaced whole, never half. */
import { mkdir, open, rename, stat, readFile } from "node:fs/promises";
import { dirname } from "node:path";
import type { Clock } from "../../kernel/clock.ts";
import { errorFields, messageOf } from "../../kernel/error.ts";
import { fromSaved, type Recalled, type SavedHealth } from "../health/saved.ts";
import type { Log } from "../../kernel/log.ts";

/** Many times what the most targets take; anything bigger is not ours. */
const FILE_OCTETS_MAX = 64 * 1024 * 1024;
/** Changes within it go into one write: a flapping fleet writes no more than this often. */
const SAVE_GAP_MS = 5000;

type HealthFileOptions = {
  readonly path: string;
  readonly clock: Clock;
  readonly log: Log;
  /** What is to be saved now. */
  readonly content: () => SavedHealth;
};

/** What an earlier run saved; null when there is nothing, or nothing of use (then it is set aside as PATH.refused). */
export async function loadHealth(path: string, clock: Clock, log: Log): Promise<Recalled | null> {
  try {
    const { size } = await stat(path);
    const raw: unknown = size > FILE_OCTETS_MAX ? null : JSON.parse(await readFile(path, "utf8"));
    const recalled = fromSaved(raw, { nowMs: clock.nowMs(), wallMs: clock.wallMs() });
    if (recalled === null) throw new Error("not a health file of this version");
    if (recalled.refused > 0)
      log.warn({ path, entries: recalled.refused }, "saved health has entries that make no sense");
    return recalled;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    log.warn({ path, ...errorFields(error) }, "saved health not used; every target begins as unknown");
    await rename(path, `${path}.refused`).catch(() => undefined);
    return null;
  }
}

export class HealthFile {
  readonly #options: HealthFileOptions;
  #isPlanned = false;
  #cancel: () => void = () => undefined;
  #writing: Promise<void> = Promise.resolve();
  /** Of the last write that succeeded, since the epoch. */
  savedWallMs: number | null = null;
  /** Why the last write failed; null when it did not. */
  error: string | null = null;

  constructor(options: HealthFileOptions) {
    this.#options = options;
  }

  /** Saves soon. */
  changed(): void {
    if (this.#isPlanned) return;
    this.#isPlanned = true;
    this.#cancel = this.#options.clock.after(SAVE_GAP_MS, () => {
      this.#isPlanned = false;
      void this.save();
    });
  }

  /** Saves now, after a write that goes on. Never rejects: the last good file stays, and the next change tries again. */
  save(): Promise<void> {
    this.#cancel();
    this.#isPlanned = false;
    this.#writing = this.#writing.then(() => this.#write());
    return this.#writing;
  }

  /** Resolves when no write is under way. */
  written(): Promise<void> {
    return this.#writing;
  }

  async #write(): Promise<void> {
    const { path, clock, log, content } = this.#options;
    try {
      await mkdir(dirname(path), { recursive: true });
      const file = await open(`${path}.new`, "w", 0o600);
      try {
        await file.writeFile(JSON.stringify(content()));
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(`${path}.new`, path);
      this.savedWallMs = clock.wallMs();
      this.error = null;
    } catch (error) {
      if (this.error === null)
        log.error({ path, ...errorFields(error) }, "health not saved; the last good file stays");
      this.error = messageOf(error);
    }
  }
}
