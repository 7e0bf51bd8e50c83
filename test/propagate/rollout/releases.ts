/** Apps whose versions reach three members in steps: a federated Deployment each, and what members and the host say of it. */
import { before, beforeEach } from "node:test";
import type { ServingAsk, ServingState } from "../../../src/federation/serving/serving-ask.ts";
import { type Clock, systemClock } from "../../../src/kernel/clock.ts";
import { parseRecord, type RolloutRecord } from "../../../src/propagate/rollout/rollout-record.ts";
import { suiteScope } from "../../support/programs.ts";
import { until } from "../../support/until.ts";
import { CopyRig } from "../copy-rig.ts";
import { UNLIMITED } from "../rig.ts";

export const MEMBERS = ["m1", "m2", "m3"] as const;
export const KIND = "Deployment";

/** Time runs as it does, and goes on at once when a test says so. */
class AdvancingClock implements Clock {
  #aheadMs = 0;

  wallMs(): number {
    return systemClock.wallMs() + this.#aheadMs;
  }

  nowMs(): number {
    return systemClock.nowMs() + this.#aheadMs;
  }

  after(delayMs: number, action: () => void): () => void {
    return systemClock.after(delayMs, action);
  }

  advance(ms: number): void {
    this.#aheadMs += ms;
  }
}

export const template = (app: string, image: string): object => ({
  spec: {
    replicas: 1,
    selector: { matchLabels: { app } },
    template: { metadata: { labels: { app } }, spec: { containers: [{ name: "web", image }] } },
  },
});

export class Releases {
  readonly clock: AdvancingClock = new AdvancingClock();
  /** What is said of the traffic of a Service, by cluster; all others are served. */
  readonly traffic: Map<string, ServingState["kind"]> = new Map();
  readonly asks: ServingAsk[] = [];
  #rig: CopyRig | null = null;
  #number = 0;

  /** For the tests of a `describe`, each with an app of its own; called in its body. */
  constructor(options: Parameters<typeof CopyRig.start>[2] = {}) {
    const scope = suiteScope();
    before(async () => {
      this.#rig = await CopyRig.start(scope, MEMBERS, {
        clock: this.clock,
        limits: UNLIMITED,
        serving: (asks) => {
          this.asks.push(...asks);
          const states = asks.map((ask): ServingState => {
            const kind = this.traffic.get(ask.cluster) ?? "served";
            return { ...ask, kind, reason: kind === "served" ? "" : "none of its addresses is up" };
          });
          return Promise.resolve(states);
        },
        ...options,
      });
    });
    beforeEach(() => {
      this.#number += 1;
      this.traffic.clear();
      this.asks.length = 0;
    });
  }

  get rig(): CopyRig {
    return this.#rig as CopyRig;
  }

  get app(): string {
    return `web-${this.#number}`;
  }

  get #ref() {
    return {
      apiVersion: "types.kubefed.io/v1beta1",
      kind: "FederatedDeployment",
      namespace: "shop",
      name: this.app,
    };
  }

  /** In all members in its first version, with the annotation. */
  async isReleased(rollout: string): Promise<void> {
    this.place({}, rollout);
    await this.isDone("web:1");
  }

  /** As a tool replaces a whole object, with all its annotations. */
  place(more: object, rollout: string, image: string = "web:1"): void {
    this.rig.place(KIND, this.app, template(this.app, image), more, { "fedns.io/rollout": rollout });
  }

  remove(): void {
    this.rig.rig.host.objects.delete(this.#ref);
  }

  /** What a person or a tool changes of the object. */
  patch(patch: object): void {
    this.rig.rig.host.objects.patch(this.#ref, patch as never);
  }

  annotate(annotations: object): void {
    this.patch({ metadata: { annotations } });
  }

  release(image: string): void {
    this.patch({ spec: { template: template(this.app, image) } });
  }

  order(what: "resume" | "back" | "restart"): void {
    const order = { what, target: this.record?.target, id: `${what}-${Math.random()}`, by: "a tester" };
    this.annotate({ "fedns.io/rollout-order": JSON.stringify(order) });
  }

  get object(): any {
    return this.rig.object(KIND, this.app);
  }

  get record(): RolloutRecord | null {
    const { annotations = {}, uid } = this.object.metadata;
    return parseRecord(annotations["fedns.io/rollout-record"] ?? null, uid);
  }

  /** The condition about the rollout, with the message that the host's definition drops. */
  get condition(): { readonly status: string; readonly reason: string } | null {
    const conditions: readonly any[] = this.object.status?.conditions ?? [];
    return conditions.find(({ type }) => type === "RolledOut") ?? null;
  }

  imageIn(member: string): string | null {
    return this.rig.copy(KIND, this.app, member)?.spec?.template?.spec?.containers?.[0]?.image ?? null;
  }

  get images(): readonly (string | null)[] {
    return MEMBERS.map((member) => this.imageIn(member));
  }

  async has(...images: readonly (string | null)[]): Promise<void> {
    await until(
      `members have ${images.join(", ")}`,
      () => JSON.stringify(this.images) === JSON.stringify(images),
    ).catch((error: unknown) => {
      throw new Error(
        `${String(error)}: they have ${this.images.join(", ")}, ${JSON.stringify(this.record)}`,
      );
    });
  }

  async isIn(claim: string, holds: (record: RolloutRecord) => boolean): Promise<void> {
    await until(claim, () => this.record !== null && holds(this.record)).catch((error: unknown) => {
      throw new Error(`${String(error)}: ${JSON.stringify(this.record)}, ${this.images.join(", ")}`);
    });
  }

  async isDone(image: string): Promise<void> {
    await this.has(image, image, image);
    await this.isIn("it is done", ({ phase }) => phase === "done");
  }

  /** The rollout was looked at since now. */
  async isLookedAt(): Promise<void> {
    const touched = String(Math.random());
    this.annotate({ "example.com/touched": touched });
    const { objects } = this.rig.rig.propagator.engine;
    const key = { type: "deployments.apps", key: `shop/${this.app}` };
    await until("the change is seen", () => {
      const annotations: any = objects.metadataOf(key)["annotations"];
      return annotations?.["example.com/touched"] === touched;
    });
    await this.isQuiet();
  }

  /** All members have what they are to have, and nothing more happens by itself. */
  async isQuiet(): Promise<void> {
    await this.rig.settled();
  }
}
