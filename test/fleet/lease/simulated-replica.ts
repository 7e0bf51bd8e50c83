/** One replica of fedns: a lease runner, and a writer that counts up in an object while it may. */
import type { LeaseStatus } from "../../../src/fleet/lease/lease-runner.ts";
import { LeaseRunner } from "../../../src/fleet/lease/lease-runner.ts";
import type { Succession } from "../../../src/fleet/lease/succession.ts";
import { pauseReason, readPause } from "../../../src/fleet/lease/pause-order.ts";
import type { ObjectKey } from "../../../src/fleet/objects/object-path.ts";
import { read } from "../../../src/fleet/objects/read.ts";
import { replace } from "../../../src/fleet/objects/replace.ts";
import { silentLog } from "../../../src/kernel/log.ts";
import type { SimulatedTransport } from "./simulated-server.ts";
import type { SimulatedProcess, TrueTime } from "./simulated-time.ts";

export const COUNTER: ObjectKey = {
  resource: { group: "", version: "v1", plural: "configmaps" },
  namespace: "fedns-system",
  name: "counter",
};
export const LEASE_PATH = "/apis/coordination.k8s.io/v1/namespaces/fedns-system/leases/fedns-control";

export class SimulatedReplica {
  readonly process: SimulatedProcess;
  readonly transport: SimulatedTransport;
  readonly runner: LeaseRunner;
  readonly succession: Succession;
  readonly #time: TrueTime;
  readonly #end = new AbortController();
  /** What its supervisor finds when it is dead. */
  openWrites = 0;

  /** The process has the name that its place in the replica gives it. */
  constructor(
    time: TrueTime,
    process: SimulatedProcess,
    transport: SimulatedTransport,
    succession: Succession,
  ) {
    this.succession = succession;
    this.#time = time;
    this.process = process;
    this.transport = transport;
    const { namespace } = COUNTER;
    this.runner = new LeaseRunner({
      transport,
      namespace,
      name: "fedns-control",
      succession,
      onOpenWrites: (count) => {
        this.openWrites = count;
      },
      checks: [
        async (signal) => {
          const order = await readPause({ transport, namespace }, signal);
          return order === null ? null : pauseReason(order);
        },
      ],
      clock: process,
      random: time.random,
      log: silentLog,
    });
    this.runner.start();
    this.#writeSoon();
  }

  get status(): LeaseStatus {
    return this.runner.status;
  }

  get mayWrite(): boolean {
    return this.runner.permit.refusal === null;
  }

  /** kill -9: nothing is released, and what is on its way arrives. */
  kill(): void {
    this.process.isDead = true;
  }

  /** A stop as it should be. */
  async stop(): Promise<void> {
    this.#end.abort();
    await this.runner.stop();
    this.process.isDead = true;
  }

  #writeSoon(): void {
    this.process.after(this.#time.between(100, 900), () => void this.#write());
  }

  /** Reads, thinks for a while, and writes one more than it read. */
  async #write(): Promise<void> {
    const { signal } = this.#end;
    if (signal.aborted) return;
    try {
      if (!this.mayWrite) return;
      const before = await read(this.transport, COUNTER, { signal });
      await new Promise<void>((resolve) => this.process.after(this.#time.between(0, 3_000), resolve));
      if (before === null) return;
      const count = Number((before["data"] as { count: string }).count) + 1;
      const content = { kind: "ConfigMap", data: { count: String(count), writer: this.process.name } };
      await replace(this.transport, COUNTER, content, { before, permit: this.runner.permit, signal });
    } catch {
      // Refused, lost or stale: the next round reads again.
    } finally {
      this.#writeSoon();
    }
  }
}
