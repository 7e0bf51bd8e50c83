/** Those who answer, as a test has them: what was asked, and what they say about each service. */
import type { RemovalChannel } from "../../../src/propagate/drain/copy-drain.ts";
import type { RemovalAsk, RemovalState } from "../../../src/federation/removals/removal-ask.ts";

export const SAID: Omit<RemovalState, "cluster" | "service" | "kind"> = {
  sinceMs: null,
  cachedUntil: null,
  unprovable: [],
};

export class Answers {
  /** By "cluster namespace/name"; what is in none is `otherwise`. */
  readonly said: Map<string, Partial<RemovalState>> = new Map();
  otherwise: Partial<RemovalState> | null = { kind: "leaving" };
  /** Of the last exchange. */
  asks: readonly RemovalAsk[] = [];
  /** All that were ever asked, as "phase cluster namespace/name". */
  readonly all: Set<string> = new Set();
  exchanges = 0;

  readonly channel: RemovalChannel = (asks) => {
    this.asks = asks;
    this.exchanges += 1;
    for (const { phase, cluster, service } of asks) this.all.add(`${phase} ${cluster} ${service}`);
    if (this.otherwise === null) return Promise.resolve(null);
    const states = asks.map(({ cluster, service, phase }): RemovalState => {
      const said = this.said.get(`${cluster} ${service}`) ?? this.otherwise ?? {};
      const kind = phase === "leaving" ? (said.kind ?? "leaving") : "over";
      return { cluster, service, ...SAID, ...said, kind };
    });
    return Promise.resolve(states);
  };

  phaseOf(cluster: string, service: string): string {
    return this.asks.find((ask) => ask.cluster === cluster && ask.service === service)?.phase ?? "none";
  }
}
