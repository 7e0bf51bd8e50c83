/** The plan for one copy: why it is wanted there or not, and what the propagator would do about it. */
import { isJsonRecord, type JsonRecord } from "../../kernel/json.ts";
import { freePermit } from "../../fleet/kube/write-permit.ts";
import { read } from "../../fleet/objects/read.ts";
import type { LiveCopy } from "../apply/decide.ts";
import { isHostItself } from "../apply/host-itself.ts";
import { isUndecided } from "../federated/allotted.ts";
import type { FederatedObject, ParsedObject } from "../federated/federated-object.ts";
import { type NamespaceBound, place } from "../placement/placement.ts";
import { missingDependencies } from "../reconcile/missing-dependencies.ts";
import { boundFailure } from "../objects/namespace-bound.ts";
import { type PropagatedType, targetTypeOf } from "../objects/propagated-type.ts";
import { mayHaveReplicas } from "../../fleet/host-objects/scaled-kinds.ts";
import { render } from "../render/render.ts";
import { withFirstStep } from "../staging/first-step.ts";
import type { CopyJob, CopyTools } from "../steps/copy-job.ts";
import { type Wanted, wantedIn } from "../steps/wanted.ts";
import type { CopyPlan, PlacementSaid } from "./copy-plan.ts";
import { tryCopy } from "./dry-run.ts";
import { DELETED, placementSaid, UNREADABLE } from "./placement-text.ts";
import { boundIn, type PlanMember, type PlanWorld, viewIn } from "./plan-world.ts";
import { copyKey } from "./read-copies.ts";
import { shownPair } from "./shown-object.ts";

/** For requests that write nothing: the API server gives up after it. */
const TIMEOUT_SECONDS = 10;

/** What `member` has must have been read; nothing is written to it. Never rejects because of the member. */
export async function planCopy(
  world: PlanWorld,
  type: PropagatedType,
  key: string,
  member: PlanMember,
): Promise<CopyPlan> {
  const row = world.objects.takeRow({ type: type.name, key });
  const bound = boundIn(world, type, key);
  const parsed = plannedObject(world, type, key, world.objects.read(row)?.parsed ?? null);
  const wanted = wantedIn(parsed, member, bound);
  const view = viewIn(member, type);
  const isListed = view.state === "listed";
  const base = { ...NOTHING, cluster: member.name, placement: placementOf(parsed, bound, member, world) };
  if (member.name === world.without) {
    const live = member.copies.live(row, isListed);
    // A preference decides nothing for a member that does not count: its copy stays written as it was.
    const isKept = parsed !== null && "object" in parsed && isUndecided(parsed.object, member.name);
    const isWanted = wanted.kind === "present" || isKept;
    return { ...base, live, ...(await lostCopy(world, type, key, { member, live, isWanted })) };
  }
  if (wanted.kind === "undecided") {
    const live = member.copies.live(row, isListed);
    const isOurs = live.kind === "present" && (live.owner === "us" || live.owner === "kubefed");
    const message = wanted.waits?.reason ?? reasonOf(parsed, bound, key);
    return { ...base, live, outcome: isOurs ? "kept" : "out", message };
  }
  const tools: CopyTools = { ...world, contests: NO_CONTESTS, onReport: () => undefined };
  let needs: readonly string[] = [];
  const tried = await tryCopy(jobOf(world, type, key, member, wanted), tools, (body) => {
    needs = needsOf(world, member, body);
    return needs.includes(`Namespace ${namespaceOf(body)}`);
  });
  const live = member.copies.live(row, isListed);
  // What is not wanted is missing in a cluster that does not know its kind, and that is all right.
  const isAbsent = view.state === "not-served" && wanted.kind === "absent";
  return {
    ...base,
    ...tried,
    ...(isAbsent && { outcome: "out" as const }),
    message: isListed || view.problem === null ? tried.message : view.problem,
    live,
    needs: tried.outcome === "create" ? needs : [],
  };
}

/** Where versions reach members in steps, the plan is of the first one. */
function plannedObject(
  world: PlanWorld,
  type: PropagatedType,
  key: string,
  parsed: ParsedObject | null,
): ParsedObject | null {
  if (parsed === null || "problem" in parsed) return parsed;
  const { object } = parsed;
  const bound = boundIn(world, type, key);
  const placed = (): readonly PlanMember[] =>
    world.members.filter(
      (one) =>
        one.name !== world.without &&
        !isUndecided(object, one.name) &&
        place(object.placement, [one], bound).some(
          ({ cluster, isChosen }) => cluster === one.name && isChosen,
        ),
    );
  const copiesOf = () =>
    placed().map((cluster) => ({ cluster, isOther: isOther(world, type, key, object, cluster) }));
  return { object: withFirstStep(object, copiesOf, world.clock.wallMs()) };
}

