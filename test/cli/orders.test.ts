/** `fedns drain`, `undrain` and `force`: their requests, their output, and the wait until a drain is proved. */
import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { main } from "../../src/cli/program.ts";
import { parseRequest } from "../../src/traffic/orders/order.ts";
import type { FakeClock } from "../support/fake-clock.ts";
import { until } from "../support/until.ts";
import { fakeSession, type FakeSession } from "./fake-session.ts";
import { type FakeServer, startFakeServer } from "./fake-server.ts";

type Ran = { readonly code: number; readonly session: FakeSession };

async function run(args: readonly string[]): Promise<Ran> {
  const session = fakeSession();
  return { code: await main(args, session), session };
}

const at = (cluster: string, service: string | null = null, address: string | null = null): object => ({
  cluster,
  service,
  address,
});

describe("an order", () => {
  const cases: readonly (readonly [args: string, order: object])[] = [
    ["drain us-west", { action: "drain", target: at("us-west"), overMs: 0, isForced: false, reason: null }],
    [
      "drain us-west --service demo/hello --over 1h30m --force --reason disk",
      {
        action: "drain",
        target: at("us-west", "demo/hello"),
        overMs: 5_400_000,
        isForced: true,
        reason: "disk",
      },
    ],
    ["undrain eu.central", { action: "undrain", target: at("eu.central") }],
    ["undrain a --service n/s", { action: "undrain", target: at("a", "n/s") }],
    [
      "force up a --for 1h",
      { action: "force", verdict: "up", target: at("a"), forMs: 3_600_000, isForced: false, reason: null },
    ],
    [
      "force down a --service n/s --address 2001:DB8::0:1 --force",
      {
        action: "force",
        verdict: "down",
        target: at("a", "n/s", "2001:db8::1"),
        forMs: null,
        isForced: true,
        reason: null,
      },
    ],
    [
      "force none a",
      { action: "force", verdict: "none", target: at("a"), forMs: null, isForced: false, reason: null },
    ],
  ];
  for (const [args, order] of cases) {
    it(`is sent as it is meant: ${args}`, async (t) => {
      const server = await startFakeServer(t);
      const { code, session } = await run([...args.split(" "), "--socket", server.path]);
      assert.deepEqual([code, session.printed(), session.complained()], [0, "done\n", ""]);
      const [sent] = server.orders as Record<string, unknown>[];
      assert.ok("request" in parseRequest(sent), "the server would not take it");
      const { by, ...rest } = sent ?? {};
      assert.deepEqual(rest, order);
      if (sent?.["action"] !== "undrain") assert.ok(typeof by === "string" && by !== "");
    });
  }

  it("that is refused is an error with the services it would leave, the cure, and code 1", async (t) => {
    const server = await startFakeServer(t);
    server.reply = {
      ok: false,
      error: "refused: 2 services would have no cluster left",
      left: ["n/a", "n/b"],
    };
    const { code, session } = await run(["drain", "us-west", "--wait", "--socket", server.path]);
    assert.equal(code, 1);
    assert.equal(
      session.complained(),
      "fedns: refused: 2 services would have no cluster left:\n  n/a\n  n/b\nUse --force to do it anyway.\n",
    );
    assert.deepEqual([session.printed(), server.asked], ["", 0]);
  });

  it("names the services that it leaves without a cluster", async (t) => {
    const server = await startFakeServer(t);
    server.reply = { text: "us-west is drained; 1 service now without a cluster", left: ["n/a"] };
    const { session } = await run(["drain", "us-west", "--force", "--socket", server.path]);
    assert.equal(session.printed(), "us-west is drained; 1 service now without a cluster:\n  n/a\n");
  });

  for (const args of [
    "drain",
    "drain US_WEST",
    "drain a b",
    "drain a --service hello",
    "drain a --over soon",
    "drain a --over 367d",
    "undrain",
    "force",
    "force sideways a",
    "force up a --address example.com",
    "force up a --for",
    `drain a --reason ${"x".repeat(257)}`,
  ]) {
    it(`is wrong usage, code 2: ${args.slice(0, 40)}`, async () => {
      const { code, session } = await run(args.split(" "));
      assert.equal(code, 2);
      assert.match(session.complained(), /^fedns: /);
    });
  }

  it("goes to the socket in the state directory of the configuration", async (t) => {
    const server = await startFakeServer(t);
    const folder = await mkdtemp(join(tmpdir(), "fedns-orders-"));
    t.after(() => rm(folder, { recursive: true }));
    const file = join(folder, "fedns.yaml");
    const text = `federations: [{ name: f, domain: b.c }]\nnameservers: [{ name: n.o }]\nstateDirectory: `;
    await writeFile(file, `${text}${join(server.path, "..")}\n`);
    assert.equal((await run(["undrain", "a", "--config", file])).code, 0);
    assert.equal(server.orders.length, 1);
  });

  it("says why there is no reply, with code 1", async (t) => {
    const server = await startFakeServer(t);
    await server.stop();
    const { code, session } = await run(["undrain", "a", "--socket", server.path]);
    assert.equal(code, 1);
    assert.equal(
      session.complained(),
      `fedns: no running fedns responds on ${server.path}: there is no such socket; is fedns running, and with this configuration? --config FILE or FEDNS_CONFIG=FILE names another\n`,
    );
  });
});

