/**
 * What an API server answers to a request for a table (meta.k8s.io): columns and rows. Where it sends objects instead, a name and
 * an age are the columns.
 */
import { formatDuration } from "../../kernel/duration.ts";
import { OperationalError } from "../../kernel/error.ts";
import { isRecord } from "../../fleet/kube/kube-error.ts";

/** As kubectl asks; objects as JSON will do. */
export const TABLE_TYPES =
  "application/json;as=Table;v=v1;g=meta.k8s.io,application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json";

/** `isWide`: shown with `-o wide` only. */
export type TableColumn = { readonly name: string; readonly isWide: boolean };
export type TableRow = {
  readonly cells: readonly string[];
  /** "" for objects of cluster scope. */
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: string;
};
type ServedTable = {
  /** Null: later events of a watch have none. */
  readonly columns: readonly TableColumn[] | null;
  readonly rows: readonly TableRow[];
  readonly resourceVersion: string;
  /** "" on the last page. */
  readonly continueToken: string;
};

/** No kind has a tenth of that. */
const COLUMNS_MAX = 200;
const NONE = "<none>";
const UNKNOWN = "<unknown>";
const PLAIN: readonly TableColumn[] = [
  { name: "Name", isWide: false },
  { name: "Age", isWide: false },
];

/** `json`: a table, a list, or one object. Throws OperationalError KUBE_BAD_LIST. */
export function readTable(json: unknown, wallMs: number): ServedTable {
  if (!isRecord(json))
    throw new OperationalError("KUBE_BAD_LIST", "the answer is neither a table nor a list");
  const { resourceVersion, continue: token } = recordOf(json["metadata"]);
  const page = { resourceVersion: textOf(resourceVersion), continueToken: textOf(token) };
  if (json["kind"] === "Table") return { ...page, ...tableOf(json) };
  const items = Array.isArray(json["items"]) ? json["items"] : [json];
  return { ...page, columns: PLAIN, rows: items.map((item) => plainRow(item, wallMs)) };
}

function tableOf(json: Readonly<Record<string, unknown>>): Pick<ServedTable, "columns" | "rows"> {
  const definitions = recordsIn(json, "columnDefinitions").slice(0, COLUMNS_MAX);
  const columns = definitions.map(({ name, priority }) => ({
    name: textOf(name),
    isWide: typeof priority === "number" && priority > 0,
  }));
  const rows = recordsIn(json, "rows").map((row) => {
    const cells: readonly unknown[] = Array.isArray(row["cells"]) ? row["cells"] : [];
    return { ...identityOf(row["object"]), cells: cells.slice(0, COLUMNS_MAX).map(cellText) };
  });
  return { columns: columns.length === 0 ? null : columns, rows };
}

function plainRow(object: unknown, wallMs: number): TableRow {
  const identity = identityOf(object);
  const created = recordOf(recordOf(object)["metadata"])["creationTimestamp"];
  return { ...identity, cells: [identity.name, ageText(created, wallMs)] };
}

function identityOf(object: unknown): Omit<TableRow, "cells"> {
  const { namespace, name, uid, resourceVersion } = recordOf(recordOf(object)["metadata"]);
  return {
    namespace: textOf(namespace),
    name: textOf(name),
    uid: textOf(uid),
    resourceVersion: textOf(resourceVersion),
  };
}

/** How long ago a time of Kubernetes was, in its two largest units. */
export function ageText(time: unknown, wallMs: number): string {
  const thenMs = typeof time === "string" ? Date.parse(time) : Number.NaN;
  if (Number.isNaN(thenMs)) return UNKNOWN;
  return formatDuration(Math.max(0, Math.floor((wallMs - thenMs) / 1000)) * 1000);
}

/** The first line of it. */
function cellText(value: unknown): string {
  if (value === null || value === undefined) return NONE;
  const text = typeof value === "string" ? value : JSON.stringify(value);
  const end = text.search(/[\r\n]/);
  return end === -1 ? text : `${text.slice(0, end)}...`;
}

function recordsIn(
  json: Readonly<Record<string, unknown>>,
  field: string,
): readonly Record<string, unknown>[] {
  const list = json[field];
  return Array.isArray(list) ? list.filter(isRecord) : [];
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  return isRecord(value) ? value : {};
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}
