/**
 * Leases under everything that clocks, processes and networks do, seeded. Three replicas count in one object; clocks differ in
 * rate by a tenth and in time by hours.
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { RENEW_DEADLINE_MS } from "../../../src/fleet/lease/elector.ts";
import { PAUSE_OBEYED_MS } from "../../../src/fleet/lease/pause-order.ts";
import { firstOf, identityOf, quietAfterMs, type Succession } from "../../../src/fleet/lease/succession.ts";
import { objectPath, pathOfCollection } from "../../../src/fleet/objects/object-path.ts";
import { SCALE } from "../../suite/scale.ts";
import { COUNTER, LEASE_PATH, SimulatedReplica } from "./simulated-replica.ts";
import { type Sent, SimulatedServer, SimulatedTransport } from "./simulated-server.ts";
import { SimulatedProcess, TrueTime } from "./simulated-time.ts";

const REPLICAS = 3;
const RATE_LEAST = 0.9;
const FAULTY_MS = 300_000;
/** After the last fault has begun: it may last 40 s, and a lease that nobody renews 17 s. */
const CALM_MS = 120_000;
/** Less than the duration of a lease, by the fastest clock. */
const SUCCEEDED_WITHIN_MS = 13_500;
const PAUSE_PATH = "/api/v1/namespaces/fedns-system/configmaps/fedns-pause";

class Federation {
  readonly time: TrueTime;
  readonly server = new SimulatedServer();
  readonly replicas: SimulatedReplica[] = [];
  readonly #wrong: string[] = [];
  /** How often a process had the lease of the one before it sooner than it would have run out. */
  successions = 0;
  #names = 0;
  #pausedAtMs = Infinity;

  constructor(seed: number) {
    this.time = new TrueTime(seed);
    const counter = { metadata: { name: COUNTER.name }, data: { count: "0" } };
    this.server.carryOut("POST", pathOfCollection(COUNTER), counter, 0);
    for (let count = 0; count < REPLICAS; count += 1) this.add();
  }

  add(succession: Succession = firstOf(`replica-${++this.#names}`)): void {
    const { time, server } = this;
    const rate = time.between(RATE_LEAST, 2 - RATE_LEAST);
    const process = new SimulatedProcess(time, identityOf(succession), rate);
    const transport = new SimulatedTransport(time, process, server, (sent) => this.#judgeSent(sent));
    this.replicas.push(new SimulatedReplica(time, process, transport, succession));
  }

  /** No two replicas may write at one true instant. A replica that stands still sends nothing. */
  judge = (): void => {
    assert.deepEqual(this.#wrong, []);
    const writers = this.replicas.filter(
      ({ process, mayWrite }) => !process.isDead && process.stillUntilMs <= this.time.nowMs && mayWrite,
    );
    assert.ok(writers.length <= 1, `${writers.map(({ process }) => process.name).join(" and ")} may write`);
  };

  /** Nothing is sent later than the deadline after the last renewal was sent, nor long after a pause. */
  #judgeSent({ process, isGuarded, atMs }: Sent): void {
    if (!isGuarded) return;
    const renewals = this.server.accepted.filter(
      ({ path, object }) => path === LEASE_PATH && object["spec"].holderIdentity === process.name,
    );
    const lastMs = renewals.at(-1)?.sentMs ?? -Infinity;
    // Noted, not thrown: the replica would take an exception for a failed request.
    if (atMs - lastMs > RENEW_DEADLINE_MS / RATE_LEAST)
      this.#wrong.push(`${process.name} sent ${atMs - lastMs} ms after its renewal`);
    const pausedMs = atMs - this.#pausedAtMs;
    if (pausedMs > PAUSE_OBEYED_MS / RATE_LEAST)
      this.#wrong.push(`${process.name} sent ${pausedMs} ms after the pause`);
  }

  /** What was written is a count without gaps or repetitions: no late write undid another one. It goes on in the end. */
  judgeCount(): number {
    const written = this.server.accepted.filter(({ path }) => path === objectPath(COUNTER));
    const counts = written.map(({ object }) => Number(object["data"].count));
    assert.deepEqual(counts, [...counts.keys()]);
    const lastMs = written.at(-1)?.sentMs ?? 0;
    assert.ok(lastMs > FAULTY_MS + CALM_MS / 2, `the last write was sent at ${lastMs} ms`);
    return counts.length;
  }

  fault(): void {
    const { time } = this;
    const replica = this.replicas[Math.floor(time.random() * this.replicas.length)] as SimulatedReplica;
    const { process, transport } = replica;
    const faults = [
      () => (transport.partition = { kind: "lost", untilMs: time.nowMs + time.between(500, 30_000) }),
      () => (transport.partition = { kind: "held", untilMs: time.nowMs + time.between(500, 30_000) }),
      () => (transport.partition = { kind: "mute", untilMs: time.nowMs + time.between(500, 30_000) }),
      () => process.suspend(time.between(500, 40_000)),
      () => process.stall(time.between(500, 20_000)),
      () => process.setWallClock(time.between(-60_000, 60_000)),
      () => (this.server.busyUntilMs = time.nowMs + time.between(500, 12_000)),
      () => this.#replace(replica, () => replica.kill()),
      () => this.#succeed(replica),
      () => this.#replace(replica, () => void replica.stop()),
      () => this.#pause(),
    ];
    // A machine that is suspended while its clock is set back hides the suspension: no clock of it could tell.
    const isStill = process.stillUntilMs + RENEW_DEADLINE_MS * 2 > time.nowMs && process.stillUntilMs > 0;
    const chosen = Math.floor(time.random() * faults.length);
    if (!(isStill && chosen >= 3 && chosen <= 5)) faults[chosen]?.();
  }

  #replace(replica: SimulatedReplica, end: () => void, successor?: () => Succession): void {
    end();
    this.replicas.splice(this.replicas.indexOf(replica), 1);
    this.add(successor?.());
  }