type Held = {
  readonly addresses: number;
  readonly held: number;
  readonly until: string | null;
  readonly unprovable?: string[];
};

function drained(share: number, held: Held | null): object {
  const order = {
    order: "drain",
    ...at("us-west"),
    since: "2026-01-01T00:00:00.000Z",
    until: "2026-01-01T00:10:00.000Z",
    share,
    by: "anna",
    reason: null,
    held: held === null ? null : { unprovable: [], ...held },
  };
  return {
    now: "2026-01-01T00:05:00.000Z",
    orders: { orders: [{ ...order, service: "n/other" }, order], problem: null },
  };
}

describe("drain --wait", () => {
  type Waiting = {
    readonly server: FakeServer;
    readonly clock: FakeClock;
    readonly session: FakeSession;
    readonly ended: Promise<number>;
  };

  async function wait(t: { after(action: () => unknown): void }, status: object): Promise<Waiting> {
    const server = await startFakeServer(t);
    server.status = status;
    const session = fakeSession();
    const ended = main(["drain", "us-west", "--over", "10m", "--wait", "--socket", server.path], session);
    await until("it looks", () => server.asked > 0);
    return { server, clock: session.clock as FakeClock, session, ended };
  }

  /** Lets it look again, as often as told. */
  async function look({ server, clock }: Waiting, times: number = 1): Promise<void> {
    for (let i = 0; i < times; i++) {
      const { asked } = server;
      await until("it waits", () => clock.pendingTimers > 0);
      clock.advance(1000);
      await until("it looks again", () => server.asked > asked);
    }
  }

  it("prints the ramp from time to time, then how many addresses may be in caches, then that none is, and returns 0", async (t) => {
    const waiting = await wait(t, drained(255, null));
    const { server, session, ended } = waiting;
    await look(waiting);
    // News of the same kind within ten seconds is not worth a line.
    server.status = drained(200, null);
    await look(waiting, 3);
    server.status = drained(128, null);
    await look(waiting, 12);
    server.status = drained(0, { addresses: 40, held: 12, until: "2026-01-01T00:10:30.000Z" });
    await look(waiting, 2);
    server.status = drained(0, { addresses: 40, held: 0, until: null });
    await look(waiting);
    assert.equal(await ended, 0);
    assert.deepEqual(session.printed().split("\n"), [
      "done",
      "100 % left, until 00:10:00 UTC",
      "50 % left, until 00:10:00 UTC",
      "12 of the 40 addresses may still be in caches, until 00:10:30 UTC",
      "none of the 40 addresses is in caches that honour TTLs any more",
      "",
    ]);
    assert.equal(process.listenerCount("SIGINT"), 0);
  });

  it("returns 1 and the reason where it cannot be proved", async (t) => {
    const unprovable = ["2 other replicas answer for these names"];
    const proved = await wait(t, drained(0, { addresses: 1, held: 0, until: null, unprovable }));
    assert.equal(await proved.ended, 1);
    assert.match(proved.session.printed(), /\nnot proved: 2 other replicas answer for these names\n$/);
    const unknown = await wait(t, drained(0, null));
    assert.equal(await unknown.ended, 1);
    assert.match(unknown.session.complained(), /does not know what caches still have/);
  });

  it("returns 1 when the drain is ended", async (t) => {
    const waiting = await wait(t, drained(200, null));
    waiting.server.status = { orders: { orders: [], problem: null } };
    await look(waiting);
    assert.equal(await waiting.ended, 1);
    assert.match(
      waiting.session.complained(),
      /^fedns: us-west is not drained any more: the drain was ended\n$/,
    );
  });

  it("waits through a restart of the server, and of its control process", async (t) => {
    const waiting = await wait(t, drained(200, null));
    const { server, clock, ended } = waiting;
    server.status = { orders: null };
    await look(waiting);
    await server.stop();
    for (let i = 0; i < 3; i++) {
      await until("it waits", () => clock.pendingTimers > 0);
      clock.advance(1000);
    }
    await server.start();
    server.status = drained(0, { addresses: 1, held: 0, until: null });
    await look(waiting);
    assert.equal(await ended, 0);
  });

  it("gives up on a server that is gone for a minute", async (t) => {
    const { server, clock, session, ended } = await wait(t, drained(200, null));
    await until("it waits", () => clock.pendingTimers > 0);
    await server.stop();
    clock.advance(61_000);
    assert.equal(await ended, 1);
    assert.match(session.complained(), /^fedns: no running fedns responds on /);
  });

  it("ends at Ctrl-C with code 130; the drain goes on", async (t) => {
    const { server, clock, session, ended } = await wait(t, drained(200, null));
    await until("it waits", () => clock.pendingTimers > 0);
    process.emit("SIGINT");
    assert.equal(await ended, 130);
    assert.match(session.complained(), /the drain continues, and fedns undrain ends it \(us-west\)/);
    assert.deepEqual([server.orders.length, process.listenerCount("SIGINT")], [1, 0]);
  });
});
