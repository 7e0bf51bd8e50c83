/** Short turns on the processor for threads that answer: who asks for little at a time is let in at once (sched_setattr(2)). */
import { getPriority } from "node:os";
import { libc } from "./libc.ts";

const SYS_SCHED_SETATTR: Readonly<Partial<Record<NodeJS.Architecture, number>>> = { x64: 314, arm64: 274 };
/** struct sched_attr: size, policy, flags, nice, priority, runtime (nanoseconds), deadline, period. */
const ATTRIBUTES_OCTETS = 48;
const NICE_AT = 16;
const RUNTIME_AT = 24;
/** The least Linux takes; a batch of queries needs less. Its own choice of 3 ms is how long a waking thread may have to wait. */
const TURN_NANOSECONDS = 100_000;

/**
 * For the calling thread, from Linux 6.12 on; others take no notice. Its part of the processor stays the same: only
 * when its turn comes changes. False where it cannot be asked for.
 */
export function requestShortTimeSlices(): boolean {
  const number = SYS_SCHED_SETATTR[process.arch];
  if (number === undefined) return false;
  const attributes = new Uint8Array(ATTRIBUTES_OCTETS);
  const view = new DataView(attributes.buffer);
  view.setUint32(0, ATTRIBUTES_OCTETS, true);
  // What is not said again is set to nothing.
  view.setInt32(NICE_AT, getPriority(), true);
  view.setBigUint64(RUNTIME_AT, BigInt(TURN_NANOSECONDS), true);
  return libc().syscall(number, 0, attributes, 0) === 0;
}
