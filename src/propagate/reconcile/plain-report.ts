/** What the host is to have of a plain object of Federation v1, beside what every object has: annotations, native status, Events. */
import { isJsonRecord, type JsonRecord } from "../../kernel/json.ts";
import type { FederatedObject } from "../federated/federated-object.ts";
import { namespaceOf } from "../objects/federated-namespaces.ts";
import type { RowKey } from "../objects/host-objects.ts";
import { NAMESPACES, type PropagatedType } from "../objects/propagated-type.ts";
import { cascadeText, type Witness } from "../plain/cascade.ts";
import { endedParts } from "../plain/job-record.ts";
import { nativeStatus } from "../plain/native-status.ts";
import type { PlainCopy } from "../plain/plain-copy.ts";
import { sharesWarnings, witnessOf } from "../plain/plain-object.ts";
import { CASCADE } from "../plain/plain-words.ts";
import { cascadeEvent, type PlainEvent } from "../plain/told.ts";
import { timeText } from "../status/object-status.ts";
import type { Engine } from "./engine.ts";

type Written = {
  readonly annotations: Readonly<Record<string, string>>;
  readonly events: readonly PlainEvent[];
};

/** What is decided about the object is written down before it is carried out; null = it is. */
export function unwritten(
  engine: Engine,
  key: RowKey,
  whole: JsonRecord,
  { isDeleting, isCascadeKnown, uid, allotment }: FederatedObject,
): Written | null {
  if (isDeleting && !isCascadeKnown) return cascadeOf(engine, key, whole, uid);
  const { annotations: stored } = whole["metadata"] as JsonRecord;
  const annotations = isDeleting ? {} : (allotment?.annotations ?? {});
  const isThere = Object.entries(annotations).every(
    ([name, text]) => isJsonRecord(stored) && stored[name] === text,
  );
  return isThere ? null : { annotations, events: [] };
}

function cascadeOf(engine: Engine, key: RowKey, whole: JsonRecord, uid: string): Written {
  const witness = witnessIn(engine, key, whole);
  const event = cascadeEvent(witness);
  return { annotations: { [CASCADE]: cascadeText(witness, uid) }, events: event === null ? [] : [event] };
}

/** A namespace that is deleted has what is in it deleted as well: the copies of that stay if those of the namespace are to stay. */
function witnessIn(engine: Engine, { type, key }: RowKey, whole: JsonRecord): Witness {
  const own = witnessOf(whole) ?? "not-seen";
  const namespace = namespaceOf(key);
  if (own !== "delete" || type === NAMESPACES || namespace === "") return own;
  const row = engine.objects.rowOf({ type: NAMESPACES, key: `${namespace}/${namespace}` });
  const above = row === undefined ? null : engine.objects.read(row);
  return above !== null && witnessOf(above.whole) === "orphan" ? "orphan" : own;
}

type PlainSubject = {
  readonly row: number;
  readonly type: PropagatedType;
  readonly whole: JsonRecord;
  readonly object: FederatedObject;
  readonly nowMs: number;
};

/** What a plain object is to say, from its copies. `native`: its status in the words of its kind; null = as it is. */
export function plainReport(
  engine: Engine,
  subject: PlainSubject,
): { readonly native: JsonRecord | null; readonly events: readonly PlainEvent[] } {
  const { type, whole, object, nowMs } = subject;
  const { spec, status } = { spec: object.template["spec"], status: whole["status"] };
  const native = nativeStatus({
    kind: type.target.kind,
    generation: object.generation,
    spec: isJsonRecord(spec) ? spec : {},
    before: isJsonRecord(status) ? status : {},
    copies: plainCopiesOf(engine, subject),
    now: timeText(nowMs),
  });
  const warnings = sharesWarnings(whole, object, [...engine.members.keys()]);
  return { native, events: warnings.map((message) => ({ reason: "Preferences", message })) };
}

function plainCopiesOf(
  engine: Engine,
  { row, type, whole, object: { generation } }: PlainSubject,
): readonly PlainCopy[] {
  const isJob = type.target.kind === "Job";
  const copies = [...engine.members.values()].flatMap((member): PlainCopy[] => {
    const report = member.copies.reportOf(row);
    const sight = member.statusOf(row);
    // A part of a Job that has ended is left alone, and counts.
    if (report === null && !(isJob && sight !== null)) return [];
    const status = isJsonRecord(sight?.status) ? sight.status : {};
    const { observedGeneration } = status;
    const isCurrent = sight?.resourceVersion === member.copies.resourceVersion(row);
    const isSeen = typeof sight?.generation !== "number" || Number(observedGeneration) >= sight.generation;
    const isDone = report === null || report.status === "";
    return [
      {
        cluster: member.cluster.name,
        isApplied: isDone && (isJob || generation === 0 || report?.generation === generation),
        problem: report === null ? null : (report.message ?? (isDone ? null : report.status)),
        isObserved: isCurrent && isSeen,
        status,
      },
    ];
  });
  const shown = new Set(copies.map(({ cluster }) => cluster));
  return isJob ? [...copies, ...endedParts(whole["metadata"] as JsonRecord, shown)] : copies;
}
