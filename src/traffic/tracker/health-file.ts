/** The file that keeps health across restarts: read once, replaced atomically. */
import { mkdir, open, rename, stat, readFile } from "node:fs/promises";
import { dirname } from "node:path";
import type { Clock } from "../../kernel/clock.ts";
import { errorFields, messageOf } from "../../kernel/error.ts";
import { fromSaved, type Recalled, type SavedHealth } from "../health/saved.ts";
import type { Log } from "../../kernel/log.ts";

/** Many times the size for the maximum number of targets. A larger file was not written by fedns. */
const FILE_OCTETS_MAX = 64 * 1024 * 1024;
/** All changes within this time are saved by one write, so a flapping fleet does not write more often. */
const SAVE_GAP_MS = 5000;

type HealthFileOptions = {
  readonly path: string;
  readonly clock: Clock;
  readonly log: Log;
  /** The content to save. */
  readonly content: () => SavedHealth;
};

/** The health that an earlier run saved; null when there is none. A file that cannot be used is renamed to PATH.refused. */
export async function loadHealth(path: string, clock: Clock, log: Log): Promise<Recalled | null> {
  try {
    const { size } = await stat(path);
    const raw: unknown = size > FILE_OCTETS_MAX ? null : JSON.parse(await readFile(path, "utf8"));
    const recalled = fromSaved(raw, { nowMs: clock.nowMs(), wallMs: clock.wallMs() });
    if (recalled === null) throw new Error("not a health file of this version");
    if (recalled.refused > 0)
      log.warn({ path, entries: recalled.refused }, "ignoring invalid entries in the saved health file");
    return recalled;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    log.warn(
      { path, ...errorFields(error) },
      "cannot use the saved health file; all targets start as unknown",
    );
    await rename(path, `${path}.refused`).catch(() => undefined);
    return null;
  }
}

export class HealthFile {
  readonly #options: HealthFileOptions;
  #isPlanned = false;
  #cancel: () => void = () => undefined;
  #writing: Promise<void> = Promise.resolve();
  /** Time of the last successful write, since the epoch. */
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

  /** Saves now, after any write in progress. Never rejects: on failure the previous file stays, and the next change tries again. */
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
        log.error({ path, ...errorFields(error) }, "cannot save health; keeping the previous file");
      this.error = messageOf(error);
    }
  }
}
