/** Run by no-garbage.test.ts with --trace-gc: warms up, says "warm", answers many queries, says "done". Arguments: kind, count. */
import { writeSync } from "node:fs";
import { answer } from "../../../src/answer/answer.ts";
import { Counter } from "../../../src/answer/terms/counter.ts";
import { EQUAL_SHARES } from "../../../src/picture/publish/traffic-planner.ts";
import { POLICIES } from "../../../src/federation/policy/policies.ts";
import { ask, change, openFront } from "../../support/worker-context.ts";
import { encodeQuery, subnet } from "../../support/query.ts";
import { place, plannerOf } from "../../support/traffic.ts";
import { onTerms, optionOf, SECRET } from "../../support/terms.ts";
import { FLEET, HELLO, WIDE } from "./data-plane.ts";

const SLOT = 512;

const [kind, count] = process.argv.slice(2);
/** Three policies take turns with the services, and where clients are matters. */
const plans = [POLICIES.geo.number, POLICIES.nearest.number, POLICIES.failover.number].map((policy) =>
  plannerOf({
    plan: { policy },
    placements: { "us-west": { tier: 1 } },
    capacity: { "us-west": 9, "eu-central": 9 },
  }),
);
let turn = 0;
const front = openFront(FLEET, 2 << 20, {
  ...EQUAL_SHARES,
  planOf: (key) => (plans[turn++ % plans.length] ?? EQUAL_SHARES).planOf(key),
});
change(front, "put eu-central demo/hello ready=3 192.0.2.9 2001:db8:2::1");
const berlin = { latitude: 52.5, longitude: 13.4 };
place(
  front,
  { "198.51.100.0/24": berlin, "0.0.0.0/8": "us-west" },
  { "us-west": berlin, "eu-central": { latitude: 0, longitude: 0 } },
);
// As a server is configured by default, with one address asking so much that the rate limit is at work.
const strict = onTerms(front, {
  identity: { nsid: "ns1", version: "fedns", hostname: null, id: null },
  cookieSecrets: [SECRET],
  rateLimit: { responsesPerSecond: 100_000, slip: 2, exempt: ["198.51.100.0/24"] },
  maxAmplification: 4,
  minimalResponses: false,
  allowQuery: ["0.0.0.0/0"],
});
const { context } = kind === "strict" ? strict : front;
/** Made by SECRET for 0.0.0.0 at second 0. */
const cookie = optionOf(
  ask(
    { context: strict.context },
    { name: HELLO, type: 1, edns: { options: [{ code: 10, hex: "00".repeat(8) }] } },
  ),
  10,
);
const cookies = [{ code: 10, hex: cookie ?? "" }];
const queries = [
  { name: HELLO, type: 1 },
  { name: HELLO, type: 28, edns: { flags: 0x8000 } },
  { name: HELLO, type: 1, edns: { options: [subnet(1, 24, "c63364")] } },
  { name: HELLO.replace("svc", "svc.a.eu-central"), type: 1, edns: {} },
  { name: WIDE, type: 1 },
  { name: WIDE, type: 1, edns: {} },
  { name: "nobody.example.com", type: 1 },
  { name: "svc.example.com", type: 1 },
  { name: "example.com", type: 6 },
  { name: "example.net", type: 1 },
  { name: HELLO, type: 255 },
  { name: HELLO, type: 1, edns: { version: 1 } },
  { name: HELLO, type: 1, counts: [2, 0, 0, 0] as const },
  { name: HELLO, type: 1, flags: 0x8000 },
  { name: HELLO, type: 1, edns: { options: [{ code: 3, hex: "" }] } },
  { name: WIDE, type: 1, edns: { udpOctets: 1232, options: cookies } },
  { name: "version.bind", type: 16, class: 3 },
].map(encodeQuery);
const request = new Uint8Array(queries.length * SLOT + 8);
queries.forEach((bytes, i) => request.set(bytes, i * SLOT));
const octets = Uint16Array.from(queries, (bytes) => bytes.length);
const exchange = {
  request,
  requestAt: 0,
  octets: 0,
  octetsMax: 65_536,
  response: new Uint8Array(66_000),
  responseAt: 2,
};
const address = { view: new DataView(new ArrayBuffer(32)), at: 0, octets: 4 };
const peer: Parameters<typeof answer>[2] = { isStream: kind === "stream", ...address };
let kept: unknown = null;

function askAll(count: number): void {
  for (let i = 0; i < count; i++) {
    const which = i % queries.length;
    exchange.requestAt = which * SLOT;
    exchange.octets = octets[which] as number;
    context.nowMs[0] = (context.nowMs[0] ?? 0) + 0.004;
    answer(context, exchange, peer);
    if (kind === "leaky") kept = { i, kept: null };
  }
}

askAll(300_000);
writeSync(1, "warm\n");
askAll(Number(count));
writeSync(1, "done\n");
const { CookieGood, RateSlipped, RateDropped, Facts } = Counter;
const isAtWork = [CookieGood, RateSlipped, RateDropped, Facts].every(
  (slot) => (context.counters[slot] ?? 0) > 0,
);
if (isAtWork !== (kind === "strict")) process.exitCode = 1;
if (kept === 1) process.exitCode = 1;
