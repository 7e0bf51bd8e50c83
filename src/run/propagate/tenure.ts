/**
 * The time in which this process holds the lease, and what it does then. Without the lease nothing is watched, and what was known is
 * forgotten.
 */
import { join } from "node:path";
import type { ServingChannel } from "../../federation/serving/serving-ask.ts";
import type { HostCluster } from "../../fleet/host-cluster/host-cluster.ts";
import type { KubeFedPropagation } from "../../fleet/host-objects/kubefed-config.ts";
import type { Transport } from "../../fleet/kube/transport.ts";
import type { WritePermit } from "../../fleet/kube/write-permit.ts";
import type { Clock } from "../../kernel/clock.ts";
import type { Log } from "../../kernel/log.ts";
import type { BrakeLimits } from "../../propagate/brake/brake.ts";
import type { RemovalChannel } from "../../propagate/drain/copy-drain.ts";
import { HostRevision } from "../../propagate/brake/host-revision.ts";
import type { EngineMember } from "../../propagate/reconcile/member-engine.ts";
import { type DrainTerms, Propagator } from "../../propagate/reconcile/propagator.ts";
import { LostTypes } from "../../propagate/retire/lost-types.ts";
import type { Config, HostConfig } from "../config/config.ts";
import { ClusterFinalizers } from "./cluster-finalizers.ts";
import { HostEvents } from "./host-events.ts";
import { areTypesKnown, claimsOf, isPlaced, placedTypes } from "./placed-types.ts";
import { PlainTypes } from "./plain-types.ts";
import { TypeFinalizers } from "./type-finalizers.ts";
import { TypeStatuses } from "./type-statuses.ts";

/** What cannot change within a tenure. */
type TenureTerms = {
  readonly adoption: NonNullable<Config["propagation"]["adoption"]>;
  readonly onlyNamespace: string | null;
};

type TenureOptions = {
  readonly config: Config;
  readonly host: HostConfig;
  /** Of the host. */
  readonly transport: Transport;
  readonly owner: string;
  readonly manager: string;
  readonly permit: WritePermit;
  readonly terms: TenureTerms;
  /** To those who answer. Absent = copies go at once, whoever is led to them. */
  readonly channel?: RemovalChannel;
  /** What those who answer know of traffic. Absent = nobody knows. */
  readonly serving?: ServingChannel;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
};

export class Tenure {
  readonly propagator: Propagator;
  readonly terms: TenureTerms;
  readonly #ending = new AbortController();
  readonly #statuses: TypeStatuses;
  readonly #finalizers: TypeFinalizers;
  readonly #clusters: ClusterFinalizers;
  readonly #lost: LostTypes;
  readonly #plain: PlainTypes;

  constructor({
    config,
    host: { namespace },
    owner,
    manager,
    terms,
    channel,
    serving,
    ...parts
  }: TenureOptions) {
    const { propagation, stateDirectory } = config;
    const { signal } = this.#ending;
    const deletionWaitMs = propagation.deletionWaitSeconds * 1000;
    const access = { ...parts, ...terms, namespace, deletionWaitMs, signal };
    this.terms = terms;
    this.propagator = new Propagator({
      ...access,
      ownership: { owner, manager },
      ownNamespace: namespace,
      limits: limitsOf(propagation),
      planRule: propagation.planner,
      drain: drainOf(propagation, channel),
      serving: serving ?? null,
      revision: new HostRevision({ path: join(stateDirectory, "propagate-host.json"), owner }),
    });
    const { propagator } = this;
    this.#plain = new PlainTypes({ ...access, mode: propagation.federationV1 });
    this.#statuses = new TypeStatuses(access);
    const events = new HostEvents(access);
    this.#finalizers = new TypeFinalizers({ ...access, events });
    this.#clusters = new ClusterFinalizers({ ...access, events, propagator });
    const remember = propagator.remember.bind(propagator);
    this.#lost = new LostTypes({ ...access, remember });
  }

  /** What the host declares may have changed, or time has passed: call it about once a second. */
  follow(
    { types, settings: { typeStates }, watches, objects }: HostCluster,
    members: readonly EngineMember[],
  ): void {
    this.propagator.setMembers(members);
    const clusterUids = members.map(({ clusterUid }) => clusterUid);
    this.propagator.setTypes(this.#plain.withPlain(placedTypes(types, typeStates), clusterUids));
    this.#clusters.follow(objects);
    this.#finalizers.follow(types, typeStates, this.terms.onlyNamespace);
    this.#statuses.follow(
      types.map((type) => ({ ...type, isPropagated: isPlaced(type, typeStates) })),
      typeStates,
    );
    if (areTypesKnown(watches)) this.#lost.tick(claimsOf(types, typeStates));
  }

  /** Why plain objects of Federation v1 are not federated, with the cure; null = they are, or are not meant to be. */
  get plainRefusal(): string | null {
    return this.#plain.refusal;
  }

  /** Nothing is written any more. */
  end(): void {
    this.#ending.abort();
  }
}

export function termsOf(
  { propagation: { adoption } }: Config,
  namespace: string,
  { scope, adoptResources }: KubeFedPropagation,
): TenureTerms {
  return {
    adoption: adoption ?? (adoptResources === false ? "never" : "always"),
    onlyNamespace: scope === "Namespaced" ? namespace : null,
  };
}

export function isSame(before: TenureTerms, after: TenureTerms): boolean {
  return before.adoption === after.adoption && before.onlyNamespace === after.onlyNamespace;
}

function drainOf(
  { drainWaitSeconds }: Config["propagation"],
  channel: RemovalChannel | undefined,
): DrainTerms | null {
  if (channel === undefined || drainWaitSeconds === 0) return null;
  return { channel, boundMs: drainWaitSeconds * 1000 };
}

function limitsOf(settings: Config["propagation"]): BrakeLimits {
  const { lossPercent: percent, lossObjects: objects, ...radius } = settings;
  return { loss: { percent, objects }, radius };
}
