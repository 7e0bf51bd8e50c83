/** A federated type as the schedule sees it: whose objects may have a number of replicas that is decided for each member. */
import type { Resource } from "../../fleet/kube/resource.ts";

export type ScheduledType = {
  /** Name of the FederatedTypeConfig: "deployments.apps". */
  readonly name: string;
  /** `kind` absent: Federated and the kind of the copies. */
  readonly federated: { readonly kind?: string };
  readonly target: Resource & { readonly kind: string; readonly isNamespaced: boolean };
  /** Its objects may say themselves how their replicas are shared. Absent = they do not. */
  readonly isPlainToo?: boolean;
};

export function federatedKindOf({ federated, target }: ScheduledType): string {
  return federated.kind ?? `Federated${target.kind}`;
}
