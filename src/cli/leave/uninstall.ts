/**
 * `fedns uninstall`: takes fedns out of the host, so that nothing there waits for it. Its rights go first, and it is waited for: what is
 * taken off afterwards is not put back. Copies in the members stay, without what says that they belong to a federation.
 */
import { type Clock, pause } from "../../kernel/clock.ts";
import { messageOf } from "../../kernel/error.ts";
import type { ApiObject } from "../../fleet/objects/api-object.ts";
import type { ServedKind } from "../../fleet/objects/discovery-document.ts";
import { readAll } from "../../fleet/objects/read.ts";
import { CLUSTER_LABEL, HOST_LABEL, membershipSelector } from "../membership/names.ts";
import { hostLabels } from "../membership/init-objects.ts";
import { BUILT_IN } from "../membership/planned-object.ts";
import type { ClusterConnection } from "../clusters/connect.ts";
import { DEFINITION_KIND, DEFINITIONS } from "../clusters/definitions.ts";
import { clusterUid, declaredClusters } from "../clusters/host.ts";
import { lockHolder } from "../clusters/lock-holder.ts";
import { propagatorOf } from "../clusters/propagator.ts";
import type { StepRunner } from "../clusters/runner.ts";
import { stepError } from "../clusters/step-error.ts";
import { type DeclaredType, declaredTypes } from "../types/declared-types.ts";
import { finalizersToRemove, removeFinalizersOf } from "../types/finalizers.ts";
import { copiesIn, ownerOf } from "./copies.ts";
import { reach } from "./member-contexts.ts";
import { removeRecords } from "./own-records.ts";
import { releaseCopies } from "./release-copies.ts";

type UninstallOptions = {
  readonly runner: StepRunner;
  readonly host: ClusterConnection;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly namespace: string;
  /** Copies keep the labels and field managers of the federation. */
  readonly keepsLabels: boolean;
  /** Value of the owner label of copies; null = as a fedns without the setting has it. */
  readonly owner: string | null;
  /** Contexts of members, by their names. */
  readonly contexts: Readonly<Record<string, string>>;
  readonly connect: (name: string, context: string) => Promise<ClusterConnection>;
  /** Removes the definitions that fedns installed, and with them all objects of these kinds. */
  readonly withDefinitions: boolean;
};

/** Groups whose objects fedns puts finalizers on. */
const GROUPS = /(^|\.)(kubefed|fedns)\.io$/;
/** A holder of the lease that was stopped, or has no rights any more, is out of date after 15 s. */
const ALONE_WAIT_MS = 20_000;
const LOOK_EVERY_MS = 500;
const RIGHTS = ["ClusterRoleBinding", "RoleBinding", "ClusterRole", "Role"] as const;

/** Resolves with false when something was left, which a line has named. */
export async function uninstall(options: UninstallOptions): Promise<boolean> {
  const { runner, host, namespace, signal } = options;
  const hostUid = await clusterUid(host, signal);
  const joined = await declaredClusters(host, namespace, signal).catch(() => []);
  if (joined.length > 0)
    runner.note(
      `${joined.map(({ metadata }) => metadata.name).join(", ")}: still joined; their accounts stay in these clusters until fedns unjoin`,
    );
  const holder = await lockHolder(options);
  if (holder !== null) runner.note(`KubeFed's controller ${holder} is at work: its finalizers stay`);
  const types = (await declaredTypes(options)) ?? [];
  for (const kind of RIGHTS) await removeMade(kind, BUILT_IN[kind], hostUid, options);
  const isAlone = await untilAlone(options);
  const isReleased = isAlone && (options.keepsLabels || (await releaseAll(joined, types, options)));
  await removeFinalizers(options, types, finalizersToRemove(holder));
  if (isAlone) await removeRecords(options);
  if (!options.withDefinitions) return isReleased;
  // Whoever still propagates takes the removal of federated objects for an order to delete their copies.
  if (!isAlone || holder !== null) {
    runner.note(
      `the types stay: stop ${holder === null ? "fedns" : "KubeFed's controller"} first, and run the command again`,
    );
    return false;
  }
  await removeMade(DEFINITION_KIND, DEFINITIONS, hostUid, options);
  return isReleased;
}

