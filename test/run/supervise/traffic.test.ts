/** Traffic in a whole fedns: real API servers, annotations and orders, two workers, killed processes, a start without any cluster. */
import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { UdpClient } from "../../answer/serve/udp-client.ts";
import { decode } from "../../support/decode.ts";
import { type Fedns, startFedns } from "../../support/fedns.ts";
import { isAlive, killHard, suiteScope } from "../../support/programs.ts";
import { encodeQuery } from "../../support/query.ts";
import { until } from "../../support/until.ts";
import {
  addresses,
  eventually,
  HELLO_ADDRESSES,
  LOOK_AGAIN_MS,
  pidOf,
  SETTINGS,
  startWhole,
  type Whole,
} from "./whole.ts";

const ANY = "hello.demo.myfed.svc.example.com";
const WEST = "hello.demo.myfed.svc.us-west.example.com";
const CLUSTERS = ["us-west", "eu-central", "ap-northeast"];
const REGIONS: Readonly<Record<string, string>> = {
  "192": "us-west",
  "198": "eu-central",
  "203": "ap-northeast",
};
/** Sockets of their own: the kernel gives each to one of the workers. */
const CLIENTS = 16;
const QUERIES = 400;
const OVER_ALL = CLIENTS * QUERIES;

type Annotations = Readonly<Record<string, string | null>>;

function annotate({ clusters }: Whole, cluster: string, annotations: Annotations): void {
  const ref = { apiVersion: "v1", kind: "Service", namespace: "demo", name: "hello" };
  clusters.server(cluster).objects.patch(ref, { metadata: { annotations } });
}

function annotateNamespace({ clusters }: Whole, cluster: string, annotations: Annotations): void {
  const ref = { apiVersion: "v1", kind: "Namespace", name: "demo" };
  clusters.server(cluster).objects.patch(ref, { metadata: { annotations } });
}

/** The share of each cluster in the addresses of many answers. */
async function shares(
  scope: Parameters<typeof UdpClient.open>[0],
  { fedns }: Whole,
): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (let i = 0; i < CLIENTS; i++) {
    const client = await UdpClient.open(scope, fedns);
    for (let id = 0; id < QUERIES; id++) {
      client.send(encodeQuery({ name: ANY, type: 1, id }));
      if (id % 50 === 49) await until("the answers are here", () => client.replies.length > id, 10_000);
    }
    for (const { bytes } of client.replies) {
      const first = decode(bytes).answer[0]?.data.split(".")[0] ?? "";
      const cluster = REGIONS[first] ?? "none";
      counts[cluster] = (counts[cluster] ?? 0) + 1 / OVER_ALL;
    }
  }
  return counts;
}

/** Four standard deviations. */
function assertShare(actual: number | undefined, expected: number): void {
  const bound = 4 * Math.sqrt((expected * (1 - expected)) / OVER_ALL);
  assert.ok(Math.abs((actual ?? 0) - expected) <= bound, `${actual}, not ${expected}`);
}

async function statusIs(fedns: Fedns, isRight: (status: any) => boolean): Promise<any> {
  const deadlineMs = performance.now() + 15_000;
  for (;;) {
    const status = await fedns.status();
    if (isRight(status)) return status;
    assert.ok(performance.now() < deadlineMs, JSON.stringify([status.steering, status.orders]));
    await delay(LOOK_AGAIN_MS);
  }
}

const to = (target: object): object => ({ cluster: "us-west", service: null, address: null, ...target });
const annotations = { isForced: false, by: "anna", reason: null };

async function order({ fedns }: Whole, request: object): Promise<void> {
  const reply = await fedns.command({ command: "order", order: { ...annotations, ...request } });
  assert.equal(reply.ok, true, JSON.stringify(reply));
}

