/**
 * Keeps the nodes of the picture equal to zones, ladders and hosts. The first time everything is compared with what an
 * earlier run has left; from then on only what the clusters can move, so that a joining cluster costs its levels and no
 * zone, and a host its own name and those above it.
 */
import { isAtOrBelow, type Name } from "../../dns/message/name.ts";
import { nodeName } from "../content/decode.ts";
import { OperationalError } from "../../kernel/error.ts";
import { LEVELS_MAX } from "../format/layout.ts";
import { NodeFlag } from "../format/node.ts";
import type { Memory } from "../format/memory.ts";
import { NODES, recordsOf } from "../format/table.ts";
import type { PictureWriter } from "../write/writer.ts";
import { keyOfName, nameOfKey, parentKey } from "../../dns/zone/zone.ts";
import { type HostContent, HostNodes } from "./host-nodes.ts";
import type { KeyedName, Structure, StructureInput, Surroundings } from "./node-plan.ts";
import { ladderStructure, surroundingsOf, zoneStructure, zoneStructureAt } from "./structure.ts";

type Ladders = ReadonlyMap<string, Structure>;

const TOO_MANY_LEVELS = `there are more levels than the picture has numbers (${LEVELS_MAX}): clusters are in too many regions and zones; give them region and zones in the settings`;

export class StructureWriter {
  readonly #hosts: HostNodes = new HostNodes();
  /** What the picture holds of ladders, and what it was made from; null = unknown, compare everything. */
  #written: { readonly ladders: Ladders; readonly input: StructureInput } | null = null;

  /** The last surroundings that were worked out. */
  #around: {
    readonly input: StructureInput;
    readonly parent: string;
    readonly what: Surroundings | undefined;
  } | null = null;

  readonly #refused: Map<string, Error> = new Map();
  /** Levels for which there is no number left. */
  #tooMany: readonly Name[] = [];

  /** `hosts`: those of the picture. */
  constructor(hosts: ReadonlyMap<string, HostContent>) {
    for (const [host, content] of hosts) this.#hosts.set(host, content);
  }

  /** The picture is another one, or not what we think: compare everything the next time. */
  forget(): void {
    this.#written = null;
  }

  /** The keys of the nodes that could not be put, and why. The others are not kept back by them. */
  get refused(): ReadonlyMap<string, Error> {
    if (this.#tooMany.length === 0) return this.#refused;
    const levels = this.#tooMany.map((name) => [keyOfName(name), new RangeError(TOO_MANY_LEVELS)] as const);
    return new Map([...this.#refused, ...levels]);
  }

  /** Levels wait for numbers that others may have given back. */
  get hasTooManyLevels(): boolean {
    return this.#tooMany.length > 0;
  }

  /** Puts again what could not be put. */
  retry(writer: PictureWriter): void {
    if (this.#written === null) return;
    const { ladders, input } = this.#written;
    for (const key of this.#refused.keys()) {
      const name = nameOfKey(key);
      this.#settle(writer, name, this.#at({ name, key }, ladders, input));
    }
  }

  /** Puts and removes nodes; the caller commits. Returns the keys of all nodes of the ladders. */
  write(writer: PictureWriter, input: StructureInput): ReadonlySet<string> {
    const known = this.#written;
    // Set again only when all is written: what throws in between leaves it unknown how far that came.
    this.#written = null;
    const { nodes: ladders, tooMany } = ladderStructure(input);
    this.#tooMany = tooMany;
    if (known === null) this.#refused.clear();
    if (known === null) this.#writeAll(writer, ladders, input);
    else this.#writeMoved(writer, { from: known.ladders, to: ladders }, input);
    this.#written = { ladders, input };
    return new Set(ladders.keys());
  }

  /** A host has come, changed, or gone (null). Where everything is to be compared anyway, it goes with the rest. */
  writeHost(writer: PictureWriter, host: string, content: HostContent | null): void {
    const keys = this.#hosts.set(host, content);
    if (this.#written === null) return;
    const { ladders, input } = this.#written;
    for (const key of keys) {
      const name = nameOfKey(key);
      this.#settle(writer, name, this.#at({ name, key }, ladders, input));
    }
  }

  #at(name: KeyedName, ladders: Ladders, input: StructureInput): Structure | undefined {
    return this.#withHost(name, ladders.get(name.key) ?? zoneStructureAt(name, input), input);
  }

  #withHost(name: KeyedName, known: Structure | undefined, input: StructureInput): Structure | undefined {
    return this.#hosts.at(name, known, () => this.#surroundings(name, input));
  }

  /** Cached: siblings are written one after another. */
  #surroundings({ name, key }: KeyedName, input: StructureInput): Surroundings | undefined {
    const parent = parentKey(key);
    if (this.#around?.input !== input || this.#around.parent !== parent)
      this.#around = { input, parent, what: surroundingsOf(name, input) };
    return this.#around.what;
  }

  #settle(writer: PictureWriter, name: Name, structure: Structure | undefined): void {
    try {
      if (structure === undefined) writer.removeNode(name);
      else putNode(writer, structure);
      if (this.#refused.size > 0) this.#refused.delete(keyOfName(name));
    } catch (error) {
      // A full disk says nothing about this node.
      if (!(error instanceof Error) || error instanceof OperationalError) throw error;
      this.#refused.set(keyOfName(name), error);
    }
  }

  #writeAll(writer: PictureWriter, ladders: Ladders, input: StructureInput): void {
    for (const name of namesIn(writer.memory)) {
      if (this.#at(keyed(name), ladders, input) !== undefined) continue;
      if (!input.retained.some((origin) => isAtOrBelow(name, origin))) writer.removeNode(name);
    }
    const put = (structure: Structure): void =>
      this.#settle(writer, structure.node.name, this.#withHost(keyed(structure.node.name), structure, input));
    for (const structure of zoneStructure(input))
      if (!ladders.has(keyOfName(structure.node.name))) put(structure);
    for (const structure of ladders.values()) put(structure);
    for (const key of this.#hosts.keys) {
      const structure = this.#at({ name: nameOfKey(key), key }, ladders, input);
      if (structure !== undefined) this.#settle(writer, structure.node.name, structure);
    }
  }

  #writeMoved(
    writer: PictureWriter,
    { from, to }: { readonly from: Ladders; readonly to: Ladders },
    input: StructureInput,
  ): void {
    for (const [key, { node }] of from)
      if (!to.has(key)) this.#settle(writer, node.name, this.#at({ name: node.name, key }, to, input));
    for (const [key, { node }] of to)
      this.#settle(writer, node.name, this.#at({ name: node.name, key }, to, input));
  }
}

/** A node leads to the apex of its zone, a level to the one above it: without them, it is not put either. */
function putNode(writer: PictureWriter, { node, origin }: Structure): void {
  const parent = node.level?.parent ?? null;
  const isApex = (node.flags & NodeFlag.Apex) !== 0;
  if (!isApex && !writer.hasZone(node.zone)) throw new Error("the top of its zone is not published");
  if (parent !== null && !writer.hasLevel(parent)) throw new Error("the level above it is not published");
  writer.putNode(node, origin);
}

function keyed(name: Name): KeyedName {
  return { name, key: keyOfName(name) };
}

function namesIn(memory: Memory): Name[] {
  return Array.from(recordsOf(memory.u32, NODES), (at) => nodeName(memory, at));
}
