/** The `failover` bench's own parts: the fleet, goals that are computed, and the client that finds the first other answer. */
import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { describe, it } from "node:test";
import { Asker } from "../../bench/failover/asker.ts";
import { addressOf, clusters, configText, octetsOf, serviceManifest } from "../../bench/failover/fleet.ts";
import { failoverGoals, failoverTable, type Measured, probeBoundMs } from "../../bench/failover/goals.ts";
import { parseConfig } from "../../src/run/config/file.ts";
import { parseProbe } from "../../src/traffic/health/probe-annotations.ts";

const steady = (value: number): number[] => Array.from({ length: 100 }, () => value);
const good: Measured = {
  events: [...steady(5), 240],
  probes: { refuse: steady(1_500), swallow: steady(2_100) },
};
const met = (measured: Measured | null): boolean[] => failoverGoals(measured).map((goal) => goal.met);

describe("the fleet of failover", () => {
  it("gives every event, and every gateway of the first cluster, an address of its own", () => {
    const all = [0, 1, 249, 250, 599].flatMap((i) => [
      addressOf("probe", 0, i),
      ...clusters.map((_, cluster) => addressOf("event", cluster, i)),
    ]);
    assert.equal(new Set(all).size, all.length);
    for (const address of all) assert.match(address, /^198\.1[89]\.\d{1,3}\.\d{1,3}$/);
    assert.equal(addressOf("probe", 1, 3), addressOf("probe", 1, 4));
  });

  it("has valid settings and annotations", () => {
    const verdict = parseConfig(configText({ port: 1053, adminPort: 9353 }), "/tmp/fedns.yaml");
    assert.equal(verdict.kind, "config", JSON.stringify(verdict));
    const { annotations } = serviceManifest("probe", 0, 7).metadata;
    const { spec, problems } = parseProbe(annotations as Readonly<Record<string, string>>);
    assert.deepEqual(problems, []);
    const { intervalMs = 0, fall = 0 } = spec?.timing ?? {};
    assert.equal(intervalMs * fall + 250, probeBoundMs);
  });
});

describe("the goals of failover", () => {
  it("are met where nearly all times are within their bounds", () => {
    assert.deepEqual(met(good), [true, true, true]);
  });

  it("are missed by a slow p99, and by an address that never left", () => {
    assert.deepEqual(met({ ...good, events: steady(250) }), [false, true, true]);
    const [refuse, swallow] = [[...steady(1_500), null, null], steady(probeBoundMs)];
    assert.deepEqual(met({ ...good, probes: { refuse, swallow } }), [true, false, false]);
  });

  it("have no value and are not met where nothing was measured", () => {
    assert.deepEqual(met(null), [false, false, false]);
    assert.deepEqual(
      failoverGoals(null).map(({ value }) => value),
      [null, null, null],
    );
    assert.equal(failoverTable(null).rows.length, 3);
  });
});

describe("the client", () => {
  it("accepts the first answer without the address, ignores errors, and gives up in the end", async (t) => {
    const [wanted, other] = [octetsOf("198.18.0.1"), octetsOf("198.18.201.1")];
    // As servers answer: with it, with an error, with nothing at all, without it.
    const replies = [
      [0, 1, wanted],
      [2, 0, Buffer.alloc(0)],
      [0, 0, Buffer.alloc(0)],
      [0, 1, other],
    ] as const;
    let asked = 0;
    const server = createSocket("udp4").on("message", (query, from) => {
      const [rcode, answers, octets] = replies[Math.min(asked++, 3)] ?? replies[3];
      const header = Buffer.from([query[0] ?? 0, query[1] ?? 0, 0x80, rcode, 0, 1, 0, answers, 0, 0, 0, 0]);
      server.send(Buffer.concat([header, octets]), from.port, from.address);
    });
    server.bind(0, "127.0.0.1");
    await once(server, "listening");
    const asker = await Asker.open(server.address().port);
    t.after(() => {
      asker.close();
      server.close();
    });
    const awaited = { name: "a.example", octets: wanted, restMs: 1, patienceMs: 4_000 };
    assert.ok((await asker.first({ ...awaited, isThere: false })) < Infinity);
    assert.equal(asked, 4);
    assert.equal(await asker.first({ ...awaited, isThere: true, patienceMs: 20 }), Infinity);
  });
});
