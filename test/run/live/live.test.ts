/**
 * Settings that change while fedns runs and answers a steady stream of queries: each comes into force, no query is lost, and
 * none is answered otherwise than before or after the change.
 */
import assert from "node:assert/strict";
import { mkdir, rename, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { before, describe, it } from "node:test";
import { UdpClient } from "../../answer/serve/udp-client.ts";
import { type Clusters, startClusters } from "../../support/clusters.ts";
import { DEFAULTS, type Fedns, startFedns, temporaryFolder } from "../../support/fedns.ts";
import { type Load, startLoad } from "../../support/load.ts";
import { run, suiteScope } from "../../support/programs.ts";
import { addresses, LOOK_AGAIN_MS, HELLO, HELLO_ADDRESSES } from "../supervise/whole.ts";

const ENTRY = join(import.meta.dirname, "..", "..", "..", "src", "cli", "fedns.ts");
const CHAOS = 3;
const TXT = 16;
const A = 1;

type Settings = Readonly<Record<string, any>>;

const scope = suiteScope();
let directory: string;
let clusters: Clusters;
let fedns: Fedns;
let client: UdpClient;
let load: Load;
let settings: Settings;

before(async () => {
  directory = await temporaryFolder(scope);
  clusters = await startClusters(scope, directory);
  settings = { serve: { drainSeconds: 0, workers: 2 }, clusters: clusters.settings };
  fedns = await startFedns(scope, { directory, settings });
  client = await UdpClient.open(scope, fedns);
  load = await startLoad(scope, { port: fedns.port, name: HELLO, rate: 500 });
});

/** The file as it is from now on. JSON is YAML. */
async function write(changed: Settings): Promise<void> {
  settings = { ...settings, ...changed };
  await writeFile(join(directory, "new.yaml"), JSON.stringify({ ...DEFAULTS, ...settings }, null, 1));
  await rename(join(directory, "new.yaml"), join(directory, "fedns.yaml"));
}

async function becomes(claim: string, isTrue: () => Promise<boolean>): Promise<void> {
  const deadlineMs = performance.now() + 20_000;
  while (!(await isTrue())) {
    assert.ok(
      performance.now() < deadlineMs,
      `${claim}; settings: ${JSON.stringify((await fedns.status()).settings)}`,
    );
    await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
  }
}

let id = 0;
async function rcodeOf(
  asked: { name: string; type: number; class?: number },
  from = client,
): Promise<number> {
  return (await from.ask({ ...asked, id: (id = (id + 1) & 0xffff) })).rcode;
}

/** Each is written to the file while queries are answered, and then seen from outside. */
const CHANGES: readonly (readonly [claim: string, changed: Settings, isInForce: () => Promise<boolean>])[] = [
  [
    "identity: the version is refused when it is null",
    { identity: { version: null } },
    async () => (await rcodeOf({ name: "version.bind", type: TXT, class: CHAOS })) === 5,
  ],
  [
    "allowQuery: clients outside are refused",
    { allowQuery: ["127.0.0.1/32"] },
    async () => {
      const other = await UdpClient.open(scope, { port: fedns.port, localAddress: "127.0.0.2" });
      return (await rcodeOf({ name: HELLO, type: A }, other)) === 5;
    },
  ],
  [
    "log.level: lines of level debug are written",
    { log: { format: "json", level: "debug" } },
    async () => {
      await fedns.command({ command: "status" });
      return fedns.log.some(({ level }) => level === 20);
    },
  ],
];

describe("a changed setting comes into force while queries are answered", () => {
  for (const [claim, changed, isInForce] of CHANGES)
    it(claim, async () => {
      assert.equal(await isInForce(), false, "it was so before");
      await write(changed);
      await becomes(claim, isInForce);
      assert.equal((await fedns.page("/readyz")).code, 200);
    });
});

describe("a file with an error", () => {
  it("changes nothing, keeps fedns ready, and is told in the reply, the log and the status until it is right", async () => {
    const { ttlSeconds: _, ...sound } = settings;
    await writeFile(
      join(directory, "fedns.yaml"),
      JSON.stringify({ ...DEFAULTS, ...sound, ttl: 5, maxAnswers: 1 }),
    );
    const sentence = /fedns\.yaml:1:\d+: ttl: is not a setting; did you mean ttlSeconds\?/;
    await becomes("the error is reported", async () =>
      sentence.test((await fedns.status()).settings.problems.join()),
    );
    const { ready, settings: report } = await fedns.status();
    assert.equal(ready, true);
    assert.ok(Date.parse(report.problemsSince) > Date.parse(report.inForceSince));
    assert.equal((await fedns.page("/readyz")).code, 200);
    assert.match((await fedns.page("/metrics")).body, /^fedns_settings_problems\{process="supervisor"\} 1$/m);
    const reply = await fedns.command({ command: "reload" });
    assert.equal(reply.ok, false);
    assert.match(reply.error, sentence);
    const line = fedns.log.find(({ msg }) => msg.startsWith("the configuration file has an error"));
    assert.match(String(line?.["problems"]), sentence);
    const file = join(directory, "fedns.yaml");
    const status = await run(process.execPath, [ENTRY, "status", "--config", file]);
    assert.match(
      status.out,
      /^settings: the file has an error since \S+ UTC; those of \S+ UTC are in force\n/m,
    );
    assert.match(status.out, sentence);
    assert.deepEqual(await addresses(await UdpClient.open(scope, fedns)), HELLO_ADDRESSES);
    await write({});
    await becomes("the error is gone", async () => (await fedns.status()).settings.problems.length === 0);
  });
});

describe("the settings are read at once", () => {
  const version = async (): Promise<string> => {
    const asked = { name: "version.bind", type: TXT, class: CHAOS, id: (id = (id + 1) & 0xffff) };
    return (await client.ask(asked)).answer.map(({ data }) => data).join();
  };

  it("by fedns reload, which returns when they are in force and names what needs a restart", async () => {
    await write({ identity: { version: "by-reload" }, listen: [{ address: "127.0.0.1", port: 1 }] });
    const { code, out, err } = await run(process.execPath, [
      ENTRY,
      "reload",
      "--config",
      join(directory, "fedns.yaml"),
    ]);
    assert.equal(code, 0, err);
    assert.match(
      out,
      /^settings: those of \S+ are in force; .*: .*identity\.version\n {2}listen: needs a restart of fedns; /,
    );
    assert.equal(await version(), '"by-reload"');
    assert.deepEqual((await fedns.status()).settings.needRestart, ["listen"]);
    await write({ listen: DEFAULTS["listen"] });
    assert.deepEqual((await fedns.command({ command: "reload" })).settings.needRestart, []);
  });

  it("on SIGHUP", async () => {
    await write({ identity: { version: "on-SIGHUP" } });
    fedns.signal("SIGHUP");
    await becomes("the version", async () => (await version()) === '"on-SIGHUP"');
  });

  it("when a mounted ConfigMap is swapped", async () => {
    const file = join(directory, "fedns.yaml");
    const swap = async (folder: string, named: string): Promise<void> => {
      await mkdir(join(directory, folder));
      const text = JSON.stringify({ ...DEFAULTS, ...settings, identity: { version: named } });
      await writeFile(join(directory, folder, "fedns.yaml"), text);
      await symlink(folder, join(directory, "..data_tmp"));
      await rename(join(directory, "..data_tmp"), join(directory, "..data"));
    };
    await swap("..2026_1", "the-first");
    await symlink("..data/fedns.yaml", join(directory, "link"));
    await rename(join(directory, "link"), file);
    await becomes("the version of the link", async () => (await version()) === '"the-first"');
    await swap("..2026_2", "the-second");
    await becomes("the version after the swap", async () => (await version()) === '"the-second"');
  });
});

describe("all the while", () => {
  it("no query was lost, and none failed", async (t) => {
    assert.equal(await load.finish(), 0, "queries without an answer");
    assert.deepEqual(Object.keys(load.rcodes), ["0"]);
    t.diagnostic(`${load.answered()} queries, the slowest ${Math.round(load.slowestMs())} ms`);
  });
});
