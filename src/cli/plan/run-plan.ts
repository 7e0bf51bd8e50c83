/** `fedns plan`, step by step: what is asked for, what is read, and what is printed. */
import { stat } from "node:fs/promises";
import { OperationalError } from "../../kernel/error.ts";
import { isDifference, type ObjectPlan } from "../../propagate/plan/copy-plan.ts";
import { planAll, type PlanProgress, type StrayCopy } from "../../propagate/plan/plan-all.ts";
import { planObject } from "../../propagate/plan/plan-object.ts";
import { Tally } from "../../propagate/plan/tally.ts";
import { NAMESPACES } from "../../propagate/objects/propagated-type.ts";
import { readInput } from "../arguments/input-file.ts";
import { kindAndName } from "../arguments/object-argument.ts";
import { usageError } from "../arguments/usage-error.ts";
import { withHostConnection } from "../clusters/with-host.ts";
import type { Session } from "../session/session.ts";
import { type ClientChange, clientChange } from "./client-change.ts";
import { type ClientMoves, clientMovesText } from "./client-moves-text.ts";
import { loadCopies, loadDependencies } from "./load-copies.ts";
import { loadAll, loadNamespace, type ObjectName } from "./load-objects.ts";
import { namedObjects, type NamedSubject, NOTHING_NAMED } from "./named-objects.ts";
import { type OpenWorld, openWorld } from "./open-world.ts";
import type { PlanOptions } from "./plan-options.ts";
import { objectDocument, planDocument } from "./plan-document.ts";
import { printable } from "../text/printable.ts";
import { objectText, tallyText } from "./plan-text.ts";
import { replicaMoves } from "./replica-moves.ts";
import { readManifests } from "../types/read-manifests.ts";

/** As those of kubectl diff. */
export const EXIT_CODES = { same: 0, differs: 1, failed: 2 } as const;
const PROGRESS_EVERY_MS = 2_000;

export type PlanCommandOptions = PlanOptions & {
  readonly all?: boolean;
  readonly summary?: boolean;
  readonly delete?: boolean;
};

/** Which clients would move with changes; from a running fedns, if one can be asked. */
type ReadMoves = (open: OpenWorld, changes: readonly ClientChange[]) => Promise<ClientMoves>;

/** What a person asks about: all objects, or those that are named. */
type Subject = { readonly kind: "all" } | NamedSubject;

/** Sets the exit code. Throws OperationalError where the host or the file cannot be read. */
export async function runPlan(
  session: Session,
  target: string | undefined,
  options: PlanCommandOptions,
  readMoves: ReadMoves,
): Promise<void> {
  const subject = await subjectOf(target, options);
  const { namespace: _, ...hostOptions } = options;
  await withHostConnection(session, hostOptions, async ({ host, signal }) => {
    const federation = options.kubefedNamespace;
    const open = await openWorld({ ...options, host, federation, clock: session.clock, signal });
    try {
      await planSubject(session, open, subject, { ...options, readMoves });
    } finally {
      for (const { transport } of open.world.members) transport.close();
    }
  });
}

async function subjectOf(target: string | undefined, options: PlanCommandOptions): Promise<Subject> {
  if (options.delete === true && options.without !== undefined)
    throw usageError("--delete and --without are two questions; ask one after the other");
  if (options.all === true) {
    if (options.delete === true) throw usageError("--delete is for an object or a file, not for --all");
    if (target === undefined) return { kind: "all" };
    throw usageError("--all plans all objects; leave out the file or the object");
  }
  if (target === undefined)
    throw usageError("say what to plan: a file, - for standard input, KIND/NAME, or --all");
  const file = target === "-" ? null : await stat(target).catch(() => null);
  if (target === "-" || file?.isFile() === true) {
    const { content, name } = await readInput(target);
    return { kind: "file", manifests: readManifests(content, name) };
  }
  if (/^[^/]+\/[^/]+$/.test(target)) return { kind: "object", ...kindAndName(target) };
  throw new OperationalError(
    "PLAN",
    `there is no file ${target}, and it is no KIND/NAME like deployment/web`,
  );
}

