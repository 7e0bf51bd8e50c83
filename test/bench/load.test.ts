/** The tools under the benches: programs and packages, processes, CPU time, the zone, dnsperf's report, one question. */
import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { ask, readReply, writeQuery } from "../../bench/load/ask.ts";
import { cpuNanoseconds, descendantsOf, withCommandLine } from "../../bench/load/cpu.ts";
import { dnsperf, dnsperfArguments, readLoadReport } from "../../bench/load/dnsperf.ts";
import { Processes } from "../../bench/load/processes.ts";
import { findProgram, missingPrograms, sayMissing } from "../../bench/load/programs.ts";
import { knownNames, unknownNames, zoneText } from "../../bench/load/zone.ts";
import { limit, peerContenders, renderTemplate } from "../../bench/peers/contenders.ts";
import { judge } from "../../bench/peers/measure.ts";
import { scenarios, takesPart } from "../../bench/peers/scenario.ts";
import { peers } from "../../bench/peers.ts";

const directory = mkdtempSync(join(tmpdir(), "fedns-bench-test-"));
after(() => rmSync(directory, { recursive: true, force: true }));

describe("programs", () => {
  it("are found on the search path or by full path, and missing ones are named with their Debian package", () => {
    const node = process.execPath;
    assert.equal(findProgram("node", join(node, "..")), node);
    assert.equal(findProgram(node, ""), node);
    const absent = { command: "no-such-server", debianPackage: "no-such-package" };
    assert.deepEqual(missingPrograms([{ command: node, debianPackage: "nodejs" }, absent], ""), [absent]);
    assert.equal(
      sayMissing([absent]),
      "no-such-server is not installed; on Debian: apt-get install no-such-package",
    );
  });

  it("of the peers bring the packages that the documentation names", () => {
    const packages = [...peerContenders, limit].flatMap((one) =>
      one.programs.map((program) => program.debianPackage),
    );
    assert.deepEqual(packages, ["nsd", "knot", "gdnsd", "pdns-server pdns-backend-bind", "bind9", "gcc"]);
    assert.equal(dnsperf.debianPackage, "dnsperf");
  });

  it("of the load generator missing, the bench says so, measures nothing and meets no goal", async () => {
    const processes = new Processes("");
    processes.find = () => null;
    const signal = AbortSignal.timeout(5_000);
    const cores = { server: 0, load: 0 };
    const setting = { isQuick: true, budgetMs: 1_000, workDirectory: directory, cores, processes, signal };
    const report = await peers.run({ ...setting, progress: () => undefined });
    assert.match(report.notes.join(), /dnsperf is not installed; on Debian: apt-get install dnsperf/);
    assert.equal(report.goals.length, 14);
    assert.ok(report.goals.every((goal) => !goal.met));
  });
});

describe("Processes", () => {
  it("runs a program to its end, and fails with its last lines", async () => {
    const processes = new Processes("");
    const logPath = join(directory, "run.log");
    const launch = { command: process.execPath, core: null, logPath, directory };
    const signal = AbortSignal.timeout(10_000);
    assert.equal(await processes.run({ ...launch, args: ["-p", "6 * 7"] }, signal), "42\n");
    const failing = processes.run(
      { ...launch, args: ["-e", "console.error('out of ink'); process.exit(3)"] },
      signal,
    );
    await assert.rejects(failing, /failed \(3\): out of ink/);
  });

  it(
    "ends what it started, children included, also when SIGTERM is ignored",
    { timeout: 20_000 },
    async () => {
      const stubborn = "process.on('SIGTERM', () => {}); setInterval(() => {}, 1000);";
      assert.deepEqual(await survivors(stubborn), []);
    },
  );

  it("ends the children that a server leaves behind", { timeout: 20_000 }, async () => {
    assert.deepEqual(
      await survivors("process.on('SIGTERM', () => process.exit(0)); setInterval(() => {}, 1000);"),
      [],
    );
  });

  it("stops a run when the signal aborts", { timeout: 20_000 }, async () => {
    const processes = new Processes("");
    const abort = new AbortController();
    const logPath = join(directory, "abort.log");
    const launch = {
      command: process.execPath,
      args: ["-e", "setInterval(() => {}, 1000)"],
      core: null,
      logPath,
    };
    const running = processes.run({ ...launch, directory }, abort.signal);
    abort.abort();
    await assert.rejects(running, { name: "AbortError" });
  });
});

