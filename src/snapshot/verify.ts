/** Is this a picture of ours, whole and sound? Asked before anything is served from a file found on disk. */
import { headerCheck } from "./create.ts";
import { kindOf, recordsOf, wordsOf } from "./decode.ts";
import { checkWords } from "./hash.ts";
import { arenaAt, FORMAT, Header, Kind, MAGIC_0, MAGIC_1, type Memory, RECORD_WORDS } from "./layout.ts";

/** The reason to refuse it, as the end of "the picture ... ", or null when it is sound. */
export function reasonToRefuse(memory: Memory): string | null {
  const { u32 } = memory;
  if (u32.length < 1024 || u32[Header.Magic0] !== MAGIC_0 || u32[Header.Magic1] !== MAGIC_1) {
    return "is not a fedns picture";
  }
  if (u32[Header.Format] !== FORMAT)
    return `has format ${u32[Header.Format]}; this fedns reads format ${FORMAT}`;
  if (u32[Header.Check] !== headerCheck(memory)) return "has a damaged header";
  if (u32[Header.Words] !== u32.length) return "was cut short";
  const arena = arenaAt(u32[Header.EndpointCapacity] as number);
  const end = u32[Header.ArenaEnd] as number;
  if (end < arena || end > u32.length) return "has a damaged arena";
  return reasonInTable(memory, Header.Nodes, end) ?? reasonInTable(memory, Header.Services, end);
}

/** `table` is the header word of the table's offset; mask, live and used follow it. */
function reasonInTable(memory: Memory, table: number, end: number): string | null {
  const { u32 } = memory;
  const slots = (u32[table + 1] as number) + 1;
  const at = u32[table] as number;
  const isPowerOfTwo = slots > 0 && (slots & (slots - 1)) === 0;
  if (!isPowerOfTwo || at + 2 * slots > end || (u32[table + 3] as number) >= slots)
    return "has a damaged table";
  let live = 0;
  for (const record of recordsOf(memory, table)) {
    if (!isRecord(memory, record, end)) return `has a damaged record at word ${record}`;
    live++;
  }
  return live === u32[table + 2] ? null : "has lost records";
}

function isRecord(memory: Memory, at: number, end: number): boolean {
  if (at + RECORD_WORDS > end) return false;
  const words = wordsOf(memory, at);
  const kind = kindOf(memory, at);
  if (words <= RECORD_WORDS || at + words > end || kind < Kind.Node || kind > Kind.Namespace) return false;
  return memory.u32[at + 2] === checkWords(memory.u32, at, at + words, at + 2);
}
