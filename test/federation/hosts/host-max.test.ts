/** Many objects of one host: what they have together is bounded and told, and the work grows with their number alone. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { FirstSights } from "../../../src/federation/sights/first-sights.ts";
import type { HostDeclaration } from "../../../src/federation/hosts/declaration.ts";
import { HOST_MAX } from "../../../src/federation/hosts/host-answer.ts";
import { backendOf } from "../../../src/fleet/observe/backend.ts";
import { NO_ANNOTATIONS } from "../../../src/federation/members/backend.ts";
import { declaration, open, put, type Rig } from "./claim-rig.ts";
import { problemText } from "./claim-text.ts";

const HOST = "shop.example.com";
const TXT = 16;

/** An Ingress with an address, a Service and a record of its own; `touch` hears of each look at it. */
function object(i: number, touch: () => void = () => undefined): HostDeclaration {
  const one = declaration(
    `Ingress shop/web${i} 2026-01-01 ${HOST} 10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`,
  );
  const rdata = Uint8Array.of(4, i >> 24, (i >> 16) & 255, (i >> 8) & 255, i & 255);
  const claims = one.claims.map((claim) => ({
    ...claim,
    services: [`shop/s${i}`],
    rrsets: [{ type: TXT, ttlSeconds: 60, rdatas: [rdata] }],
  }));
  const annotations = { createdAt: "", values: { [`fedns.io/x${i}`]: "1" } };
  return counting({ ...one, claims: claims.map((claim) => counting(claim, touch)), annotations }, touch);
}

function counting<T extends object>(target: T, touch: () => void): T {
  const get = (from: T, key: string | symbol): unknown => {
    touch();
    return Reflect.get(from, key);
  };
  return new Proxy(target, { get });
}

describe("a host of many objects", () => {
  it("has so many addresses, Services and records in one cluster, those of the first objects; the others are told", () => {
    const rig = open();
    for (let i = 0; i < HOST_MAX.addresses + 100; i++) put(rig, "west", object(i));
    put(rig, "east", object(7));
    const { perCluster, rrsets } = rig.index.answerOf(HOST) ?? { rrsets: [] };
    const west = perCluster?.get("west");
    assert.equal(
      west?.targets.filter((one) => one.kind === "addresses" && one.addresses.length > 0).length,
      HOST_MAX.addresses,
    );
    assert.equal(west?.services?.length, HOST_MAX.services);
    assert.equal(perCluster?.get("east")?.targets.length, 1);
    assert.equal(rrsets[0]?.rdatas.length, HOST_MAX.records + 1, "and one of the other cluster");
    const told = problemText(rig.index, HOST);
    assert.equal(told.filter((line) => line.startsWith("too many, west")).length, 32);
    assert.match(
      told.join(),
      /a name has at most 1000 addresses and 1000 Services in one cluster.+balancer of its own/,
    );
    assert.match(told.join(), /a name has at most 250 records/);
    assert.equal([...rig.index.warnings()].length, told.length, "each is an Event on its object");
  });

  it("has no more octets of records than a message", () => {
    const rig = open();
    for (let i = 0; i < 10; i++) {
      const one = declaration(`Ingress shop/r${i} 2026-01-01 ${HOST} TXT=x`);
      const rrsets = [{ type: TXT, ttlSeconds: 60, rdatas: [new Uint8Array(9_000).fill(i)] }];
      put(rig, "west", { ...one, claims: one.claims.map((claim) => ({ ...claim, rrsets })) });
    }
    assert.equal(rig.index.answerOf(HOST)?.rrsets[0]?.rdatas.length, 6);
  });

  it("is decided in steps that grow with their number, not with its square", () => {
    const work = (count: number): { readonly all: number; readonly one: number; readonly gone: number } => {
      let touched = 0;
      const touch = (): void => void touched++;
      const rig = open();
      const since = (from: number): number => touched - from;
      for (let i = 0; i < count; i++) put(rig, "west", object(i, touch));
      rig.index.answerOf(HOST);
      const all = since(0);
      const before = touched;
      put(rig, "west", object(count, touch));
      rig.index.answerOf(HOST);
      const one = since(before);
      const atEnd = touched;
      for (let i = 0; i <= count; i++) rig.index.set("west", `Ingress shop/web${i}`, null);
      rig.index.answerOf(HOST);
      rig.index.servicesBehindHosts("west");
      return { all, one, gone: since(atEnd) };
    };
    const [some, more] = [work(500), work(2000)];
    // Four times as many, and the logarithm of a sort.
    for (const key of ["all", "one", "gone"] as const)
      assert.ok(more[key] <= 5.5 * some[key], `${key}: ${some[key]}, ${more[key]}`);
    assert.ok(more.one < more.all, "one change costs less than all");
  });

  it("costs nothing that grows when others come and go elsewhere", () => {
    let touched = 0;
    const rig: Rig = open();
    for (let i = 0; i < 500; i++)
      put(
        rig,
        "west",
        object(i, () => void touched++),
      );
    rig.index.answerOf(HOST);
    touched = 0;
    put(rig, "east", declaration("Ingress blog/web 2026-01-01 blog.example.com 192.0.2.1"));
    rig.index.answerOf("blog.example.com");
    assert.equal(touched, 0);
  });

  it("is remembered once for each namespace, however many objects there are", () => {
    const sights = new FirstSights({ saved: null, wallMs: () => 0 });
    for (let i = 0; i < 1000; i++) sights.see({ cluster: "west", namespace: "shop", host: HOST }, i);
    assert.equal(sights.size, 1);
  });
});

it("the addresses of a host are counted after names of balancers have been looked up", () => {
  const texts = Array.from({ length: 1200 }, (_, i) => `198.${18 + (i >> 8)}.${i & 255}.1`);
  const counts = { readyEndpoints: 1, wantedEndpoints: 1 };
  const { backend, refusals } = backendOf(
    [...texts, ...texts, "2001:4860::1"],
    counts,
    NO_ANNOTATIONS,
    { allow: [], deny: [] },
    HOST_MAX.addresses,
  );
  assert.equal(backend.ipv4.length + backend.ipv6.length, HOST_MAX.addresses);
  assert.deepEqual(
    backend.ipv4,
    [...backend.ipv4].sort((a, b) => a - b),
  );
  assert.equal(new Set(backend.ipv4).size, HOST_MAX.addresses);
  assert.deepEqual(refusals, [
    { address: "201 of them", reason: "a host has at most 1000 addresses in one cluster" },
  ]);
});
