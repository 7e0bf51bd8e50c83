/** Lives of the control process one after the other, on a driven clock: each opens the picture that the one before left, and is killed. */
import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { WorkerContext } from "../../../src/answer/context/worker-context.ts";
import { silentLog } from "../../../src/kernel/log.ts";
import { encodeOutdated, unreadRecord } from "../../../src/picture/content/unread.ts";
import { Picture } from "../../../src/picture/format/picture.ts";
import { compactInto } from "../../../src/picture/write/compact.ts";
import { NOTHING_TO_RESERVE } from "../../../src/picture/write/reserve.ts";
import { membersOfSettings } from "../../../src/fleet/members/wanted-member.ts";
import type { Config } from "../../../src/run/config/config.ts";
import { parseConfig } from "../../../src/run/config/file.ts";
import { type ControlPlane, openControlPlane } from "../../../src/run/control/control-plane.ts";
import { runControlPlane } from "../../../src/run/control/run-plane.ts";
import { ChaosCluster } from "../../chaos/cluster.ts";
import { Truth } from "../../chaos/truth.ts";
import type { Message } from "../../support/decode.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { DEFAULTS, temporaryFolder } from "../../support/fedns.ts";
import { copyOf, newPicture, openPicture, type TestPicture } from "../../support/picture.ts";
import type { Scope } from "../../support/programs.ts";
import { ask, storeOf } from "../../support/worker-context.ts";

/** Of the driven clock, between two turns of sockets and files. */
const STEP_MS = 20;
const BOUND_MS = 20_000;
const A = 1;

export type Settings = Readonly<Record<string, unknown>>;

export class Lives {
  readonly clock: FakeClock = new FakeClock();
  readonly clusters: readonly ChaosCluster[];
  readonly #directory: string;
  #picture: TestPicture = newPicture();
  #stop: AbortController | null = null;
  #plane: ControlPlane | null = null;
  #mayBeReady = false;

  private constructor(directory: string, clusters: readonly ChaosCluster[]) {
    this.#directory = directory;
    this.clusters = clusters;
  }

  /** API servers of these members; each is in the region of its name where the settings say so. */
  static async prepare(scope: Scope, names: readonly string[]): Promise<Lives> {
    const directory = await temporaryFolder(scope);
    const truth = new Truth(names);
    const starting = names.map((name, index) => ChaosCluster.start(scope, { name, index, directory }, truth));
    const lives = new Lives(directory, await Promise.all(starting));
    scope.after(() => lives.kill());
    return lives;
  }

  cluster(name: string): ChaosCluster {
    const cluster = this.clusters.find((one) => one.name === name);
    assert.ok(cluster !== undefined, name);
    return cluster;
  }

  get plane(): ControlPlane {
    assert.ok(this.#plane !== null);
    return this.#plane;
  }

  /** A new replica may be ready. */
  get mayBeReady(): boolean {
    return this.#mayBeReady;
  }

  /** As the settings name these members, by default all, with more settings for all of them. */
  entries(names?: readonly string[], more: Settings = {}): readonly Settings[] {
    const clusters = names?.map((name) => this.cluster(name)) ?? this.clusters;
    return clusters.map(({ name, kubeconfig }) => ({ name, kubeconfig, region: name, ...more }));
  }

  /** From now on the settings name these members. */
  setMembers(clusters: readonly Settings[]): void {
    const members = membersOfSettings(this.#configOf({ clusters }).clusters, this.clock);
    this.plane.fleet.setMembers("settings", members);
  }

  #configOf(settings: Settings): Config {
    const clusters = this.entries();
    const text = JSON.stringify({ ...DEFAULTS, traffic: { policy: "all" }, clusters, ...settings });
    const parsed = parseConfig(text, join(this.#directory, "fedns.yaml"));
    assert.ok("config" in parsed, JSON.stringify(parsed));
    return parsed.config;
  }

  /** A control process starts. */
  async start(settings: Settings = {}): Promise<void> {
    const config = this.#configOf(settings);
    mkdirSync(config.stateDirectory, { recursive: true });
    const { clock } = this;
    const parts = { config, store: storeOf(this.#picture), clock, random: Math.random, log: silentLog };
    this.#stop = new AbortController();
    this.#plane = await openControlPlane(parts);
    this.#mayBeReady = false;
    const { mayBeReady } = runControlPlane(this.#plane, parts, this.#stop.signal);
    void mayBeReady.then(() => {
      this.#mayBeReady = true;
    });
  }

  /** The control process is gone, and writes nothing more; its picture stays. */
  async kill(): Promise<void> {
    this.#stop?.abort();
    await this.#plane?.tracker.close();
    this.#stop = null;
    this.#plane = null;
    // What its timers still do is not seen.
    this.#picture = openPicture(copyOf(this.#picture.memory));
  }

  /** As after a power loss: what the saved copy of this moment has. The control process has been killed. */
  restoreCopy(): void {
    const { memory } = this.#picture;
    const copy = newPicture({ octets: memory.u8.length }).memory;
    copy.u8.fill(0);
    compactInto(memory, copy, NOTHING_TO_RESERVE, encodeOutdated(memory.u32, unreadRecord(memory.u32)));
    this.#picture = openPicture(copy);
  }

  /** As a new pod: no picture. */
  loseState(): void {
    this.#picture = newPicture();
  }

  /** Time passes, in steps between which sockets get their turns. */
  async pass(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= STEP_MS) await this.clock.advanceAsync(Math.min(left, STEP_MS));
  }

  async until(claim: string, condition: () => boolean): Promise<void> {
    const deadlineMs = performance.now() + BOUND_MS;
    while (!condition()) {
      assert.ok(performance.now() < deadlineMs, `not in time: ${claim}`);
      await this.pass(STEP_MS);
      await delay(1);
    }
  }

  ask(name: string, type: number = A): Message {
    const context = new WorkerContext(new Picture(this.#picture.memory), { seed: 7 });
    context.nowSeconds = Math.floor(this.clock.wallMs() / 1000) | 0;
    return ask({ context }, { name, type });
  }

  /** The sorted addresses of an answer. */
  addresses(name: string): string[] {
    return this.ask(name)
      .answer.filter(({ type }) => type === A)
      .map(({ data }) => data)
      .toSorted();
  }
}
