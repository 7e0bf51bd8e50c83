/** `staleAfterSeconds` across lives of the control process: the time goes on from what the picture remembers. */
import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { Lives } from "./lives.ts";

const STALE_AFTER_MS = 60_000;
const SETTINGS = { staleAfterSeconds: STALE_AFTER_MS / 1000 };
const WEB = "web.demo.myfed.svc.example.com";
const [EAST, WEST] = ["10.1.0.1", "10.0.0.1"];
const OUTAGE = { status: 503 };

/** Two members that are seen; the time until which west was seen is that of the clock. */
async function seen(t: TestContext): Promise<Lives> {
  const lives = await Lives.prepare(t, ["west", "east"]);
  lives.cluster("west").set("web", [WEST]);
  lives.cluster("east").set("web", [EAST]);
  await lives.start(SETTINGS);
  await lives.until("both are answered", () => lives.addresses(WEB).length === 2);
  await lives.pass(1_000);
  return lives;
}

function lose(lives: Lives, name: string): void {
  const { server } = lives.cluster(name);
  server.outage(OUTAGE);
  server.resetConnections();
}

/** Starts again until the addresses of west have left; returns after how many ms. */
async function leaves(lives: Lives, everyMs: number): Promise<number> {
  const startMs = lives.clock.nowMs();
  const elapsed = (): number => lives.clock.nowMs() - startMs;
  const isGone = (): boolean => !lives.addresses(WEB).includes(WEST);
  let nextMs = everyMs;
  while (!isGone() && elapsed() < 2 * STALE_AFTER_MS) {
    await lives.pass(500);
    if (elapsed() < nextMs) continue;
    nextMs += everyMs;
    await lives.kill();
    await lives.start(SETTINGS);
  }
  return elapsed();
}

describe("a member that stays away", { timeout: 60_000 }, () => {
  it("loses its addresses at the right second, even if control is killed often", async (t) => {
    const lives = await seen(t);
    lose(lives, "west");
    const ms = await leaves(lives, 7_000);
    assert.ok(Math.abs(ms - STALE_AFTER_MS) <= 2_000, `after ${ms} ms`);
    assert.deepEqual(lives.addresses(WEB), [EAST]);
  });

  it("also loses them when it left while control was not running", async (t) => {
    const lives = await seen(t);
    await lives.kill();
    lose(lives, "west");
    await lives.pass(5_000);
    await lives.start(SETTINGS);
    const ms = await leaves(lives, 20_000);
    assert.ok(Math.abs(5_000 + ms - STALE_AFTER_MS) <= 2_000, `after ${ms} ms`);
  });

  it("has none from the start when its time was up before", async (t) => {
    const lives = await seen(t);
    lose(lives, "west");
    await lives.pass(STALE_AFTER_MS - 5_000);
    await lives.kill();
    await lives.pass(10_000);
    await lives.start(SETTINGS);
    assert.deepEqual(lives.addresses(WEB), [WEST, EAST]);
    await lives.pass(20);
    assert.deepEqual(lives.addresses(WEB), [EAST]);
    lives.cluster("west").server.outage(null);
    await lives.until("it returns", () => lives.addresses(WEB).length === 2);
  });
});

it("after a long stop of fedns itself, members that answer keep their addresses, and those that do not lose them", async (t) => {
  const lives = await seen(t);
  await lives.kill();
  lose(lives, "west");
  lives.clock.advance(10 * STALE_AFTER_MS);
  await lives.start(SETTINGS);
  assert.deepEqual(lives.addresses(WEB), [WEST, EAST]);
  await lives.until("west leaves", () => {
    assert.ok(lives.addresses(WEB).includes(EAST));
    return !lives.addresses(WEB).includes(WEST);
  });
});

it("a member that takes the number of one that left does not inherit its time", async (t) => {
  const lives = await seen(t);
  lose(lives, "west");
  lose(lives, "east");
  await lives.pass(5_000);
  await lives.kill();
  const east = lives.cluster("east");
  await lives.start({
    ...SETTINGS,
    clusters: [{ name: "north", kubeconfig: east.kubeconfig, region: "north" }],
  });
  assert.equal(lives.plane.fleet.members[0]?.seenUntilMs, null);
  east.server.outage(null);
  await lives.until("north is answered", () => lives.addresses(WEB).join() === EAST);
});
