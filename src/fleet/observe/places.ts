/** The places that the nodes of a cluster are in: a cluster moves only when a place comes or goes. */
import { type Place, sortPlaces } from "../../federation/members/cluster.ts";

/** Real clusters span a handful of zones; each place costs a level, and labels are whatever a member says. */
const PLACES_MAX = 64;

export class PlaceCount {
  readonly #ofNode: Map<string, Place> = new Map();
  readonly #counts: Map<string, { readonly place: Place; nodes: number }> = new Map();

  /** `place` null: the node is not there, or does not say. Returns true when a place came or went. */
  set(node: string, place: Place | null): boolean {
    const before = this.#ofNode.get(node);
    if (place === null) this.#ofNode.delete(node);
    else this.#ofNode.set(node, place);
    const hasGone = before !== undefined && this.#count(before, -1) === 0;
    const hasCome = place !== null && this.#count(place, 1) === 1;
    return hasGone || hasCome;
  }

  get places(): readonly Place[] {
    return sortPlaces([...this.#counts.values()].slice(0, PLACES_MAX).map(({ place }) => place));
  }

  /** Returns how many nodes the place has now. */
  #count(place: Place, by: 1 | -1): number {
    const key = `${place.region} ${place.zone ?? ""}`;
    const counted = this.#counts.get(key) ?? { place, nodes: 0 };
    counted.nodes += by;
    if (counted.nodes === 0) this.#counts.delete(key);
    else this.#counts.set(key, counted);
    return counted.nodes;
  }
}
