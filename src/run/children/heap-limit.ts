/**
 * How large the heap of a child may become, from what the container may use (cgroups). V8 then ends the child that reaches
 * it, and its supervisor starts it again; the kernel would end all processes of the container at once (memory.oom.group).
 *
 *     control      45 %    what is known of the members
 *     propagate    20 %    what is known of copies
 *     the rest             workers, the picture, the supervisor, buffers, the reader of the client database
 *
 * Without a limit, V8's own default is in force.
 */
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";

const SHARES = { control: 0.45, propagate: 0.2 } as const;
/** Less would not even start. */
const HEAP_MIN_MIB = 64;
const MIB: number = 1 << 20;
/** What version 1 says where there is no limit. */
const UNLIMITED_OCTETS: number = 2 ** 50;

type MemoryFiles = {
  /** Where cgroups are mounted. */
  readonly folder: string;
  /** The file that says in which group the process is. */
  readonly self: string;
};

const MEMORY_FILES: MemoryFiles = { folder: "/sys/fs/cgroup", self: "/proc/self/cgroup" };

/** Arguments for Node. */
export function heapArguments(
  child: keyof typeof SHARES,
  files: MemoryFiles = MEMORY_FILES,
): readonly string[] {
  const octets = memoryLimit(files);
  if (octets === null) return [];
  const mib = Math.max(HEAP_MIN_MIB, Math.floor((octets * SHARES[child]) / MIB));
  return [`--max-old-space-size=${mib}`];
}

/** In octets; null = there is no limit. */
export function memoryLimit({ folder, self }: MemoryFiles): number | null {
  const groups = textOf(self).split("\n");
  const limits = groups.flatMap((line) => {
    const [, controllers = "", path = ""] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
    if (controllers === "") return limitsAbove(folder, path, "memory.max");
    if (!controllers.split(",").includes("memory")) return [];
    return limitsAbove(join(folder, "memory"), path, "memory.limit_in_bytes");
  });
  return limits.length === 0 ? null : Math.min(...limits);
}

/** Of the group and those above it. Within a container its own group is at the top, whatever its path is. */
function limitsAbove(folder: string, path: string, name: string): readonly number[] {
  const limits: number[] = [];
  for (let group = join("/", path); ; group = dirname(group)) {
    const text = textOf(join(folder, group, name)).trim();
    const octets = /^\d+$/.test(text) ? Number(text) : UNLIMITED_OCTETS;
    if (octets > 0 && octets < UNLIMITED_OCTETS) limits.push(octets);
    if (group === "/") return limits;
  }
}

/** "" where there is no such file. */
function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
