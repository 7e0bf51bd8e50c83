/** Runs a command with a connection to every member, with the rights of the person, and tells which members do not answer. */
import { stayAlive } from "../session/stay-alive.ts";
import type { Clock } from "../../kernel/clock.ts";
import { OperationalError } from "../../kernel/error.ts";
import { refusalOf } from "../../fleet/objects/refusal.ts";
import { federationNamespaceOf, hostContextOf } from "../arguments/host-options.ts";
import { clusterUid } from "../clusters/host.ts";
import { type ClusterConnection, type ContextPlace, contextsOf } from "../clusters/connect.ts";
import type { Session } from "../session/session.ts";
import { printable, printableLine } from "../text/printable.ts";
import { chooseContext, type WantedCluster } from "./choose-context.ts";
import type { EverywhereOptions, NamespacesOptions } from "./everywhere-options.ts";
import { Interruption } from "./interrupted.ts";
import { Opener } from "./opener.ts";
import { problemSentence } from "./problem-sentence.ts";
import { clustersOfSettings } from "./settings-clusters.ts";
import { wantedClusters } from "./wanted-clusters.ts";

export type MembersWork = {
  /** By name. Those that cannot be reached are told already. */
  readonly members: readonly ClusterConnection[];
  /** Of the objects; "" = all. */
  readonly namespace: string;
  readonly timeoutMs: number;
  readonly clock: Clock;
  /** Aborted when the person has enough. */
  readonly signal: AbortSignal;
  /** What went wrong in which member; the command fails then, and goes on with the others. */
  readonly problems: MemberProblem[];
  readonly report: (problem: MemberProblem) => void;
  /** One line for the person; nothing is wrong. */
  readonly note: (sentence: string) => void;
};
/** `sentence`: with its cure, without the name of the cluster. */
export type MemberProblem = { readonly cluster: string; readonly sentence: string };

export async function withMembers(
  session: Session,
  options: NamespacesOptions,
  work: (parts: MembersWork) => Promise<void>,
): Promise<void> {
  using interruption = new Interruption();
  const { signal } = interruption;
  const { clock } = session;
  const opener = new Opener(options, { clock, signal });
  const problems: MemberProblem[] = [];
  const note = (sentence: string): void => session.printError(`fedns: ${printableLine(sentence)}\n`);
  const report = (problem: MemberProblem): void => {
    problems.push(problem);
    note(`${problem.cluster}: ${problem.sentence}`);
    session.exitCode = 1;
  };
  using _ = stayAlive();
  try {
    const contexts = await contextsOf(options.kubeconfig);
    const wanted = await wantedClusters({
      openHost: () => opener.open("host", contexts, hostContextOf(options)),
      settings: options.config === undefined ? null : await clustersOfSettings(options.config),
      namespace: federationNamespaceOf(options),
      only: options.clusters,
      signal: opener.signalFor("the host"),
      interrupted: signal,
      note,
    });
    const outcomes = await Promise.all(wanted.map((cluster) => reach(cluster, contexts, options, opener)));
    signal.throwIfAborted();
    const namespace = options.allNamespaces === true ? "" : namespaceIn(contexts, options);
    const { timeout: timeoutMs } = options;
    for (const outcome of outcomes) if ("sentence" in outcome) report(outcome);
    const members = outcomes.flatMap((outcome) => ("sentence" in outcome ? [] : [outcome]));
    await work({ members, namespace, timeoutMs, clock, signal, problems, report, note });
  } catch (error) {
    if (!signal.aborted) throw printed(error);
  } finally {
    opener.close();
    if (interruption.exitCode !== null) session.exitCode = interruption.exitCode;
  }
}

/** A sentence may quote what a cluster says. */
function printed(error: unknown): unknown {
  if (!(error instanceof OperationalError)) return error;
  return new OperationalError(error.code, printable(error.message), { cause: error });
}

/** That of the context of the host, as kubectl would take it. */
function namespaceIn(contexts: readonly ContextPlace[], options: EverywhereOptions): string {
  if (options.namespace !== undefined) return options.namespace;
  const host = hostContextOf(options);
  const place = contexts.find(({ context, isCurrent }) =>
    host === undefined ? isCurrent : context === host,
  );
  return place?.namespace || "default";
}

async function reach(
  wanted: WantedCluster,
  contexts: readonly ContextPlace[],
  options: EverywhereOptions,
  opener: Opener,
): Promise<ClusterConnection | MemberProblem> {
  const { name: cluster } = wanted;
  const chosen = chooseContext(wanted, contexts, options.clusterContexts ?? {});
  if ("problem" in chosen) return { cluster, sentence: chosen.problem };
  const { context } = chosen.place;
  try {
    const member = await opener.open(cluster, contexts, context);
    const uid = wanted.uid === null ? null : await uidOf(member, opener.signalFor(cluster));
    if (uid === null || uid === wanted.uid) return member;
    const sentence = `context ${context} leads to another cluster than the one that was joined; name one with --cluster-contexts ${cluster}=CONTEXT`;
    return { cluster, sentence };
  } catch (error) {
    return { cluster, sentence: problemSentence(error, `context ${context}`) };
  }
}

/** Null: this person may not read it. */
async function uidOf(member: ClusterConnection, signal: AbortSignal): Promise<string | null> {
  try {
    return await clusterUid(member, signal);
  } catch (error) {
    const { kind } = refusalOf(error instanceof Error ? error.cause : error, { plural: "namespaces" });
    if (kind === "rbac" || kind === "object-missing") return null;
    throw error;
  }
}
