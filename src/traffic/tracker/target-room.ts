/**
 * Which questions there is room for: so many targets of each cluster and of all, and so many questions of one address. Who finds
 * none waits, and is told when there is.
 */
import { FairRoom, type FairLimits } from "../../kernel/fair/fair-room.ts";
import type { Log } from "../../kernel/log.ts";

/** At the default interval, 2,000 probes a second: a fifth of a core with TCP, all of two with HTTPS (measured). */
export const TARGET_LIMITS: FairLimits = { all: 20_000, each: 10_000, own: 150 };

/** Each question of an address has its turn in the standard interval of ten seconds (address-turns.ts). */
const QUESTIONS_PER_TURN = 10;

export type AskedAt = { readonly address: string; readonly cluster: string };

type TargetRoomOptions = {
  readonly limits: FairLimits;
  /** A second. */
  readonly probesPerAddress: number;
  readonly log: Log;
  /** The user may ask again. */
  readonly onRoom: (user: string) => void;
};

export class TargetRoom {
  readonly #options: TargetRoomOptions;
  readonly #targets: FairRoom<string>;
  /** Of each address, for each cluster that has it: one that names another's address takes no question from it. */
  readonly #questions: FairRoom<string>;
  #size = 0;
  #isClosed = false;

  constructor(options: TargetRoomOptions) {
    this.#options = options;
    this.#targets = new FairRoom(options.limits);
    this.#questions = new FairRoom(questionLimits(options.probesPerAddress));
  }

  configure(probesPerAddress: number): void {
    this.#questions.configure(questionLimits(probesPerAddress));
    this.#tellWaiting("");
  }

  /** False: the user waits. */
  hasRoom(user: string, at: AskedAt): boolean {
    if (this.#isClosed) return false;
    if (!this.#questions.hasRoom(askedOf(at), 0)) {
      this.#questions.wait(askedOf(at), user);
      return false;
    }
    const { address, cluster } = at;
    if (this.#targets.hasRoom(cluster, this.#size)) return true;
    // Once for all that wait of the cluster.
    if (this.#targets.waitingOf(cluster) === 0)
      this.#options.log.warn(
        { cluster, address },
        "too many probe targets; this one and further ones are probed when there is room",
      );
    this.#targets.wait(cluster, user);
    return false;
  }

  take(at: AskedAt): void {
    this.#size += 1;
    this.#targets.take(at.cluster);
    this.#questions.take(askedOf(at));
  }

  giveBack(at: AskedAt): void {
    this.#size -= 1;
    this.#targets.giveBack(at.cluster);
    this.#questions.giveBack(askedOf(at));
    this.#tellWaiting(at.cluster);
  }

  /** The user does not wait any more. */
  cancel(user: string, at: AskedAt): void {
    this.#targets.cancel(at.cluster, user);
    this.#questions.cancel(askedOf(at), user);
  }

  /** Nobody is told any more. */
  close(): void {
    this.#isClosed = true;
  }

  /** `cluster`: has given something back. Whoever is told takes what there is, before the next one is looked for. */
  #tellWaiting(cluster: string): void {
    for (;;) {
      if (this.#isClosed) return;
      const user = this.#questions.next("", 0) ?? this.#targets.next(cluster, this.#size);
      if (user === null) return;
      this.#options.onRoom(user);
    }
  }
}

function questionLimits(probesPerAddress: number): FairLimits {
  return { all: Number.POSITIVE_INFINITY, each: probesPerAddress * QUESTIONS_PER_TURN, own: 0 };
}

function askedOf({ address, cluster }: AskedAt): string {
  return `${cluster} ${address}`;
}
