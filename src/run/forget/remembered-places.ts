/**
 * The places that clusters have had, over all clusters: the federation is told which of them still exist, and the state
 * directory keeps them across restarts. An order forgets one before its time.
 *
 *     the place                            fedns forget place
 *     has a Node, or is in the settings    is refused: it is there
 *     is remembered                        is forgotten, a region with its zones
 *     else                                 is refused: there is nothing to forget
 */
import { type Place, placeText } from "../../federation/members/cluster.ts";
import type { Federation } from "../../federation/members/federation.ts";
import { isWithin, type PastPlace, PlaceMemory } from "../../federation/members/place-memory.ts";
import type { Clock } from "../../kernel/clock.ts";
import { errorFields, messageOf } from "../../kernel/error.ts";
import type { Log } from "../../kernel/log.ts";
import { replaceStateFile } from "../../kernel/state-file.ts";
import { closestWord } from "../../kernel/suggestion.ts";
import type { ForgetPlaceRequest, Forgot } from "./forget-request.ts";
import { placesFile, type SavedPlace } from "./places-file.ts";

type RememberedPlacesOptions = {
  /** The file; null = nothing is saved. */
  readonly path: string | null;
  readonly federation: Pick<Federation, "members" | "member" | "setPastPlaces">;
  /** For how long a place goes on to exist; 0 = not at all. */
  readonly keptMs: () => number;
  readonly clock: Clock;
  readonly log: Log;
};

export type PlacesStatus = {
  /** Places without a Node that still exist. */
  readonly places: readonly {
    readonly cluster: string;
    readonly place: string;
    readonly lastSeen: string;
  }[];
  readonly problem: string | null;
};

/** A burst of changes is one write. */
const SAVE_AFTER_MS = 1000;
/** Places that have Nodes are saved as seen so often. It is also how late one may expire. */
const REFRESH_EVERY_MS = 3_600_000;
const LISTED_MAX = 10;

export class RememberedPlaces {
  readonly #options: RememberedPlacesOptions;
  readonly #memories: Map<string, PlaceMemory> = new Map();
  #loadProblem: string | null = null;
  #saveProblem: string | null = null;
  #isSaveDue = false;
  #stopWaiting: () => void = () => undefined;

  constructor(options: RememberedPlacesOptions) {
    this.#options = options;
  }

