/**
 * What a status has no room for, as Events about the federated object: KubeFed's definitions keep neither the message of a
 * condition nor that of a cluster's line. With a definition that has room nothing is written here.
 *
 * The same Event is written once. Not more than so many per minute are written: an outage makes thousands of lines.
 */
import { LRUCache } from "lru-cache";
import { isJsonRecord, type JsonRecord } from "../../kernel/json.ts";
import type { Clock } from "../../kernel/clock.ts";
import { errorFields } from "../../kernel/error.ts";
import type { Log } from "../../kernel/log.ts";
import type { Transport } from "../../fleet/kube/transport.ts";
import { type EventSubject, type EventWords, writeEventAbout } from "../../fleet/objects/event.ts";
import type { ObjectStatus } from "./object-status.ts";

const PER_MINUTE_MAX = 60;
const MINUTE_MS = 60_000;
const TOLD_MAX = 10_000;

type StatusEventsOptions = {
  /** Of the host. */
  readonly transport: Transport;
  readonly signal: AbortSignal;
  readonly clock: Clock;
  readonly log: Log;
};

export class StatusEvents {
  readonly #options: StatusEventsOptions;
  readonly #told = new LRUCache<string, true>({ max: TOLD_MAX });
  #minuteEndsMs = -Infinity;
  #left = 0;
  #isRefused = false;

  constructor(options: StatusEventsOptions) {
    this.#options = options;
  }

  /** `stored`: the status as the API server has kept it. Does not wait, and never throws. */
  tell(about: EventSubject, status: ObjectStatus, stored: unknown): void {
    this.say(about, prunedWords(status, stored));
  }

  /** As `tell`. */
  say(about: EventSubject, said: readonly EventWords[]): void {
    for (const words of said) {
      const key = `${about.uid}\0${words.reason}\0${words.message}`;
      if (this.#isRefused || this.#told.has(key) || !this.#mayWrite()) continue;
      this.#told.set(key, true);
      void this.#write(about, words);
    }
  }

  #mayWrite(): boolean {
    const nowMs = this.#options.clock.nowMs();
    if (nowMs >= this.#minuteEndsMs) {
      this.#minuteEndsMs = nowMs + MINUTE_MS;
      this.#left = PER_MINUTE_MAX;
    }
    this.#left -= 1;
    return this.#left >= 0;
  }

  async #write(about: EventSubject, words: EventWords): Promise<void> {
    const { transport, signal, clock, log } = this.#options;
    try {
      const outcome = await writeEventAbout(transport, about, words, { wallMs: clock.wallMs(), signal });
      if (outcome === "refused" && !this.#isRefused)
        log.warn({ object: about.name }, "Events about federated objects may not be written");
      this.#isRefused ||= outcome === "refused";
    } catch (error) {
      if (!signal.aborted) log.warn(errorFields(error), "an Event about a federated object is not written");
    }
  }
}

/** The words of `status` that `stored` does not have. */
export function prunedWords({ conditions, clusters }: ObjectStatus, stored: unknown): readonly EventWords[] {
  const kept = (list: string, field: string, name: string): JsonRecord => {
    const items = isJsonRecord(stored) && Array.isArray(stored[list]) ? (stored[list] as unknown[]) : [];
    return items.filter(isJsonRecord).find((item) => item[field] === name) ?? {};
  };
  const ofClusters = clusters.flatMap(({ name, status = "", message }): EventWords[] => {
    const isTold =
      message === undefined || isQuiet(status) || kept("clusters", "name", name)["message"] === message;
    return isTold ? [] : [{ reason: status, message: `${name}: ${message}` }];
  });
  const ofObject = conditions.flatMap(({ type, status, reason, message }): EventWords[] => {
    const word = wordOf(type, reason);
    if (word === null || status === "True" || message === "") return [];
    return kept("conditions", "type", type)["message"] === message ? [] : [{ reason: word, message }];
  });
  return [...ofObject, ...ofClusters];
}

/** Of a rollout only what a person has to do something about. */
const ROLLOUT_REASONS: ReadonlyMap<string, string> = new Map([
  ["Failed", "RolloutFailed"],
  ["InvalidRollout", "InvalidRollout"],
]);

/** Null = it is not told as an Event of the object. */
function wordOf(type: string, reason: string): string | null {
  if (type === "RolledOut") return ROLLOUT_REASONS.get(reason) ?? null;
  return type === "Propagation" && reason !== "" && reason !== "CheckClusters" ? reason : null;
}

/** Every cluster that waits for its turn is no news. */
function isQuiet(status: string): boolean {
  return status === "" || status === "WaitingForRollout";
}
