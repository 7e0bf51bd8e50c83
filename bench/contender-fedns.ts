/** fedns as a contender: its config, its process, and which of its processes answers. The one place that knows how it starts. */
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { OperationalError } from "../src/error.ts";
import { type Contender, freePort } from "./load/contender.ts";
import { descendantsOf, withCommandLine } from "./load/cpu.ts";
import { zoneName } from "./load/zone.ts";

/** The words in the command line of the process that answers; supervisor and control plane are not counted. */
const answeringProcess = "serve/child";
const program = join(import.meta.dirname, "..", "src", "cli", "fedns.ts");

export const fedns: Contender = {
  name: "fedns",
  kind: "fedns",
  programs: [],
  async start(site) {
    if (!existsSync(program)) {
      throw new OperationalError("BENCH_PROGRAM_MISSING", "src/cli/fedns.ts is not there yet");
    }
    const port = await freePort();
    const directory = site.workDirectory;
    const config = join(directory, "fedns.yaml");
    writeFileSync(config, fednsConfig({ port, zoneFile: join(site.zoneDirectory, zoneName), directory }));
    const started = site.processes.start({
      command: process.execPath,
      args: [program, "serve", "--config", config],
      core: site.core,
      logPath: join(directory, "output.log"),
      directory,
    });
    const federatedQueries = writeFederatedQueries(directory);
    return {
      port,
      pids: () => withCommandLine(descendantsOf(started.pid), answeringProcess),
      isRunning: started.isRunning,
      lastWords: started.lastWords,
      stop: started.stop,
      ...(federatedQueries === null ? {} : { federatedQueries }),
    };
  },
};

type Place = { readonly port: number; readonly zoneFile: string; readonly directory: string };

/**
 * The settings of the run: shipped defaults, apart from where it listens, what it serves and where it keeps state. One
 * UDP worker, like everyone's, also on machines with more cores; no drain, since nobody is asking when it is stopped.
 */
export function fednsConfig({ port, zoneFile, directory }: Place): string {
  return [
    "federations: [{ name: bench, domain: federation.example }]",
    "nameservers: [{ name: ns1.federation.example, addresses: [127.0.0.1] }]",
    `listen: [{ address: 127.0.0.1, port: ${port} }]`,
    "admin: { address: 127.0.0.1, port: 0 }",
    `stateDirectory: ${JSON.stringify(directory)}`,
    "serve: { workers: 1, drainSeconds: 0 }",
    `zones: [{ name: ${zoneName}, file: ${JSON.stringify(zoneFile)} }]`,
    "",
  ].join("\n");
}

/** The query file of scenario (a); null until there is a picture with federated names to ask for. */
function writeFederatedQueries(_directory: string): string | null {
  return null;
}
