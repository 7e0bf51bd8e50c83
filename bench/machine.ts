/** The machine, the commit and the day a measurement belongs to; no host name, no paths. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { cpus, release, totalmem } from "node:os";

export type Machine = {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryMiB: number;
  /** Linux version, without what the distributor appends. */
  readonly kernel: string;
  readonly node: string;
  /** Abbreviated hash; "+" after it means that files had changed since. Null outside a clone. */
  readonly commit: string | null;
  /** ISO day, UTC. */
  readonly date: string;
};

export function describeMachine(root: string, now: Date): Machine {
  return {
    cpu: cpus()[0]?.model.trim() ?? "unknown",
    cores: cpus().length,
    memoryMiB: Math.round(totalmem() / 2 ** 20),
    kernel: release().split("-")[0] ?? "unknown",
    node: process.versions.node,
    commit: commitOf(root),
    date: now.toISOString().slice(0, 10),
  };
}

function commitOf(root: string): string | null {
  try {
    const git = (...args: string[]): string =>
      execFileSync("git", args, { cwd: root, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
    const hash = git("rev-parse", "--short", "HEAD");
    // The record itself is about to change; only changes to what is measured make a commit unclean.
    const isChanged = git("status", "--porcelain", "--", "src", "bench", "zones", ":!bench/README.md") !== "";
    return isChanged ? `${hash}+` : hash;
  } catch {
    return null;
  }
}

/**
 * The cores to pin to: the first this process may use for the server, the second for the load generator, so that
 * neither steals from the other. A machine with one core runs both on it, and its figures say less.
 */
export function chooseCores(): { readonly server: number; readonly load: number } {
  const allowed = allowedCores();
  const server = allowed[0] ?? 0;
  return { server, load: allowed[1] ?? server };
}

function allowedCores(): readonly number[] {
  try {
    const list = /^Cpus_allowed_list:\s*(\S+)$/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1] ?? "0";
    return list.split(",").flatMap((range) => {
      const [first = 0, last = first] = range.split("-").map(Number);
      return Array.from({ length: last - first + 1 }, (_, index) => first + index);
    });
  } catch {
    return [0];
  }
}
