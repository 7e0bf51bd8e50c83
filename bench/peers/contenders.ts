/** The peers and the limit: how each is configured from the templates beside this file, started and counted. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Contender, type Running, type Site } from "../load/contender.ts";
import { freePort } from "../load/free-port.ts";
import { descendantsOf } from "../load/cpu.ts";
import type { Program } from "../load/programs.ts";
import { zoneName } from "../load/zone.ts";

type Peer = {
  readonly name: string;
  readonly programs: readonly [Program, ...Program[]];
  /** Template beside this file -> path inside the work directory. */
  readonly files: Readonly<Record<string, string>>;
  /** Directories that the server expects to find. */
  readonly folders: readonly string[];
  args(work: string): readonly string[];
};

const nsd: Peer = {
  name: "NSD",
  programs: [{ command: "nsd", debianPackage: "nsd" }],
  files: { "nsd.conf": "nsd.conf" },
  folders: [],
  args: (work) => ["-d", "-c", `${work}/nsd.conf`],
};

const knot: Peer = {
  name: "Knot",
  programs: [{ command: "knotd", debianPackage: "knot" }],
  files: { "knot.conf": "knot.conf" },
  folders: ["db"],
  args: (work) => ["-c", `${work}/knot.conf`],
};

const gdnsd: Peer = {
  name: "gdnsd",
  programs: [{ command: "gdnsd", debianPackage: "gdnsd" }],
  files: { "gdnsd.conf": "config" },
  folders: ["run", "state", "zones"],
  args: (work) => ["-c", work, "start"],
};

const powerdns: Peer = {
  name: "PowerDNS",
  // The second package has no program of its own; it is named so that both get installed.
  programs: [{ command: "pdns_server", debianPackage: "pdns-server pdns-backend-bind" }],
  files: { "pdns.conf": "pdns.conf", "pdns-zones.conf": "zones.conf" },
  folders: [],
  args: (work) => [`--config-dir=${work}`],
};

const bind: Peer = {
  name: "BIND",
  programs: [{ command: "named", debianPackage: "bind9" }],
  files: { "named.conf": "named.conf" },
  folders: [],
  args: (work) => ["-g", "-n", "1", "-c", `${work}/named.conf`],
};

/** The C loop that only echoes packets: the cost of kernel and loopback, the lower limit for every server. */
export const limit: Contender = {
  name: "limit",
  kind: "limit",
  programs: [{ command: "cc", debianPackage: "gcc" }],
  async start(site) {
    const source = join(import.meta.dirname, "echo.c");
    const directory = site.workDirectory;
    const build = { command: "cc", args: ["-O2", "-o", "echo", source], core: null, directory };
    await site.processes.run({ ...build, logPath: `${directory}/cc.log` }, AbortSignal.timeout(30_000));
    const port = await freePort();
    return launch(site, port, { command: `${directory}/echo`, args: [String(port)] });
  },
};

export const peerContenders: readonly Contender[] = [nsd, knot, gdnsd, powerdns, bind].map(contenderOf);

function contenderOf(peer: Peer): Contender {
  return {
    name: peer.name,
    kind: "peer",
    programs: peer.programs,
    async start(site) {
      const port = await freePort();
      const work = site.workDirectory;
      const words = { port: String(port), work, zones: site.zoneDirectory, zone: zoneName };
      for (const folder of peer.folders) mkdirSync(join(work, folder), { recursive: true });
      for (const [template, path] of Object.entries(peer.files)) {
        writeFileSync(
          join(work, path),
          renderTemplate(readFileSync(join(import.meta.dirname, template), "utf8"), words),
        );
      }
      // gdnsd reads zones only from beside its config.
      if (peer === gdnsd)
        writeFileSync(join(work, "zones", zoneName), readFileSync(join(site.zoneDirectory, zoneName)));
      return launch(site, port, { command: peer.programs[0].command, args: peer.args(work) });
    },
  };
}

/** Replaces every `{{word}}`; throws if one has no value, because a server would read it as a setting. */
export function renderTemplate(template: string, words: Readonly<Record<string, string>>): string {
  return template.replaceAll(/\{\{(\w+)\}\}/g, (_, word: string) => {
    const value = words[word];
    if (value === undefined) throw new Error(`a template asks for {{${word}}}, which has no value`);
    return value;
  });
}

function launch(site: Site, port: number, program: { command: string; args: readonly string[] }): Running {
  const directory = site.workDirectory;
  const logPath = join(directory, "output.log");
  const started = site.processes.start({ ...program, core: site.core, logPath, directory });
  return {
    port,
    pids: () => descendantsOf(started.pid),
    isRunning: started.isRunning,
    lastWords: started.lastWords,
    stop: started.stop,
  };
}
