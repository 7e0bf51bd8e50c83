/** Federated objects that a copy names, which are to be in its member and are not there yet. */
import type { JsonRecord } from "../../kernel/json.ts";
import { dependenciesOf } from "../order/dependencies.ts";
import type { NamespaceBound } from "../placement/placement.ts";
import type { HostObjects } from "./host-objects.ts";
import type { MemberEngine } from "./member-engine.ts";
import { keyOfCopy, type PropagatedType } from "./propagated-type.ts";
import { wantedIn } from "./wanted.ts";

/** What the host has. */
type Host = {
  readonly types: ReadonlyMap<string, PropagatedType>;
  readonly objects: HostObjects;
  boundOf(type: PropagatedType, key: string): NamespaceBound;
};

/** As "ConfigMap settings". `body`: what is to be applied. What is not federated is not waited for. */
export function missingDependencies(
  body: JsonRecord,
  { cluster, copies }: MemberEngine,
  host: Host,
): readonly string[] {
  const { types, objects } = host;
  return dependenciesOf(body).flatMap(({ kind, namespace, name }) => {
    for (const type of types.values()) {
      if (type.target.kind !== kind) continue;
      const key = keyOfCopy(type, { namespace, name });
      const row = objects.rowOf({ type: type.name, key });
      if (row === undefined || !objects.has(row) || copies.isPresent(row)) continue;
      const wanted = wantedIn(objects.read(row)?.parsed ?? null, cluster, host.boundOf(type, key));
      if (wanted.kind === "present") return [`${kind} ${name}`];
    }
    return [];
  });
}
