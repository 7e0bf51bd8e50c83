/** The file that keeps since when hosts are claimed, across restarts: read once, replaced atomically, a few lines at a time. */
import { open, readFile, rename, stat } from "node:fs/promises";
import { FirstSights, type SavedSights } from "../../federation/sights/first-sights.ts";
import { linesOf, sightsIn } from "../../federation/sights/saved-sights.ts";
import type { Clock } from "../../kernel/clock.ts";
import { errorFields, messageOf } from "../../kernel/error.ts";
import type { Log } from "../../kernel/log.ts";

/** Several times what the largest federation has. A larger file was not written by fedns. */
const FILE_OCTETS_MAX = 512 * 1024 * 1024;
/**
 * All changes within this time are saved by one write. What is lost with them costs nothing: a claim that is not remembered
 * counts from when its cluster was last seen (first-sights.ts), which is when the file was written.
 */
const SAVE_GAP_MS = 5000;
/** Octets that are written at a time. */
const PIECE_OCTETS = 64 * 1024;

type SightFileOptions = { readonly path: string; readonly clock: Clock; readonly log: Log };

export class SightFile {
  readonly sights: FirstSights;
  readonly #options: SightFileOptions;
  #isPlanned = false;
  #cancel: () => void = () => undefined;
  #writing: Promise<void> = Promise.resolve();
  /** Why the last write failed; null when it did not. */
  error: string | null = null;

  private constructor(options: SightFileOptions, saved: SavedSights | null) {
    this.#options = options;
    const { clock } = options;
    this.sights = new FirstSights({
      saved,
      wallMs: () => clock.wallMs(),
      onChange: () => this.#changed(),
    });
  }

  /** A file that cannot be used is renamed to PATH.refused. Never rejects. */
  static async open(options: SightFileOptions): Promise<SightFile> {
    return new SightFile(options, await load(options));
  }

  /** Saves now, after any write in progress. Never rejects: on failure the previous file stays, and the next change tries again. */
  save(): Promise<void> {
    this.#cancel();
    this.#isPlanned = false;
    this.#writing = this.#writing.then(() => this.#write());
    return this.#writing;
  }

  #changed(): void {
    if (this.#isPlanned) return;
    this.#isPlanned = true;
    this.#cancel = this.#options.clock.after(SAVE_GAP_MS, () => void this.save());
  }

  async #write(): Promise<void> {
    const { path, log } = this.#options;
    try {
      const file = await open(`${path}.new`, "w", 0o600);
      try {
        for (const piece of piecesOf(linesOf(this.sights.saved))) await file.write(piece);
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(`${path}.new`, path);
      this.error = null;
    } catch (error) {
      if (this.error === null)
        log.error(
          { path, ...errorFields(error) },
          "cannot save who claims which host; keeping the previous file",
        );
      this.error = messageOf(error);
    }
  }
}

function* piecesOf(lines: Iterable<string>): Generator<string> {
  let piece = "";
  for (const line of lines) {
    piece += `${line}\n`;
    if (piece.length < PIECE_OCTETS) continue;
    yield piece;
    piece = "";
  }
  yield piece;
}

async function load({ path, log }: SightFileOptions): Promise<SavedSights | null> {
  try {
    const { size } = await stat(path);
    const text = size > FILE_OCTETS_MAX ? "" : await readFile(path, "utf8");
    const saved = sightsIn(text.split("\n"));
    if (saved === null) throw new Error("not a file of this version");
    if (saved.refused > 0)
      log.warn({ path, lines: saved.refused }, "ignoring invalid lines of the saved claims");
    return saved;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    const words = "cannot use the saved claims; who claims a host first is as their objects say";
    log.warn({ path, ...errorFields(error) }, words);
    await rename(path, `${path}.refused`).catch(() => undefined);
    return null;
  }
}
