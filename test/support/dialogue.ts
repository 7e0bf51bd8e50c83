/**
 * Dialogues: a fleet, then questions with the answers they must get, in zone-file form.
 *
 *   (fleet lines, as fleet.ts has them)
 *   ---
 *   ? hello.demo.myfed.svc.example.com A [tcp] [edns[=OCTETS]] [class=CH] [ecs=NETWORK] [from=ADDRESS]
 *   - NOERROR aa rd [scope=N]                one block per possible answer: status, flags, scope of the client subnet, then
 *       hello... 30 A 192.0.2.1                the records of the answer section, of each RRset in a fixed order;
 *     authority                                a section's name stands before the records of the others
 *       example.com. 30 SOA ...
 *   ! down 192.0.2.1                         a change, as in worker-context.ts
 *   ! place west 37,-122                     the location of a cluster, or of clients: 198.18.0.0/16 37,-122; clients can
 *   ! place 198.18.0.0/16 west                 also be placed beside a cluster
 *   ! apply west                             objects of a cluster in YAML, in the lines that follow; `remove` deletes them
 *   | kind: Ingress
 *   ! file example.org                       a zone file, in the lines that follow; without lines it is taken away
 *   | @ SOA ns h 1 4h 1h 2w 5m
 *   ! resolve lb.example.net 192.0.2.1       the address of a load balancer's host name; also with ttl=SECONDS
 *   ? problems                               the problems with host names
 *
 * Where a cluster or an address is chosen at random, the blocks list all possible answers, and each must occur.
 */
import { createPeer, setPeerAddress } from "../../src/answer/terms/peer.ts";
import { parseNetwork } from "../../src/federation/members/address.ts";
import type { Coordinates } from "../../src/federation/members/distance.ts";
import { EQUAL_SHARES, type TrafficPlanner } from "../../src/picture/publish/traffic-planner.ts";
import { SHARE_FULL } from "../../src/traffic/orders/order.ts";
import type { Federation } from "../../src/federation/members/federation.ts";
import { PlanCache, type PlanCacheOptions } from "../../src/traffic/plan/plan-cache.ts";
import { declareIn } from "./declared.ts";
import { DialogueZones } from "./dialogue-zones.ts";
import { ask, change, type Front, openFront } from "./worker-context.ts";
import type { Message, Record } from "./decode.ts";
import { subnet } from "./query.ts";
import { place } from "./traffic.ts";

/** With so many draws, each of a few equal alternatives practically always occurs; the seed is fixed anyway. */
const DRAWS = 120;
const TYPES: { readonly [name: string]: number } = {
  A: 1,
  NS: 2,
  CNAME: 5,
  SOA: 6,
  PTR: 12,
  HINFO: 13,
  MX: 15,
  TXT: 16,
  AAAA: 28,
  SRV: 33,
  DNAME: 39,
  DS: 43,
  RRSIG: 46,
  HTTPS: 65,
  ANY: 255,
};
const RCODES = ["NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED"];

const PLANS: Omit<PlanCacheOptions, "federation"> = {
  defaults: { policy: "geo", weights: null, order: null, draws: 1, maxAnswers: 8, ttlSeconds: 30 },
  order: [],
  shareOf: () => SHARE_FULL,
};

/** The same dialogue with the answers of the current code. */
export function replay(text: string): string {
  const [fleet = "", script = ""] = text.split(/^---\n/m);
  const plannerFor = (federation: Federation): TrafficPlanner => {
    const plans = new PlanCache({ ...PLANS, federation });
    return { ...EQUAL_SHARES, planOf: (key) => plans.planOf(key) };
  };
  const front = openFront(fleet, 2 << 20, plannerFor);
  const declared = declareIn(front, fleet);
  const map: Map = { networks: {}, clusters: {} };
  const zones = new DialogueZones(front, fleet);
  const lines: string[] = [];
  const all = script.split("\n");
  for (const [i, line] of all.entries()) {
    if (/^(-| {2,})/.test(line)) continue;
    lines.push(line);
    const [, verb = "", cluster = ""] = /^! (apply|remove) (\S+)/.exec(line) ?? [];
    if (verb !== "") {
      const end = all.findIndex((other, at) => at > i && !other.startsWith("|"));
      const yaml = all.slice(i + 1, end).map((other) => other.slice(2));
      declared.apply(cluster, yaml.join("\n"), verb === "remove");
    } else if (line.startsWith("! file ")) {
      const end = all.findIndex((other, at) => at > i && !other.startsWith("|"));
      zones.put(
        line.slice(7),
        all.slice(i + 1, end).map((other) => other.slice(2)),
      );
    } else if (line.startsWith("! resolve ")) {
      const [hostname = "", ...addresses] = line.split(/\s+/).slice(2);
      declared.resolve(hostname, addresses);
    } else if (line === "? problems") lines.push(...declared.problems.map((problem) => `- ${problem}`));
    else if (line.startsWith("! place ")) locate(front, map, line.split(/\s+/).slice(2));
    else if (line.startsWith("!")) change(front, line.slice(1));
    if (line.startsWith("?") && line !== "? problems")
      lines.push(...answersTo(front, line.slice(1).trim().split(/\s+/)));
  }
  return `${fleet}---\n${lines.join("\n")}`;
}

