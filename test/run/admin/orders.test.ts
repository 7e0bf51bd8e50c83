/** Orders through the real admin socket: passed on unchanged, refused with a reason, and always answered. */
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, it } from "node:test";
import { serveAdminCommands } from "../../../src/run/admin/commands.ts";
import { listenForAdmin } from "../../../src/run/admin/listener.ts";
import type { FromControl, ToControl } from "../../../src/run/control/messages.ts";
import type { Log, LogFields } from "../../../src/kernel/log.ts";
import { silentLog } from "../../../src/kernel/log.ts";
import { ControlLink } from "../../../src/run/supervise/control-link.ts";
import { orderCommands } from "../../../src/run/supervise/order-commands.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { until } from "../../support/until.ts";

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

const order = {
  action: "drain",
  target: { cluster: "us-west", service: null, address: null },
  overMs: 600_000,
  isForced: false,
  by: "anna",
  reason: null,
};

type Rig = {
  readonly path: string;
  readonly clock: FakeClock;
  readonly heard: ToControl[];
  readonly say: (message: FromControl) => void;
};

/** An admin socket with a link behind it, and a control process that replies as the test says. */
async function start(options: { readonly isDead?: boolean; readonly log?: Log } = {}): Promise<Rig> {
  const folder = await mkdtemp(join(tmpdir(), "fedns-orders-"));
  closing.push(() => rm(folder, { recursive: true }));
  const path = join(folder, "admin.sock");
  const clock = new FakeClock();
  const heard: ToControl[] = [];
  const link = new ControlLink(clock, (message) => {
    heard.push(message);
    return options.isDead !== true;
  });
  const commands = orderCommands({
    order: (request) => link.sendOrder(request),
    forget: (request) => link.sendForget(request),
    claims: (host) => link.askClaims(host),
    status: () => Promise.resolve({ version: "1", clusters: [] }),
    metrics: () => Promise.resolve("fedns_ready 1\n"),
  });
  const socket = await listenForAdmin(path);
  serveAdminCommands(socket, commands, options.log ?? silentLog);
  closing.push(() => socket.close());
  return { path, clock, heard, say: (message) => link.onMessage(message) };
}

function ask(path: string, request: object): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const socket = connect(path, () => socket.write(`${JSON.stringify(request)}\n`));
    socket.setEncoding("utf8").once("data", (line: string) => {
      socket.destroy();
      resolve(JSON.parse(line));
    });
    socket.on("error", reject);
  });
}

const idOf = (message: ToControl | undefined): number =>
  message?.kind === "order" || message?.kind === "forget" ? message.id : -1;

