/** How far the newest version of a federated object is, from the object alone: as a document, and as text. */
import type { ApiObject } from "../../fleet/objects/api-object.ts";
import { isJsonRecord } from "../../kernel/json.ts";
import { parseFederatedObject } from "../../propagate/federated/federated-object.ts";
import { parsePlainObject, plainWhole } from "../../propagate/plain/plain-object.ts";
import type { RolloutRecord } from "../../propagate/rollout/rollout-record.ts";
import { rolloutSaid } from "../../propagate/rollout/rollout-text.ts";
import { type StagedObject, stagedObject } from "../../propagate/versions/staged-object.ts";
import { timeText } from "../../propagate/status/object-status.ts";
import { objectTitle } from "../membership/planned-object.ts";
import type { FoundObject } from "../objects/find-federated.ts";
import { printable } from "../text/printable.ts";

type ClusterVersion = {
  readonly name: string;
  /** What it is to have. */
  readonly version: "new" | "previous" | "as-it-is";
  /** As in the status of the object; "" = it has that. */
  readonly status: string;
  readonly message: string | null;
};

type RolloutDocument = {
  readonly object: string;
  /** "none": versions reach all clusters at once. "unwritten": fedns has not seen the newest version yet. */
  readonly phase: RolloutRecord["phase"] | "none" | "unwritten";
  readonly stage: RolloutRecord["stage"] | null;
  readonly state: RolloutRecord["state"] | null;
  /** RFC 3339; null = there is no rollout. */
  readonly since: string | null;
  readonly version: string | null;
  /** To which clusters go back; null = it is not known. */
  readonly previous: string | null;
  /** What is said about it; null = nothing. */
  readonly message: string | null;
  readonly clusters: readonly ClusterVersion[];
};

/** Null = it cannot be read; the status of the object says why. */
export function stagedOf({ type, copyKind, isPlain, object }: FoundObject): StagedObject | null {
  const whole = isPlain ? plainWhole(object, { name: type, kind: copyKind }, null) : object;
  const parsed = whole === null ? null : isPlain ? parsePlainObject(whole) : parseFederatedObject(whole);
  return parsed === null || "problem" in parsed ? null : stagedObject(parsed.object);
}

export function rolloutDocument(found: FoundObject, staged: StagedObject | null): RolloutDocument {
  const { key, kind, object } = found;
  const title = objectTitle(kind, key);
  if (staged === null || staged.policy === null) return { ...NOTHING, object: title, phase: "none" };
  const { record, version, previous, policy, problem } = staged;
  const base = { object: title, version, previous: previous === null ? null : (record?.stable ?? null) };
  if (record === null || record.target !== version)
    return { ...NOTHING, ...base, phase: "unwritten", message: UNWRITTEN };
  const isPreviousKnown = previous !== null;
  const said = rolloutSaid({ record, policy, isPreviousKnown, problem, unknown: [], waitsFor: [] });
  return {
    ...base,
    phase: record.phase,
    stage: record.phase === "done" ? null : record.stage,
    state: record.phase === "rolling" ? record.state : null,
    since: timeText(record.sinceMs),
    message: messageIn(object) ?? said.message,
    clusters: clustersOf(object, record, isPreviousKnown),
  };
}

const UNWRITTEN = "fedns has not taken up the newest version yet: is it running, and not paused?";
const NOTHING = {
  stage: null,
  state: null,
  since: null,
  version: null,
  previous: null,
  message: null,
  clusters: [],
} as const;

/** The condition has more than the record: what clusters wait for. Older definitions have no room for it. */
function messageIn({ status, metadata }: ApiObject): string | null {
  if (!isJsonRecord(status) || status["observedGeneration"] !== metadata.generation) return null;
  const conditions = Array.isArray(status["conditions"]) ? status["conditions"].filter(isJsonRecord) : [];
  const message = conditions.find(({ type }) => type === "RolledOut")?.["message"];
  return typeof message === "string" ? message : null;
}

function clustersOf(
  { status }: ApiObject,
  { phase, on }: RolloutRecord,
  isPreviousKnown: boolean,
): readonly ClusterVersion[] {
  const lines = isJsonRecord(status) && Array.isArray(status["clusters"]) ? status["clusters"] : [];
  const told = new Map(lines.filter(isJsonRecord).map((line) => [String(line["name"]), line]));
  const names = [...new Set([...told.keys(), ...on])].sort();
  return names.map((name) => {
    const { status: word, message } = told.get(name) ?? {};
    const isNew = phase === "done" || on.includes(name);
    return {
      name,
      version: isNew ? "new" : isPreviousKnown ? "previous" : "as-it-is",
      status: typeof word === "string" ? word : "",
      message: typeof message === "string" ? message : null,
    };
  });
}

export function rolloutText({ object, phase, stage, state, message, clusters }: RolloutDocument): string {
  if (phase === "none") return `${object}: new versions reach all clusters at once\n`;
  const how = [phase, stage, state].filter((word) => word !== null).join(", ");
  const width = Math.max("CLUSTER".length, ...clusters.map(({ name }) => name.length));
  const rows = clusters.map(({ name, version, status, message: why }) => {
    const said = status === "" ? "in order" : why === null ? status : `${status}: ${printable(why)}`;
    return `${name.padEnd(width)}  ${version.padEnd("previous".length)}  ${said}`;
  });
  const head = rows.length === 0 ? [] : [`${"CLUSTER".padEnd(width)}  VERSION   STATUS`];
  const lines = [`${object}: ${how}`, ...(message === null ? [] : [printable(message)]), ...head, ...rows];
  return lines.map((line) => `${line}\n`).join("");
}