  get status(): PlacesStatus {
    const { federation } = this.#options;
    const places = [...this.#memories].flatMap(([cluster, memory]) =>
      (federation.member(cluster) === undefined ? [] : memory.entries()).map(({ place, lastSeenMs }) => ({
        cluster,
        place: placeText(place),
        lastSeen: new Date(lastSeenMs).toISOString(),
      })),
    );
    return { places, problem: this.#saveProblem ?? this.#loadProblem };
  }

  /** Reads those of earlier runs; members that are there have them at once. A file that cannot be read is told in the status. */
  load(): void {
    const { path, federation, clock, log } = this.#options;
    if (path !== null) {
      const complaint = "cannot read which places clusters had; their names may be gone";
      const { items, problem } = placesFile.load(path, log, complaint);
      for (const [cluster, past] of byCluster(items, clock.wallMs()))
        this.#memories.set(cluster, new PlaceMemory(past));
      this.#loadProblem = problem;
    }
    for (const { name } of federation.members) this.note(name);
  }

  /** The places of the cluster may have changed, or it has come or gone. */
  note(cluster: string): void {
    const { federation, keptMs, clock } = this.#options;
    const member = federation.member(cluster);
    if (member === undefined) {
      // If it comes back, it is a new one.
      if (this.#memories.delete(cluster)) this.#saveSoon();
      return;
    }
    const memory = this.#memoryOf(cluster);
    const before = JSON.stringify(memory.entries(0));
    const { places, areSettled = false } = member.locality;
    const nowMs = clock.wallMs();
    if (areSettled) this.#memories.set(cluster, new PlaceMemory());
    else memory.see(places, nowMs);
    const now = this.#memoryOf(cluster);
    federation.setPastPlaces(cluster, now.past(nowMs - keptMs()));
    if (JSON.stringify(now.entries(0)) !== before) this.#saveSoon();
  }

  /** Time has passed, or the settings have changed. */
  refresh(): void {
    const { federation, keptMs, clock } = this.#options;
    for (const [cluster, memory] of this.#memories)
      if (federation.member(cluster) !== undefined) this.note(cluster);
      // A cluster of an earlier run that has not come back yet.
      else if (memory.past(clock.wallMs() - keptMs()).length === 0) this.#memories.delete(cluster);
    this.#waitForNext();
  }

  /** Forgets places when their time is over, and saves that others are seen, from now on. */
  run(signal: AbortSignal): void {
    signal.addEventListener("abort", () => this.#stopWaiting(), { once: true });
    this.#waitForNext();
  }

  obey({ place, isDryRun, by, reason }: ForgetPlaceRequest): Forgot {
    const wanted = parsePlace(place);
    const refusal = this.#refusal(wanted);
    if (refusal !== null) return { ok: false, text: refusal };
    const having = this.#having(wanted);
    const where = `it has had no Node since ${having.map(({ cluster, lastSeenMs }) => `${new Date(lastSeenMs).toISOString()} in ${cluster}`).join(", ")}`;
    if (isDryRun)
      return { ok: true, text: `would forget ${place}: its names would not exist any more (${where})` };
    const { federation } = this.#options;
    // A cluster of an earlier run that has not come back yet keeps its other places.
    for (const [cluster, memory] of this.#memories)
      if (memory.forget(wanted).length > 0 && federation.member(cluster) !== undefined) this.note(cluster);
    const saved = this.#save();
    this.#options.log.warn({ place, by, reason }, "forgotten by order: the names of this place do not exist");
    return {
      ok: true,
      text: `${place} is forgotten: its names do not exist until a Node is there again (${where})${saved}`,
    };
  }

  #refusal(wanted: Place): string | null {
    const text = placeText(wanted);
    const { members } = this.#options.federation;
    const there = members.filter(({ locality }) => locality.places.some((place) => isWithin(place, wanted)));
    if (there.length > 0) {
      const names = there
        .slice(0, LISTED_MAX)
        .map(({ name }) => name)
        .join(", ");
      return `${text} is a place of ${names} now, so there is nothing to forget; to send no clients there: fedns drain CLUSTER`;
    }
    if (this.#having(wanted).length > 0) return null;
    const known = [...new Set(this.status.places.map(({ place }) => place))];
    const guess = closestWord(text, known);
    const cure =
      guess === null
        ? `remembered places: ${known.slice(0, LISTED_MAX).join(", ") || "none"}`
        : `did you mean ${guess}?`;
    return `${text} is not remembered, so there is nothing to forget; ${cure}`;
  }

  /** Clusters that remember the place, or a zone of the region. */
  #having(wanted: Place): readonly { readonly cluster: string; readonly lastSeenMs: number }[] {
    return [...this.#memories].flatMap(([cluster, memory]) => {
      const times = memory.entries().flatMap((one) => (isWithin(one.place, wanted) ? [one.lastSeenMs] : []));
      return times.length === 0 ? [] : [{ cluster, lastSeenMs: Math.max(...times) }];
    });
  }

  #memoryOf(cluster: string): PlaceMemory {
    const known = this.#memories.get(cluster);
    if (known !== undefined) return known;
    const memory = new PlaceMemory();
    this.#memories.set(cluster, memory);
    return memory;
  }

  #waitForNext(): void {
    const { clock, keptMs } = this.#options;
    this.#stopWaiting();
    const seen = [...this.#memories.values()].flatMap((memory) =>
      memory.entries().map(({ lastSeenMs }) => lastSeenMs),
    );
    const nextMs = Math.min(...seen) + keptMs() - clock.wallMs();
    this.#stopWaiting = clock.after(Math.min(REFRESH_EVERY_MS, Math.max(SAVE_AFTER_MS, nextMs)), () => {
      this.refresh();
      this.#save();
    });
  }

  #saveSoon(): void {
    if (this.#isSaveDue) return;
    this.#isSaveDue = true;
    this.#options.clock.after(SAVE_AFTER_MS, () => {
      if (this.#isSaveDue) this.#save();
      this.#waitForNext();
    });
  }

  /** Returns "", or a warning for the operator. */
  #save(): string {
    const { path, clock, log } = this.#options;
    this.#isSaveDue = false;
    if (path === null) return "";
    const nowMs = clock.wallMs();
    const places = [...this.#memories].flatMap(([cluster, memory]) =>
      memory.entries(nowMs).map(({ place, lastSeenMs }) => ({ cluster, ...place, lastSeenMs })),
    );
    try {
      replaceStateFile(path, placesFile.text(places));
      this.#saveProblem = null;
      return "";
    } catch (error) {
      if (this.#saveProblem === null)
        log.error({ path, ...errorFields(error) }, "cannot save which places clusters have had");
      this.#saveProblem = `which places clusters have had cannot be saved: ${messageOf(error)}`;
      return `; but it cannot be saved, and may be remembered again after a restart: ${messageOf(error)}`;
    }
  }
}

/** `text` as parseForget lets it pass: a region, or a region and a zone. */
function parsePlace(text: string): Place {
  const [region = "", zone = null] = text.split("/");
  return { region, zone };
}

/** A time in the future was written by a clock that was ahead. */
function byCluster(places: readonly SavedPlace[], nowMs: number): ReadonlyMap<string, PastPlace[]> {
  const all = new Map<string, PastPlace[]>();
  for (const { cluster, region, zone, lastSeenMs } of places) {
    const one = { place: { region, zone }, lastSeenMs: Math.min(lastSeenMs, nowMs) };
    const known = all.get(cluster);
    if (known === undefined) all.set(cluster, [one]);
    else known.push(one);
  }
  return all;
}
