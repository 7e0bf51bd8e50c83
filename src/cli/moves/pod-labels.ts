/** Which Services stand before which workloads: the selector of the one, and the labels of the pods of the other. */
import { isJsonRecord, type JsonRecord } from "../../kernel/json.ts";
import type { PropagatedType } from "../../propagate/objects/propagated-type.ts";
import { mayHaveReplicas } from "../../fleet/host-objects/scaled-kinds.ts";
import type { OpenWorld } from "../plan/open-world.ts";

/** Kinds that keep pods running, so that a Service may stand before them. */
export function runsPods(type: PropagatedType): boolean {
  return type.target.group === "apps" || mayHaveReplicas(type.target);
}

export type PodLabels = Readonly<Record<string, string>>;

/** Of a federated object that was loaded; null = there is none, or it cannot be read. */
export function templateOf(
  { world: { objects } }: OpenWorld,
  { name }: PropagatedType,
  key: string,
): JsonRecord | null {
  const parsed = objects.declared({ type: name, key });
  return parsed === null || "problem" in parsed ? null : parsed.object.template;
}

/** Of a Service; null = it selects no pods: its endpoints are somebody's own. */
export function selectorOf(service: JsonRecord | null): PodLabels | null {
  const selector = recordIn(recordIn(service, "spec"), "selector");
  const entries = Object.entries(selector).map(([key, value]) => [key, String(value)]);
  return entries.length === 0 ? null : (Object.fromEntries(entries) as PodLabels);
}

/** `workload`: an object with the template of its pods. */
export function isSelected(workload: JsonRecord | null, selector: PodLabels): boolean {
  const metadata = recordIn(recordIn(recordIn(workload, "spec"), "template"), "metadata");
  const labels = recordIn(metadata, "labels");
  return Object.entries(selector).every(([key, value]) => labels[key] === value);
}

function recordIn(value: JsonRecord | null, field: string): JsonRecord {
  const inner = value?.[field];
  return isJsonRecord(inner) ? inner : {};
}
