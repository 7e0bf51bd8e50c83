/** KubeFedClusters as a table, as `kubectl get` prints it. */
import { formatDuration } from "../../kernel/duration.ts";
import { isRecord } from "../../fleet/kube/kube-error.ts";
import { clusterAnnotation } from "../../fleet/host-objects/cluster-annotations.ts";
import type { ApiObject } from "../../fleet/objects/api-object.ts";
import { alignedLines } from "./aligned.ts";

type TableOptions = { readonly isWide: boolean; readonly wallMs: number };

const HEAD = ["NAME", "READY", "AGE", "KUBERNETES"];
const WIDE_HEAD = ["REGION", "ZONES", "API SERVER", "SECRET", "UID"];
const UNKNOWN = "<unknown>";
const NONE = "<none>";

export function clusterTable(clusters: readonly ApiObject[], { isWide, wallMs }: TableOptions): string {
  const rows = clusters.map((cluster) => [...rowOf(cluster, wallMs), ...(isWide ? wideRowOf(cluster) : [])]);
  const all = [[...HEAD, ...(isWide ? WIDE_HEAD : [])], ...rows];
  return alignedLines(all);
}

function rowOf({ metadata, ...fields }: ApiObject, wallMs: number): readonly string[] {
  const status = isRecord(fields["status"]) ? fields["status"] : {};
  const createdMs = Date.parse(String(metadata["creationTimestamp"]));
  const age = Number.isNaN(createdMs)
    ? UNKNOWN
    : formatDuration(Math.floor((wallMs - createdMs) / 1000) * 1000);
  const version = status["kubernetesVersion"];
  return [metadata.name, readyOf(status), age, typeof version === "string" ? version : UNKNOWN];
}

/** The status of the condition Ready; with the reason where it is not True. */
function readyOf(status: Readonly<Record<string, unknown>>): string {
  const conditions: readonly unknown[] = Array.isArray(status["conditions"]) ? status["conditions"] : [];
  const known = conditions.filter(isRecord);
  const ready = known.find(({ type }) => type === "Ready");
  if (ready?.["status"] === "True") return "True";
  const cause = known.find(({ type, status: value }) => type !== "Ready" && value === "True") ?? ready;
  if (cause === undefined) return UNKNOWN;
  return `False (${String(cause["reason"] ?? cause["type"])})`;
}

function wideRowOf({ metadata, ...fields }: ApiObject): readonly string[] {
  const { annotations = {} } = metadata;
  const spec = isRecord(fields["spec"]) ? fields["spec"] : {};
  const secret = isRecord(spec["secretRef"]) ? spec["secretRef"]["name"] : undefined;
  const status = isRecord(fields["status"]) ? fields["status"] : {};
  const textOf = (value: unknown): string => (typeof value === "string" && value !== "" ? value : NONE);
  const zones = Array.isArray(status["zones"]) ? status["zones"].join(",") : undefined;
  return [
    textOf(annotations[clusterAnnotation("region")] ?? status["region"]),
    textOf(annotations[clusterAnnotation("zones")] ?? zones),
    textOf(spec["apiEndpoint"]),
    textOf(secret),
    textOf(annotations[clusterAnnotation("cluster-uid")]),
  ];
}