type Map = {
  readonly networks: { [cidr: string]: Coordinates | string };
  readonly clusters: { [name: string]: Coordinates };
};

function locate(front: Front, { networks, clusters }: Map, [what = "", where = ""]: readonly string[]): void {
  const [latitude, longitude] = where.split(",").map(Number);
  const isPoint = latitude !== undefined && longitude !== undefined;
  if (what.includes("/")) networks[what] = isPoint ? { latitude, longitude } : where;
  else if (isPoint) clusters[what] = { latitude, longitude };
  place(front, networks, clusters);
}

/** ADDRESS/LENGTH as an option: octets beyond the length are omitted, as RFC 7871 §6 requires. */
function subnetOf(text: string): ReturnType<typeof subnet> {
  const network = parseNetwork(text);
  if (network === null) throw new Error(`what network is ${text}?`);
  const { family, bits } = network;
  const octets = bits.padEnd(Math.ceil(bits.length / 8) * 8, "0").match(/.{8}/g) ?? [];
  const hex = octets.map((octet) => Number.parseInt(octet, 2).toString(16).padStart(2, "0")).join("");
  return subnet(family === 4 ? 1 : 2, bits.length, hex);
}

function answersTo(front: Front, [name = "", type = "", ...options]: readonly string[]): string[] {
  const value = (key: string): string | undefined =>
    options.find((option) => option.startsWith(`${key}=`))?.slice(key.length + 1);
  const edns = options.find((option) => option.startsWith("edns"));
  const ecs = value("ecs");
  const from = createPeer(options.includes("tcp"));
  setPeerAddress(from, value("from") ?? "203.0.113.9");
  const asked = {
    name,
    type: TYPES[type] ?? Number(type.replace("TYPE", "")),
    class: options.includes("class=CH") ? 3 : options.includes("class=ANY") ? 255 : 1,
    ...(edns === undefined ? {} : { edns: { udpOctets: Number(edns.split("=")[1] ?? 1232) } }),
    ...(ecs === undefined ? {} : { edns: { options: [subnetOf(ecs)] } }),
  };
  // As worker-clock.ts keeps it.
  front.context.nowSeconds = Math.floor(front.clock.wallMs() / 1000) | 0;
  const seen = new Set<string>();
  for (let draw = 0; draw < DRAWS; draw++) seen.add(written(ask(front, asked, from)));
  return [...seen].sort();
}

function written(message: Message): string {
  const { aa, tc, rd, ra } = message;
  const flags = Object.entries({ aa, tc, rd, ra }).flatMap(([flag, isSet]) => (isSet ? [flag] : []));
  const errors = message.opt?.options.flatMap(({ code, hex }) =>
    code === 15 ? [`ede=${Number.parseInt(hex, 16)}`] : [],
  );
  const lines = [["-", RCODES[message.rcode] ?? message.rcode, ...flags, ...(errors ?? [])].join(" ")];
  if (message.opt !== null) lines[0] += " edns";
  const scope = message.opt?.options.find(({ code }) => code === 8)?.hex.slice(6, 8);
  if (scope !== undefined) lines[0] += ` scope=${Number.parseInt(scope, 16)}`;
  lines.push(...section(message.answer));
  if (message.authority.length > 0) lines.push("  authority", ...section(message.authority));
  if (message.additional.length > 0) lines.push("  additional", ...section(message.additional).sort());
  return lines.join("\n");
}

/** RRsets in the order they came (a chain has one), the records of each sorted. */
function section(records: readonly Record[]): string[] {
  const sets = new Map<string, string[]>();
  for (const { name, type, ttl, data } of records) {
    const typeName = Object.keys(TYPES).find((key) => TYPES[key] === type) ?? `TYPE${type}`;
    const shown = type === 6 ? data.replace(/ \d+/, " (serial)") : data;
    const key = `${name} ${typeName}`;
    sets.set(key, [...(sets.get(key) ?? []), `    ${name} ${ttl} ${typeName} ${shown}`]);
  }
  return [...sets.values()].flatMap((set) => set.sort());
}