describe("an order to the socket", () => {
  it("reaches control unchanged, and the reply comes back", async () => {
    const { path, heard, say } = await start();
    const reply = ask(path, { command: "order", order });
    await until("control hears it", () => heard.length === 1);
    assert.deepEqual(heard[0], { kind: "order", id: 0, order });
    say({ kind: "ordered", id: idOf(heard[0]), ok: true, text: "us-west is being drained", left: [] });
    assert.deepEqual(await reply, { ok: true, text: "us-west is being drained", left: [] });
  });

  it("that is refused comes back as an error, with the services it would leave", async () => {
    const { path, heard, say } = await start();
    const reply = ask(path, { command: "order", order });
    await until("control hears it", () => heard.length === 1);
    say({ kind: "ordered", id: idOf(heard[0]), ok: false, text: "refused: why", left: ["demo/hello"] });
    assert.deepEqual(await reply, { ok: false, error: "refused: why", left: ["demo/hello"] });
  });

  it("that is invalid never reaches control", async () => {
    const { path, heard } = await start();
    for (const unsound of [undefined, null, [], { ...order, action: "x" }, { ...order, overMs: -1 }]) {
      const reply = (await ask(path, { command: "order", order: unsound })) as { ok: boolean; error: string };
      assert.equal(reply.ok, false);
      assert.match(reply.error, /^an order's /);
    }
    assert.deepEqual(heard, []);
  });

  it("is answered when control is dead, and when it stays silent", async () => {
    const late = {
      ok: false,
      error: "the control process does not answer; it may still carry out the order: see fedns status later",
      code: "ORDER_LATE",
    };
    assert.deepEqual(await ask((await start({ isDead: true })).path, { command: "order", order }), late);
    const silent = await start();
    const reply = ask(silent.path, { command: "order", order });
    await until("control hears it", () => silent.heard.length === 1);
    silent.clock.advance(10_000);
    assert.deepEqual(await reply, late);
    // A reply that comes too late is dropped.
    silent.say({ kind: "ordered", id: 0, ok: true, text: "", left: [] });
    assert.equal(silent.clock.pendingTimers, 0);
  });
});

describe("a request to forget", () => {
  const forget = { what: "cluster", cluster: "west", isDryRun: false, by: "anna", reason: null };

  it("reaches control unchanged, and the reply comes back", async () => {
    const { path, heard, say } = await start();
    const reply = ask(path, { command: "forget", forget });
    await until("control hears it", () => heard.length === 1);
    assert.deepEqual(heard[0], { kind: "forget", id: 0, forget });
    say({ kind: "ordered", id: idOf(heard[0]), ok: false, text: "west has been read", left: [] });
    assert.deepEqual(await reply, { ok: false, error: "west has been read", left: [] });
  });

  it("that is invalid never reaches control", async () => {
    const { path, heard } = await start();
    for (const [unsound, problem] of [
      [undefined, /^the request's is not an object|^the request's what/],
      [{ ...forget, what: "planet" }, /^the request's what/],
      [{ ...forget, cluster: "" }, /^the request's cluster is empty$/],
      [{ ...forget, reason: "a\nb" }, /^the request's reason has control characters$/],
    ] as const) {
      const reply = (await ask(path, { command: "forget", forget: unsound })) as {
        ok: boolean;
        error: string;
      };
      assert.equal(reply.ok, false);
      assert.match(reply.error, problem);
    }
    assert.deepEqual(heard, []);
  });
});

describe("the question for the status", () => {
  it("gives what /status gives, and fills no log", async () => {
    const lines: (readonly [string, LogFields])[] = [];
    const note = (level: string) => (fields: LogFields) => void lines.push([level, fields]);
    const log = { debug: note("debug"), info: note("info"), warn: note("warn"), error: note("error") };
    const { path } = await start({ log });
    assert.deepEqual(await ask(path, { command: "status" }), {
      ok: true,
      status: { version: "1", clusters: [] },
    });
    assert.deepEqual(lines, [["debug", { command: "status" }]]);
    assert.deepEqual(await ask(path, { command: "metrics" }), { ok: true, metrics: "fedns_ready 1\n" });
  });
});

it("reports and orders under way at once do not take each other's answers", async () => {
  const clock = new FakeClock();
  const link = new ControlLink(clock, () => true);
  const report = link.requestStatus();
  const ordered = link.sendOrder({ action: "undrain", target: order.target });
  link.onMessage({ kind: "ordered", id: 0, ok: true, text: "not yours", left: [] });
  link.onMessage({ kind: "ordered", id: 1, ok: true, text: "yours", left: [] });
  assert.equal((await ordered)?.text, "yours");
  clock.advance(2_000);
  assert.equal(await report, null);
});

it("why a host is not served is asked of the control process", async () => {
  const { path, heard, say } = await start();
  const problem = { host: "a.example.com", cluster: "west", object: "Ingress shop/web", sentence: "no" };
  const asking = ask(path, { command: "claims", host: "A.example.com." });
  await until("the control process is asked", () => heard.length === 1);
  const [message] = heard;
  assert.deepEqual(message, { kind: "claims", id: 0, host: "a.example.com" });
  say({ kind: "claims", id: 0, problems: [{ ...problem, reason: "not served" }] });
  assert.deepEqual(await asking, { ok: true, problems: [{ ...problem, reason: "not served" }] });
  assert.deepEqual(await ask(path, { command: "claims", host: 7 }), { ok: true, problems: [] });
});
