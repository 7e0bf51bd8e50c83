/** What `npm run bench` prints and writes: the JSON object, the page, and the answers to a wrong command line. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { describe, it } from "node:test";
import { chooseCores, describeMachine } from "../../bench/machine.ts";
import { readOptions } from "../../bench/options.ts";
import { type Finished, jsonReport, renderPage, renderSection } from "../../bench/record.ts";
import { benches } from "../../bench/registry.ts";

const machine = {
  cpu: "Some CPU",
  cores: 2,
  memoryMiB: 4096,
  kernel: "6.1.0",
  node: "24.0.0",
  commit: "abc1234",
  date: "2026-01-02",
} as const;

describe("the registry", () => {
  it("names each bench once, in one word, with a claim", () => {
    const names = benches.map((bench) => bench.name);
    assert.ok(names.includes("peers"));
    assert.equal(new Set(names).size, names.length);
    for (const bench of benches) {
      assert.match(bench.name, /^[a-z]+$/);
      assert.ok(bench.claim.length > 20);
    }
  });
});

describe("readOptions", () => {
  it("runs all benches without a name, and keeps the registry's order with names", () => {
    assert.deepEqual(readOptions([], ["peers", "image"]), {
      names: ["peers", "image"],
      isJson: false,
      isQuick: false,
      isRecorded: false,
      isList: false,
    });
    const some = readOptions(["image", "peers", "--json", "--quick"], ["peers", "image", "calm"]);
    assert.ok(typeof some !== "string" && some.isJson && some.isQuick);
    assert.deepEqual(some.names, ["peers", "image"]);
  });

  it("lists the names for an unknown one, and refuses unknown flags", () => {
    assert.equal(
      readOptions(["peer"], ["peers", "image"]),
      'there is no bench "peer"; there is: peers, image',
    );
    const message = readOptions(["--fast"], ["peers"]);
    assert.ok(typeof message === "string");
    assert.match(message, /--fast.*\nusage: /s);
  });
});

describe("jsonReport", () => {
  it("has exactly bench, machine, results and goals", () => {
    const report = jsonReport([finished("peers")], machine);
    assert.deepEqual(Object.keys(report), ["bench", "machine", "results", "goals"]);
    assert.equal(report.bench, "peers");
    assert.deepEqual(report.goals, [{ name: "cost", goal: "<= 1.10x", value: null, met: false }]);
  });

  it("keeps its shape for several benches, with the bench before each goal", () => {
    const report = jsonReport([finished("peers"), finished("image")], machine);
    assert.equal(report.bench, "peers,image");
    assert.deepEqual(Object.keys(report.results), ["peers", "image"]);
    assert.deepEqual(
      report.goals.map((goal) => goal.name),
      ["peers: cost", "image: cost"],
    );
  });
});

describe("renderPage", () => {
  it("says where, when and at which commit, what was measured, and which goal is not met", () => {
    const page = renderPage("", [finished("peers")], ["peers", "image"]);
    assert.match(
      page,
      /Some CPU, 2 cores, 4096 MiB, Linux 6\.1\.0, Node 24\.0\.0; commit abc1234, 2026-01-02\./,
    );
    assert.match(page, /\| cost +\| <= 1\.10x +\| not measured +\| \*\*no\*\* +\|/);
    assert.match(page, /\| NSD +\| 3\.00 +\|/);
    assert.match(page, /- gdnsd is absent\./);
  });

  it("replaces the section of the bench that ran and keeps the others, however often", () => {
    const order = ["peers", "image"];
    const both = renderPage("", [finished("image", "old image"), finished("peers", "old peers")], order);
    const again = renderPage(both, [finished("peers", "new peers")], order);
    assert.ok(both.indexOf("old peers") < both.indexOf("old image"));
    assert.ok(again.includes("new peers") && !again.includes("old peers") && again.includes("old image"));
    assert.equal(renderPage(again, [finished("peers", "new peers")], order), again);
  });

  it("marks a quick run", () => {
    assert.match(renderSection({ ...finished("peers"), isQuick: true }), /A quick run/);
  });
});

describe("describeMachine", () => {
  it("dates in UTC and gives no host name; the two cores differ where there are two", () => {
    const here = describeMachine(join(import.meta.dirname, "..", ".."), new Date("2026-03-04T23:59:59Z"));
    assert.equal(here.date, "2026-03-04");
    assert.match(here.kernel, /^[\d.]+$/);
    const cores = chooseCores();
    assert.ok(cores.server >= 0 && (here.cores === 1 || cores.load !== cores.server));
  });
});

describe("npm run bench", () => {
  it("exits with 2 for an unknown name, and lists the names on standard error only", () => {
    const { status, stdout, stderr } = runBench("nonsense", "--json");
    assert.equal(status, 2);
    assert.equal(stdout, "");
    assert.match(stderr, /there is no bench "nonsense"; there is: .*peers/);
  });

  it("lists each bench with --list", () => {
    const { status, stdout } = runBench("--list");
    assert.equal(status, 0);
    assert.equal(stdout.trim().split("\n").length, benches.length);
  });
});

function runBench(...args: readonly string[]): { status: number | null; stdout: string; stderr: string } {
  const program = join(import.meta.dirname, "..", "..", "bench", "run.ts");
  return spawnSync(process.execPath, [program, ...args], { encoding: "utf8", timeout: 20_000 });
}

function finished(name: string, claim = "A claim."): Finished {
  return {
    bench: { name, claim },
    machine,
    isQuick: false,
    report: {
      results: { rounds: 3 },
      goals: [{ name: "cost", goal: "<= 1.10x", value: null, met: false }],
      tables: [{ title: "(b)", columns: ["server", "CPU"], rows: [["NSD", "3.00"]] }],
      notes: ["gdnsd is absent."],
    },
  };
}
