/**
 * The half of an answer to why that the host knows: the federated Service, the federated workloads that its selector matches, and
 * the Services that members have of their own.
 */
import type { FederatedType } from "../../fleet/host-objects/type-config.ts";
import type { PropagatedType } from "../../propagate/objects/propagated-type.ts";
import { propagated } from "../../run/propagate/placed-types.ts";
import type { Explained } from "../explain/explain-document.ts";
import { explainObject } from "../explain/explain-object.ts";
import { isSelected, runsPods, type PodLabels, selectorOf, templateOf } from "../moves/pod-labels.ts";
import { loadCopies } from "../plan/load-copies.ts";
import { loadAll, loadIfThere } from "../plan/load-objects.ts";
import type { OpenWorld } from "../plan/open-world.ts";
import type { ServiceName } from "../traffic/served-name.ts";

export type PlacementHalf = {
  /** All members that the host declares. */
  readonly clusters: readonly string[];
  /** Null = it is not federated. */
  readonly service: Explained | null;
  /** Federated objects whose pods the Service selects. */
  readonly workloads: readonly Explained[];
  /** Members that have a Service of that name, as a copy or of their own. */
  readonly withService: ReadonlySet<string>;
  /** Members that cannot be asked, with the reason. */
  readonly away: ReadonlyMap<string, string>;
  readonly notes: readonly string[];
};

/** As every API server has it, for hosts that do not federate Services. */
const SERVICES: PropagatedType = {
  name: "services",
  federated: { group: "types.kubefed.io", version: "v1beta1", plural: "federatedservices" },
  target: { group: "", version: "v1", plural: "services", kind: "Service", isNamespaced: true },
  collectsStatus: false,
};

export async function readPlacement(open: OpenWorld, name: ServiceName): Promise<PlacementHalf> {
  const { world, types } = open;
  const key = `${name.namespace}/${name.name}`;
  const type = types.find(({ targetType: { kind, group } }) => kind === "Service" && group === "");
  const object = { type: type === undefined ? SERVICES : propagated(type), key };
  const isFederated = type !== undefined && (await loadIfThere(open, object));
  const service = isFederated ? await explainObject(open, type, key) : null;
  const live = await loadCopies(open, object);
  const template = isFederated ? templateOf(open, object.type, key) : null;
  const selector = selectorOf(template) ?? [...live.values()].map(selectorOf).find((one) => one !== null);
  const { workloads, problems } = await readWorkloads(open, name.namespace, selector ?? null);
  return {
    clusters: world.members.map((member) => member.name),
    service,
    workloads,
    withService: new Set(live.keys()),
    away: new Map(
      world.members.flatMap((member) => {
        const problem = member.problem ?? member.views.get(object.type.name)?.problem ?? null;
        return problem === null ? [] : [[member.name, problem] as const];
      }),
    ),
    notes: [...open.notes, ...problems],
  };
}

async function readWorkloads(
  open: OpenWorld,
  namespace: string,
  selector: PodLabels | null,
): Promise<{ readonly workloads: readonly Explained[]; readonly problems: readonly string[] }> {
  if (selector === null) return { workloads: [], problems: [] };
  const types = open.types.filter((type) => runsPods(propagated(type)));
  const scoped = { ...open, world: { ...open.world, types: types.map(propagated) } };
  const problems = await loadAll(scoped, namespace);
  const workloads: Explained[] = [];
  for (const type of types)
    for (const key of keysOf(open, type, namespace))
      if (isSelected(templateOf(open, propagated(type), key), selector))
        workloads.push(await explainObject(open, type, key));
  return { workloads, problems };
}

function keysOf({ world: { objects } }: OpenWorld, { name }: FederatedType, namespace: string): string[] {
  return [...objects.rowsIn(name, namespace)].flatMap((row) => objects.keyOf(row)?.key ?? []).sort();
}
