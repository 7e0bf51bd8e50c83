/**
 * What answers in the `geo` bench: the bridge of the control process with the table of clients in this one, and a real
 * serve process, kept as the supervisor keeps it.
 *
 *   node --expose-gc bench/geo/host.ts PORT DIRECTORY SERVICES
 *
 * First it answers without a client table. Then the table is built as in control, or found in the directory. Once it is
 * in the picture, the file of figures is written. Memory is read just before and just after.
 */
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { systemClock } from "../../src/kernel/clock.ts";
import { BUILT_IN } from "../../src/traffic/locate/database.ts";
import type { ClientTable } from "../../src/traffic/locate/table.ts";
import { watchClients } from "../../src/traffic/locate/watch.ts";
import { geographyOf } from "../../src/traffic/plan/geography.ts";
import { buildBridge } from "../image/bridge.ts";
import { serviceName } from "../image/fleet.ts";
import { ask } from "../load/ask.ts";
import { descendantsOf, withCommandLine } from "../load/cpu.ts";
import { createDataPlane, serveUntilStopped } from "../load/data-plane.ts";
import { domain } from "../load/federation.ts";
import { residentOf } from "../memory/resident.ts";
import { figuresIn, halfKm, type HostFigures, type Residents, servingProcess } from "./figures.ts";
import { octetsByFamily } from "./prefixes.ts";

const [port = "0", directory = ".", services = "0"] = process.argv.slice(2);
const lookMs = 100;
const askTimeoutMs = 300;
const plane = createDataPlane(directory);
const { log } = plane;
const { bridge } = buildBridge(plane, { services: Number(services), records: 0 });
const { publisher } = bridge;

const stop = new AbortController();
process.on("SIGTERM", () => stop.abort());
serveUntilStopped(plane, Number(port));

const question = { name: serviceName(0, domain), transport: "udp", edns: false } as const;
while (((await ask(Number(port), question, askTimeoutMs))?.answers ?? 0) === 0) await delay(lookMs);
const before = residents();
const figures = { ...(await locate()), before, after: residents() };
writeFileSync(`${figuresIn(directory)}.new`, JSON.stringify(figures));
renameSync(`${figuresIn(directory)}.new`, figuresIn(directory));

/** The table in the picture, and the cost of building it. */
async function locate(): Promise<Omit<HostFigures, "before" | "after">> {
  const beganMs = performance.now();
  const { resolve, promise } = Promise.withResolvers<Omit<HostFigures, "before" | "after">>();
  let builderOctets = 0;
  const watch = setInterval(() => {
    for (const pid of withCommandLine(descendantsOf(process.pid), "locate/builder"))
      builderOctets = Math.max(builderOctets, highWaterOf(pid));
  }, lookMs);
  const onTable = (table: ClientTable): void => {
    if (table.source === "") return;
    clearInterval(watch);
    publisher.setGeography(geographyOf(table, halfKm));
    publisher.flush();
    const { words, classes, source, records, leavesV4, leavesV6 } = table;
    const octets = octetsByFamily(words);
    const buildSeconds = (performance.now() - beganMs) / 1_000;
    resolve({
      source,
      records,
      classes: classes.length,
      leavesV4,
      leavesV6,
      octets,
      buildSeconds,
      builderOctets,
    });
  };
  const mayBuild = Promise.resolve();
  const options = { networks: [], database: BUILT_IN, directory, clock: systemClock, log, onTable, mayBuild };
  void watchClients(options, stop.signal);
  return promise;
}

/** Nothing that could be collected is counted. */
function residents(): Residents {
  globalThis.gc?.();
  const serve = withCommandLine(descendantsOf(process.pid), servingProcess)[0];
  return { control: residentOf(process.pid), serve: serve === undefined ? null : residentOf(serve) };
}

/** The most a process has had in memory, in octets; 0 when it is gone. */
function highWaterOf(pid: number): number {
  try {
    const found = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
    return Number(found ?? 0) * 1_024;
  } catch {
    return 0;
  }
}
