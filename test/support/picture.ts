/** Pictures in plain memory, and copies of them in the state that a crash would leave. */
import { nameOf } from "../../src/dns/message/name.ts";
import { createPicture } from "../../src/picture/write/create.ts";
import type { NodeContent } from "../../src/picture/content/content.ts";
import { Header } from "../../src/picture/format/layout.ts";
import { type Memory, memoryOf } from "../../src/picture/format/memory.ts";
import { NodeFlag } from "../../src/picture/format/node.ts";
import { PictureWriter } from "../../src/picture/write/writer.ts";

export type TestPicture = { readonly memory: Memory; writer: PictureWriter; passedSerial: () => number };

export function newPicture(
  options: { octets?: number; endpointCapacity?: number; seed?: number } = {},
): TestPicture {
  const memory = memoryOf(new ArrayBuffer(options.octets ?? 2 << 20));
  createPicture(memory, { seed: options.seed ?? 99, endpointCapacity: options.endpointCapacity ?? 2000 });
  return openPicture(memory);
}

/** A writer whose readers keep up with every commit, unless the test sets otherwise. */
export function openPicture(memory: Memory): TestPicture {
  const picture = {
    memory,
    passedSerial: (): number => memory.u32[Header.Serial] as number,
  } as TestPicture;
  picture.writer = new PictureWriter(memory, {
    passedSerial: () => picture.passedSerial(),
    reserve: () => undefined,
  });
  return picture;
}

/** The apex of a zone for names with a number in them: every node of a picture belongs to a zone. */
export function apexNode(name: string): NodeContent {
  const zone = Number(/\d+/.exec(name)?.[0] ?? 0);
  return { zone, name: nameOf(name), flags: NodeFlag.Apex, rrsets: [], level: null };
}

export function copyOf(memory: Memory): Memory {
  return memoryOf(memory.u8.slice().buffer);
}

/** Replays the words that a commit changes one by one, as a killed writer would have left them after each. */
export function* crashesOf(before: Memory, after: Memory): Generator<Memory> {
  const start = after.u32[Header.RedoStart] as number;
  const count = after.u32[Header.RedoCount] as number;
  const crashed = copyOf(after);
  // Restores what readers could see before the commit; records and the redo list were written before it began.
  for (let at = start; at < start + 2 * count; at += 2) {
    const word = after.u32[at] as number;
    crashed.u32[word] = before.u32[word] as number;
  }
  const serial = before.u32[Header.Serial] as number;
  crashed.u32[Header.Serial] = serial;
  yield copyOf(crashed);
  crashed.u32[Header.Serial] = serial | 1;
  yield copyOf(crashed);
  for (let at = start; at < start + 2 * count; at += 2) {
    crashed.u32[after.u32[at] as number] = after.u32[at + 1] as number;
    yield copyOf(crashed);
  }
}
