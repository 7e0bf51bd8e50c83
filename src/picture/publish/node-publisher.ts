/**
 * The part of the publisher that is not about single services: nodes of zones and ladders, the record of the clusters, and
 * where clients are. It is written when something of this has changed, and as a whole when it is not known what the
 * picture has of it.
 */
import { formatName, type Name, sameName } from "../../dns/message/name.ts";
import { keyOfName, nameOfKey, type Zone } from "../../dns/zone/zone.ts";
import type { Federation } from "../../federation/members/federation.ts";
import { OperationalError } from "../../kernel/error.ts";
import { LEVELS_MAX, ZONES_MAX } from "../format/layout.ts";
import { type HostContent, hostsIn } from "../nodes/host-nodes.ts";
import type { HostSuffix, PublishedFederation } from "../nodes/node-plan.ts";
import { learnNumbers, Numbers } from "../nodes/numbering.ts";
import { StructureWriter } from "../nodes/structure-writer.ts";
import type { PictureWriter } from "../write/writer.ts";
import { type Geography, writeGeography } from "./geography.ts";
import type { PictureStore } from "./picture-store.ts";
import type { KeptBack } from "./quarantine.ts";
import { memoryRecord } from "./saved.ts";

type NodePublisherOptions = {
  readonly store: PictureStore;
  readonly federation: Federation;
  readonly federations: readonly PublishedFederation[];
  readonly zones: readonly Zone[];
  readonly retained?: readonly Name[];
  readonly hostSuffixes?: readonly HostSuffix[];
};

/** Names what could not be published in the quarantine. No service and no host has such a key. */
const ALL_KEY = "zones and clusters";
const NODE_PREFIX = "node ";
const ZONE_PREFIX = "zone ";
const TOO_MANY_ZONES = `there are more than ${ZONES_MAX} zones; remove others, or serve it from another fedns`;

export class NodePublisher {
  readonly #options: NodePublisherOptions;
  readonly #zoneIds: Numbers = new Numbers(ZONES_MAX);
  readonly #levelIds: Numbers = new Numbers(LEVELS_MAX);
  readonly #structure: StructureWriter;
  #zones: { readonly zones: readonly Zone[]; readonly retained: readonly Name[] };
  #hostSuffixes: readonly HostSuffix[];
  #geography: Geography | null = null;
  #written: Geography | null = null;
  #isDue = true;
  #isRetryDue = false;
  #isComplete = false;
  /** What is written of the structure as a whole failed. */
  #isBroken = false;
  /** Zones for which there is no number left. */
  #tooMany: readonly Name[] = [];

  constructor(options: NodePublisherOptions) {
    this.#options = options;
    this.#hostSuffixes = options.hostSuffixes ?? [];
    const { memory } = options.store;
    this.#structure = new StructureWriter(hostsIn(memory));
    this.#zones = { zones: options.zones, retained: options.retained ?? [] };
    learnNumbers(memory, this.#zoneIds, this.#levelIds);
  }

  /** All nodes were looked at since the last change. Some of them may be in quarantine. */
  get isComplete(): boolean {
    return this.#isComplete;
  }

  setZones(zones: readonly Zone[], retained: readonly Name[]): void {
    this.#zones = { zones, retained };
    this.compareAll();
  }

  setHostSuffixes(hostSuffixes: readonly HostSuffix[]): void {
    this.#hostSuffixes = hostSuffixes;
    this.touch();
  }

  setGeography(geography: Geography): void {
    this.#geography = geography;
    this.#written = null;
    this.touch();
  }

  touch(): void {
    this.#isDue = true;
    this.#isComplete = false;
  }

  /** It is not known how much of it is in the picture. */
  compareAll(): void {
    this.#structure.forget();
    this.touch();
  }

  /** What has this key in the quarantine is tried again with the next commit. */
  retry(key: string): void {
    if (key === ALL_KEY) this.compareAll();
    else this.#isRetryDue = true;
    if (this.#structure.hasTooManyLevels) this.touch();
  }

  /** Is this the key of something in this part? */
  owns(key: string): boolean {
    return key === ALL_KEY || key.startsWith(NODE_PREFIX) || key.startsWith(ZONE_PREFIX);
  }

  /** Writes what is due; the caller commits. An error of ours keeps back only this part. */
  write(writer: PictureWriter): KeptBack | null {
    try {
      if (this.#isRetryDue) this.#structure.retry(writer);
      this.#isRetryDue = false;
      if (this.#isDue) this.#writeAll(writer);
      this.#isComplete ||= this.#isDue;
      this.#isBroken &&= !this.#isComplete;
      return null;
    } catch (error) {
      if (error instanceof OperationalError) throw error;
      this.#isBroken = true;
      return { key: ALL_KEY, error };
    } finally {
      // After a failure it waits for the quarantine, or for the next change.
      this.#isDue = false;
    }
  }

  writeHost(writer: PictureWriter, host: string, content: HostContent | null): void {
    this.#structure.writeHost(writer, host, content);
  }

  /** The zones and nodes that are not in the picture as they should be. */
  get refusals(): readonly KeptBack[] {
    const zones = this.#tooMany.map((origin) => ({
      key: `${ZONE_PREFIX}${formatName(origin)}`,
      error: new RangeError(TOO_MANY_ZONES),
    }));
    const nodes = [...this.#structure.refused].map(([key, error]) => ({
      key: `${NODE_PREFIX}${formatName(nameOfKey(key))}`,
      error,
    }));
    return [...zones, ...nodes];
  }

  /** Names that may be missing in the picture, with all that is below them; null = any may be. */
  get missing(): readonly Name[] | null {
    return this.#isBroken ? null : [...this.#tooMany, ...[...this.#structure.refused.keys()].map(nameOfKey)];
  }

  /** What was written is in the picture now. */
  committed(): void {
    if (this.#written !== null) this.#geography = this.#written;
    this.#written = null;
  }

  #writeAll(writer: PictureWriter): void {
    const { federation, federations } = this.#options;
    const { retained } = this.#zones;
    const zones = this.#admitZones();
    const members = federation.members.map(({ index, locality, past }) => ({
      index,
      places: locality.places,
      past,
    }));
    const zoneIds = this.#zoneIds;
    const levelIds = this.#levelIds;
    const ladders = this.#structure.write(writer, {
      zones,
      retained,
      federations,
      hostSuffixes: this.#hostSuffixes,
      members,
      zoneIds,
      levelIds,
    });
    this.#levelIds.retain(ladders);
    writer.putClusters(memoryRecord(federation, federations));
    if (this.#geography !== null) this.#written = writeGeography(writer, this.#geography, federation.members);
  }

  /** The zones that have a number or can get one: those of the picture first, then those of federations. */
  #admitZones(): readonly Zone[] {
    const { zones, retained } = this.#zones;
    const numbers = this.#zoneIds;
    numbers.retain(new Set([...zones.map(({ origin }) => origin), ...retained].map(keyOfName)));
    const fresh = zones.filter(({ origin }) => !numbers.has(origin));
    if (fresh.length <= numbers.free) {
      this.#tooMany = [];
      return zones;
    }
    const isFederated = ({ origin }: Zone): boolean =>
      this.#options.federations.some(({ domain }) => sameName(domain, origin));
    const ranked = [...fresh.filter(isFederated), ...fresh.filter((zone) => !isFederated(zone))];
    const tooMany = new Set(ranked.slice(numbers.free));
    this.#tooMany = [...tooMany].map(({ origin }) => origin);
    return zones.filter((zone) => !tooMany.has(zone));
  }
}
