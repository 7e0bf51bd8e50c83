/**
 * The configuration file while fedns runs, with the file of secrets that it names: read when one of them has changed, and when an
 * operator orders it. A file that is being written is not read: a change counts when two looks in a row agree. A ConfigMap that is mounted swaps a link (..data);
 * the looks follow links, so that is a change like any other.
 */
import { stat } from "node:fs/promises";
import { type Clock, pause } from "../../kernel/clock.ts";
import { messageOf } from "../../kernel/error.ts";
import type { Config } from "../config/config.ts";

/** A look costs one system call. A change is in force within a second, two looks included. */
const LOOK_EVERY_MS = 250;
/** A file that changes while it is read is read again, so many times. */
const READ_TRIES = 5;

/** `problems`: lines of the form FILE:LINE:COLUMN: path: what is wrong; how to fix it. */
export type SettingsReading =
  | { readonly kind: "config"; readonly config: Config }
  | {
      readonly kind: "problems";
      readonly problems: readonly string[];
      /** The file of secrets, if the problems are in it. */
      readonly secretsFile?: string | undefined;
    };

/** One look: equal to the one before while the file has not changed. */
type Look = (path: string) => Promise<string>;

type SettingsFileOptions = {
  readonly path: string;
  readonly clock: Clock;
  /** Default: at the file system. */
  readonly look?: Look;
};

export class SettingsFile {
  readonly #options: SettingsFileOptions;
  /** The look at the file as it was read; null = at the start, before it was looked at. */
  #read: string | null = null;
  /** The file of secrets that the last reading named. */
  #secretsPath: string | null = null;

  constructor(options: SettingsFileOptions) {
    this.#options = options;
  }

  get path(): string {
    return this.#options.path;
  }

  /** Reads the file now. Never rejects. */
  async read(): Promise<SettingsReading> {
    const { path } = this.#options;
    for (let tries = 1; ; tries++) {
      const before = await this.#look();
      const reading = await readingOf(path);
      if (reading.kind === "config") this.#secretsPath = reading.config.cookies.secretsFile;
      else this.#secretsPath = reading.secretsFile ?? this.#secretsPath;
      const after = await this.#look();
      this.#read = after;
      if (before === after || tries === READ_TRIES) return reading;
    }
  }

  /** Until aborted, calls `onReading` whenever the file has changed and is not being written any more. Never rejects. */
  async watch(onReading: (reading: SettingsReading) => void, signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    // The file was read before this process was complete, and may have changed since.
    let last: string | null = null;
    while (!signal.aborted) {
      const now = await this.#look();
      if (now !== this.#read && now === last) {
        const reading = await this.read();
        if (!signal.aborted) onReading(reading);
      }
      last = now;
      await pause(clock, LOOK_EVERY_MS, signal);
    }
  }

  async #look(): Promise<string> {
    const { path, look = lookAt } = this.#options;
    const secretsPath = this.#secretsPath;
    const paths = secretsPath === null ? [path] : [path, secretsPath];
    return (await Promise.all(paths.map((one) => look(one)))).join("; ");
  }
}

async function readingOf(path: string): Promise<SettingsReading> {
  try {
    // Later than the start, which the libraries for it would delay.
    const { formatProblem, loadConfig } = await import("../config/file.ts");
    const result = await loadConfig(path);
    if (result.kind === "config") return result;
    const problems = result.problems.map((problem) => formatProblem(problem, path));
    return { kind: "problems", problems, secretsFile: result.secretsFile };
  } catch (error) {
    return { kind: "problems", problems: [messageOf(error)] };
  }
}

/** `stat` follows links. A file that was put in place by a rename has another inode. */
async function lookAt(path: string): Promise<string> {
  try {
    const { mtimeNs, ctimeNs, size, ino, dev } = await stat(path, { bigint: true });
    return `${mtimeNs} ${ctimeNs} ${size} ${ino} ${dev}`;
  } catch {
    return "missing";
  }
}
