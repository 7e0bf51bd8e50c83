/**
 * The Nodes of one cluster: they say in which regions and zones it is, and have the addresses of its NodePort Services. Until
 * they have been heard of, the names of the cluster in its places are not known; its backends are not kept waiting.
 *
 * Places cost the names of all clusters, and addresses all services of this one: a cluster whose Nodes change without end is
 * heard at once, and then less and less often.
 */
import type { Coordinates } from "../../federation/members/distance.ts";
import type { Place } from "../../federation/members/cluster.ts";
import type { Federation } from "../../federation/members/federation.ts";
import type { Clock } from "../../kernel/clock.ts";
import type { Log } from "../../kernel/log.ts";
import { Paced } from "../../kernel/fair/paced.ts";
import type { Transport } from "../kube/transport.ts";
import { type NodeFacts, projectNode, sameNode } from "./project.ts";
import { ALWAYS_READ } from "../sources/source-table.ts";
import { OptionalWatch } from "../watch/optional-watch.ts";
import type { Room } from "../watch/room.ts";
import { type ReflectorHealth, UNWATCHED } from "../watch/watch-health.ts";
import type { ClusterView } from "./cluster-view.ts";
import { LocalityTracker } from "./locality.ts";

type NodeWatchOptions = {
  readonly cluster: string;
  readonly federation: Federation;
  /** From the settings; null = from the labels of the Nodes. */
  readonly places: readonly Place[] | null;
  readonly location: Coordinates | null;
  /** As in projectNodeAddresses. */
  readonly internalIPv6: boolean;
  readonly view: Pick<ClusterView, "setNode" | "refreshNodes" | "openNodes">;
  /** Called once: they have been listed, or may not be read. */
  readonly onHeardOf: () => void;
  readonly transport: Transport;
  readonly clock: Clock;
  readonly random: () => number;
  readonly room?: Room;
  readonly log: Log;
};

/** How long names in a new zone may be missing, at most. */
const PLACES_PAUSE = { firstMs: 100, maxMs: 10_000 };
/** The addresses of a Node that has gone lead nowhere. */
const ADDRESSES_PAUSE = { firstMs: 100, maxMs: 1000 };

export class NodeWatch {
  readonly #options: NodeWatchOptions;
  readonly #locality: LocalityTracker;
  readonly #watch: OptionalWatch<NodeFacts>;
  readonly #places: Paced;
  readonly #addresses: Paced;
  #state: "awaited" | "refused" | "listed" = "awaited";

  constructor(options: NodeWatchOptions) {
    this.#options = options;
    const { transport, clock, random, room, log } = options;
    this.#locality = new LocalityTracker(options);
    this.#places = new Paced({ clock, ...PLACES_PAUSE, run: () => this.#locality.publish() });
    this.#addresses = new Paced({ clock, ...ADDRESSES_PAUSE, run: () => options.view.refreshNodes() });
    this.#watch = new OptionalWatch({
      watched: ALWAYS_READ.Node,
      project: (object) => projectNode(object, options.internalIPv6),
      equal: sameNode,
      sink: { onChange: (key, facts) => this.#onNode(key, facts), onSynced: () => this.#heardOf("listed") },
      onUnavailable: () => this.#heardOf("refused"),
      transport,
      clock,
      random,
      ...(room !== undefined && { room }),
      log,
    });
  }

  /** They have been listed, or may not be read. */
  get isHeardOf(): boolean {
    return this.#state !== "awaited";
  }

  get health(): ReflectorHealth {
    return this.#watch.health.watch ?? UNWATCHED;
  }

  /** Where the cluster is, by the settings: `places` null = from the labels of the Nodes. */
  locate(places: readonly Place[] | null, location: Coordinates | null): void {
    this.#locality.settle({ places, location });
  }

  /** Runs until aborted; never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    this.#locality.publish();
    await this.#watch.run(signal);
    this.#places.stop();
    this.#addresses.stop();
  }

  #onNode(name: string, facts: NodeFacts | undefined): void {
    if (this.#options.view.setNode(name, facts)) this.#addresses.request();
    const hasMoved = this.#locality.setNode(name, facts?.place ?? null);
    if (hasMoved && this.#state === "listed") this.#places.request();
  }

  #heardOf(state: "refused" | "listed"): void {
    const isFirst = this.#state === "awaited";
    const isListedAgain = this.#state === "listed";
    if (state === "listed" || isFirst) this.#state = state;
    if (state === "listed") {
      if (isListedAgain) this.#addresses.request();
      else this.#options.view.openNodes();
      this.#places.request();
    }
    if (isFirst) this.#options.onHeardOf();
  }
}
