/** The watches of KubeFed's core objects in the namespace of the host. Each may be refused or not served without the others. */
import type { Clock } from "../../kernel/clock.ts";
import type { Log } from "../../kernel/log.ts";
import type { HostProblem } from "../host-objects/host-problem.ts";
import { CLUSTERS, CONFIGS, TYPE_CONFIGS } from "../host-objects/host-types.ts";
import { isRecord } from "../kube/kube-error.ts";
import type { Transport } from "../kube/transport.ts";
import { OptionalWatch, type OptionalWatchHealth } from "../watch/optional-watch.ts";
import type { Projection } from "../watch/store.ts";
import type { WatchedResource } from "../watch/watched-resource.ts";

type HostKind = "clusters" | "configs" | "typeConfigs";
const RESOURCES: Readonly<Record<HostKind, WatchedResource>> = {
  clusters: CLUSTERS,
  configs: CONFIGS,
  typeConfigs: TYPE_CONFIGS,
};

/** An object as it was read, in the parts that are used. */
export type HostObject = {
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly spec: unknown;
  readonly status: unknown;
};

type HostSink = {
  /** Undefined: the object is gone. */
  onObject(kind: HostKind, name: string, object: HostObject | undefined): void;
  /** All objects of this kind are known: these. */
  onListed(kind: HostKind, names: ReadonlySet<string>): void;
};

type HostWatchesOptions = {
  readonly transport: Transport;
  readonly namespace: string;
  readonly sink: HostSink;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
};

export class HostWatches {
  readonly #options: HostWatchesOptions;
  readonly #watches: Readonly<Record<HostKind, OptionalWatch<HostObject>>>;

  constructor(options: HostWatchesOptions) {
    this.#options = options;
    this.#watches = {
      clusters: this.#open("clusters"),
      configs: this.#open("configs"),
      typeConfigs: this.#open("typeConfigs"),
    };
  }

  get health(): Readonly<Record<HostKind, OptionalWatchHealth>> {
    const { clusters, configs, typeConfigs } = this.#watches;
    return { clusters: clusters.health, configs: configs.health, typeConfigs: typeConfigs.health };
  }

  /** The KubeFedClusters are seen now. */
  get isSeen(): boolean {
    const { watch } = this.#watches.clusters.health;
    return watch !== null && watch.isSynced && watch.blindSinceMs === null;
  }

  /** The KubeFedConfig and the FederatedTypeConfigs have been read, or cannot be. */
  get areSettingsRead(): boolean {
    const { configs, typeConfigs } = this.health;
    return [configs, typeConfigs].every(
      ({ state, watch }) => state === "not served here" || state === "refused" || watch?.isSynced === true,
    );
  }

  /** Kinds that are not served or may not be read, with the cure. */
  get problems(): readonly HostProblem[] {
    return Object.entries(this.health).flatMap(([kind, health]) =>
      problemOf(RESOURCES[kind as HostKind], health, this.#options.namespace),
    );
  }

  /** Runs until aborted; never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    await Promise.all(Object.values(this.#watches).map((watch) => watch.run(signal)));
  }

  #open(kind: HostKind): OptionalWatch<HostObject> {
    const { transport, namespace, sink, clock, random, log } = this.#options;
    const names = new Set<string>();
    return new OptionalWatch<HostObject>({
      transport,
      watched: { ...RESOURCES[kind], namespace },
      project,
      equal: (before, after) => JSON.stringify(before) === JSON.stringify(after),
      sink: {
        onChange(name, object) {
          if (object === undefined) names.delete(name);
          else names.add(name);
          sink.onObject(kind, name, object);
        },
        onSynced: () => sink.onListed(kind, new Set(names)),
      },
      // What an earlier run knew of the host stays.
      onUnavailable: () => undefined,
      clock,
      random,
      log,
    });
  }
}

function project(object: unknown): Projection<HostObject> | null {
  if (!isRecord(object) || !isRecord(object["metadata"])) return null;
  const { name, uid, generation, creationTimestamp, annotations, labels, deletionTimestamp, finalizers } =
    object["metadata"];
  if (typeof name !== "string") return null;
  const kept = { name, uid, generation, creationTimestamp, annotations, labels };
  const metadata = { ...kept, deletionTimestamp, finalizers };
  return { key: name, value: { metadata, spec: object["spec"], status: object["status"] } };
}

function problemOf(
  { group, plural, versions }: WatchedResource,
  { state, lastError }: OptionalWatchHealth,
  namespace: string,
): readonly HostProblem[] {
  const object = `${plural}.${group}`;
  if (state === "not served here") {
    const cure = "run fedns init, or kubectl apply -f deploy/crds in the host";
    return [
      { object, reason: "NotServed", sentence: `the host does not serve ${versions[0]} of it; ${cure}` },
    ];
  }
  if (state !== "refused") return [];
  const cure = `allow list and watch in the namespace ${namespace}, as deploy/host.yaml does`;
  return [{ object, reason: "Refused", sentence: `it may not be read (${lastError ?? "refused"}); ${cure}` }];
}
