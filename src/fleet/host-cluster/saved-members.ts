/** Keeps the file of members as they change: loaded once, then written soon after each change. */
import type { Clock } from "../../kernel/clock.ts";
import { errorFields, messageOf } from "../../kernel/error.ts";
import type { Log } from "../../kernel/log.ts";
import { readMembers, type SavedMember, writeMembers } from "./member-file.ts";

/** Several changes are saved by one write. */
const SAVE_GAP_MS = 200;

type SavedMembersOptions = {
  readonly path: string;
  readonly content: () => readonly SavedMember[];
  readonly clock: Clock;
  readonly log: Log;
};

export class SavedMembers {
  readonly #options: SavedMembersOptions;
  #problem: string | null = null;
  #isPlanned = false;
  #writing: Promise<void> = Promise.resolve();

  constructor(options: SavedMembersOptions) {
    this.#options = options;
  }

  /** Why the last reading or writing failed, with the cure; null when it did not. */
  get problem(): string | null {
    return this.#problem;
  }

  /** The members of an earlier run. Never rejects. */
  async load(): Promise<readonly SavedMember[]> {
    const { path, log } = this.#options;
    const { members, problem } = await readMembers(path);
    this.#problem = problem;
    if (problem !== null) log.error({ problem }, "cannot use all saved members of the host");
    return members;
  }

  /** Saves soon, after a write in progress. */
  changed(): void {
    if (this.#isPlanned) return;
    this.#isPlanned = true;
    this.#options.clock.after(SAVE_GAP_MS, () => {
      this.#writing = this.#writing.then(() => this.#write());
    });
  }

  async #write(): Promise<void> {
    const { path, content, log } = this.#options;
    this.#isPlanned = false;
    try {
      await writeMembers(path, content());
      this.#problem = null;
    } catch (error) {
      const problem = `the members of the host cannot be saved: ${messageOf(error)}; make room in the state directory`;
      if (this.#problem !== problem)
        log.error({ path, ...errorFields(error) }, "cannot save the members of the host");
      this.#problem = problem;
    }
  }
}