/** What `fedns init` and `fedns enable` made, known by its labels. */
async function removeMade(
  kind: string,
  resource: typeof DEFINITIONS,
  hostUid: string,
  { runner, host, signal }: UninstallOptions,
): Promise<void> {
  const labelSelector = `${membershipSelector(hostLabels(hostUid))},!${CLUSTER_LABEL}`;
  const isOurs = ({ metadata }: ApiObject): boolean =>
    metadata.labels?.[HOST_LABEL] === hostUid && metadata.labels[CLUSTER_LABEL] === undefined;
  const step = `${host.name}: ${resource.plural}`;
  const found = await readAll(host.transport, { resource, namespace: "" }, { signal, labelSelector }).catch(
    (error: unknown) => {
      throw stepError(step, error, resource.plural);
    },
  );
  for (const object of found.filter(isOurs)) {
    const { name, namespace: at = "" } = object.metadata;
    await runner.remove(host, { kind, key: { resource, namespace: at, name }, object, isOurs });
  }
}

/** False: a fedns still renews its lease, with other rights than those that were taken away. */
async function untilAlone(options: UninstallOptions): Promise<boolean> {
  const { runner, clock, signal } = options;
  const endMs = clock.nowMs() + ALONE_WAIT_MS;
  for (let isTold = false; ; isTold = true) {
    const holder = await propagatorOf(options);
    if (holder === null || runner.isDryRun) return true;
    if (clock.nowMs() >= endMs || signal.aborted) {
      runner.note(
        `fedns ${holder} still runs: it puts finalizers back, and copies were not released; stop it, and run the command again`,
      );
      return false;
    }
    if (!isTold) runner.note(`waiting until fedns ${holder} writes no more, up to ${ALONE_WAIT_MS / 1000} s`);
    await pause(clock, LOOK_EVERY_MS, signal);
  }
}

/** In all members that can be reached. False: not everywhere. */
async function releaseAll(
  joined: readonly ApiObject[],
  types: readonly DeclaredType[],
  options: UninstallOptions,
): Promise<boolean> {
  const { runner, signal } = options;
  const owner = options.owner ?? (await ownerOf(options));
  if (types.length === 0 || owner === null) return true;
  let isDone = true;
  for (const declared of joined) {
    const { name } = declared.metadata;
    const reached = await reach(declared, options);
    try {
      if ("problem" in reached) throw new Error(reached.problem);
      const { member } = reached;
      const copies = await copiesIn(member, { types, owner, signal });
      const left = await releaseCopies(copies, { runner, member });
      if (left.length > 0) isDone = false;
      member.transport.close();
    } catch (error) {
      isDone = false;
      const cure = `name its context with --cluster-contexts ${name}=CONTEXT, or use --keep-labels`;
      runner.note(`${name}: its copies keep their labels: ${messageOf(error)}; ${cure}`);
    }
  }
  return isDone;
}

async function removeFinalizers(
  options: UninstallOptions,
  types: readonly DeclaredType[],
  pattern: RegExp,
): Promise<void> {
  const { host } = options;
  const groups = new Set(types.map(({ federatedType }) => federatedType.group));
  const document = await host.discovery.kinds().catch((error: unknown) => {
    throw stepError(`${host.name}: discovery`, error);
  });
  const isOfHost = ({ group, plural }: ServedKind): boolean =>
    GROUPS.test(group) || groups.has(group) || (group === "" && plural === "namespaces");
  for (const { group, kind, plural, versions } of document.kinds.filter(isOfHost)) {
    const able = versions.find(({ verbs }) => verbs.includes("list") && verbs.includes("patch"));
    if (able === undefined) continue;
    const resource = { group, version: able.version, plural };
    await removeFinalizersOf({ ...options, pattern, resource, kind });
  }
}
