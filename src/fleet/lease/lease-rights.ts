/** The rights that a holder of a lease needs in the host. */
import { LOCK_NAME } from "./kubefed-lock.ts";
import { PAUSE_NAME } from "./pause-order.ts";

type Right = {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
};

/** What a holder needs in the namespace of the federation. */
export const LEASE_RIGHTS: readonly Right[] = [
  { apiGroups: ["coordination.k8s.io"], resources: ["leases"], verbs: ["get", "create", "update"] },
  {
    apiGroups: [""],
    resources: ["configmaps", "endpoints"],
    resourceNames: [PAUSE_NAME, LOCK_NAME],
    verbs: ["get"],
  },
];