  /** Its supervisor starts another process, which may have its lease before it runs out. */
  #succeed(before: SimulatedReplica): void {
    const { succession, runner } = before;
    const hadLease = runner.status.isHeld;
    this.#replace(
      before,
      () => before.kill(),
      () => ({
        replica: succession.replica,
        number: succession.number + 1,
        quietAfterMs: Math.max(quietAfterMs(before.openWrites), succession.quietAfterMs),
      }),
    );
    if (!hadLease) return;
    const atMs = this.time.nowMs;
    const next = this.replicas.at(-1);
    this.time.at(atMs + SUCCEEDED_WITHIN_MS, null, () => {
      this.successions += next?.runner.status.isHeld === true ? 1 : 0;
    });
  }

  #pause(): void {
    if (this.server.objects.has(PAUSE_PATH)) return;
    const { time } = this;
    const order = { metadata: { name: "fedns-pause" } };
    this.server.carryOut("POST", pathOfCollection(COUNTER), order, time.nowMs);
    this.#pausedAtMs = time.nowMs;
    time.at(time.nowMs + time.between(5_000, 40_000), null, () => {
      this.server.carryOut("DELETE", PAUSE_PATH, { preconditions: {} }, time.nowMs);
      this.#pausedAtMs = Infinity;
    });
  }
}

async function run(seed: number): Promise<Federation> {
  const federation = new Federation(seed);
  const { time, judge } = federation;
  const faultLater = (): void => {
    time.at(time.nowMs + time.between(500, 12_000), null, () => {
      if (time.nowMs > FAULTY_MS) return;
      federation.fault();
      faultLater();
    });
  };
  faultLater();
  await time.run(FAULTY_MS + CALM_MS, judge);
  return federation;
}

describe("a lease", () => {
  it(`has one writer at a time and is never written beyond, in ${SCALE.leaseSeeds} seeds`, async () => {
    let counted = 0;
    let successions = 0;
    for (let seed = 1; seed <= SCALE.leaseSeeds; seed += 1) {
      try {
        const federation = await run(seed);
        counted += federation.judgeCount();
        successions += federation.successions;
      } catch (error) {
        throw new Error(`seed ${seed}`, { cause: error });
      }
    }
    assert.ok(counted > SCALE.leaseSeeds * 20, `${counted} writes`);
    assert.ok(successions > 0, "no process had the lease of the one before it");
  });
});
