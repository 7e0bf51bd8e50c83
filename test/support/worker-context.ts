/** The whole way from a fleet to an answer in one process, without sockets: Federation, Publisher, picture, answer. */
import { answer } from "../../src/answer/answer.ts";
import { WorkerContext } from "../../src/answer/context/worker-context.ts";
import { createPeer, type Peer } from "../../src/answer/terms/peer.ts";
import { nameOf } from "../../src/dns/message/name.ts";
import type { RRset } from "../../src/dns/message/record.ts";
import { parseRdata } from "../../src/dns/rdata/parse.ts";
import { typeCode } from "../../src/dns/rdata/types.ts";
import { parseAddress } from "../../src/federation/members/address.ts";
import { sortPlaces } from "../../src/federation/members/cluster.ts";
import type { Federation } from "../../src/federation/members/federation.ts";
import { CachedUntil } from "../../src/picture/publish/cached-until.ts";
import type { Publisher } from "../../src/picture/publish/publisher.ts";
import { EQUAL_SHARES, type TrafficPlanner } from "../../src/picture/publish/traffic-planner.ts";
import type { PictureStore } from "../../src/picture/publish/picture-store.ts";
import { isPool, poolOf } from "../../src/picture/content/decode.ts";
import { setHealth as writeHealth } from "../../src/picture/format/in-place.ts";
import { recordsOf, SERVICES } from "../../src/picture/format/table.ts";
import { Picture } from "../../src/picture/format/picture.ts";
import { reasonToRefuse } from "../../src/picture/verify/verify.ts";
import type { RememberedPlaces } from "../../src/run/forget/remembered-places.ts";
import { decode, type Message } from "./decode.ts";
import { FakeClock } from "./fake-clock.ts";
import { type Fleet, parseBackend, parseFleet, parsePlace } from "./fleet.ts";
import { newPicture, openPicture, type TestPicture } from "./picture.ts";
import { publishFleet } from "./published.ts";
import { type Asked, encodeQuery } from "./query.ts";

/** A planner, or a function that creates one for the federation. */
type TestPlanner = TrafficPlanner | ((federation: Federation) => TrafficPlanner);

export type Front = {
  readonly clock: FakeClock;
  readonly picture: TestPicture;
  readonly federation: Federation;
  readonly places: RememberedPlaces;
  readonly publisher: Publisher;
  readonly context: WorkerContext;
};

/** `text` is in the form of parseFleet. Returns when everything is published. */
export function openFront(
  text: string,
  octets: number = 2 << 20,
  planner: TestPlanner = EQUAL_SHARES,
): Front {
  return frontOf(parseFleet(text), octets, planner);
}

function frontOf(fleet: Fleet, octets: number, planner: TestPlanner): Front {
  const clock = new FakeClock();
  const picture = newPicture({ octets, endpointCapacity: 10_000 });
  const plannerFor = typeof planner === "function" ? planner : (): TrafficPlanner => planner;
  const published = publishFleet(fleet, { store: storeOf(picture), plannerFor, clock });
  return {
    clock,
    picture,
    ...published,
    context: new WorkerContext(new Picture(picture.memory), { seed: 7 }),
  };
}

/** Until when caches may hold what was answered of this fleet; it has one federation at most. */
export function cachedUntilIn({ picture, federation }: Front): CachedUntil {
  const federations = [{ id: 0, name: "", domain: nameOf(".") }];
  return new CachedUntil({ store: storeOf(picture), federation, federations });
}

/** A PictureStore without a file; it cannot compact. */
export function storeOf(picture: TestPicture): PictureStore {
  const store = {
    memory: picture.memory,
    settle: () => undefined,
    announce: () => undefined,
    get writer() {
      return picture.writer;
    },
    tidy: () => undefined,
    makeRoom: () => false,
    reopen: () => {
      picture.writer = openPicture(picture.memory).writer;
    },
    compact: () => {
      throw new Error("no room");
    },
  };
  return store as unknown as PictureStore;
}

