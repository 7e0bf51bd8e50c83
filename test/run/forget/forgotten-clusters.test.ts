/** Forgotten clusters: which request is refused and why, and what of them survives a restart. */
import assert from "node:assert/strict";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { silentLog } from "../../../src/kernel/log.ts";
import type { ForgetClusterRequest } from "../../../src/run/forget/forget-request.ts";
import { ForgottenClusters } from "../../../src/run/forget/forgotten-clusters.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { temporaryFolder } from "../../support/fedns.ts";

const CLUSTERS = ["west", "east", "north"];

type Rig = { readonly forgotten: ForgottenClusters; readonly told: string[] };

/** West and north were never read; east was read by an earlier run. */
function open(path: string | null = null, clusters: readonly string[] = CLUSTERS, read: string[] = []): Rig {
  const told: string[] = [];
  const forgotten = new ForgottenClusters({
    path,
    clusters: () => clusters,
    unread: () => ["west", "north"].filter((name) => !told.includes(name) && !read.includes(name)),
    isRead: (cluster) => read.includes(cluster),
    onForgotten: (cluster) => told.push(cluster),
    clock: new FakeClock(),
    log: silentLog,
  });
  forgotten.load();
  forgotten.retain(clusters);
  return { forgotten, told };
}

async function fileOf(t: TestContext): Promise<string> {
  return join(await temporaryFolder(t), "forgotten.json");
}

const request = (cluster: string, isDryRun: boolean = false): ForgetClusterRequest => ({
  what: "cluster",
  cluster,
  isDryRun,
  by: "anna",
  reason: "destroyed",
});
const ENTRY = { cluster: "west", since: "2026-01-01T00:00:00.000Z", by: "anna", reason: "destroyed" };

describe("a request to forget a cluster", () => {
  it("ends the waiting for it, says which others are waited for, and does nothing the second time", () => {
    const { forgotten, told } = open();
    assert.deepEqual(forgotten.obey(request("west")), {
      ok: true,
      text: "west is forgotten until it is read: what only it could declare does not exist; still waiting for north",
    });
    assert.deepEqual(told, ["west"]);
    assert.deepEqual(forgotten.obey(request("west")), {
      ok: true,
      text: "west is forgotten already, by anna at 2026-01-01T00:00:00.000Z",
    });
    assert.deepEqual([told, forgotten.status], [["west"], { clusters: [ENTRY], problem: null }]);
  });

  it("with isDryRun only says what would happen", () => {
    const { forgotten, told } = open();
    const { ok, text } = forgotten.obey(request("north", true));
    assert.equal(ok, true);
    assert.match(
      text,
      /^would forget north: .*, and is SERVFAIL now, would not exist; still waiting for west$/,
    );
    assert.deepEqual([told, forgotten.status.clusters], [[], []]);
    assert.equal(open(null, CLUSTERS, ["north"]).forgotten.obey(request("north", true)).ok, false);
  });

  for (const [claim, cluster, read, sentence] of [
    ["is a typing error", "wst", [], /^wst is not in the settings of this fedns.*; did you mean west\?$/],
    [
      "is not in the settings",
      "moon",
      [],
      /^moon is not in the settings.*; its clusters: west, east, north$/,
    ],
    ["has been read", "west", ["west"], /^west has been read, .*: fedns drain west$/],
    [
      "was read by an earlier run",
      "east",
      [],
      /^east was read by an earlier run, .*fedns drain east; .*settings/,
    ],
  ] as const)
    it(`is refused with the cure for one that ${claim}`, () => {
      const { forgotten, told } = open(null, CLUSTERS, [...read]);
      const { ok, text } = forgotten.obey(request(cluster));
      assert.equal(ok, false);
      assert.match(text, sentence);
      assert.deepEqual([told, forgotten.status.clusters], [[], []]);
    });
});

describe("a forgotten cluster", () => {
  it("stays forgotten in the runs that follow, until it is read", async (t) => {
    const path = await fileOf(t);
    open(path).forgotten.obey(request("west"));
    const next = open(path).forgotten;
    assert.deepEqual([next.has("west"), next.status.clusters], [true, [ENTRY]]);
    next.lift("west");
    next.lift("west");
    assert.deepEqual([next.has("west"), open(path).forgotten.has("west")], [false, false]);
  });

  it("is waited for again when it comes back to the settings", async (t) => {
    const path = await fileOf(t);
    open(path).forgotten.obey(request("west"));
    assert.equal(open(path, ["east", "north"]).forgotten.has("west"), false);
    const { forgotten } = open(path);
    assert.equal(forgotten.has("west"), false);
    forgotten.obey(request("west"));
    forgotten.drop("west");
    assert.equal(open(path).forgotten.has("west"), false);
  });

  it("is forgotten even if that cannot be saved, and the reply and the status say so", async (t) => {
    const path = await fileOf(t);
    mkdirSync(`${path}.new`);
    const { forgotten, told } = open(path);
    const { ok, text } = forgotten.obey(request("west"));
    assert.deepEqual([ok, told], [true, ["west"]]);
    assert.match(
      text,
      /; but it cannot be saved, and a new picture would wait for it again: it is a directory \(EISDIR/,
    );
    assert.match(forgotten.status.problem ?? "", /^which clusters are forgotten cannot be saved: /);
    rmSync(`${path}.new`, { recursive: true });
    forgotten.obey(request("north"));
    assert.equal(forgotten.status.problem, null);
    assert.deepEqual(open(path).forgotten.status.clusters.length, 2);
  });
});

it("a file that cannot be used is kept aside, said, and all clusters are waited for", async (t) => {
  const path = await fileOf(t);
  for (const text of ["{", "[]", '{"version":2}', '{"version":1,"clusters":[{"cluster":"west"}]}']) {
    writeFileSync(path, text);
    const { forgotten } = open(path);
    assert.match(
      forgotten.status.problem ?? "",
      /not a file of forgotten clusters .*forgotten\.json\.refused$/,
    );
    assert.deepEqual([forgotten.status.clusters.length, readFileSync(`${path}.refused`, "utf8")], [0, text]);
    assert.equal(open(path).forgotten.status.problem, null);
  }
});
