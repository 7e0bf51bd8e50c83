/** The propagate process, built and wired in reading order: the host says which types and members there are, the rest is the propagator's. */
import { join } from "node:path";
import { HostCluster } from "../../fleet/host-cluster/host-cluster.ts";
import type { KubeFedPropagation } from "../../fleet/host-objects/kubefed-config.ts";
import type { FederatedType } from "../../fleet/host-objects/type-config.ts";
import { hostLease } from "../../fleet/lease/host-lease.ts";
import { read } from "../../fleet/objects/read.ts";
import type { Transport } from "../../fleet/kube/transport.ts";
import type { WritePermit } from "../../fleet/kube/write-permit.ts";
import { type Clock, pause } from "../../kernel/clock.ts";
import type { Log } from "../../kernel/log.ts";
import type { BrakeLimits } from "../../propagate/brake/brake.ts";
import { HostRevision } from "../../propagate/brake/host-revision.ts";
import type { PropagatedType } from "../../propagate/reconcile/propagated-type.ts";
import { Propagator } from "../../propagate/reconcile/propagator.ts";
import type { Config, HostConfig } from "../config/config.ts";
import { hostCredentials } from "../host/host-credentials.ts";
import { MemberSet } from "./member-set.ts";
import { TypeStatuses } from "./type-statuses.ts";
import type { PropagateStatus } from "./messages.ts";
import { propagateStatus } from "./propagate-status.ts";

const TICK_EVERY_MS = 1_000;
export const MANAGER = "fedns";

type PropagatePlaneOptions = {
  readonly config: Config;
  readonly host: HostConfig;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
};

export type PropagatePlane = {
  readonly status: PropagateStatus;
  /** Ends all work, and gives the lease to another process. */
  stop(): Promise<void>;
};

export function runPropagatePlane(options: PropagatePlaneOptions): PropagatePlane {
  const { config, host: settings, clock, random, log } = options;
  const ending = new AbortController();
  const { signal } = ending;
  const { namespace } = settings;
  const host: HostCluster = new HostCluster({
    source: hostCredentials(settings, clock),
    namespace,
    path: join(config.stateDirectory, "propagate-members.json"),
    tokenFolder: join(config.stateDirectory, "member-tokens", "propagate"),
    onChange: () => follow(),
    clock,
    random,
    log,
  });
  const { transport } = host.connection;
  const lease = hostLease({
    transport,
    purpose: "propagate",
    namespace,
    clock,
    random,
    log,
  });
  const members = new MemberSet({ host, clock, random, log });
  const statuses = new TypeStatuses({ transport, namespace, permit: lease.permit, signal, clock });
  let owner: string | null = null;
  let tenure: Tenure | null = null;
  const follow = (): void => {
    members.follow();
    const terms = termsOf(config, namespace, host.settings.propagation);
    const mayWork = owner !== null && host.isKnown && host.areSettingsRead && lease.permit.hasLease;
    if (tenure !== null && !(mayWork && isSame(tenure.terms, terms))) {
      tenure.ending.abort();
      tenure = null;
    }
    if (owner !== null && mayWork)
      tenure ??= beginTenure(options, { transport, owner, permit: lease.permit, terms });
    tenure?.propagator.setMembers(members.members);
    tenure?.propagator.setTypes(host.types.filter(({ isPropagated }) => isPropagated).map(propagated));
    if (tenure !== null) statuses.follow(host.types, host.settings.typeStates);
  };
  const tick = (): void => {
    if (signal.aborted) return;
    members.tick(signal);
    follow();
    clock.after(TICK_EVERY_MS, tick);
  };
  void host.run(signal);
  lease.start();
  tick();
  void ownerOf(config, transport, namespace, clock, signal).then((found) => {
    owner = found;
    follow();
  });
  return {
    get status() {
      return propagateStatus(tenure?.propagator ?? null, members.members, lease.status);
    },
    stop: async () => {
      await lease.stop();
      tenure?.ending.abort();
      ending.abort();
      members.stop();
    },
  };
}

/** The time in which this process holds the lease. Without it nothing is watched, and what was known is forgotten. */
type Tenure = {
  readonly propagator: Propagator;
  readonly terms: TenureTerms;
  readonly ending: AbortController;
};

/** What cannot change within a tenure. */
type TenureTerms = {
  readonly adoption: NonNullable<Config["propagation"]["adoption"]>;
  readonly onlyNamespace: string | null;
};

type TenureParts = {
  readonly transport: Transport;
  readonly owner: string;
  readonly permit: WritePermit;
  readonly terms: TenureTerms;
};

function termsOf(
  { propagation: { adoption } }: Config,
  namespace: string,
  { scope, adoptResources }: KubeFedPropagation,
): TenureTerms {
  return {
    adoption: adoption ?? (adoptResources === false ? "never" : "always"),
    onlyNamespace: scope === "Namespaced" ? namespace : null,
  };
}

function isSame(before: TenureTerms, after: TenureTerms): boolean {
  return before.adoption === after.adoption && before.onlyNamespace === after.onlyNamespace;
}

function beginTenure(
  { config, host, clock, random, log }: PropagatePlaneOptions,
  { transport, owner, permit, terms }: TenureParts,
): Tenure {
  const ending = new AbortController();
  const propagator = new Propagator({
    transport,
    ownership: { owner, manager: MANAGER },
    permit,
    ...terms,
    ownNamespace: host.namespace,
    deletionWaitMs: config.propagation.deletionWaitSeconds * 1000,
    limits: limitsOf(config.propagation),
    planRule: config.propagation.planner,
    revision: new HostRevision({ path: join(config.stateDirectory, "propagate-host.json"), owner }),
    clock,
    random,
    log,
    signal: ending.signal,
  });
  return { propagator, terms, ending };
}

function limitsOf(settings: Config["propagation"]): BrakeLimits {
  const { lossPercent: percent, lossObjects: objects, ...radius } = settings;
  return { loss: { percent, objects }, radius };
}

/** Waits for the host. Null only when aborted. */
async function ownerOf(
  { propagation }: Config,
  transport: Transport,
  namespace: string,
  clock: Clock,
  signal: AbortSignal,
): Promise<string | null> {
  if (propagation.owner !== null) return propagation.owner;
  const key = {
    resource: { group: "", version: "v1", plural: "namespaces" },
    namespace: "",
    name: namespace,
  };
  while (!signal.aborted) {
    const object = await read(transport, key, { signal }).catch(() => null);
    if (object !== null) return object.metadata.uid;
    await pause(clock, TICK_EVERY_MS, signal);
  }
  return null;
}

export function propagated({
  name,
  federatedType,
  targetType,
  collectsStatus,
}: FederatedType): PropagatedType {
  const { group, version, pluralName: plural, kind, isNamespaced } = targetType;
  return {
    name,
    federated: {
      group: federatedType.group,
      version: federatedType.version,
      plural: federatedType.pluralName,
      kind: federatedType.kind,
    },
    target: { group, version, plural, kind, isNamespaced },
    collectsStatus,
  };
}