/** Stops a server of that body which has a child that ignores SIGTERM; the processes that are still there then. */
async function survivors(body: string): Promise<readonly number[]> {
  const processes = new Processes("", 200);
  const ready = join(directory, "ready");
  rmSync(ready, { force: true });
  const child = `process.on('SIGTERM', () => {}); setInterval(() => {}, 1000); fs.writeFileSync(${JSON.stringify(ready)}, '')`;
  const spawnChild = `require('node:child_process').spawn(process.execPath, ['-e', ${JSON.stringify(child)}]);`;
  const args = ["-e", `${body} ${spawnChild}`];
  const logPath = join(directory, "stop.log");
  const started = processes.start({ command: process.execPath, args, core: null, logPath, directory });
  while (!existsSync(ready)) await new Promise((resolve) => setImmediate(resolve));
  const family = descendantsOf(started.pid);
  assert.equal(family.length, 2);
  await processes.stopAll();
  assert.equal(started.isRunning(), false);
  return leftOf(family);
}

/** Polls until none is left or a second has passed: a kill is not done when it is sent. A zombie has no command line. */
async function leftOf(pids: readonly number[]): Promise<readonly number[]> {
  const deadlineMs = performance.now() + 1_000;
  for (;;) {
    const left = withCommandLine(pids, "SIGTERM");
    if (left.length === 0 || performance.now() > deadlineMs) return left;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

describe("cpuNanoseconds", () => {
  it("grows with the work of a process, and is nothing for one that does not exist", () => {
    const before = cpuNanoseconds([process.pid]);
    const usage = process.cpuUsage();
    let sum = 0;
    while (process.cpuUsage(usage).user < 30_000) sum += Math.sqrt(sum + 1);
    const spentMs = (cpuNanoseconds([process.pid]) - before) / 1e6;
    assert.ok(sum > 0 && spentMs >= 25 && spentMs < 500, `${spentMs} ms`);
    assert.equal(cpuNanoseconds([2 ** 22 + 1]), 0);
  });
});

describe("the zone and its questions", () => {
  it("has 10,000 names of three different addresses each, no address twice", () => {
    const records = zoneText()
      .split("\n")
      .filter((line) => /^n\d+ A /.test(line));
    assert.equal(records.length, 30_000);
    assert.equal(new Set(records.map((line) => line.split(" ")[2])).size, 30_000);
    assert.ok(
      records.every((line) =>
        line
          .split(" ")[2]
          ?.split(".")
          .every((part) => Number(part) <= 255),
      ),
    );
  });

  it("asks the same questions for the same seed, others for another, and unknown ones hardly twice", () => {
    assert.equal(knownNames(50, 7), knownNames(50, 7));
    assert.notEqual(knownNames(50, 7), knownNames(50, 8));
    assert.match(knownNames(1, 1), /^n\d{1,4}\.bench\.example\. A\n$/);
    const unknown = unknownNames(5_000, 3).trim().split("\n");
    assert.equal(new Set(unknown).size, 5_000);
    assert.ok(unknown.every((line) => /^[a-z]{12}\.bench\.example\. A$/.test(line)));
  });
});

describe("dnsperf", () => {
  it("gets transport, EDNS, time and concurrency as options", () => {
    const load = {
      port: 5300,
      queryFile: "q",
      transport: "tcp",
      edns: true,
      seconds: 2,
      clients: 10,
      outstanding: 100,
    } as const;
    const annotations = dnsperfArguments(load).join(" ");
    assert.equal(annotations, "-s 127.0.0.1 -p 5300 -m tcp -d q -l 2 -t 1 -c 10 -q 100 -T 1 -e");
  });

  it("is read by the labels of its closing report", () => {
    const report = readLoadReport(`
Statistics:

  Queries sent:         1000
  Queries completed:    990 (99.00%)
  Queries lost:         10 (1.00%)

  Response codes:       NOERROR 900 (90.91%), NXDOMAIN 90 (9.09%)
  Run time (s):         2.000047
  Queries per second:   495.5

  Average Latency (s):  0.001332 (min 0.000009, max 0.004860)
`);
    assert.deepEqual(report, {
      sent: 1000,
      completed: 990,
      rcodes: { NOERROR: 900, NXDOMAIN: 90 },
      queriesPerSecond: 495.5,
      averageLatencyMicros: 1332,
    });
    assert.throws(() => readLoadReport("Error: connection refused"), { code: "BENCH_LOAD_REPORT" });
  });
});

describe("one question", () => {
  it("is answered by a reply with its ID, and by nothing else", async () => {
    const server = createSocket("udp4");
    await new Promise<void>((resolve) => server.bind(0, "127.0.0.1", resolve));
    server.on("message", (query, peer) => {
      const reply = Buffer.from(query);
      server.send(reply, peer.port, peer.address);
      reply.writeUInt16BE(0x8403, 2);
      reply.writeUInt16BE(2, 6);
      server.send(reply, peer.port, peer.address);
    });
    const reply = await ask(
      server.address().port,
      { name: "n1.bench.example", transport: "udp", edns: false },
      5_000,
    );
    server.close();
    assert.deepEqual(reply, { rcode: 3, isAuthoritative: true, answers: 2, sizeBytes: 34 });
  });

  it("carries an OPT record of eleven bytes with EDNS", () => {
    const plain = writeQuery({ name: "a.example", edns: false }, 1);
    const edns = writeQuery({ name: "a.example", edns: true }, 1);
    assert.equal(edns.length - plain.length, 11);
    assert.equal(edns[11], 1);
    assert.equal(readReply(plain, 1), null);
  });

  it("is judged by response code, number of records and authority", () => {
    const [b] = scenarios.filter((scenario) => scenario.id === "b");
    assert.ok(b !== undefined);
    const right = { rcode: 0, isAuthoritative: true, answers: 3, sizeBytes: 90 };
    assert.equal(judge(right, b), null);
    assert.match(judge({ ...right, rcode: 5 }, b) ?? "", /response code 5/);
    assert.match(judge({ ...right, answers: 2 }, b) ?? "", /2 records instead of 3/);
    assert.match(judge({ ...right, isAuthoritative: false }, b) ?? "", /not authoritative/);
  });
});

function partOf(kind: "limit" | "peer" | "fedns"): string {
  return scenarios.flatMap((scenario) => (takesPart(kind, scenario) ? [scenario.id] : [])).join("");
}

describe("the contenders", () => {
  it("take part in what they can: no TCP for the echo, federated names for fedns and the echo", () => {
    assert.deepEqual([partOf("limit"), partOf("peer"), partOf("fedns")], ["abcd", "bcdt", "abcdt"]);
  });

  it("have templates whose every word has a value", () => {
    const folder = join(import.meta.dirname, "..", "..", "bench", "peers");
    const words = { port: "5300", work: "/w", zones: "/z", zone: "bench.example" };
    const templates = readdirSync(folder).filter((name) => name.endsWith(".conf"));
    assert.equal(templates.length, 6);
    for (const name of templates) {
      const text = renderTemplate(readFileSync(join(folder, name), "utf8"), words);
      assert.ok(!text.includes("{{"), name);
    }
    assert.throws(() => renderTemplate("{{colour}}", words), /colour/);
  });
});
