/**
 * Follows a list of one member: the events of a watch, for as long as the person wants. A watch that ends or breaks goes on from
 * where it was; when that is too long ago, the list is read again.
 */
import { pause } from "../../kernel/clock.ts";
import { OperationalError } from "../../kernel/error.ts";
import { isGone, isRecord, kubeErrorOfStatus } from "../../fleet/kube/kube-error.ts";
import type { QueryParameters } from "../../fleet/kube/request-message.ts";
import { refusalOf } from "../../fleet/objects/refusal.ts";
import type { ClusterConnection } from "../clusters/connect.ts";
import { problemSentence } from "./problem-sentence.ts";
import type { MembersWork } from "./with-members.ts";

type FollowOptions = {
  readonly member: ClusterConnection;
  /** For messages: "pods". */
  readonly what: string;
  readonly path: string;
  readonly query: QueryParameters;
  readonly accept?: string;
  /** Of the list. */
  readonly resourceVersion: string;
  /** Gets `object` of an event, and returns the version of it; "" = not known. `type`: "ADDED", "MODIFIED" or "DELETED". */
  readonly onObject: (object: unknown, type: string) => string;
  /** Reads and shows the list again, and returns its version. */
  readonly onExpired: () => Promise<string>;
};

const WATCH_SECONDS = { shared: 600, single: 300 };
const RETRY_AFTER_MS = 1000;

/** Resolves when the signal aborts, or this person may not watch; a failure is told once until the watch works again. */
export async function follow(
  options: FollowOptions,
  work: Pick<MembersWork, "clock" | "signal" | "report">,
): Promise<void> {
  const { member, what } = options;
  const { clock, signal, report } = work;
  let version = options.resourceVersion;
  let isTold = false;
  while (!signal.aborted) {
    try {
      for await (const seen of watchOnce(options, version, signal)) {
        version = seen === "" ? version : seen;
        isTold = false;
      }
    } catch (error) {
      if (signal.aborted) return;
      if (isGone(error)) {
        version = "";
      } else {
        const isFinal = refusalOf(error, { plural: what }).retry === "no";
        const sentence = problemSentence(error, `watch of ${what}`);
        if (!isTold || isFinal) report({ cluster: member.name, sentence });
        if (isFinal) return;
        isTold = true;
      }
    }
    // Also after an end without an error: a server may end every watch at once.
    await pause(clock, RETRY_AFTER_MS, signal);
    if (version === "" && !signal.aborted) version = await options.onExpired().catch(() => "");
  }
}

/** The version after each event. Throws as `Transport.watchLines` does, and the KubeError of an ERROR event. */
async function* watchOnce(
  { member, path, query, accept, onObject }: FollowOptions,
  resourceVersion: string,
  signal: AbortSignal,
): AsyncGenerator<string> {
  const { lines } = await member.transport.watchLines({
    path,
    query: { ...query, watch: true, resourceVersion },
    ...(accept !== undefined && { accept }),
    seconds: WATCH_SECONDS,
    signal,
  });
  for await (const line of lines) {
    const { type, object } = eventOf(line);
    if (type === "ERROR") throw kubeErrorOfStatus(object);
    yield onObject(object, String(type));
  }
}

function eventOf(line: Buffer): Readonly<Record<string, unknown>> {
  try {
    const event: unknown = JSON.parse(line.toString("utf8"));
    if (isRecord(event)) return event;
  } catch {
    // The same as any other line that is no event.
  }
  throw new OperationalError("KUBE_BAD_EVENT", "a line of the watch is no event");
}
