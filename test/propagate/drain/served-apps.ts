/** Apps that Services lead to, in two members of a rig: a Deployment that is federated, and a Service that is each member's own. */
import { before, beforeEach } from "node:test";
import { suiteScope } from "../../support/programs.ts";
import { until } from "../../support/until.ts";
import type { PropagatedType } from "../../../src/propagate/objects/propagated-type.ts";
import { CopyRig } from "../copy-rig.ts";
import { typeOf } from "../rig.ts";
import { Answers } from "./answers.ts";

export const HOUR_MS = 3_600_000;
export const SERVICES: PropagatedType = typeOf({ kind: "Service", plural: "services" });

export const deployment = (app: string, replicas = 2): object => ({
  spec: {
    replicas,
    selector: { matchLabels: { app } },
    template: { metadata: { labels: { app } }, spec: { containers: [{ name: "web", image: "web:1" }] } },
  },
});
export const serviceOf = (app: string): object => ({ spec: { selector: { app }, ports: [{ port: 80 }] } });
export const only = (...clusters: string[]): object => ({
  placement: { clusters: clusters.map((name) => ({ name })) },
});

export class ServedApps {
  readonly answers: Answers = new Answers();
  #rig: CopyRig | null = null;
  #number = 0;

  /** For the tests of a `describe`, each with an app of its own; called in its body. */
  constructor() {
    const scope = suiteScope();
    const { answers } = this;
    before(async () => {
      this.#rig = await CopyRig.start(scope, ["m1", "m2"], {
        types: [SERVICES],
        drain: { channel: answers.channel, boundMs: HOUR_MS },
      });
    });
    beforeEach(() => {
      this.#number += 1;
      answers.said.clear();
      answers.all.clear();
      answers.otherwise = { kind: "leaving" };
    });
  }

  get rig(): CopyRig {
    return this.#rig as CopyRig;
  }

  get app(): string {
    return `web-${this.#number}`;
  }

  put(member: string, object: object): void {
    this.rig.rig.members.get(member)?.objects.put(object as never);
  }

  /** In both members, and ready. */
  async isServed(annotations: object = {}): Promise<void> {
    const { app, rig } = this;
    const metadata = { namespace: "shop", name: app };
    for (const member of ["m1", "m2"])
      this.put(member, { apiVersion: "v1", kind: "Service", metadata, ...serviceOf(app) });
    rig.place("Deployment", app, deployment(app), {}, annotations);
    for (const member of ["m1", "m2"]) {
      await rig.hasStatus("Deployment", app, "", member);
      await rig.rig.members.get(member)?.settled();
    }
  }

  /** From m1 to m2. */
  moves(annotations: object = {}): void {
    this.rig.place("Deployment", this.app, deployment(this.app), only("m2"), annotations);
  }

  isGone(member: string = "m1"): Promise<void> {
    return until("the copy is gone", () => this.rig.copy("Deployment", this.app, member) === null);
  }

  says(kind: "leaving" | "last" | "proved", more: object = {}): void {
    this.answers.said.set(`m1 shop/${this.app}`, { kind, ...more });
  }

  /** What was asked for this app. */
  asked(): readonly string[] {
    return [...this.answers.all].filter((ask) => ask.startsWith("leaving") && ask.endsWith(`/${this.app}`));
  }
}
