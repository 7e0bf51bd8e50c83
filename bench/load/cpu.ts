/** How much CPU time a server has used: all threads of all its processes, in nanoseconds, as the scheduler counts. */
import { readFileSync, readdirSync } from "node:fs";
import koffi from "koffi";

/** The low bits of a clock id that select all threads of a process, as the scheduler counts (Linux, CPUCLOCK_SCHED). */
const processClock = 2;
const clockGettime = koffi.load("libc.so.6").func("int clock_gettime(int clock, void *time)");
/** Seconds and nanoseconds. */
const timespec = new BigInt64Array(2);

/** `pid` and all processes below it that are alive now. */
export function descendantsOf(pid: number): readonly number[] {
  const childrenOf = new Map<number, number[]>();
  for (const entry of readdirSync("/proc")) {
    if (!/^\d+$/.test(entry)) continue;
    const parent = parentOf(entry);
    if (parent === null) continue;
    const siblings = childrenOf.get(parent);
    if (siblings === undefined) childrenOf.set(parent, [Number(entry)]);
    else siblings.push(Number(entry));
  }
  const family = [pid];
  for (const member of family) family.push(...(childrenOf.get(member) ?? []));
  return family;
}

/** The processes among `pids` whose command line contains `words`. */
export function withCommandLine(pids: readonly number[], words: string): readonly number[] {
  return pids.filter((pid) => (read(`/proc/${pid}/cmdline`) ?? "").replaceAll("\0", " ").includes(words));
}

/**
 * CPU time of the processes since they started, user and system, in nanoseconds. It is read from each process's own
 * clock: /proc has it too, but in steps of 10 ms (stat), or without the threads that ended (schedstat), and PowerDNS
 * ends one with each TCP connection.
 */
export function cpuNanoseconds(pids: readonly number[]): number {
  let total = 0;
  for (const pid of pids) {
    // The clock of another process, as clock_getcpuclockid(3) numbers it. One that is gone counts nothing.
    const clock = (~pid << 3) | processClock;
    if (clockGettime(clock, timespec) === 0) total += Number(timespec[0]) * 1e9 + Number(timespec[1]);
  }
  return total;
}

function parentOf(pid: string): number | null {
  const fields = fieldsAfterName(read(`/proc/${pid}/stat`));
  return fields === null ? null : Number(fields[1]);
}

/** The name of a process may hold spaces and parentheses, so fields are counted after its last ")". */
function fieldsAfterName(stat: string | null): readonly string[] | null {
  return stat === null ? null : stat.slice(stat.lastIndexOf(")") + 2).split(" ");
}

/** A process may be gone between the listing and the reading: then there is nothing to read. */
function read(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return null;
  }
}
