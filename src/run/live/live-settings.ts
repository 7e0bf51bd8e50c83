/**
 * The settings in force, and how a changed file comes into force: all of it or nothing. A file with an error changes
 * nothing, and the error is reported until the file is right. What only a restart of fedns changes keeps its running value
 * and is named until then.
 */
import type { Clock } from "../../kernel/clock.ts";
import type { Log } from "../../kernel/log.ts";
import type { Config } from "../config/config.ts";
import { type Changes, changesOf, withRunningValues } from "../config/effects.ts";
import type { SettingsReading } from "./settings-file.ts";

type LiveSettingsOptions = {
  /** The settings with which fedns was started. */
  readonly started: Config;
  /** Gives the settings to the parts of fedns that use them. Never rejects. */
  readonly apply: (config: Config, changes: Changes) => Promise<void>;
  readonly clock: Clock;
  readonly log: Log;
};

/** As /status has it; dates are ISO 8601. */
export type SettingsStatus = {
  readonly file: string;
  /** When the settings in force were read. */
  readonly inForceSince: string;
  /** Why the file as it is now is not in force, one line each; empty = it is. */
  readonly problems: readonly string[];
  readonly problemsSince: string | null;
  /** The last settings that took effect; null = none since the start. */
  readonly lastChange: { readonly at: string; readonly settings: readonly string[] } | null;
  /** Settings with another value in the file than in the running fedns, which only a restart of fedns changes. */
  readonly needRestart: readonly string[];
};

/** What came of one reading of the file. */
export type SettingsOutcome = {
  readonly problems: readonly string[];
  /** Settings that took effect. */
  readonly changed: readonly string[];
  readonly needRestart: readonly string[];
};

export class LiveSettings {
  readonly #options: LiveSettingsOptions;
  #current: Config;
  #inForceSinceMs: number;
  #problems: readonly string[] = [];
  #problemsSinceMs: number | null = null;
  #needRestart: readonly string[] = [];
  #lastChange: SettingsStatus["lastChange"] = null;
  /** One reading is applied after the other. */
  #applying: Promise<unknown> = Promise.resolve();

  constructor(options: LiveSettingsOptions) {
    this.#options = options;
    this.#current = options.started;
    this.#inForceSinceMs = options.clock.wallMs();
  }

  /** The settings in force. */
  get current(): Config {
    return this.#current;
  }

  get status(): SettingsStatus {
    return {
      file: this.#current.filePath,
      inForceSince: dateOf(this.#inForceSinceMs),
      problems: this.#problems,
      problemsSince: this.#problemsSinceMs === null ? null : dateOf(this.#problemsSinceMs),
      lastChange: this.#lastChange,
      needRestart: this.#needRestart,
    };
  }

  /** Resolves when what was read is in force, or has been refused. Never rejects. */
  take(reading: SettingsReading): Promise<SettingsOutcome> {
    const outcome = this.#applying.then(() =>
      reading.kind === "config" ? this.#adopt(reading.config) : this.#refuse(reading.problems),
    );
    this.#applying = outcome;
    return outcome;
  }

  #refuse(problems: readonly string[]): SettingsOutcome {
    const { clock, log } = this.#options;
    const isNews = problems.join("\n") !== this.#problems.join("\n");
    this.#problems = problems;
    this.#problemsSinceMs ??= clock.wallMs();
    const inForceSince = dateOf(this.#inForceSinceMs);
    if (isNews)
      log.error(
        { problems, inForceSince },
        "the configuration file has an error; the settings stay as they are",
      );
    return { problems, changed: [], needRestart: this.#needRestart };
  }

  async #adopt(wanted: Config): Promise<SettingsOutcome> {
    const { started, clock, log, apply } = this.#options;
    const before = this.#current;
    const hadProblems = this.#problems.length > 0;
    this.#current = withRunningValues(wanted, started);
    this.#problems = [];
    this.#problemsSinceMs = null;
    this.#inForceSinceMs = clock.wallMs();
    const changes = changesOf(before, this.#current);
    const needRestart = changesOf(started, wanted)["restart of fedns"];
    const changed = Object.values(changes).flat();
    if (needRestart.length > 0 && needRestart.join() !== this.#needRestart.join())
      log.warn(
        { settings: needRestart },
        "settings that need a restart of fedns have changed; the running values stay",
      );
    this.#needRestart = needRestart;
    if (changed.length > 0) {
      this.#lastChange = { at: dateOf(clock.wallMs()), settings: changed };
      log.info({ settings: changed }, "the configuration file has changed; its settings take effect");
      await apply(this.#current, changes);
    } else if (hadProblems) log.info({}, "the configuration file is right again; no setting has changed");
    return { problems: [], changed, needRestart };
  }
}

function dateOf(wallMs: number): string {
  return new Date(wallMs).toISOString();
}
