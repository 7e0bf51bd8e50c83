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

const EXACT_MS = 10_000;
const EXACT = { staleAfterSeconds: EXACT_MS / 1000 };
/** How often the test looks. */
const LOOK_MS = 20;

type Loss = {
  /** How long control is away each time. */
  readonly awayMs: number;
  /** West goes while control is away for the first time: the last that was seen of it is from before. */
  readonly isUnseen: boolean;
};

/**
 * West is seen until some moment, then never again; control is killed at random moments. Returns by how much its addresses
 * leave later than they should; negative = earlier.
 */
async function errorMs(lives: Lives, seed: number, { awayMs, isUnseen }: Loss): Promise<number> {
  let state = seed;
  const random = (from: number, to: number): number => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return from + ((state >>> 8) % (to - from));
  };
  const isGone = (): boolean => !lives.addresses(WEB).includes(WEST);
  await lives.pass(random(300, 3_000));
  const dueMs = lives.clock.nowMs() + EXACT_MS;
  if (isUnseen) await lives.kill();
  lose(lives, "west");
  if (isUnseen) {
    await lives.pass(awayMs);
    await lives.start(EXACT);
  }
  while (!isGone()) {
    assert.ok(lives.clock.nowMs() < dueMs + 10_000, "its addresses never leave");
    for (let left = random(300, 4_000); left > 0 && !isGone(); left -= LOOK_MS) await lives.pass(LOOK_MS);
    if (isGone()) break;
    await lives.kill();
    await lives.pass(awayMs);
    await lives.start(EXACT);
    await lives.pass(LOOK_MS);
  }
  return lives.clock.nowMs() - dueMs;
}

describe("staleAfterSeconds", { timeout: 120_000 }, () => {
  for (const [claim, loss] of [
    ["at random", { awayMs: 0, isUnseen: false }],
    ["at random, and is away for half a second each time", { awayMs: 500, isUnseen: false }],
    ["just before the member goes", { awayMs: 500, isUnseen: true }],
  ] as const)
    it(`is exact to a second if control is killed ${claim}`, async (t) => {
      const lives = await Lives.prepare(t, ["west", "east"]);
      lives.cluster("west").set("web", [WEST]);
      lives.cluster("east").set("web", [EAST]);
      await lives.start(EXACT);
      const errors: number[] = [];
      for (const seed of [1, 2, 3, 4]) {
        lives.cluster("west").server.outage(null);
        await lives.until("both are answered", () => lives.addresses(WEB).length === 2);
        errors.push(await errorMs(lives, seed, loss));
      }
      t.diagnostic(`later than they should: ${errors.map((ms) => Math.round(ms)).join(", ")} ms`);
      assert.ok(
        errors.every((ms) => Math.abs(ms) < 1_000),
        errors.join(),
      );
    });

  it("counts from the first address, even if control is killed right after it was published", async (t) => {
    const lives = await Lives.prepare(t, ["west", "east"]);
    lives.cluster("west").set("web", [WEST]);
    lives.cluster("east").set("web", [EAST]);
    await lives.start(EXACT);
    while (!lives.addresses(WEB).includes(WEST)) await lives.pass(LOOK_MS);
    const seenMs = lives.clock.nowMs();
    await lives.kill();
    lose(lives, "west");
    await lives.pass(6_000);
    await lives.start(EXACT);
    while (lives.addresses(WEB).includes(WEST)) await lives.pass(LOOK_MS);
    const lateMs = lives.clock.nowMs() - seenMs - EXACT_MS;
    assert.ok(Math.abs(lateMs) < 1_000, `${lateMs} ms later`);
  });

  it("does not count steps of the clock while control runs, and none ahead of time counts for the next life", async (t) => {
    const lives = await seen(t);
    lose(lives, "west");
    await lives.pass(5_000);
    await lives.kill();
    await lives.start(SETTINGS);
    await lives.pass(5_000);
    lives.clock.step(3_600_000);
    await lives.pass(5_000);
    assert.deepEqual(lives.addresses(WEB), [WEST, EAST]);
    await lives.kill();
    lives.clock.step(-3_600_000);
    await lives.start(SETTINGS);
    await lives.pass(STALE_AFTER_MS + 1_000);
    assert.deepEqual(lives.addresses(WEB), [EAST]);
  });
});
