/**
 * The finalizer of KubeFedClusters whose copies go with them, so that a deletion is seen while the cluster can still be reached:
 *
 *   the annotation  | the KubeFedCluster | done
 *   delete          | lives              | the finalizer is put on
 *   delete          | is being deleted   | no copy is wanted there any more; when none is left, the finalizer goes
 *   any other, none | any                | the finalizer goes, if it is there: copies stay
 *
 * Without its Secret the cluster is one that does not answer, and is waited for no longer than that.
 */
import type { HostObject } from "../../fleet/host-cluster/host-watches.ts";
import {
  CLUSTER_FINALIZER,
  copiesOnDeletion,
  leavingMsOf,
} from "../../fleet/host-objects/copies-on-deletion.ts";
import { CLUSTERS } from "../../fleet/host-objects/host-types.ts";
import { preferredResource } from "../../fleet/watch/watched-resource.ts";
import type { Clock } from "../../kernel/clock.ts";
import type { Propagator } from "../../propagate/reconcile/propagator.ts";
import type { HostAccess } from "../../propagate/retire/held-objects.ts";
import type { HostEvents } from "./host-events.ts";
import { setFinalizer } from "./host-finalizer.ts";
import { PacedSteps } from "./paced-steps.ts";

type ClusterFinalizersOptions = HostAccess & {
  /** That of the control plane. */
  readonly namespace: string;
  readonly propagator: Pick<Propagator, "keepsFromLeaving">;
  readonly events: HostEvents;
  readonly clock: Clock;
};

export class ClusterFinalizers {
  readonly #options: ClusterFinalizersOptions;
  readonly #steps: PacedSteps;
  #objects: ReadonlyMap<string, HostObject> = new Map();

  constructor(options: ClusterFinalizersOptions) {
    this.#options = options;
    this.#steps = new PacedSteps({
      ...options,
      plural: CLUSTERS.plural,
      tell: (name, reason) => this.#tell(name, reason),
    });
  }

  /** `objects`: the KubeFedClusters of the host. The propagator knows them as members. Does not wait. */
  follow(objects: ReadonlyMap<string, HostObject>): void {
    this.#objects = objects;
    this.#steps.keepOnly(objects);
    for (const [name, object] of objects) {
      const { finalizers, annotations, deletionTimestamp } = object.metadata;
      const isHeld = Array.isArray(finalizers) && finalizers.includes(CLUSTER_FINALIZER);
      const isWithCopies = copiesOnDeletion(annotations) === "delete";
      if (isHeld && !isWithCopies) this.#steps.take(name, () => this.#set(name, false));
      else if (isHeld && leavingMsOf(object.metadata) !== null)
        this.#steps.take(name, () => this.#letGo(name));
      else if (!isHeld && isWithCopies && deletionTimestamp === undefined)
        this.#steps.take(name, () => this.#set(name, true));
    }
  }

  async #letGo(name: string): Promise<string | null> {
    return (await this.#options.propagator.keepsFromLeaving(name)) ?? this.#set(name, false);
  }

  async #set(name: string, isWanted: boolean): Promise<null> {
    const key = { resource: preferredResource(CLUSTERS), namespace: this.#options.namespace, name };
    await setFinalizer(this.#options, key, CLUSTER_FINALIZER, isWanted);
    return null;
  }

  #tell(name: string, message: string): void {
    const { uid, deletionTimestamp } = this.#objects.get(name)?.metadata ?? {};
    const reason = deletionTimestamp === undefined ? "NotHeld" : "DeletionWaits";
    const about = { kind: "KubeFedCluster", name, uid: typeof uid === "string" ? uid : "" } as const;
    this.#options.events.tell(about, { reason, message });
  }
}
