/** Commands to a running fedns: through socket, supervisor and control; visible in /status and /readyz; they survive the death of control. */
import assert from "node:assert/strict";
import { before, it } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { UdpClient } from "../../answer/serve/udp-client.ts";
import { type Fedns, startFedns } from "../../support/fedns.ts";
import { killHard, suiteScope } from "../../support/programs.ts";
import { LOOK_AGAIN_MS } from "./whole.ts";

const SERVFAIL = 2;
const NXDOMAIN = 3;
const NAME = "hello.demo.myfed.svc.example.com";
const BOUND_MS = 10_000;

/** Its kubeconfig does not exist: it can never be read. */
const clusters = [{ name: "us-west", kubeconfig: "./nothing.kubeconfig", region: "us-west" }];
const scope = suiteScope();
let fedns: Fedns;
let client: UdpClient;
before(async () => {
  fedns = await startFedns(scope, { settings: { clusters, unreadMembers: "wait" }, waitReady: false });
  client = await UdpClient.open(scope, fedns);
});

let id = 0;
const rcode = async (): Promise<number> => (await client.ask({ name: NAME, type: 1, id: ++id }, 1_000)).rcode;

async function readyzIs(isRight: (page: { code: number; body: string }) => boolean): Promise<string> {
  const deadlineMs = performance.now() + BOUND_MS;
  for (;;) {
    const page = await fedns.page("/readyz");
    if (isRight(page)) return page.body;
    assert.ok(performance.now() < deadlineMs, `${page.code} ${page.body}`);
    await delay(LOOK_AGAIN_MS);
  }
}

/** The status of the process that comes after this one. */
async function killControl(before: any): Promise<any> {
  killHard(before.processes.control.pid);
  const deadlineMs = performance.now() + BOUND_MS;
  for (;;) {
    const after = await fedns.status();
    if (after.orders !== null && after.processes.control.pid !== before.processes.control.pid) return after;
    assert.ok(performance.now() < deadlineMs, "no other control reports");
  }
}

it("a cluster that was never read keeps fedns waiting until it is forgotten, also after control was killed", async () => {
  const body = await readyzIs(
    (page) => page.code === 503 && page.body.includes("nothing.kubeconfig") && !page.body.includes("SOA"),
  );
  assert.match(
    body,
    /^not ready\n- 1 cluster has not been read, .*\(unreadMembers: wait\)\n- cluster us-west has/,
  );
  assert.match(
    body,
    /\(its credentials cannot be used: .*nothing\.kubeconfig.*\): .*: fedns forget cluster us-west/,
  );
  assert.equal(await rcode(), SERVFAIL);
  const forget = { what: "cluster", cluster: "us-west", isDryRun: true, by: "anna", reason: "gone" };
  const dry = await fedns.command({ command: "forget", forget });
  assert.match(dry.text, /^would forget us-west: /);
  assert.deepEqual([await rcode(), (await fedns.page("/readyz")).code], [SERVFAIL, 503]);
  const { ok, text } = await fedns.command({ command: "forget", forget: { ...forget, isDryRun: false } });
  assert.deepEqual([ok, text.split(":")[0]], [true, "us-west is forgotten until it is read"]);
  await readyzIs((page) => page.code === 200 && page.body === "ok\n");
  assert.equal(await rcode(), NXDOMAIN);
  const before = await fedns.status();
  const [{ since, ...entry }] = before.forgotten.clusters;
  assert.deepEqual(entry, { cluster: "us-west", by: "anna", reason: "gone" });
  assert.ok(Math.abs(Date.parse(since) - Date.now()) < 60_000);
  const after = await killControl(before);
  assert.deepEqual([after.forgotten, await rcode()], [before.forgotten, NXDOMAIN]);
  const wrong = { ...forget, cluster: "us-wst" };
  assert.match((await fedns.command({ command: "forget", forget: wrong })).error, /did you mean us-west\?$/);
});

it("a drain is obeyed, shown, and still there when control was killed", async () => {
  const target = { cluster: "us-west", service: null, address: null };
  const annotations = { isForced: false, by: "anna", reason: "new switches" };
  const order = { action: "drain", target, overMs: 0, ...annotations };
  assert.deepEqual(await fedns.command({ command: "order", order }), {
    ok: true,
    text: "us-west is drained",
    left: [],
  });
  const wrong = { ...order, target: { ...target, cluster: "us-wst" } };
  assert.deepEqual(await fedns.command({ command: "order", order: wrong }), {
    ok: false,
    error: "unknown cluster us-wst; did you mean us-west?",
    left: [],
  });
  const before = await fedns.status();
  assert.deepEqual([before.orders.orders.length, before.orders.orders[0].share], [1, 0]);
  const after = await killControl(before);
  assert.deepEqual(after.orders, before.orders);
  const { ok, status } = await fedns.command({ command: "status" });
  assert.deepEqual([ok, status.orders], [true, before.orders]);
});