/** The member has a copy of ours that is of another version. */
function isOther(
  { objects, ownership: { owner } }: PlanWorld,
  type: PropagatedType,
  key: string,
  object: FederatedObject,
  cluster: PlanMember,
): boolean {
  const live = cluster.copies.live(objects.takeRow({ type: type.name, key }), true);
  if (live.kind !== "present" || (live.owner !== "us" && live.owner !== "kubefed")) return false;
  const target = targetTypeOf(type, viewIn(cluster, type).version);
  const rendered = render({ object, target, cluster, owner, isUpdate: true });
  return !("hash" in rendered) || rendered.hash !== live.applied;
}

/** Of a member that does not answer, what is wanted there counts as being there. */
async function lostCopy(
  world: PlanWorld,
  type: PropagatedType,
  key: string,
  {
    member,
    live,
    isWanted,
  }: { readonly member: PlanMember; readonly live: LiveCopy; readonly isWanted: boolean },
): Promise<Pick<CopyPlan, "outcome" | "before">> {
  const isOurs = live.kind === "present" && (live.owner === "us" || live.owner === "kubefed");
  if (!isOurs && !(live.kind === "unknown" && isWanted)) return { outcome: "out", before: null };
  if (!isOurs || !mayHaveReplicas(type.target)) return { outcome: "lost", before: null };
  // How many replicas go with it.
  const { version } = viewIn(member, type);
  const request = read(member.transport, copyKey(type, key, version), { signal: world.signal });
  return { outcome: "lost", before: shownPair(await request.catch(() => null), null).before };
}

/** Fields that only some outcomes fill. */
const NOTHING = {
  status: "",
  message: null,
  code: null,
  changes: [],
  before: null,
  after: null,
  taken: [],
  needs: [],
} as const;
/** A plan begins without a history of fields that were taken. */
const NO_CONTESTS: CopyTools["contests"] = { contested: () => [], taken: () => undefined };

function jobOf(
  { objects, adoption, signal, ownership, transport, ownNamespace: namespace }: PlanWorld,
  type: PropagatedType,
  key: string,
  member: PlanMember,
  wanted: Wanted,
): CopyJob {
  const view = viewIn(member, type);
  return {
    row: objects.takeRow({ type: type.name, key }),
    cluster: member,
    target: targetTypeOf(type, view.version),
    wanted,
    adoption,
    copies: member.copies,
    view: view.state,
    viewError: null,
    onNotServed: () => undefined,
    request: {
      transport: member.transport,
      key: copyKey(type, key, view.version),
      permit: freePermit(TIMEOUT_SECONDS),
      signal,
      manager: ownership.manager,
      isDryRun: true,
    },
    takesAlong: () => [],
    // A plan does not wait: it says what goes first.
    missing: () => [],
    isHost: () => isHostItself(member.transport, { transport, namespace, signal }),
  };
}

function placementOf(
  parsed: ParsedObject | null,
  bound: NamespaceBound,
  member: PlanMember,
  { members }: PlanWorld,
): PlacementSaid {
  if (parsed === null || "problem" in parsed) return UNREADABLE;
  if (parsed.object.isDeleting) return DELETED;
  const placed = place(parsed.object.placement, [member], bound).find(
    ({ cluster }) => cluster === member.name,
  );
  return placed === undefined
    ? UNREADABLE
    : placementSaid(
        placed,
        members.map(({ name }) => name),
      );
}

function reasonOf(parsed: ParsedObject | null, bound: NamespaceBound, key: string): string | null {
  if (parsed !== null && "problem" in parsed) return parsed.problem;
  return boundFailure(bound, key)?.message ?? null;
}

function needsOf(world: PlanWorld, member: PlanMember, body: JsonRecord): readonly string[] {
  const missing = missingDependencies(body, {
    ...world,
    isListed: () => true,
    isFoundOut: () => true,
    cluster: member,
    copies: member.copies,
    boundOf: (type, key) => boundIn(world, type, key),
  });
  return missing ?? [];
}

function namespaceOf({ metadata }: JsonRecord): string {
  const namespace = isJsonRecord(metadata) ? metadata["namespace"] : undefined;
  return typeof namespace === "string" ? namespace : "";
}
