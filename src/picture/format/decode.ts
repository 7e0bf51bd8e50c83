/** From the words of a record back to values: for the writer, for restarts, and for those who show what the picture holds. */
import { toHex } from "../../dns/message/hex.ts";
import type { Name } from "../../dns/message/name.ts";
import type { RRset } from "../../dns/message/record.ts";
import { u16 } from "../../dns/message/wire.ts";
import type { MemberContent, PoolContent, PoolPlan, PoolPort } from "./encode.ts";
import {
  Kind,
  MEMBER_WORDS,
  type Memory,
  NODE_WORDS,
  POOL_ALIASES,
  POOL_PORTS_WORD,
  POOL_WORDS,
  RECORD_WORDS,
  wordsFor,
} from "./layout.ts";

export function kindOf(memory: Memory, at: number): number {
  return (memory.u32[at] as number) >>> 24;
}

export function wordsOf(memory: Memory, at: number): number {
  return (memory.u32[at] as number) & 0xff_ffff;
}

export function nodeFlags(memory: Memory, at: number): number {
  return (memory.u32[at + 4] as number) >>> 16;
}

/** The name of a node. */
export function nodeName(memory: Memory, at: number): Name {
  const from = (at + RECORD_WORDS + 3) * 4;
  return memory.u8.slice(from, from + (((memory.u32[at + 3] as number) >>> 8) & 255)) as Name;
}

/** The RRsets of a node (no level) of the zone `origin`, names whole again. */
export function nodeRRsets({ u8, u32 }: Memory, at: number, origin: Name): RRset[] {
  const rrsets: RRset[] = [];
  let word = at + NODE_WORDS + wordsFor(((u32[at + 3] as number) >>> 8) & 255);
  for (let left = (u32[at + 4] as number) & 0xffff; left > 0; left--) {
    const head = u32[word] as number;
    const rdatas: Uint8Array[] = [];
    let ttlSeconds = 0;
    let record = word + 2;
    for (let count = head & 0xffff; count > 0; count--) {
      const [octets, pointers] = [(u32[record] as number) >>> 16, (u32[record] as number) & 0xffff];
      const places = [(u32[record + 1] as number) >>> 16, (u32[record + 1] as number) & 0xffff];
      const wire = u8.subarray((record + 2) * 4, (record + 2) * 4 + octets);
      ttlSeconds = new DataView(wire.buffer, wire.byteOffset).getUint32(6);
      rdatas.push(whole(wire, places.slice(0, pointers), origin));
      record += 2 + wordsFor(octets);
    }
    rrsets.push({ type: head >>> 16, ttlSeconds, rdatas });
    word += 2 + (u32[word + 1] as number);
  }
  return rrsets;
}

/** RDATA of a record on the wire, with `origin` in the place of each pointer. */
function whole(wire: Uint8Array, pointers: readonly number[], origin: Name): Uint8Array {
  const parts: Uint8Array[] = [];
  let from = 12;
  for (const pointer of pointers) {
    parts.push(wire.slice(from, pointer), origin);
    from = pointer + 2;
  }
  return Uint8Array.from([...parts, wire.slice(from)].flatMap((part) => [...part]));
}

/** The key of a pool (POOL_WORDS in) or namespace (NAMESPACE_WORDS in). */
export function keyOf(memory: Memory, at: number, keyAt: number): Uint8Array {
  const from = (at + keyAt) * 4;
  return memory.u8.slice(from, from + (((memory.u32[at + 3] as number) >>> 8) & 255));
}

/** The labels of a key as text: [service, namespace] of a pool, [namespace] of a namespace. */
export function keyLabels(key: Uint8Array): string[] {
  const labels: string[] = [];
  for (let at = 0; at < key.length; at += (key[at] as number) + 1) {
    labels.push(new TextDecoder("latin1").decode(key.subarray(at + 1, at + 1 + (key[at] as number))));
  }
  return labels;
}

export function poolOf(memory: Memory, at: number): PoolContent {
  const { u32 } = memory;
  const head = u32[at + 3] as number;
  const key = keyOf(memory, at, POOL_WORDS);
  const members: MemberContent[] = [];
  let member = at + POOL_WORDS + wordsFor(key.length);
  for (let i = 0; i < (head & 255); i++, member += MEMBER_WORDS) members.push(memberOf(memory, at, member));
  const entries = portsOf(memory, at);
  const isAliased = ((u32[at + 5] as number) & POOL_ALIASES) !== 0;
  const aliases = entries.map((entry) => ({ cluster: entry.port, labels: entry.key }));
  const rest = isAliased ? { ports: [], aliases } : { ports: entries, aliases: [] };
  return { federation: head >>> 16, key, plan: planOf(memory, at), members, ...rest };
}

function portsOf({ u8, u32 }: Memory, pool: number): PoolPort[] {
  const head = u32[pool + POOL_PORTS_WORD] as number;
  const ports: PoolPort[] = [];
  let at = pool + (head >>> 8);
  for (let left = head & 255; left > 0; left--) {
    const octets = (u32[at] as number) & 0xffff;
    ports.push({
      key: u8.slice((at + 1) * 4, (at + 1) * 4 + octets),
      port: (u32[at] as number) >>> 16,
    });
    at += 1 + wordsFor(octets);
  }
  return ports;
}

function planOf({ u32 }: Memory, at: number): PoolPlan {
  const word = u32[at + 5] as number;
  return {
    policy: word & 255,
    draws: (word >>> 16) & 255,
    answersMax: (word >>> 8) & 255,
    ttlSeconds: u32[at + 4] as number,
  };
}

function memberOf(memory: Memory, pool: number, at: number): MemberContent {
  const { u32, u8 } = memory;
  const counts = u32[at + 4] as number;
  const from = (pool + (u32[at + 5] as number)) * 4;
  const from6 = from + 4 * (counts >>> 16);
  return {
    cluster: (u32[at] as number) & 255,
    tier: ((u32[at] as number) >>> 8) & 255,
    weight: (u32[at] as number) >>> 16,
    readyEndpoints: u32[at + 1] as number,
    wantedEndpoints: (u32[at + 2] as number) >>> 16,
    firstEndpoint: u32[at + 3] as number,
    ipv4: Array.from(
      { length: counts >>> 16 },
      (_, i) => u16(u8, from + 4 * i) * 0x1_0000 + u16(u8, from + 4 * i + 2),
    ),
    ipv6: Array.from({ length: counts & 0xffff }, (_, i) =>
      toHex(u8.subarray(from6 + 16 * i, from6 + 16 * i + 16)),
    ),
    since: u32[at + 6] as number,
  };
}

export function jsonOf(memory: Memory, at: number): unknown {
  const octets = memory.u32[at + 3] as number;
  return JSON.parse(new TextDecoder().decode(memory.u8.slice((at + 4) * 4, (at + 4) * 4 + octets)));
}

/** Offsets of all live records of a table: Header.Nodes or Header.Services. */
export function* recordsOf(memory: Memory, table: number): Generator<number> {
  const { u32 } = memory;
  const at = u32[table] as number;
  const slots = (u32[table + 1] as number) + 1;
  for (let slot = 0; slot < slots; slot++) {
    const record = u32[at + 2 * slot + 1] as number;
    if (record > 1) yield record;
  }
}

export function isPool(memory: Memory, at: number): boolean {
  return kindOf(memory, at) === Kind.Pool;
}
