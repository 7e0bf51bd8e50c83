/**
 * The places that one cluster has and had. The names of a zone that lost its last Node go on to exist for a time: whoever uses
 * them is led up the ladder, and not denied.
 *
 *     the place                                      its names
 *     has a Node                                     exist, and select the cluster
 *     had one, up to a given time ago                exist, and do not
 *     had one longer ago, or is forgotten by order   are not there because of this cluster
 *
 * Places that the settings give a cluster are all that it has: nothing else of it is remembered.
 */
import { type Place, placeText, sortPlaces } from "./cluster.ts";

/** With those that have a Node: each costs a level of names, and a member may put anything into its labels. */
const PLACES_MAX = 64;

export type PastPlace = {
  readonly place: Place;
  /** Unix time, ms. */
  readonly lastSeenMs: number;
};

export class PlaceMemory {
  /** By their text. */
  #live: ReadonlyMap<string, Place> = new Map();
  readonly #past: Map<string, PastPlace> = new Map();

  constructor(past: readonly PastPlace[] = []) {
    for (const one of past) this.#past.set(placeText(one.place), one);
    this.#bound();
  }

  /** The cluster has these places now. */
  see(places: readonly Place[], nowMs: number): void {
    const live = new Map(places.map((place) => [placeText(place), place]));
    for (const [text, place] of this.#live)
      if (!live.has(text)) this.#past.set(text, { place, lastSeenMs: nowMs });
    for (const text of live.keys()) this.#past.delete(text);
    this.#live = live;
    this.#bound();
  }

  /** Places without a Node that were last seen after `sinceMs`; the others are forgotten. */
  past(sinceMs: number): readonly Place[] {
    for (const [text, { lastSeenMs }] of this.#past) if (lastSeenMs <= sinceMs) this.#past.delete(text);
    return sortPlaces([...this.#past.values()].map(({ place }) => place));
  }

  /** Those that are remembered, and with `nowMs` those that have a Node. */
  entries(nowMs: number | null = null): readonly PastPlace[] {
    const live = nowMs === null ? [] : [...this.#live.values()];
    return [...this.#past.values(), ...live.map((place) => ({ place, lastSeenMs: nowMs ?? 0 }))];
  }

  /** Of a region, its zones are forgotten too. Returns what was remembered of it. */
  forget(wanted: Place): readonly PastPlace[] {
    const gone = [...this.#past].filter(([, { place }]) => isWithin(place, wanted));
    for (const [text] of gone) this.#past.delete(text);
    return gone.map(([, one]) => one);
  }

  /** Those that were seen the longest time ago go first. */
  #bound(): void {
    const tooMany = this.#past.size + this.#live.size - PLACES_MAX;
    if (tooMany <= 0) return;
    const oldestFirst = [...this.#past].sort(([, a], [, b]) => a.lastSeenMs - b.lastSeenMs);
    for (const [text] of oldestFirst.slice(0, tooMany)) this.#past.delete(text);
  }
}

export function isWithin(place: Place, wanted: Place): boolean {
  return place.region === wanted.region && (wanted.zone === null || place.zone === wanted.zone);
}
