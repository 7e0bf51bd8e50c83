/** The location of one cluster: from the settings, or else from its Nodes. It changes only when a place is added or removed. */
import { type Place, sortPlaces } from "../../federation/members/cluster.ts";
import type { Coordinates } from "../../federation/members/distance.ts";
import type { Federation } from "../../federation/members/federation.ts";

/** Real clusters span a handful of zones. Each place costs a level of names, and a member may put anything in its labels. */
const PLACES_MAX = 64;

type Settled = {
  /** From the settings; null = from the labels of the Nodes. */
  readonly places: readonly Place[] | null;
  readonly location: Coordinates | null;
};
type LocalityOptions = Settled & {
  readonly cluster: string;
  readonly federation: Federation;
};

export class LocalityTracker {
  readonly #options: LocalityOptions;
  #settled: Settled;
  readonly #placeOfNode: Map<string, Place> = new Map();
  readonly #counts: Map<string, { readonly place: Place; nodes: number }> = new Map();

  constructor(options: LocalityOptions) {
    this.#options = options;
    this.#settled = options;
  }

  /** The settings have changed. */
  settle(settled: Settled): void {
    this.#settled = settled;
    this.publish();
  }

  /** `place` null: the Node was deleted, or has no labels of a place. Returns true when a place was added or removed. */
  setNode(node: string, place: Place | null): boolean {
    const before = this.#placeOfNode.get(node);
    if (place === null) this.#placeOfNode.delete(node);
    else this.#placeOfNode.set(node, place);
    const hasGone = before !== undefined && this.#count(before, -1) === 0;
    const hasCome = place !== null && this.#count(place, 1) === 1;
    return hasGone || hasCome;
  }

  /** Updates the federation. A cluster without Nodes, or whose Nodes have not been read since a restart, keeps its places. */
  publish(): void {
    const { federation, cluster } = this.#options;
    const { places, location } = this.#settled;
    const known: readonly Place[] = federation.member(cluster)?.locality.places ?? [];
    const seen = places ?? this.#places;
    federation.setLocality(cluster, {
      places: seen.length === 0 ? known : seen,
      ...(places !== null && { areSettled: true }),
      latitude: location?.latitude ?? null,
      longitude: location?.longitude ?? null,
    });
  }

  get #places(): readonly Place[] {
    return sortPlaces([...this.#counts.values()].slice(0, PLACES_MAX).map(({ place }) => place));
  }

  /** Returns how many Nodes are in the place now. */
  #count(place: Place, by: 1 | -1): number {
    const key = `${place.region} ${place.zone ?? ""}`;
    const counted = this.#counts.get(key) ?? { place, nodes: 0 };
    counted.nodes += by;
    if (counted.nodes === 0) this.#counts.delete(key);
    else this.#counts.set(key, counted);
    return counted.nodes;
  }
}
