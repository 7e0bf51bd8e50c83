/** A real kubectl as a test subject, with its cache and configuration in a temporary directory. */
import { execFile, spawn, spawnSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ApiServer } from "../../src/sandbox/api-server.ts";
import { until } from "../support/until.ts";

export type Run = { readonly code: number; readonly out: string };

export type Kubectl = {
  /** Runs to the end; `out` is standard output and error together. `editor` is the editor of `kubectl edit`. */
  run(args: readonly string[], input?: string, editor?: string): Promise<Run>;
  /** Runs until it is stopped; `lines` grows meanwhile. */
  follow(args: readonly string[]): { readonly lines: readonly string[]; stop(): Promise<void> };
  close(): Promise<void>;
};

/** The minor version (32 of 1.32) of a kubectl; undefined where it cannot be started. */
export function minorVersion(program: string): number | undefined {
  if (program === "") return undefined;
  const { stdout, status } = spawnSync(program, ["version", "--client", "-o", "json"], { encoding: "utf8" });
  if (status !== 0) return undefined;
  const { clientVersion } = JSON.parse(stdout) as { readonly clientVersion?: { readonly minor?: string } };
  return Number.parseInt(clientVersion?.minor ?? "", 10);
}

export async function openKubectl(program: string, server: ApiServer): Promise<Kubectl> {
  const directory = await mkdtemp(join(tmpdir(), "fedns-kubectl-"));
  const config = join(directory, "config");
  await writeFile(config, server.kubeconfig(), { mode: 0o600 });
  const always = ["--kubeconfig", config, "--cache-dir", join(directory, "cache")];
  const env = { PATH: process.env["PATH"] ?? "", HOME: directory, TERM: "dumb" };
  return {
    run: (args, input, editor = "false") =>
      new Promise((resolve) => {
        const child = execFile(
          program,
          [...always, ...args],
          { env: { ...env, KUBE_EDITOR: editor }, timeout: 60_000 },
          (error, stdout, stderr) => {
            resolve({ code: error === null ? 0 : Number(error.code ?? 1), out: stdout + stderr });
          },
        );
        child.stdin?.end(input);
      }),
    follow(args) {
      const child = spawn(program, [...always, ...args], { env });
      const lines: string[] = [];
      let rest = "";
      child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
        const parts = (rest + chunk).split("\n");
        rest = parts.pop() ?? "";
        lines.push(...parts);
      });
      return {
        lines,
        async stop() {
          child.kill();
          await until("kubectl ends", () => child.exitCode !== null || child.signalCode !== null);
        },
      };
    },
    close: () => rm(directory, { recursive: true }),
  };
}
