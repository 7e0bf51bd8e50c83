/** Which federated objects a copy needs in its member first, and are on their way there. */
import type { JsonRecord } from "../../kernel/json.ts";
import type { MemberCopies } from "../copies/member-copies.ts";
import type { ParsedObject } from "../federated/federated-object.ts";
import { dependenciesOf } from "../order/dependencies.ts";
import type { CopyReport } from "../status/copy-status.ts";
import type { NamespaceBound, PlaceableCluster } from "../placement/placement.ts";
import type { HostObjects } from "../objects/host-objects.ts";
import { keyOfCopy, NAMESPACES, type PropagatedType } from "../objects/propagated-type.ts";
import { wantedIn } from "../steps/wanted.ts";

type DependencyOptions = {
  readonly types: Iterable<PropagatedType>;
  readonly objects: HostObjects;
  readonly cluster: PlaceableCluster;
  readonly copies: MemberCopies;
  /** Whether the member's copies of the type are known. */
  readonly isListed: (type: PropagatedType) => boolean;
  /** Whether it is known what the member has of the object. */
  readonly isFoundOut: (row: number) => boolean;
  readonly boundOf: (type: PropagatedType, key: string) => NamespaceBound;
};

/** What our account may not read or make will not come. It may be there: a namespace that the member made, say. */
function isForbidden(report: Pick<CopyReport, "status" | "code"> | null): boolean {
  return report?.code === 403 || report?.status === "RetrievalFailed";
}

/** As it is once our finalizer is on it: objects that are made together are placed in their order. */
function heldSoon(parsed: ParsedObject | null): ParsedObject | null {
  return parsed === null || "problem" in parsed ? parsed : { object: { ...parsed.object, isHeld: true } };
}

/** As texts: "ConfigMap settings"; null = not known yet. `body`: what is to be applied. */
export function missingDependencies(
  body: JsonRecord,
  { types, objects, cluster, copies, isListed, isFoundOut, boundOf }: DependencyOptions,
): readonly string[] | null {
  const known = [...types];
  const missing: string[] = [];
  for (const { kind, namespace, name } of dependenciesOf(body)) {
    const type = known.find(({ target }) => target.kind === kind);
    if (type === undefined) continue;
    if (!isListed(type)) return null;
    const key = keyOfCopy(type, { namespace, name });
    const row = objects.rowOf({ type: type.name, key });
    if (row === undefined || !objects.has(row) || copies.isPresent(row)) continue;
    if (isForbidden(copies.reportOf(row))) continue;
    const wanted = wantedIn(heldSoon(objects.read(row)?.parsed ?? null), cluster, boundOf(type, key));
    if (wanted.kind !== "present") continue;
    // It may be there without our label, which is found out soon: a namespace waits for nothing.
    if (type.name === NAMESPACES && !isFoundOut(row)) return null;
    missing.push(`${kind} ${name}`);
  }
  return missing;
}
