/** fedns as a contender: how it is started, and which of its processes answers. */
import { join } from "node:path";
import { type Contender } from "./load/contender.ts";
import { freePort } from "./load/free-port.ts";
import { descendantsOf, withCommandLine } from "./load/cpu.ts";

/** Words in the command line of the process that answers. The other processes are idle and not counted. */
const answeringProcess = "serve/child";
const program = join(import.meta.dirname, "fedns-host.ts");

export const fedns: Contender = {
  name: "fedns",
  kind: "fedns",
  programs: [],
  async start(site) {
    const port = await freePort();
    const directory = site.workDirectory;
    const started = site.processes.start({
      command: process.execPath,
      args: [program, String(port), directory],
      core: site.core,
      logPath: join(directory, "output.log"),
      directory,
    });
    return {
      port,
      pids: () => withCommandLine(descendantsOf(started.pid), answeringProcess),
      isRunning: started.isRunning,
      lastWords: started.lastWords,
      stop: started.stop,
      federatedQueries: join(directory, "federated.txt"),
    };
  },
};
