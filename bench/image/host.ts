/**
 * The server of the `image` bench: the bridge of the control process runs here, and a real serve process answers from
 * the picture, started as the supervisor starts it.
 *
 *   node bench/image/host.ts PORT DIRECTORY SERVICES RECORDS
 *
 * It builds the picture, starts serve, and then obeys commands (commands.ts) until SIGTERM.
 */
import { statSync } from "node:fs";
import { NO_ANNOTATIONS } from "../../src/federation/members/backend.ts";
import { createServer } from "node:http";
import { json } from "node:stream/consumers";
import { setImmediate } from "node:timers/promises";
import { messageOf } from "../../src/kernel/error.ts";
import { header, Header } from "../../src/picture/format/layout.ts";
import { createDataPlane, serveUntilStopped } from "../load/data-plane.ts";
import { buildBridge } from "./bridge.ts";
import { type Command, type Commands, socketIn } from "./commands.ts";
import { addressesOf, clusters, serviceKeyText, zoneLabel } from "./fleet.ts";
import { measureLookups } from "./lookups.ts";

const [port = "0", directory = ".", services = "0", records = "0"] = process.argv.slice(2);
const blockOctets = 512;
const plane = createDataPlane(directory);
const { bridge, times } = buildBridge(plane, { services: Number(services), records: Number(records) });
const { store, federation, publisher } = bridge;

const handlers: { readonly [C in Command]: (told: Commands[C]["told"]) => Promise<Commands[C]["answer"]> } = {
  figures: () =>
    Promise.resolve({
      ...times,
      liveOctets: store.writer.liveWords * 4,
      fileOctets: statSync(plane.picturePath).blocks * blockOctets,
      residentOctets: process.memoryUsage.rss(),
    }),
  change: ({ service, version }) => {
    const ipv4 = addressesOf(0, service, version);
    const beganNanoseconds = String(process.hrtime.bigint());
    federation.setBackend(clusters[0], serviceKeyText(service), {
      readyEndpoints: ipv4.length,
      wantedEndpoints: ipv4.length,
      annotations: NO_ANNOTATIONS,
      ipv4,
      ipv6: [],
    });
    return Promise.resolve({ beganNanoseconds });
  },
  join: async ({ count }) => {
    const names = Array.from({ length: count }, (_, i) => `joiner-${i}`);
    const timesMs: number[] = [];
    for (const name of names) timesMs.push(await joinOne(name));
    for (const name of names) federation.leave(name);
    publisher.flush();
    return { timesMs };
  },
  lookups: ({ names, seconds }) =>
    Promise.resolve({ perSecond: measureLookups(store.memory, names, seconds) }),
  compact: () => {
    const beganMs = performance.now();
    store.compact();
    return Promise.resolve({ ms: performance.now() - beganMs });
  },
};

/** From the first mention of the cluster to its levels in the committed picture, as timers measure it. */
async function joinOne(name: string): Promise<number> {
  const before = header(store.memory.u32, Header.Serial);
  const beganMs = performance.now();
  federation.join(name);
  const places = [{ region: name, zone: zoneLabel }];
  federation.setLocality(name, { places, latitude: null, longitude: null });
  while (store.memory.u32[Header.Serial] === before) await setImmediate();
  return performance.now() - beganMs;
}

serveUntilStopped(plane, Number(port));

createServer((incoming, outgoing) => {
  const handle = handlers[(incoming.url ?? "").slice(1) as Command] as (told: unknown) => Promise<unknown>;
  json(incoming)
    .then(handle)
    .then(
      (answer) => outgoing.end(JSON.stringify(answer)),
      (error: unknown) => outgoing.writeHead(500).end(messageOf(error)),
    );
}).listen(socketIn(directory));