const response = new Uint8Array(70_000);

/** The octets that come back; none = silence. Octets around request and response must not matter. `from`: is it a stream, or who asks. */
export function askBytes(
  front: Pick<Front, "context">,
  request: Uint8Array,
  from: boolean | Peer = false,
): Uint8Array {
  const padded = new Uint8Array(request.length + 64).fill(0xc0);
  padded.set(request, 32);
  response.fill(0x5a, 0, 2000);
  const exchange = {
    request: padded,
    requestAt: 32,
    octets: request.length,
    octetsMax: 65_536,
    response,
    responseAt: 2,
  };
  const octets = answer(front.context, exchange, typeof from === "boolean" ? createPeer(from) : from);
  return response.slice(2, 2 + octets);
}

export function ask(front: Pick<Front, "context">, asked: Asked, from: boolean | Peer = false): Message {
  return decode(askBytes(front, encodeQuery(asked), from));
}

/** Sets the health of every endpoint with this address. Throws when there is none. */
export function setHealth(front: Front, text: string, health: number): void {
  const address = parseAddress(text);
  const { memory } = front.picture;
  let found = 0;
  for (const at of recordsOf(memory.u32, SERVICES)) {
    if (!isPool(memory, at)) continue;
    for (const { firstEndpoint, ipv4, ipv6 } of poolOf(memory, at).members) {
      [...ipv4, ...ipv6].forEach((one, i) => {
        if (one !== address?.value) return;
        writeHealth(memory, firstEndpoint + i, health);
        found++;
      });
    }
  }
  if (found === 0) throw new Error(`no endpoint has the address ${text}`);
}

/** `TYPE DATA`, with a TTL of 60; an empty text stands for no records. */
function recordsFrom([type, ...data]: readonly string[]): RRset[] {
  if (type === undefined) return [];
  const code = typeCode(type) ?? 0;
  const rdata = parseRdata(code, data.join(" "), nameOf("."));
  if (typeof rdata === "string") throw new Error(rdata);
  return [{ type: code, ttlSeconds: 60, rdatas: [rdata] }];
}

/** One change as a line: `put CLUSTER NS/NAME ready=N ADDRESS...`, `delete CLUSTER NS/NAME`, also with a host in the place of NS/NAME, `record HOST TYPE DATA`, `move CLUSTER PLACE...`, `forget PLACE`, `wait SECONDS`, `leave CLUSTER`, `join CLUSTER`, `down ADDRESS`, `up ADDRESS`, `synced`, `read CLUSTER`. */
export function change(front: Front, line: string): void {
  const [word = "", name = "", ...rest] = line.trim().split(/\s+/);
  const { federation, publisher } = front;
  if (word === "put") federation.setBackend(name, rest[0] as string, parseBackend(rest.slice(1)));
  else if (word === "delete") federation.setBackend(name, rest[0] as string, null);
  else if (word === "record") publisher.setHostRecords(name, recordsFrom(rest));
  else if (word === "leave") federation.leave(name);
  else if (word === "join") federation.join(name);
  else if (word === "move")
    federation.setLocality(name, {
      places: sortPlaces(rest.flatMap(parsePlace)),
      latitude: null,
      longitude: null,
    });
  else if (word === "forget") {
    const order = { what: "place", place: name, isDryRun: false, by: "test", reason: null } as const;
    const { ok, text } = front.places.obey(order);
    if (!ok) throw new Error(text);
  } else if (word === "wait") {
    front.clock.advance(Number(name) * 1000);
    front.places.refresh();
  } else if (word === "down" || word === "up") setHealth(front, name, word === "up" ? 255 : 0);
  else if (word === "synced") publisher.complete();
  else if (word === "read") publisher.read(name);
  else throw new Error(`what is "${word}"?`);
  publisher.flush();
  const reason = reasonToRefuse(front.picture.memory);
  if (reason !== null) throw new Error(`after "${line}" the picture ${reason}`);
}
