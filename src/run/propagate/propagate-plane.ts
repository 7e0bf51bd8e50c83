/** The propagate process, built and wired in reading order: the host says which types and members there are, the rest is the propagator's. */
import { join } from "node:path";
import type { ServingChannel } from "../../federation/serving/serving-ask.ts";
import { HostCluster } from "../../fleet/host-cluster/host-cluster.ts";
import { hostLease } from "../../fleet/lease/host-lease.ts";
import type { Succession } from "../../fleet/lease/succession.ts";
import { read } from "../../fleet/objects/read.ts";
import type { Transport } from "../../fleet/kube/transport.ts";
import { type Clock, pause } from "../../kernel/clock.ts";
import type { Log } from "../../kernel/log.ts";
import type { RemovalChannel } from "../../propagate/drain/copy-drain.ts";
import type { Config, HostConfig } from "../config/config.ts";
import { hostCredentials, kubeconfigTerms } from "../host/host-credentials.ts";
import { MemberSet } from "./member-set.ts";
import type { PropagateStatus } from "./messages.ts";
import { propagateStatus } from "./propagate-status.ts";
import { isSame, Tenure, termsOf } from "./tenure.ts";

const TICK_EVERY_MS = 1_000;
export const MANAGER = "fedns";

type PropagatePlaneOptions = {
  readonly config: Config;
  readonly host: HostConfig;
  /** Which process of its replica this is. Default: the first one. */
  readonly succession?: Succession;
  /** Hears how many writes of this process may still be carried out. */
  readonly onOpenWrites?: (count: number) => void;
  /** To those who answer. Absent = copies go at once, whoever is led to them. */
  readonly channel?: RemovalChannel;
  /** What those who answer know of traffic. Absent = nobody knows: rollouts go by the copies alone. */
  readonly serving?: ServingChannel;
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
  const { config, host: settings, succession, onOpenWrites, clock, random, log } = options;
  const ending = new AbortController();
  const { signal } = ending;
  const { namespace } = settings;
  const host: HostCluster = new HostCluster({
    source: hostCredentials(settings, clock, kubeconfigTerms(config, log)),
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
    succession,
    onOpenWrites,
    clock,
    random,
    log,
  });
  const members = new MemberSet({ host, clock, random, log });
  let owner: string | null = null;
  let tenure: Tenure | null = null;
  const follow = (): void => {
    members.follow();
    const terms = termsOf(config, namespace, host.settings.propagation);
    const mayWork = owner !== null && host.isKnown && host.areSettingsRead && lease.permit.hasLease;
    if (tenure !== null && !(mayWork && isSame(tenure.terms, terms))) {
      tenure.end();
      tenure = null;
    }
    if (owner !== null && mayWork)
      tenure ??= new Tenure({ ...options, transport, owner, manager: MANAGER, permit: lease.permit, terms });
    tenure?.follow(host, members.members);
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
      return propagateStatus(tenure, members.members, lease.status);
    },
    stop: async () => {
      await lease.stop();
      tenure?.end();
      ending.abort();
      members.stop();
    },
  };
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
