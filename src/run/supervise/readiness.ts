/** Whether fedns is ready, why not, and which members the picture does not speak for: for /readyz, /status and the start. */
import type { Config } from "../config/config.ts";
import type { InitialSync, UnreadMember } from "../control/initial-sync.ts";
import type { Liveness } from "./liveness.ts";
import type { ProcessHealth } from "../children/process-supervisor.ts";

type Readiness = {
  readonly ready: boolean;
  /** Why not; empty when ready. */
  readonly reasons: readonly string[];
  /** What is not known, whether it is ready or not: a sentence for each member that the picture does not speak for. */
  readonly notes: readonly string[];
};

export type ReadinessSources = {
  readonly isDraining: () => boolean;
  readonly processes: () => {
    readonly serve: ProcessHealth;
    readonly control: ProcessHealth;
    /** Only where there is something to propagate. */
    readonly propagate?: ProcessHealth;
  };
  readonly liveness: Pick<Liveness, "problems">;
  /** There is a complete picture of an earlier run. */
  readonly isRestored: boolean;
  /** Null before a control process has opened the picture. */
  readonly initialSync: () => InitialSync | null;
  /** The settings in force. */
  readonly settings: () => Pick<Config, "unreadMembers" | "syncBoundSeconds">;
};

/** A probe shows a few lines; /status has all. */
const NOTES_MAX = 20;

/** A member that is down does not make fedns unready: it still answers for the others. */
export function readiness(sources: ReadinessSources): Readiness {
  const reasons: string[] = [];
  const sync = sources.initialSync();
  if (sources.isDraining()) reasons.push("fedns is stopping");
  if (sources.processes().serve.state !== "running") reasons.push("the serve process is not running");
  reasons.push(...sources.liveness.problems);
  if (!sources.isRestored && sync?.isDone !== true)
    reasons.push(...(sync === null ? [NOT_OPENED] : waitsFor(sync, sources.settings())));
  return { ready: reasons.length === 0, reasons, notes: sync === null ? [] : notesOf(sync) };
}

const NOT_OPENED =
  "there is no picture of an earlier run, and the control process has not begun a new one yet";

function waitsFor(
  { unread, unknown, zones }: InitialSync,
  { unreadMembers, syncBoundSeconds }: ReturnType<ReadinessSources["settings"]>,
): string[] {
  const reasons = zones === null ? [] : [zones];
  const clusters = unread.length === 1 ? "1 cluster has" : `${unread.length} clusters have`;
  const count = unread.length > 0 ? clusters : `the ${unknown.join(" and the ")} have`;
  const isWaiting = unread.length + unknown.length > 0;
  if (isWaiting && unreadMembers === "wait")
    reasons.push(`${count} not been read, and a new replica waits for that (unreadMembers: wait)`);
  if (isWaiting && unreadMembers === "bounded")
    reasons.push(
      `${count} not been read, and a new replica waits until each was read or has failed, or for ${syncBoundSeconds} s (unreadMembers: bounded)`,
    );
  return reasons.length > 0 ? reasons : ["what was read is not in the picture yet"];
}

function notesOf({ unread, unknown }: InitialSync): string[] {
  const sources = unknown.map(
    (name) => `the ${name} are not known: what only they could declare is SERVFAIL until they are`,
  );
  return [...sources, ...notesOfMembers(unread)];
}

function notesOfMembers(unread: readonly UnreadMember[]): string[] {
  const notes = unread
    .slice(0, NOTES_MAX)
    .map(
      ({ cluster, problem }) =>
        `cluster ${cluster} has not been read (${problem}): what only it could declare, and the picture does not have, is SERVFAIL until it is read; for one that is gone: fedns forget cluster ${cluster}, or take it out of the settings`,
    );
  return unread.length > NOTES_MAX ? [...notes, `and ${unread.length - NOTES_MAX} more clusters`] : notes;
}
