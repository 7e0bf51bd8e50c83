/** Two replicas against an API server, in real time ten times as fast: changes of the lease, partitions, a kill, a pause. */
import assert from "node:assert/strict";
import { before, beforeEach, describe, it } from "node:test";
import type { ApiReply } from "../../../src/fleet/kube/api-response.ts";
import type { RequestOptions } from "../../../src/fleet/kube/transport.ts";
import { Transport } from "../../../src/fleet/kube/transport.ts";
import { freePermit } from "../../../src/fleet/kube/write-permit.ts";
import { hostLease } from "../../../src/fleet/lease/host-lease.ts";
import type { LeaseRunner } from "../../../src/fleet/lease/lease-runner.ts";
import { RETRY_PERIOD_MS } from "../../../src/fleet/lease/elector.ts";
import { pauseWrites, resumeWrites } from "../../../src/fleet/lease/pause-order.ts";
import { create } from "../../../src/fleet/objects/create.ts";
import type { ObjectKey } from "../../../src/fleet/objects/object-path.ts";
import { read } from "../../../src/fleet/objects/read.ts";
import { refusalOf } from "../../../src/fleet/objects/refusal.ts";
import { replace } from "../../../src/fleet/objects/replace.ts";
import { type Clock, systemClock } from "../../../src/kernel/clock.ts";
import { OperationalError } from "../../../src/kernel/error.ts";
import { silentLog } from "../../../src/kernel/log.ts";
import type { ApiServer } from "../../../src/sandbox/api-server.ts";
import { startApiServer } from "../../../src/sandbox/api-server.ts";
import { atEnd, suiteScope } from "../../support/programs.ts";
import { until } from "../../support/until.ts";
import { transportTo } from "../objects/connected-server.ts";

const SPEED = 10;
const NAMESPACE = "kube-federation-system";
const { signal } = new AbortController();

const fastClock: Clock = {
  wallMs: () => Date.now() * SPEED,
  nowMs: () => performance.now() * SPEED,
  after: (delayMs, action) => systemClock.after(delayMs / SPEED, action),
};

/** Fails at once while the network is cut. */
class CutTransport extends Transport {
  isCut = false;
  readonly #inner: Transport;

  constructor(inner: Transport) {
    super({ clock: fastClock, random: Math.random });
    this.#inner = inner;
  }

  override async request(options: RequestOptions): Promise<ApiReply> {
    if (this.isCut) throw new OperationalError("KUBE_UNREACHABLE", "the network is cut");
    return this.#inner.request(options);
  }
}

type Replica = { readonly runner: LeaseRunner; readonly transport: CutTransport };

