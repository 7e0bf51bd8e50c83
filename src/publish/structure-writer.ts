/**
 * Keeps the nodes of the picture equal to zones and ladders. The first time everything is compared with what an earlier
 * run has left; from then on only what the clusters can move, so that a joining cluster costs its levels and no zone.
 */
import { isAtOrBelow } from "../dns/name.ts";
import type { Memory } from "../snapshot/layout.ts";
import { Header } from "../snapshot/layout.ts";
import { nodeName, recordsOf } from "../snapshot/decode.ts";
import type { PictureWriter } from "../snapshot/writer.ts";
import { keyOfName } from "../zone/zone.ts";
import {
  ladderStructure,
  type Structure,
  type StructureInput,
  zoneStructure,
  zoneStructureAt,
} from "./structure.ts";

export class StructureWriter {
  /** The ladders that the picture holds; null = unknown, compare everything. */
  #ladders: ReadonlyMap<string, Structure> | null = null;

  /** The picture is another one, or not what we think: compare everything the next time. */
  forget(): void {
    this.#ladders = null;
  }

  /** Puts and removes nodes; the caller commits. Returns the keys of all nodes of the ladders. */
  write(writer: PictureWriter, input: StructureInput): ReadonlySet<string> {
    const known = this.#ladders;
    // Set again only when all is written: what throws in between leaves it unknown how far that came.
    this.#ladders = null;
    const ladders = ladderStructure(input);
    if (known === null) writeAll(writer, ladders, input);
    else writeMoved(writer, { from: known, to: ladders }, input);
    this.#ladders = ladders;
    return new Set(ladders.keys());
  }
}

function writeAll(
  writer: PictureWriter,
  ladders: ReadonlyMap<string, Structure>,
  input: StructureInput,
): void {
  for (const name of namesIn(writer.memory)) {
    if (ladders.has(keyOfName(name)) || zoneStructureAt(name, input) !== undefined) continue;
    if (!input.retained.some((origin) => isAtOrBelow(name, origin))) writer.removeNode(name);
  }
  for (const { node, origin } of zoneStructure(input)) {
    if (!ladders.has(keyOfName(node.name))) writer.putNode(node, origin);
  }
  for (const { node, origin } of ladders.values()) writer.putNode(node, origin);
}

function namesIn(memory: Memory) {
  return Array.from(recordsOf(memory, Header.Nodes), (at) => nodeName(memory, at));
}

type Move = {
  readonly from: ReadonlyMap<string, Structure>;
  readonly to: ReadonlyMap<string, Structure>;
};

function writeMoved(writer: PictureWriter, { from, to }: Move, input: StructureInput): void {
  for (const [key, { node }] of from) {
    if (to.has(key)) continue;
    const left = zoneStructureAt(node.name, input);
    if (left === undefined) writer.removeNode(node.name);
    else writer.putNode(left.node, left.origin);
  }
  for (const { node, origin } of to.values()) writer.putNode(node, origin);
}
