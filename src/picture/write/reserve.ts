/**
 * Which words of a picture need room on the disk, region by region. The file is sparse, and health, times and the arena lie
 * far apart: a small federation takes a few MB. A region grows before anything in the new part can be seen: readers write
 * the times of the endpoints that they can see.
 */
import {
  arenaAt,
  cachedUntilAt,
  freshUntilAt,
  Header,
  HEALTH_AT_OCTETS,
  reasonsAt,
} from "../format/layout.ts";
import type { Memory } from "../format/memory.ts";

/** Makes sure that these words can be written. */
export type Reserve = (startWord: number, endWord: number) => void;

type ReservableFile = { readonly mapping: { reserve(start: number, end: number): void } };

/** The file's own, which counts octets. */
export function reserveIn({ mapping }: ReservableFile): Reserve {
  return (startWord, endWord) => {
    mapping.reserve(startWord * 4, endWord * 4);
  };
}

/** For pictures in plain memory. */
export const NOTHING_TO_RESERVE: Reserve = () => undefined;

/** Header, zones and levels. */
export function reserveHead(reserve: Reserve): void {
  reserve(0, HEALTH_AT_OCTETS >>> 2);
}

/** All that is kept of the endpoints `from` to `end`. */
export function reserveEndpoints(reserve: Reserve, capacity: number, from: number, end: number): void {
  if (from >= end) return;
  const health = HEALTH_AT_OCTETS >>> 2;
  reserve(health + (from >>> 2), health + ((end + 3) >>> 2));
  reserve(cachedUntilAt(capacity) + from, cachedUntilAt(capacity) + end);
  reserve(reasonsAt(capacity) + 2 * from, reasonsAt(capacity) + 2 * end);
  reserve(freshUntilAt(capacity) + from, freshUntilAt(capacity) + end);
}

/** Those that a picture uses already; also a file that was copied may have holes. Its header must be one of ours. */
export function reserveUsed({ u32 }: Memory, reserve: Reserve): void {
  const capacity = u32[Header.EndpointCapacity] as number;
  reserveHead(reserve);
  reserveEndpoints(reserve, capacity, 0, Math.min(u32[Header.EndpointsEnd] as number, capacity));
  reserve(arenaAt(capacity), u32[Header.ArenaEnd] as number);
}
