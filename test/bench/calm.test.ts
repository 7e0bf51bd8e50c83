/** The `calm` and `memory` benches' pure parts: reports read, ratios round by round, objects as API servers write them. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Latency, readLatency } from "../../bench/calm/generator.ts";
import { calmGoals, calmTable, warningsOf, type Sample } from "../../bench/calm/goals.ts";
import { nodeText, pageText, serviceText, sliceText } from "../../bench/load/api-objects.ts";
import { readRollup } from "../../bench/memory/resident.ts";
import { projectNode } from "../../src/fleet/observe/project.ts";
import { projectSlice } from "../../src/fleet/sources/endpoint-slice.ts";
import { projectService as project } from "../../src/fleet/sources/service.ts";

const projectService = project({
  namespaces: [],
  externalIPs: true,
  balancerHostnames: "resolve",
  readsExternalDns: false,
  readsInternalHostnames: false,
});

const latency: Latency = {
  sent: 1_000,
  received: 1_000,
  strange: 0,
  perSecond: 10_000,
  p50: 20,
  p99: 100,
  p999: 200,
  highest: 300,
  latenessP99: 5,
};

function sample(server: "fedns" | "echo", round: number, p99: number, more: Partial<Sample> = {}): Sample {
  const base = { server, round, controlShare: 0.9, lists: 2, transport: "udp" } as const;
  return { ...base, latency: { ...latency, p99 }, ...more };
}

describe("readLatency", () => {
  it("reads what the generator prints, and no reply at all as no figure", () => {
    const text = JSON.stringify({ ...latency, received: 0, p50: -1, p99: -1, p999: -1, highest: -1 });
    const read = readLatency(`${text}\n`);
    assert.deepEqual([read.sent, read.received, read.p50, read.p99], [1_000, 0, null, null]);
  });

  it("refuses everything else", () => {
    assert.throws(() => readLatency(""), { code: "BENCH_LOAD_REPORT" });
    assert.throws(() => readLatency('{"sent":1}'), { code: "BENCH_LOAD_REPORT" });
  });
});

describe("the goals of calm", () => {
  it("compare fedns with the echo of the same round", () => {
    const samples = [
      sample("fedns", 0, 120),
      sample("echo", 0, 100),
      sample("fedns", 1, 5_000),
      sample("echo", 1, 5_000),
      sample("echo", 2, 100),
      sample("fedns", 2, 130),
    ];
    const [udp, tcp] = calmGoals(samples);
    assert.deepEqual([udp?.value, udp?.met], [1.2, true]);
    assert.deepEqual([tcp?.value, tcp?.met], [null, false]);
  });

  it("do not count a round in which the control plane was idle, and say so", () => {
    const samples = [sample("fedns", 0, 100, { controlShare: 0 }), sample("echo", 0, 100)];
    assert.equal(calmGoals(samples)[0]?.value, null);
    assert.match(warningsOf(samples).join(), /idle in 1 rounds/);
  });

  it("come with a table that counts what was lost", () => {
    const samples = [sample("fedns", 0, 100, { latency: { ...latency, received: 990 } })];
    const row = calmTable(samples).rows.find(([name]) => name === "fedns, UDP");
    assert.equal(row?.[6], "10");
    assert.match(warningsOf(samples).join(), /lost up to 1\.0 %/);
  });
});

describe("the API server's objects", () => {
  it("are understood by the observer, and as long as they should be", () => {
    const text = serviceText({ index: 70, version: 0, octets: 2_000 });
    assert.equal(text.length, 2_000);
    const service = projectService(JSON.parse(text));
    assert.equal(service?.key, "demo/s70");
    assert.deepEqual(service.value.ips, ["198.18.1.25", "198.18.1.26", "198.18.1.27"]);
    const slice = projectSlice(JSON.parse(sliceText(70)))?.value;
    assert.deepEqual([slice?.service, slice?.addressType, slice?.ready.length], ["demo/s70", "IPv4", 1]);
    const { place } = projectNode(JSON.parse(nodeText("us-west")))?.value ?? assert.fail();
    assert.deepEqual(place, { region: "us-west", zone: "a" });
  });

  it("have other addresses in another version", () => {
    const ipsOf = (version: number): unknown =>
      projectService(JSON.parse(serviceText({ index: 70, version, octets: 0 })))?.value.ips;
    assert.deepEqual(ipsOf(1), ["198.19.1.25", "198.19.1.26", "198.19.1.27"]);
  });

  it("come in pages that name the next one until the last", () => {
    const first = JSON.parse(pageText("Node", "7", "500", [nodeText("a"), nodeText("b")])) as {
      metadata: unknown;
      items: unknown[];
    };
    assert.deepEqual([first.metadata, first.items.length], [{ resourceVersion: "7", continue: "500" }, 2]);
    const last = JSON.parse(pageText("Node", "7", "", [])) as { metadata: unknown; items: unknown[] };
    assert.deepEqual([last.metadata, last.items], [{ resourceVersion: "7" }, []]);
  });
});

describe("readRollup", () => {
  it("reads the memory of a process in octets, and nothing from another file", () => {
    const text =
      "00-ff [rollup]\nRss: 3000 kB\nPss:   2000 kB\nPss_Anon: 1 kB\nPrivate_Clean: 100 kB\nPrivate_Dirty: 900 kB\n";
    assert.deepEqual(readRollup(text), { rss: 3_072_000, pss: 2_048_000, own: 1_024_000 });
    assert.equal(readRollup("Name: node\n"), null);
  });
});
