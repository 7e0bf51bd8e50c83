/** Short scheduler time slices for threads that answer: a waking thread with a short slice runs sooner (sched_setattr(2)). */
import { getPriority } from "node:os";
import { libc } from "./libc.ts";

const SYS_SCHED_SETATTR: Readonly<Partial<Record<NodeJS.Architecture, number>>> = { x64: 314, arm64: 274 };
/** struct sched_attr: size, policy, flags, nice, priority, runtime (nanoseconds), deadline, period. */
const ATTRIBUTES_OCTETS = 48;
const NICE_AT = 16;
const RUNTIME_AT = 24;
/** The shortest slice that Linux accepts; a batch of queries needs less. By default it is 3 ms, and so is the wait of a waking thread. */
const TIME_SLICE_NANOSECONDS = 100_000;

/**
 * For the calling thread. Linux 6.12 and later honour it; older kernels ignore it. The thread's share of the processor
 * stays the same, only its waiting time changes. Returns false when the request fails.
 */
export function requestShortTimeSlices(): boolean {
  const number = SYS_SCHED_SETATTR[process.arch];
  if (number === undefined) return false;
  const attributes = new Uint8Array(ATTRIBUTES_OCTETS);
  const view = new DataView(attributes.buffer);
  view.setUint32(0, ATTRIBUTES_OCTETS, true);
  // The call sets the nice value too: without this line it would become 0.
  view.setInt32(NICE_AT, getPriority(), true);
  view.setBigUint64(RUNTIME_AT, BigInt(TIME_SLICE_NANOSECONDS), true);
  return libc().syscall(number, 0, attributes, 0) === 0;
}
