/**
 * A thread that commits without a pause, to a picture in the memory that it is given. Commit i leads `a` to one of two
 * hosts by turns, gives that host the address 10.x.y.z with i in it, and takes the other host away.
 */
import { parentPort, workerData } from "node:worker_threads";
import { nameOf } from "../../src/dns/message/name.ts";
import { EQUAL_SHARES } from "../../src/picture/publish/traffic-planner.ts";
import { memoryOf } from "../../src/picture/format/memory.ts";
import { createPicture } from "../../src/picture/write/create.ts";
import { FakeClock } from "./fake-clock.ts";
import { parseBackend, parseFleet } from "./fleet.ts";
import { openPicture } from "./picture.ts";
import { publishFleet } from "./published.ts";
import { storeOf } from "./worker-context.ts";

const memory = memoryOf(workerData as SharedArrayBuffer);
createPicture(memory, { seed: 3, endpointCapacity: 2000 });
const { federation, publisher } = publishFleet(parseFleet("cluster west us-west/a"), {
  store: storeOf(openPicture(memory)),
  plannerFor: () => EQUAL_SHARES,
  clock: new FakeClock(),
});

function commit(i: number): void {
  const [now, before] = [`x${i % 2}.example.com`, `x${(i + 1) % 2}.example.com`];
  const cname = { type: 5, ttlSeconds: 60, rdatas: [nameOf(now)] };
  publisher.setHostRecords("a.example.com", [cname]);
  federation.setBackend("west", before, null);
  federation.setBackend("west", now, parseBackend(["ready=1", `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`]));
  publisher.flush();
}

commit(0);
parentPort?.postMessage("ready");
for (let i = 1; publisher.health.fullness.words < 0.5 && publisher.health.keptBack.count === 0; i++)
  commit(i);
