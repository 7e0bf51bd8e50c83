/** `fedns plan`, step by step: what is asked for, what is read, and what is printed. */
import { readFile, stat } from "node:fs/promises";
import { text } from "node:stream/consumers";
import { messageOf, OperationalError } from "../../kernel/error.ts";
import type { ObjectPlan } from "../../propagate/plan/copy-plan.ts";
import { planAll, type PlanProgress, type StrayCopy } from "../../propagate/plan/plan-all.ts";
import { planObject } from "../../propagate/plan/plan-object.ts";
import { Tally } from "../../propagate/plan/tally.ts";
import { kindAndName } from "../arguments/object-argument.ts";
import { usageError } from "../arguments/usage-error.ts";
import { withHostConnection } from "../clusters/with-host.ts";
import type { Session } from "../session/session.ts";
import { findType, typeOf } from "./find-type.ts";
import { loadCopies, loadDependencies } from "./load-copies.ts";
import {
  keyOf,
  loadAll,
  loadManifest,
  loadNamespace,
  loadObject,
  type ObjectName,
  planned,
} from "./load-objects.ts";
import { type OpenWorld, openWorld } from "./open-world.ts";
import type { PlanOptions } from "./plan-options.ts";
import { objectDocument, planDocument } from "./plan-document.ts";
import { printable } from "../text/printable.ts";
import { objectText, tallyText } from "./plan-text.ts";
import { type FileObject, readManifests } from "./read-manifests.ts";

/** As those of kubectl diff. */
export const EXIT_CODES = { same: 0, differs: 1, failed: 2 } as const;
const PROGRESS_EVERY_MS = 2_000;

export type PlanCommandOptions = PlanOptions & { readonly all?: boolean; readonly summary?: boolean };

/** What a person asks about: all objects, some of a file, or one of the host. */
type Subject =
  | { readonly kind: "all" }
  | { readonly kind: "file"; readonly manifests: readonly FileObject[] }
  | { readonly kind: "object"; readonly word: string; readonly name: string };

/** Sets the exit code. Throws OperationalError where the host or the file cannot be read. */
export async function runPlan(
  session: Session,
  target: string | undefined,
  options: PlanCommandOptions,
): Promise<void> {
  const subject = await subjectOf(target, options);
  const { namespace: _, ...hostOptions } = options;
  await withHostConnection(session, hostOptions, async ({ host, signal }) => {
    const federation = options.kubefedNamespace;
    const open = await openWorld({ ...options, host, federation, clock: session.clock, signal });
    try {
      await planSubject(session, open, subject, options);
    } finally {
      for (const { transport } of open.world.members) transport.close();
    }
  });
}

async function subjectOf(target: string | undefined, options: PlanCommandOptions): Promise<Subject> {
  if (options.all === true) {
    if (target === undefined) return { kind: "all" };
    throw usageError("--all plans all objects; leave out the file or the object");
  }
  if (target === undefined)
    throw usageError("say what to plan: a file, - for standard input, KIND/NAME, or --all");
  if (target === "-") return { kind: "file", manifests: readManifests(await text(process.stdin), "stdin") };
  const file = await stat(target).catch(() => null);
  if (file?.isFile() === true) {
    const content = await readFile(target, "utf8").catch((error: unknown) => {
      throw new OperationalError("PLAN", `${target} cannot be read: ${messageOf(error)}`);
    });
    return { kind: "file", manifests: readManifests(content, target) };
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
  options: PlanCommandOptions,
): Promise<void> {
  const isAll = subject.kind === "all";
  const isJson = options.output === "json";
  const tally = new Tally();
  const documents: object[] = [];
  const onPlan = (plan: ObjectPlan): void => {
    tally.add(plan);
    if (isJson) documents.push(...[objectDocument(plan, isAll)].filter((document) => document !== null));
    else if (options.summary !== true) session.print(objectText(plan, isAll));
  };
  const namespace = options.namespace ?? null;
  const problems = isAll ? await loadAll(open, namespace) : [];
  const notes = [...open.notes, ...problems];
  for (const note of notes) session.printError(printable(`note: ${note}\n`));
  let strays: readonly StrayCopy[] = [];
  if (isAll) strays = await planAll(open.world, { namespace, onPlan, onProgress: progressLine(session) });
  else for (const plan of await planNamed(open, await namesOf(open, subject, namespace))) onPlan(plan);
  const summary = tally.total;
  if (isJson) session.print(planDocument(documents, summary, strays, notes));
  else session.print(tallyText(summary, strays));
  const { hasProblems, hasDifferences } = summary;
  if (hasProblems || problems.length > 0) session.exitCode = EXIT_CODES.failed;
  else session.exitCode = hasDifferences ? EXIT_CODES.differs : EXIT_CODES.same;
}

/** Reads the objects into the world as well. */
async function namesOf(
  open: OpenWorld,
  subject: Exclude<Subject, { readonly kind: "all" }>,
  namespace: string | null,
): Promise<readonly ObjectName[]> {
  if (subject.kind === "object") {
    const type = await findType(subject.word, { ...open.host, ...open });
    const object = { type: planned(type), key: keyOf(type, namespace, subject.name) };
    await loadObject(open, object);
    return [object];
  }
  const names: ObjectName[] = [];
  for (const manifest of subject.manifests) {
    const type = federatedTypeOf(manifest, open);
    const title = `${manifest.kind} ${manifest.name}`;
    if (namespace !== null && manifest.namespace !== null && manifest.namespace !== namespace)
      throw new OperationalError(
        "PLAN",
        `${title}: the file says namespace ${manifest.namespace}, and -n says ${namespace}`,
      );
    const place = manifest.namespace ?? namespace;
    const object = { type: planned(type), key: keyOf(type, place, manifest.name) };
    await loadManifest(open, object, {
      ...manifest,
      namespace: type.federatedType.isNamespaced ? (object.key.split("/")[0] ?? null) : null,
    });
    names.push(object);
  }
  return names;
}

function federatedTypeOf({ kind, apiVersion, name }: FileObject, { types }: OpenWorld) {
  const [group = ""] = apiVersion.includes("/") ? apiVersion.split("/") : [""];
  const found = types.find(
    ({ federatedType }) => federatedType.kind === kind && federatedType.group === group,
  );
  if (found !== undefined) return found;
  const plain = types.find(({ targetType }) => targetType.kind === kind && targetType.group === group);
  if (plain !== undefined) {
    const cure = `write a ${plain.federatedType.kind} with it as spec.template, as fedns federate does`;
    throw new OperationalError("PLAN", `${kind} ${name} is no federated object; ${cure}`);
  }
  const other = typeOf(kind, types).federatedType;
  throw new OperationalError(
    "PLAN",
    `${kind} ${name}: apiVersion is ${apiVersion}; write ${other.group}/${other.version}`,
  );
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
