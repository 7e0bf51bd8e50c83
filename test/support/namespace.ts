/**
 * A network namespace in which every address of 198.18.0.0/15 (RFC 2544) is local: members may not announce addresses of
 * 127.0.0.0/8, and a gateway must answer at the very address that is announced.
 */
import { execFile, spawnSync } from "node:child_process";
import { isInstalled, isRoot, type Run } from "./programs.ts";

/** With a process namespace, too: all processes inside end with the first one. */
const NAMESPACES = ["--net", "--pid", "--fork", "--kill-child", "--mount-proc"];
const UNSHARE = [...(isRoot ? [] : ["--map-root-user"]), ...NAMESPACES];
const COMMANDS = ["ip link set lo up", "ip route add local 198.18.0.0/15 dev lo"];

/** The reason why a test that needs a namespace cannot run here, or false. On a CI machine it runs, and fails. */
export function reasonToSkipNamespace(): string | false {
  if (process.env["CI"] === "true") return false;
  if (!isInstalled("unshare") || !isInstalled("ip"))
    return "needs unshare and ip; Debian has them in util-linux and iproute2";
  const script = COMMANDS.join(" && ");
  return spawnSync("unshare", [...UNSHARE, "sh", "-c", script], { env: environment() }).status === 0
    ? false
    : "a network namespace cannot be made: it takes root, or user namespaces for everybody";
}

/** Runs a file with Node in a namespace; on a time-out it and all its children are ended, with code -1. */
export function runInNamespace(
  file: string,
  env: Readonly<Record<string, string>>,
  timeoutMs: number,
): Promise<Run> {
  const script = `${COMMANDS.join(" && ")} && exec "$0" "$1"`;
  const settings = {
    timeout: timeoutMs,
    // It waits for its child and ignores weaker signals.
    killSignal: "SIGKILL",
    env: { ...environment(), ...env },
    maxBuffer: 1 << 24,
  } as const;
  return new Promise((resolve) => {
    execFile(
      "unshare",
      [...UNSHARE, "sh", "-c", script, process.execPath, file],
      settings,
      (error, out, err) => {
        const code = error === null ? 0 : typeof error.code === "number" ? error.code : -1;
        resolve({ code, out, err });
      },
    );
  });
}

function environment(): NodeJS.ProcessEnv {
  // Otherwise a test file inside would write in the format of the runner's children.
  const { NODE_TEST_CONTEXT: _, ...own } = process.env;
  return { ...own, PATH: `${own["PATH"] ?? ""}:/usr/sbin:/sbin` };
}
