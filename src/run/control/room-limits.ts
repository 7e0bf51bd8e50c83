/** How much control keeps of the objects of one member: by the settings, or else an equal part of half its heap. */
import { getHeapStatistics } from "node:v8";
import type { RoomLimits } from "../../fleet/watch/room.ts";
import type { Config } from "../config/config.ts";

const MIB: number = 1 << 20;
const KEPT_MIN_MIB = 8;
const KEPT_MAX_MIB = 256;
/** The other half is for what follows from the objects, and for pages that are being read. */
const KEPT_PART = 0.5;

/** `members`: how many there are. `heapOctets`: how large the heap may become. */
export function roomLimitsOf(
  { quota }: Pick<Config, "quota">,
  members: number,
  heapOctets: number = getHeapStatistics().heap_size_limit,
): RoomLimits {
  const equalMiB = Math.floor((KEPT_PART * heapOctets) / MIB / Math.max(1, members));
  const keptMiB = quota.keptMiB ?? Math.min(KEPT_MAX_MIB, Math.max(KEPT_MIN_MIB, equalMiB));
  return { objects: quota.objects, octets: keptMiB * MIB };
}
