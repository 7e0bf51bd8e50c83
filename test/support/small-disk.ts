/** A test file that runs with a small file system of its own: tmpfs in a mount namespace, gone with the last process in it. */
import { execFile, spawnSync } from "node:child_process";
import { isInstalled, isRoot, type Run } from "./programs.ts";

const UNSHARE = [...(isRoot ? [] : ["--map-root-user"]), "--mount", "--fork", "--kill-child"];

/** The reason why a test that needs a small disk cannot run here, or false. On a CI machine it runs, and fails. */
export function reasonToSkipSmallDisk(): string | false {
  if (process.env["CI"] === "true") return false;
  if (!isInstalled("unshare")) return "needs unshare; Debian has it in util-linux";
  const mount = "mount -t tmpfs -o size=1m tmpfs /mnt";
  return spawnSync("unshare", [...UNSHARE, "sh", "-c", mount]).status === 0
    ? false
    : "a file system cannot be mounted: it takes root, or user namespaces for everybody";
}

/** Runs a file with Node; DISK in its environment is `folder`, on which a tmpfs of `megabytes` lies. -1 is a time-out. */
export function runOnSmallDisk(file: string, folder: string, megabytes: number): Promise<Run> {
  const script = `mount -t tmpfs -o size=${megabytes}m tmpfs "$DISK" && exec "$0" "$1"`;
  // Otherwise the file would report in the format of the runner's children.
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const settings = {
    timeout: 100_000,
    killSignal: "SIGKILL",
    env: { ...env, DISK: folder },
    maxBuffer: 1 << 24,
  } as const;
  return new Promise((resolve) => {
    const args = [...UNSHARE, "sh", "-c", script, process.execPath, file];
    execFile("unshare", args, settings, (error, out, err) => {
      const code = error === null ? 0 : typeof error.code === "number" ? error.code : -1;
      resolve({ code, out, err });
    });
  });
}
