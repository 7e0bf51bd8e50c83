/**
 * What happens to answers when clusters fail, or fedns itself: seven scenarios with fedns (see stage.ts; the third with its parts on
 * a driven clock), API servers, gateways at the answered addresses, and a client that counts.
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Scope } from "../support/programs.ts";
import { isLong } from "../suite/scale.ts";
import { reasonToSkipNamespace, runInNamespace } from "../support/namespace.ts";
import { flapForTenMinutes } from "./flapping.ts";
import { FALL, INTERVAL_MS, isNear, MANY, SETTINGS, type Shares, Stage } from "./stage.ts";
import { comeBackStale } from "./stale.ts";

const INSIDE = "FEDNS_SCENARIOS_INSIDE";
/** The short form takes ten seconds of one core; the long form, three at a time and mostly waiting, a minute of two. */
const INSIDE_BOUND_MS = isLong ? 400_000 : 110_000;
const WITHIN_MS = 30_000;

if (process.env[INSIDE] !== undefined) describe("scenario", { concurrency: isLong ? 3 : 1 }, scenarios);
else {
  const skip = reasonToSkipNamespace();
  it("all scenarios hold in a separate network namespace", { skip }, async (t) => {
    const { code, out, err } = await runInNamespace(import.meta.filename, { [INSIDE]: "1" }, INSIDE_BOUND_MS);
    for (const line of out.split("\n")) if (/^\s*(✔|✖)/.test(line)) t.diagnostic(line.trim());
    assert.equal(code, 0, `${out.slice(-8_000)}\n${err.slice(-2_000)}`);
  });
}

function scenarios(): void {
  it("7: a cluster that returns after hours with stale objects is believed, gets no writes, and its share ramps up", (t) =>
    comeBackStale(t, 7));

  for (const [number, manner] of (["swallow", "refuse"] as const).entries())
    it(`1: a hub that loses its uplink changes no answer, and learns afterwards what has changed (all ${manner})`, (t) =>
      loseUplink(t, number, manner));

  it("2: clusters that swallow all packets slow neither the probes nor the watches of others", blackHole);

  it("3: an API server that flaps 20 s on and 20 s off for ten minutes moves no traffic; a gateway that does moves it once", async (t) => {
    const { api, gateway, readiness } = await flapForTenMinutes(t);
    assert.ok(readiness >= 20, `/readyz was seen to change ${readiness} times`);
    assert.deepEqual([api, gateway], [0, 1]);
  });

  it("4: an API server that is down moves no traffic while pods and gateway are well", downWithoutTraffic);

  it(
    "5: a gateway that is dead loses its traffic within interval x fall though its pods are ready, and gets it back in steps",
    loseGateway,
  );

  it(
    "6: when two of three fail at peak, the third gets what they cannot take, and keeps it when it falters too",
    failAtPeak,
  );
}

async function loseUplink(t: Scope, number: number, manner: "swallow" | "refuse"): Promise<void> {
  // Three failures, as by default: on a busy machine, others may be probed late between two failures of one target.
  const annotations = (): Record<string, string> => ({ "fedns.io/probe-fall": "3" });
  const stage = await Stage.open(t, { number, clusters: 3, annotations });
  const { members } = stage;
  assertEven(await stage.shares(MANY));
  for (const { wire, gateway } of members) {
    await wire[manner]();
    await gateway[manner]();
  }
  const { health } = await stage.statusIs("the guard holds", (status) => status.health.guard === "holding");
  // Changes that happen while the cluster cannot be seen.
  stage.putWeb("a", 0);
  const inTime = deadline("they fail on and on");
  for (let bad = 0; bad < 2 * FALL * members.length && inTime();) {
    assertEven(await stage.shares(MANY));
    const now = (await stage.fedns.status()).health;
    assert.equal(now.guard, "holding");
    bad = now.probes.bad - health.probes.bad;
  }
  await Promise.all(members.flatMap(({ wire, gateway }) => [wire.mend(), gateway.answer()]));
  await stage.eventually("what was missed counts", MANY, (shares) => shares.get("a") === 0);
  const after = await stage.statusIs("the guard lets go", (status) => status.health.guard === "watching");
  assert.equal(after.health.down, 0);
  const shares = await stage.shares(MANY);
  assert.ok(isNear(shares.get("b"), 1 / 2), "and nothing ramps");
}