describe("two replicas", { timeout: 100_000 }, () => {
  const scope = suiteScope();
  let server: ApiServer;
  let admin: Transport;
  let replicas: readonly [Replica, Replica];
  before(async () => {
    server = await startApiServer();
    atEnd(scope, () => server.close());
    server.objects.put({ apiVersion: "v1", kind: "Namespace", metadata: { name: NAMESPACE } });
    admin = await transportTo(scope, server);
  });
  beforeEach(async (t) => {
    const key = { apiVersion: "coordination.k8s.io/v1", kind: "Lease", namespace: NAMESPACE };
    if (server.objects.get({ ...key, name: "fedns-control" }) !== undefined)
      server.objects.delete({ ...key, name: "fedns-control" });
    const start = async (): Promise<Replica> => {
      const transport = new CutTransport(await transportTo(scope, server));
      const runner = hostLease({
        transport,
        purpose: "control",
        namespace: NAMESPACE,
        clock: fastClock,
        random: Math.random,
        log: silentLog,
      });
      runner.start();
      return { runner, transport };
    };
    replicas = [await start(), await start()];
    await until("one of them writes", () => writers().length === 1);
    void t;
  });
  const writers = (): Replica[] => {
    const found = replicas.filter(({ runner }) => runner.permit.refusal === null);
    assert.ok(found.length <= 1, "two write at once");
    return found;
  };
  const writer = (): Replica => writers()[0] as Replica;
  const other = (replica: Replica): Replica => replicas.find((one) => one !== replica) as Replica;
  const stopAll = async (): Promise<void> => {
    await Promise.all(replicas.map(({ runner }) => runner.stop()));
  };

  it("change places when the holder stops, at once, and each change is counted", async () => {
    const first = writer();
    const second = other(first);
    const startMs = performance.now();
    await first.runner.stop();
    await until("the other writes", () => second.runner.permit.refusal === null);
    assert.ok(performance.now() - startMs < 10_000, "it did not wait for the lease to run out");
    assert.equal(second.runner.status.transitions, 1);
    assert.match(String(first.runner.permit.refusal), /fedns is stopping/);
    await stopAll();
  });

  it("change places when the holder loses the network, or is killed, and never write both", async () => {
    const first = writer();
    const second = other(first);
    first.transport.isCut = true;
    await until("the other writes", () => writers()[0] === second);
    assert.notEqual(first.runner.permit.refusal, null);
    first.transport.isCut = false;
    await until("the first one follows", () => first.runner.status.holder === second.runner.status.identity);
    assert.equal(writer(), second);
    second.transport.isCut = true;
    second.transport.close();
    await until("the first one writes again", () => writers()[0] === first);
    await stopAll();
  });

  it("change places when the holder steps down", async () => {
    const first = writer();
    first.runner.stepDown("this process did nothing for 7000 ms");
    assert.match(String(first.runner.permit.refusal), /did nothing for 7000 ms/);
    await until("the other writes", () => writers()[0] === other(first));
    await stopAll();
  });

  it("write with their permit alone, and a late write of the earlier holder is refused", async () => {
    const key: ObjectKey = {
      resource: { group: "", version: "v1", plural: "configmaps" },
      namespace: NAMESPACE,
      name: "written",
    };
    const first = writer();
    const second = other(first);
    const content = (text: string) => ({ kind: "ConfigMap", data: { text } });
    const by = ({ runner }: Replica) => ({ permit: runner.permit, signal });
    await create(admin, key, content("first"), by(first));
    const before = await read(admin, key, { signal });
    assert.ok(before !== null);
    const kinds = { plural: "configmaps" };
    await assert.rejects(
      replace(admin, key, content("early"), { ...by(second), before }),
      (error) => refusalOf(error, kinds).kind === "not-permitted",
    );
    await first.runner.stop();
    await until("the other writes", () => writers()[0] === second);
    await replace(admin, key, content("second"), { ...by(second), before });
    // As if it had been on its way all the time.
    const late = replace(admin, key, content("late"), { permit: freePermit(5), signal, before });
    await assert.rejects(late, (error) => refusalOf(error, kinds).kind === "stale");
    await stopAll();
  });

  it("write nothing while they are paused, whoever holds the lease", async () => {
    const options = { transport: admin, namespace: NAMESPACE, permit: freePermit(5), signal };
    const order = { author: "ann", reason: "upgrade", since: "2026-01-01T00:00:00Z" };
    assert.deepEqual(await pauseWrites(order, options), order);
    assert.deepEqual(await pauseWrites({ ...order, author: "bob" }, options), order, "the first order stays");
    await until("nobody writes", () => writers().length === 0);
    const holder = replicas.find(({ runner }) => runner.status.isHeld) as Replica;
    assert.match(
      String(holder.runner.permit.refusal),
      /^ann has paused all writes since 2026-01-01T00:00:00Z: upgrade \(fedns resume ends that\)$/,
    );
    await holder.runner.stop();
    await until("the other holds the lease", () => other(holder).runner.status.isHeld);
    await until("it knows", () => /ann has paused/.test(String(other(holder).runner.permit.refusal)));
    assert.deepEqual(await resumeWrites(options), order);
    assert.equal(await resumeWrites(options), null);
    await until("it writes", () => writers()[0] === other(holder));
    await stopAll();
  });
});

describe("a replica that starts before its credentials are loaded", () => {
  const scope = suiteScope();

  it("holds the lease soon after they are", async () => {
    const server = await startApiServer();
    atEnd(scope, () => server.close());
    server.objects.put({ apiVersion: "v1", kind: "Namespace", metadata: { name: NAMESPACE } });
    const ready = await transportTo(scope, server);
    let isLoaded = false;
    class LateTransport extends Transport {
      override async request(options: RequestOptions): Promise<ApiReply> {
        if (!isLoaded) throw new OperationalError("KUBE_NO_CREDENTIALS", "they are being loaded");
        return ready.request(options);
      }
    }
    const rests: number[] = [];
    const clock: Clock = {
      ...systemClock,
      after: (delayMs, action) => {
        if (!isLoaded) rests.push(delayMs);
        return systemClock.after(delayMs, action);
      },
    };
    const transport = new LateTransport({ clock, random: Math.random });
    const options = { transport, namespace: NAMESPACE, clock, random: Math.random, log: silentLog };
    const runner = hostLease({ ...options, purpose: "propagate" });
    runner.start();
    await until("it has asked twice", () => rests.length > 1);
    assert.ok(Math.max(...rests) < RETRY_PERIOD_MS, rests.join());
    isLoaded = true;
    await until("it holds the lease", () => runner.permit.hasLease);
    await runner.stop();
  });
});
