/** Reads all that an explanation of one federated object needs, and explains it. */
import type { FederatedType } from "../../fleet/host-objects/type-config.ts";
import { planObject } from "../../propagate/plan/plan-object.ts";
import { propagated } from "../../run/propagate/placed-types.ts";
import { loadCopies, loadDependencies } from "../plan/load-copies.ts";
import { loadNamespace, loadObject } from "../plan/load-objects.ts";
import type { OpenWorld } from "../plan/open-world.ts";
import { type Explained, explained } from "./explain-document.ts";

/** `key`: "namespace/name". Throws an OperationalError where the host does not have it, or does not answer. */
export async function explainObject(open: OpenWorld, type: FederatedType, key: string): Promise<Explained> {
  const object = { type: propagated(type), key };
  const inHost = await loadObject(open, object);
  await loadNamespace(open, object);
  const copies = await loadCopies(open, object);
  await loadDependencies(open, object);
  const plan = await planObject(open.world, object.type, object.key);
  return explained({ world: open.world, name: object, type, object: inHost, plan, copies });
}
