/** How many replicas each member is to get, as the schedule would decide it now: read once for each object that is planned. */
import { messageOf } from "../../kernel/error.ts";
import { isJsonRecord } from "../../kernel/json.ts";
import { KubeError } from "../../fleet/kube/kube-error.ts";
import { listAll } from "../../fleet/list/list.ts";
import { read } from "../../fleet/objects/read.ts";
import { pathOfCollection } from "../../fleet/objects/object-path.ts";
import { type Allotment, HELD } from "../federated/allotment.ts";
import { copyNameOf, type PropagatedType } from "../objects/propagated-type.ts";
import type { PlanRule } from "../planner/planner.ts";
import { allot, type Decision } from "../schedule/allot.ts";
import type { ParsedPreference } from "../schedule/preference.ts";
import { AUTOSCALERS, scaledWorkload, workloadText } from "../workloads/autoscaler-watch.ts";
import { pendingPods } from "../workloads/pending-pods.ts";
import { mayHaveReplicas } from "../../fleet/host-objects/scaled-kinds.ts";
import { federatedKindOf } from "../workloads/scheduled-type.ts";
import { type WorkloadFacts, workloadFacts } from "../workloads/workload-facts.ts";
import { boundIn, type PlanDecisions, type PlanMember, type PlanWorld, viewIn } from "./plan-world.ts";
import { copyKey } from "./read-copies.ts";

type SeenReplicas = { readonly facts: WorkloadFacts | null; readonly unschedulable: number };

export class PlanSchedule implements PlanDecisions {
  readonly #preferences: ReadonlyMap<string, ParsedPreference>;
  readonly #rule: PlanRule;
  readonly #decisions = new Map<string, Decision>();
  /** Texts of scaled workloads, by member and namespace. */
  readonly #scaled = new Map<string, Promise<ReadonlySet<string>>>();
  /** What could not be read, and what is taken instead: sentences. */
  readonly unread: Set<string> = new Set();

  /** `preferences` by "namespace/name". */
  constructor(preferences: ReadonlyMap<string, ParsedPreference>, rule: PlanRule) {
    this.#preferences = preferences;
    this.#rule = rule;
  }

  /** Of an object that was loaded; null = nothing is decided beside it. */
  allotmentOf(type: string, key: string): Allotment | null {
    return this.#decisions.get(`${type} ${key}`)?.allotment ?? null;
  }

  decisionOf(type: string, key: string): Decision | null {
    return this.#decisions.get(`${type} ${key}`) ?? null;
  }

  /** Members that do not answer do not count. */
  async load(world: PlanWorld, type: PropagatedType, key: string): Promise<void> {
    if (!mayHaveReplicas(type.target) || this.#decisions.has(`${type.name} ${key}`)) return;
    const autoscaled = await this.#autoscaledIn(world, type, key);
    const decision = await this.#decide(world, type, key, autoscaled);
    if (decision !== null) this.#decisions.set(`${type.name} ${key}`, decision);
  }

  async #decide(
    world: PlanWorld,
    type: PropagatedType,
    key: string,
    autoscaled: ReadonlySet<string>,
  ): Promise<Decision | null> {
    const parsed = this.#preferences.get(key);
    const kind =
      parsed === undefined ? null : "preference" in parsed ? parsed.preference.targetKind : parsed.targetKind;
    if (parsed === undefined || kind !== federatedKindOf(type))
      return autoscaled.size === 0
        ? null
        : { allotment: { replicas: null, undecided: new Set(), autoscaled }, plan: "waiting", short: [] };
    const object = world.objects.declared({ type: type.name, key });
    if (!("preference" in parsed) || object === null || "problem" in object)
      return { allotment: HELD, plan: "waiting", short: [] };
    return allot({
      preference: parsed.preference,
      object: object.object,
      bound: boundIn(world, type, key),
      clusters: await Promise.all(
        world.members.map((member) => sightOf(world, { type, key }, member, this.unread)),
      ),
      autoscaled,
      rule: this.#rule,
      before: null,
      nowMs: world.clock.nowMs(),
    });
  }

  async #autoscaledIn(world: PlanWorld, type: PropagatedType, key: string): Promise<ReadonlySet<string>> {
    const { namespace } = copyNameOf(type, key);
    const { group, kind } = type.target;
    const text = workloadText({ group, kind, key });
    const found = new Set<string>();
    await Promise.all(
      world.members.map(async (member) => {
        const at = `${member.name} ${namespace}`;
        const scaled = this.#scaled.get(at) ?? scaledIn(world, member, namespace, this.unread);
        this.#scaled.set(at, scaled);
        if ((await scaled).has(text)) found.add(member.name);
      }),
    );
    return found;
  }
}

/** Adds to `unread`. */
async function sightOf(
  world: PlanWorld,
  { type, key }: { readonly type: PropagatedType; readonly key: string },
  cluster: PlanMember,
  unread: Set<string>,
): Promise<SeenReplicas & { readonly cluster: PlanMember; readonly counts: boolean }> {
  const { version, state } = viewIn(cluster, type);
  const { transport } = cluster;
  const { signal, clock } = world;
  if (cluster.problem !== null || state === "not-seen" || cluster.name === world.without)
    return { cluster, counts: false, facts: null, unschedulable: 0 };
  const copyText = `${type.target.kind} ${key}`;
  const tell = (what: string, error: unknown, instead: string): void => {
    if (!signal.aborted)
      unread.add(`${cluster.name}: ${what} cannot be read (${messageOf(error)}): ${instead}`);
  };
  try {
    const copy = await read(transport, copyKey(type, key, version), { signal });
    const facts = copy === null ? null : workloadFacts(copy);
    const { namespace } = copyNameOf(type, key);
    const refused = facts?.refused?.count ?? 0;
    if (facts === null || facts.selector === null || facts.ready >= facts.asked)
      return { cluster, counts: true, facts, unschedulable: refused };
    const pods = { transport, namespace, selector: facts.selector, nowMs: clock.wallMs(), signal };
    const pending = await pendingPods(pods).catch((error: unknown) => {
      tell(`the pods of ${copyText}`, error, "what finds no room there is not known");
      return 0;
    });
    return { cluster, counts: true, facts, unschedulable: pending + refused };
  } catch (error) {
    tell(copyText, error, "it is planned as if the cluster did not answer");
    return { cluster, counts: false, facts: null, unschedulable: 0 };
  }
}

/** Those of a member that does not show its autoscalers are not known: as with the schedule, they are none. Adds to `unread`. */
async function scaledIn(
  { signal }: PlanWorld,
  { name, transport, problem }: PlanMember,
  namespace: string,
  unread: Set<string>,
): Promise<ReadonlySet<string>> {
  const found = new Set<string>();
  if (problem !== null) return found;
  let failure: unknown = null;
  for (const version of AUTOSCALERS.versions) {
    const resource = { group: AUTOSCALERS.group, version, plural: AUTOSCALERS.plural };
    try {
      await listAll({
        transport,
        path: pathOfCollection({ resource, namespace }),
        query: {},
        signal,
        onStart: () => found.clear(),
        onPage: ({ items }) => {
          for (const workload of items.filter(isJsonRecord).map(scaledWorkload))
            if (workload !== null) found.add(workloadText(workload));
        },
      });
      return found;
    } catch (error) {
      // Another version of it may be served.
      if (!(error instanceof KubeError) || error.status !== 404) failure = error;
    }
  }
  if (failure !== null && !signal.aborted)
    unread.add(
      `${name}: the HorizontalPodAutoscalers of ${namespace} cannot be read (${messageOf(failure)}): it is planned as if there were none`,
    );
  return found;
}
