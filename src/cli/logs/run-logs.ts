/** `fedns logs`: the logs of a pod or of a workload, from all members where it is. Each line says where it comes from. */
import { messageOf, OperationalError } from "../../kernel/error.ts";
import { KubeError } from "../../fleet/kube/kube-error.ts";
import { objectPath } from "../../fleet/objects/object-path.ts";
import type { Session } from "../session/session.ts";
import type { EverywhereOptions } from "../everywhere/everywhere-options.ts";
import { problemSentence } from "../everywhere/problem-sentence.ts";
import { type MembersWork, withMembers } from "../everywhere/with-members.ts";
import { printableLine } from "../text/printable.ts";
import { coloured, shownLine, textLines } from "./log-lines.ts";
import { type LogTarget, logTargets } from "./log-targets.ts";

export type LogsOptions = EverywhereOptions & {
  readonly container?: string;
  readonly follow?: boolean;
  readonly previous?: boolean;
  readonly timestamps?: boolean;
  readonly tail?: number;
  /** In milliseconds. */
  readonly since?: number;
  /** How many logs are read at once. */
  readonly maxStreams: number;
};

type Subject = { readonly type: string; readonly name: string };
type OpenLog = { readonly target: LogTarget; readonly lines: AsyncGenerator<Buffer> };

const PODS = { group: "", version: "v1", plural: "pods" };
/** An API server may send the headers of a log that is followed with its first line only, which may take long. */
const FOLLOW_ACCEPTED_MS: number = 24 * 3_600_000;
const FOLLOW_SECONDS = 24 * 3600;

export async function runLogs(session: Session, subject: Subject, options: LogsOptions): Promise<void> {
  await withMembers(session, options, async (work) => {
    const targets = await logTargets(work, { ...subject, container: options.container });
    noteOthers(work, targets);
    const { follow = false, maxStreams } = options;
    if (follow && targets.length > maxStreams)
      throw new OperationalError(
        "CLUSTER_STEP",
        `${targets.length} logs would be followed, and --max-streams is ${maxStreams}; name fewer clusters with --clusters, or one pod`,
      );
    const clusters = work.members.map(({ name }) => name);
    const print = async (log: OpenLog): Promise<void> => {
      const { member, pod } = log.target;
      const prefix = prefixOf(session, `${member.name}/${pod}`, clusters.indexOf(member.name));
      for await (const line of log.lines)
        session.print(`${prefix} ${shownLine(line, session.isTerminal === true)}\n`);
    };
    if (follow) await Promise.all(targets.map((target) => readLog(work, target, options, print)));
    else await inTurn(work, targets, options, print);
  });
}

/** In the order of the targets; as many as may be are opened at once. */
async function inTurn(
  work: MembersWork,
  targets: readonly LogTarget[],
  options: LogsOptions,
  print: (log: OpenLog) => Promise<void>,
): Promise<void> {
  for (let start = 0; start < targets.length; start += options.maxStreams) {
    let before: Promise<void> = Promise.resolve();
    const reading = targets.slice(start, start + options.maxStreams).map((target) => {
      const turn = before;
      const { promise: done, resolve } = Promise.withResolvers<void>();
      before = done;
      return readLog(work, target, options, async (log) => {
        await turn;
        await print(log);
      }).finally(resolve);
    });
    await Promise.all(reading);
  }
}

/** A log that cannot be read is told, and the others go on. */
async function readLog(
  work: MembersWork,
  target: LogTarget,
  options: LogsOptions,
  print: (log: OpenLog) => Promise<void>,
): Promise<void> {
  const { member, pod } = target;
  try {
    await print({ target, lines: await openLog(work, target, options) });
  } catch (error) {
    work.signal.throwIfAborted();
    // A container that waits to start, or that the pod does not have: the sentence of the API server says it.
    const isAboutLog = error instanceof KubeError && (error.status === 400 || error.status === 404);
    const sentence = isAboutLog
      ? `${pod}: ${messageOf(error)}`
      : problemSentence(error, `log of ${pod}`, "pods");
    work.report({ cluster: member.name, sentence });
  }
}

async function openLog(
  { namespace, signal, timeoutMs }: MembersWork,
  { member, pod, container }: LogTarget,
  { follow = false, previous, timestamps, tail, since }: LogsOptions,
): Promise<AsyncGenerator<Buffer>> {
  const { lines } = await member.transport.watchLines({
    path: `${objectPath({ resource: PODS, namespace, name: pod })}/log`,
    query: {
      container,
      follow: follow ? true : undefined,
      previous,
      timestamps,
      tailLines: tail,
      sinceSeconds: since === undefined ? undefined : Math.max(1, Math.ceil(since / 1000)),
    },
    accept: "*/*",
    // Means nothing for logs.
    seconds: { shared: FOLLOW_SECONDS, single: FOLLOW_SECONDS },
    acceptedWithinMs: follow ? FOLLOW_ACCEPTED_MS : timeoutMs,
    read: textLines,
    signal,
  });
  return lines;
}

function prefixOf(session: Session, text: string, index: number): string {
  const shown = printableLine(text);
  const isPlain = session.isTerminal !== true || (process.env["NO_COLOR"] ?? "") !== "";
  return isPlain ? shown : coloured(shown, index);
}

/** Once, not for each pod. */
function noteOthers({ note }: MembersWork, targets: readonly LogTarget[]): void {
  const found = targets.find(({ others }) => others.length > 0);
  if (found === undefined) return;
  const { pod, container = "", others } = found;
  note(`the log of ${container} is shown; ${pod} also has ${others.join(", ")}, which -c chooses`);
}