async function planSubject(
  session: Session,
  open: OpenWorld,
  subject: Subject,
  options: PlanCommandOptions & { readonly readMoves: ReadMoves },
): Promise<void> {
  const isAll = subject.kind === "all";
  const isJson = options.output === "json";
  const tally = new Tally();
  const documents: object[] = [];
  const changes: ClientChange[] = [];
  const onPlan = (plan: ObjectPlan, isBrief: boolean): void => {
    tally.add(plan);
    const moves = replicaMoves(plan, open.world.schedule);
    const type = open.world.types.find(({ name }) => name === plan.type);
    const change = type === undefined ? null : clientChange(type, plan, moves);
    if (change !== null) changes.push(change);
    if (isJson)
      documents.push(...[objectDocument(plan, isBrief, moves)].filter((document) => document !== null));
    else if (options.summary !== true) session.print(objectText(plan, isBrief, moves));
  };
  const namespace = options.namespace ?? null;
  const problems = isAll ? await loadAll(open, namespace) : [];
  const named = isAll
    ? NOTHING_NAMED
    : await namedObjects(open, subject, { namespace, isDeletion: options.delete === true });
  const notes = [...open.notes, ...problems, ...named.notes];
  const note = (sentence: string): void => session.printError(printable(`note: ${sentence}\n`));
  notes.forEach(note);
  const onProgress = progressLine(session);
  let strays: readonly StrayCopy[] = [];
  if (isAll)
    strays = await planAll(open.world, { namespace, onPlan: (plan) => onPlan(plan, true), onProgress });
  for (const refused of named.refused) onPlan(refused, false);
  const plans = await planNamed(open, named.objects);
  for (const plan of plans) onPlan(plan, false);
  const others = await planContents(open, plans, onProgress);
  for (const plan of others.plans) onPlan(plan, true);
  const summary = tally.total;
  const clients = await options.readMoves(open, changes);
  const said = [
    ...open.world.schedule.unread,
    ...others.problems,
    ...(clients.problem === null ? [] : [clients.problem]),
  ];
  said.forEach(note);
  const { without } = open.world;
  strays = strays.filter(({ cluster }) => cluster !== without);
  if (isJson)
    session.print(planDocument(documents, summary, { strays, clients, without, notes: [...notes, ...said] }));
  else session.print(`${clientMovesText(clients)}${tallyText(summary, strays)}`);
  const { hasProblems, hasDifferences } = summary;
  if (hasProblems || problems.length + others.problems.length > 0) session.exitCode = EXIT_CODES.failed;
  else session.exitCode = hasDifferences ? EXIT_CODES.differs : EXIT_CODES.same;
}

/** What is in a namespace goes where the namespace goes: what changes with it. */
async function planContents(
  open: OpenWorld,
  plans: readonly ObjectPlan[],
  onProgress: (progress: PlanProgress) => void,
): Promise<{ readonly plans: readonly ObjectPlan[]; readonly problems: readonly string[] }> {
  const titleOf = ({ type, namespace, name }: ObjectPlan): string => `${type} ${namespace}/${name}`;
  const known = new Set(plans.map(titleOf));
  const [found, problems]: [ObjectPlan[], string[]] = [[], []];
  for (const { type, name, copies } of plans) {
    if (type !== NAMESPACES || !copies.some(isDifference)) continue;
    problems.push(...(await loadAll(open, name)));
    const onPlan = (plan: ObjectPlan): void => void (known.has(titleOf(plan)) || found.push(plan));
    await planAll(open.world, { namespace: name, onPlan, onProgress });
  }
  return { plans: found, problems };
}

async function planNamed(open: OpenWorld, objects: readonly ObjectName[]): Promise<readonly ObjectPlan[]> {
  for (const object of objects) {
    await loadNamespace(open, object);
    await loadCopies(open, object);
  }
  for (const object of objects) await loadDependencies(open, object);
  const plans: ObjectPlan[] = [];
  for (const { type, key } of objects) plans.push(await planObject(open.world, type, key));
  return plans;
}

/** A line now and then, on standard error. */
function progressLine(session: Session): (progress: PlanProgress) => void {
  const { clock } = session;
  let toldMs = clock.nowMs();
  return ({ objects, objectsDone, copies }) => {
    if (clock.nowMs() - toldMs < PROGRESS_EVERY_MS) return;
    toldMs = clock.nowMs();
    const done = Object.values(copies).reduce((sum, one) => sum + one, 0);
    const tried = done - copies.out - copies["in-sync"];
    session.printError(
      `planned ${objectsDone} of ${objects} objects: ${done} copies, ${tried} not in sync\n`,
    );
  };
}
