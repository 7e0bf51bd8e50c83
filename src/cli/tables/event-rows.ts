/** core/v1 Events as rows, in the order in which they happened. */
import { isRecord } from "../../fleet/kube/kube-error.ts";
import type { ApiObject } from "../../fleet/objects/api-object.ts";
import { ageText } from "./served-table.ts";

type ClusterEvent = { readonly cluster: string; readonly event: ApiObject };
type EventOptions = { readonly wallMs: number; readonly hasNamespaces: boolean };

export function eventHeading({ hasNamespaces }: Pick<EventOptions, "hasNamespaces">): readonly string[] {
  const namespace = hasNamespaces ? ["NAMESPACE"] : [];
  return ["CLUSTER", ...namespace, "LAST SEEN", "TYPE", "REASON", "OBJECT", "MESSAGE"];
}

export function eventRow(
  { cluster, event }: ClusterEvent,
  { wallMs, hasNamespaces }: EventOptions,
): readonly string[] {
  const about = isRecord(event["involvedObject"]) ? event["involvedObject"] : {};
  return [
    cluster,
    ...(hasNamespaces ? [event.metadata.namespace ?? ""] : []),
    seenText(event, wallMs),
    wordOf(event["type"]),
    wordOf(event["reason"]),
    `${wordOf(about["kind"]).toLowerCase()}/${wordOf(about["name"])}`,
    sentenceOf(event["message"]),
  ];
}

/** As part of the description of the object that they are about. */
export function briefRows(events: readonly ApiObject[], wallMs: number): readonly (readonly string[])[] {
  const rows = events.toSorted(byTime).map((event) => {
    const source = isRecord(event["source"]) ? event["source"]["component"] : undefined;
    return [
      seenText(event, wallMs),
      wordOf(event["type"]),
      wordOf(event["reason"]),
      wordOf(source || event["reportingComponent"]),
      sentenceOf(event["message"]),
    ];
  });
  return [["LAST SEEN", "TYPE", "REASON", "FROM", "MESSAGE"], ...rows];
}

export function inOrder(events: readonly ClusterEvent[]): readonly ClusterEvent[] {
  return events.toSorted((a, b) => byTime(a.event, b.event) || (a.cluster < b.cluster ? -1 : 1));
}

function byTime(a: ApiObject, b: ApiObject): number {
  return timeOf(a) - timeOf(b);
}

/** When it was seen last: a series says so itself, and Events of the newer kind have no lastTimestamp. */
function timeOf(event: ApiObject): number {
  return Date.parse(lastSeen(event)) || 0;
}

function lastSeen(event: ApiObject): string {
  const series = isRecord(event["series"]) ? event["series"]["lastObservedTime"] : undefined;
  const times = [series, event["lastTimestamp"], event["eventTime"], event["firstTimestamp"]];
  const found = [...times, event.metadata["creationTimestamp"]].find(
    (time) => typeof time === "string" && time !== "",
  );
  return typeof found === "string" ? found : "";
}

/** "2m5s", or "2m5s (x7)" for what happened more than once. */
function seenText(event: ApiObject, wallMs: number): string {
  const series = isRecord(event["series"]) ? event["series"]["count"] : undefined;
  const count = series ?? event["count"];
  const times = typeof count === "number" && count > 1 ? ` (x${count})` : "";
  return `${ageText(lastSeen(event), wallMs)}${times}`;
}

function wordOf(value: unknown): string {
  return typeof value === "string" && value !== "" ? value : "<none>";
}

/** On one line. */
function sentenceOf(value: unknown): string {
  return wordOf(value)
    .trim()
    .replaceAll(/\s*[\r\n]+\s*/g, " ");
}
