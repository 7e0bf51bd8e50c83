/** The leases of the host: their names, and what forbids writing. */
import type { Clock } from "../../kernel/clock.ts";
import type { Log } from "../../kernel/log.ts";
import type { Transport } from "../kube/transport.ts";
import { KubefedLock } from "./kubefed-lock.ts";
import { LeaseRunner } from "./lease-runner.ts";
import { pauseReason, readPause } from "./pause-order.ts";
import { firstOf, newReplica, type Succession } from "./succession.ts";

/** `control`: statuses and DNSEndpoints in the host. `propagate`: federated objects and everything in members. */
export const LEASE_NAMES = { control: "fedns-control", propagate: "fedns-propagate" } as const;
/** Whoever holds it places federated objects. */
export const PROPAGATE_LEASE: string = LEASE_NAMES.propagate;

type HostLeaseOptions = {
  /** To the host. */
  readonly transport: Transport;
  readonly purpose: keyof typeof LEASE_NAMES;
  /** Of the federation in the host: KubeFed's own, if it was installed there. */
  readonly namespace: string;
  /** Default: the first process of a replica. */
  readonly succession?: Succession | undefined;
  readonly onOpenWrites?: ((count: number) => void) | undefined;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
};

/** The runner of one of the leases; start it, and stop it before the process ends. */
export function hostLease(options: HostLeaseOptions): LeaseRunner {
  const { transport, namespace, clock, onOpenWrites = () => undefined } = options;
  const lock = new KubefedLock({ transport, namespace, clock });
  const checkPause = async (signal: AbortSignal): Promise<string | null> => {
    const order = await readPause({ transport, namespace }, signal);
    return order === null ? null : pauseReason(order);
  };
  return new LeaseRunner({
    ...options,
    name: LEASE_NAMES[options.purpose],
    succession: options.succession ?? firstOf(newReplica()),
    onOpenWrites,
    checks: [checkPause, (signal) => lock.look(signal)],
  });
}