describe("annotations", () => {
  const scope = suiteScope();
  let whole: Whole;
  before(async () => {
    whole = await startWhole(scope);
  });

  it("of a service set its shares for all workers; clusters that are not listed are standby", async (t) => {
    for (const cluster of CLUSTERS)
      annotate(whole, cluster, {
        "fedns.io/policy": "weighted",
        "fedns.io/weights": "us-west=3,eu-central=1",
        "fedns.io/max-answers": "1",
        "fedns.io/ttl": "7s",
      });
    await eventually(whole.client, ANY, (data) => data.length === 1);
    const { answer } = await whole.client.ask({ name: ANY, type: 1, id: 60_000 });
    assert.equal(answer[0]?.ttl, 7);
    const counts = await shares(t, whole);
    assertShare(counts["us-west"], 3 / 4);
    assertShare(counts["eu-central"], 1 / 4);
    assert.equal(counts["ap-northeast"], undefined);
  });

  it("that are invalid are reported, and the last valid ones stay", async (t) => {
    for (const cluster of CLUSTERS) annotate(whole, cluster, { "fedns.io/weights": "us-west=many" });
    const { steering } = await statusIs(whole.fedns, ({ steering: { problems } }) => problems.length === 3);
    assert.match(steering.problems[0].message, /^fedns.io\/weights "us-west=many" gives us-west a weight/);
    assertShare((await shares(t, whole))["us-west"], 3 / 4);
  });

  it("of the oldest object win where clusters disagree, and the conflict is shown", async () => {
    annotate(whole, "us-west", { "fedns.io/policy": "all" });
    const { steering } = await statusIs(whole.fedns, ({ steering: { conflicts } }) => conflicts.length === 1);
    assert.match(
      steering.conflicts[0].text,
      /^fedns.io\/policy "\w+" of the service in \S+ \(the oldest\) wins over/,
    );
  });

  it("of a namespace apply to its services, which may override them", async () => {
    const none = Object.fromEntries(
      ["policy", "weights", "max-answers", "ttl"].map((name) => [`fedns.io/${name}`, null]),
    );
    for (const cluster of CLUSTERS) annotate(whole, cluster, none);
    await statusIs(whole.fedns, ({ steering }) => steering.problems.length + steering.conflicts.length === 0);
    annotateNamespace(whole, "eu-central", { "fedns.io/policy": "all" });
    await eventually(whole.client, ANY, (data) => data.length === 6);
    annotate(whole, "ap-northeast", { "fedns.io/policy": "failover" });
    await eventually(whole.client, ANY, (data) => data.length === 2);
    annotateNamespace(whole, "eu-central", { "fedns.io/policy": null });
    annotate(whole, "ap-northeast", { "fedns.io/policy": null });
  });

  it("of capacity make a cluster give the missing part to the next", async (t) => {
    annotate(whole, "us-west", {
      "fedns.io/policy": "failover",
      "fedns.io/failover-order": "us-west,ap-northeast",
      "fedns.io/capacity": "12",
    });
    await eventually(whole.client, ANY, (data) => data[0]?.startsWith("203.") === true);
    const counts = await shares(t, whole);
    // 3 ready of 12, where 0.7 of them would be enough.
    assertShare(counts["us-west"], 0.25 / 0.7);
    assert.equal(counts["eu-central"], undefined);
  });
});

describe("orders", () => {
  const scope = suiteScope();
  let whole: Whole;
  before(async () => {
    whole = await startWhole(scope);
  });

  it("of one address alone take it out, and give it back", async () => {
    const [first = "", second = ""] = HELLO_ADDRESSES;
    await order(whole, { action: "force", target: to({ address: first }), verdict: "down", forMs: null });
    await eventually(whole.client, WEST, (data) => data.join() === second);
    await order(whole, { action: "force", target: to({ address: first }), verdict: "none", forMs: null });
    await eventually(whole.client, WEST, (data) => data.length === 2);
  });

  it("to drain hold while control is killed, after all was killed, and with no cluster to be seen", async (t) => {
    const { fedns, client, clusters } = whole;
    assert.deepEqual(await addresses(client, WEST), HELLO_ADDRESSES);
    await order(whole, { action: "drain", target: to({}), overMs: 0, isForced: true });
    const isElsewhere = async (asking: UdpClient): Promise<void> => {
      const data = await addresses(asking, WEST);
      assert.ok(data.length > 0 && !data.some((address) => HELLO_ADDRESSES.includes(address)), data.join());
    };
    const killed = await pidOf(fedns, "control");
    killHard(killed);
    const deadlineMs = performance.now() + 15_000;
    for (;;) {
      await isElsewhere(client);
      const status = await fedns.status();
      if (status.orders !== null && status.processes.control.pid !== killed) break;
      assert.ok(performance.now() < deadlineMs, "no other control reports");
      await delay(LOOK_AGAIN_MS);
    }
    const pids = [await pidOf(fedns, "serve"), await pidOf(fedns, "control")];
    await clusters.takeAway();
    for (const pid of [fedns.pid, ...pids]) killHard(pid);
    await fedns.exited;
    await until("all are gone", () => !pids.some(isAlive), 20_000);
    const settings = { ...SETTINGS, clusters: clusters.settings };
    const again = await startFedns(t, { directory: fedns.directory, settings });
    const startedMs = Date.now();
    const asking = await UdpClient.open(t, again);
    await isElsewhere(asking);
    const { orders } = await statusIs(again, (status) => status.orders !== null);
    const [{ held, share, by }] = orders.orders;
    assert.deepEqual([orders.orders.length, share, by], [1, 0, "anna"]);
    // The answers before the end are unknown: every address may have been in one, up to the start.
    assert.equal(held.held, held.addresses);
    const untilMs = Date.parse(held.until);
    assert.ok(untilMs > startedMs && untilMs <= Date.now() + 31_000, held.until);
    await isElsewhere(asking);
    await clusters.bringBack();
    await statusIs(again, ({ isStale }) => isStale === false);
    await isElsewhere(asking);
  });
});