async function blackHole(t: Scope): Promise<void> {
  const stage = await Stage.open(t, {
    number: 2,
    clusters: 10,
    // Six targets that swallow packets for 0.9 s of each second would fill 5.4 of two places, and may use one.
    annotations: () => ({ "fedns.io/probe-timeout": "900ms" }),
    settings: { ...SETTINGS, health: { ...SETTINGS.health, concurrency: 2 } },
  });
  // The last cluster is for the change: what has no ready endpoint is not probed meanwhile.
  const [dead, alive] = [stage.members.slice(0, 6), stage.members.slice(6, 9)];
  for (const { wire, gateway } of dead) {
    wire.swallow();
    gateway.swallow();
  }
  // On a machine so busy that the other clusters look down as well, the guard lets go a little later.
  const areGone = (shares: Shares): boolean => dead.every(({ name }) => shares.get(name) === 0);
  await stage.eventually("the dead ones leave", 200, areGone, WITHIN_MS);
  const fromMs = stage.nowMs();
  const since = (times: readonly number[]): readonly number[] => times.filter((atMs) => atMs > fromMs);
  const probes = (): (readonly number[])[] => alive.map(({ gateway }) => since(gateway.askedMs));
  const isLongEnough = (): boolean => probes().every((times) => times.length > 6);
  const newsMs: number[] = [];
  const inTime = deadline("the others are probed");
  for (let ready = 0; !isLongEnough() && inTime(); ready = 1 - ready) {
    stage.putWeb("j", ready);
    newsMs.push(
      await stage.eventually("news arrive", 100, (shares) => (shares.get("j") ?? 0) > 0 === (ready === 1)),
    );
  }
  const gapsMs = probes()
    .flatMap((times) => times.slice(1).map((atMs, i) => atMs - (times[i] as number)))
    .toSorted((a, b) => a - b);
  const middle = gapsMs[gapsMs.length >> 1] as number;
  assert.ok(middle <= 1.1 * INTERVAL_MS, `the median of the gaps is ${middle} ms`);
  const late = gapsMs.filter((gapMs) => gapMs > 1.5 * INTERVAL_MS).length;
  assert.ok(late < gapsMs.length / 4, `${late} of ${gapsMs.length} probes were late`);
  newsMs.sort((a, b) => a - b);
  assert.ok((newsMs[newsMs.length >> 1] as number) < INTERVAL_MS, `median ${newsMs[newsMs.length >> 1]} ms`);
  const { clusters } = await stage.fedns.status();
  for (const { name, watches } of clusters.slice(6)) {
    const { state, restarts, relists } = watches.services;
    assert.deepEqual([state, restarts, relists], ["watching", 0, 0], name);
  }
}

async function downWithoutTraffic(t: Scope): Promise<void> {
  const stage = await Stage.open(t, { number: 3, clusters: 3 });
  const { wire, gateway } = stage.member("a");
  await wire.refuse();
  await stage.statusIs("it is known to be blind there", ({ clusters }) => {
    const { services, endpointSlices } = clusters[0].watches;
    return [services, endpointSlices].every(
      ({ state, lastError }) => state === "blind" && lastError !== null,
    );
  });
  const before = gateway.askedMs.length;
  const inTime = deadline("the gateway is probed");
  while (gateway.askedMs.length < before + 2 * FALL && inTime()) assertEven(await stage.shares(MANY));
  const { health, isStale, ready } = await stage.fedns.status();
  assert.deepEqual([health.up, health.down, health.guard], [3, 0, "watching"]);
  assert.deepEqual([isStale, ready], [false, true]);
}

async function loseGateway(t: Scope): Promise<void> {
  const annotations = (): Record<string, string> => ({ "fedns.io/slow-start": "4s" });
  const stage = await Stage.open(t, { number: 4, clusters: 2, annotations });
  const { gateway } = stage.member("a");
  assert.ok(isNear((await stage.shares(MANY)).get("a"), 1 / 2));
  gateway.swallow();
  // `bench failover` measures how many milliseconds that takes, on a machine without other load.
  const before = gateway.askedMs.length;
  await stage.eventually("it leaves", 50, (shares) => shares.get("a") === 0);
  const unanswered = gateway.askedMs.length - before;
  assert.ok(unanswered <= FALL + 1, `left after ${unanswered} probes without an answer`);
  assert.equal((await stage.shares(MANY)).get("a"), 0);
  await gateway.answer();
  await stage.ramps("a", 1 / 2);
}

async function failAtPeak(t: Scope): Promise<void> {
  const traffic = { policy: "failover", failoverOrder: ["a", "b", "c"], spillBelow: 0.7 };
  const stage = await Stage.open(t, { number: 5, clusters: 3, settings: { traffic } });
  const areNear = (a: number, b: number, c: number) => (shares: Shares) =>
    isNear(shares.get("a"), a) && isNear(shares.get("b"), b) && isNear(shares.get("c"), c);
  await stage.eventually("the first choice has room for all", MANY, areNear(1, 0, 0));
  // One pod in four is 0.25 of the usual, and 0.7 would be enough.
  const part = 0.25 / 0.7;
  stage.putWeb("a", 1);
  await stage.eventually("the second gets what the first lacks", MANY, areNear(part, 1 - part, 0));
  stage.putWeb("b", 1);
  const rest = (1 - part) * (1 - part);
  await stage.eventually("the third gets what both lack", MANY, areNear(part, (1 - part) * part, rest));
  stage.member("a").gateway.swallow();
  await stage.member("b").gateway.refuse();
  await stage.eventually("the third has all", MANY, areNear(0, 0, 1));
  // More than it can bear, but there is no other cluster.
  stage.member("c").gateway.swallow();
  await stage.statusIs("the guard holds", (status) => status.health.guard === "holding");
  const { bad } = (await stage.fedns.status()).health.probes;
  await stage.statusIs("it fails on and on", (status) => status.health.probes.bad > bad + 3 * FALL);
  assert.ok(areNear(0, 0, 1)(await stage.shares(MANY)));
  await Promise.all(stage.members.map(({ gateway }) => gateway.answer()));
  stage.putWeb("a");
  await stage.eventually("all is as it was", MANY, areNear(1, 0, 0));
}

/** To be asked in a loop: throws when it takes too long, else true. */
function deadline(claim: string): () => boolean {
  const endMs = performance.now() + WITHIN_MS;
  return () => {
    assert.ok(performance.now() < endMs, `not within ${WITHIN_MS} ms: ${claim}`);
    return true;
  };
}

function assertEven(shares: Shares): void {
  for (const [name, share] of shares)
    assert.ok(isNear(share, 1 / shares.size), `${name} got ${share} of ${shares.size} clusters`);
}
