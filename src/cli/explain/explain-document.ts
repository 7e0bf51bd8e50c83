/** Everything that is known about one federated object, cluster by cluster, as a value for programs and for the text. */
import { isJsonRecord, type JsonRecord } from "../../kernel/json.ts";
import type { FederatedType } from "../../fleet/host-objects/type-config.ts";
import type { ApiObject } from "../../fleet/objects/api-object.ts";
import { FINALIZER, type FederatedObject } from "../../propagate/federated/federated-object.ts";
import { overridesFor } from "../../propagate/overrides/override.ts";
import { copyFacts, type CopyFacts } from "../../propagate/plan/copy-facts.ts";
import type { CopyPlan, ObjectPlan } from "../../propagate/plan/copy-plan.ts";
import type { PlanWorld } from "../../propagate/plan/plan-world.ts";
import { type ExplainedReplicas, explainedReplicas, wantedReplicas } from "./explain-replicas.ts";
import type { ObjectName } from "../plan/load-objects.ts";

type ExplainedOverride = {
  /** "clusterName m1" or "clusterSelector {…}" */
  readonly from: string;
  /** "replace /spec/replicas"; values are not shown, since they may be those of Secrets. */
  readonly operations: readonly string[];
};

/** What the status in the host says of one cluster; null = it says nothing. */
export type StatusLine = {
  /** "" = the copy is as wanted. */
  readonly status: string;
  readonly message: string | null;
  readonly code: number | null;
  readonly since: string | null;
};

export type ExplainedCluster = {
  readonly plan: CopyPlan;
  /** Null = there is no copy, or it could not be read. */
  readonly live: CopyFacts | null;
  readonly status: StatusLine | null;
  readonly replicas: ExplainedReplicas | null;
  /** 0 = no copy is wanted there; null = objects of this kind have no replicas, or the member decides. */
  readonly wantedReplicas: number | null;
  /** In the order in which they apply. */
  readonly overrides: readonly ExplainedOverride[];
};

export type Explained = {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly generation: number | null;
  readonly observedGeneration: number | null;
  readonly type: { readonly name: string; readonly isPropagated: boolean };
  readonly problem: string | null;
  readonly isHeld: boolean;
  readonly otherFinalizers: readonly string[];
  readonly isDeleting: boolean;
  /** Whether copies stay at a deletion; null = not said. */
  readonly orphan: boolean | null;
  readonly deleteOptions: JsonRecord;
  readonly conditions: readonly {
    readonly type: string;
    readonly status: string;
    readonly reason: string;
    readonly message: string;
    readonly since: string;
  }[];
  readonly clusters: readonly ExplainedCluster[];
};

type ExplainOptions = {
  readonly world: PlanWorld;
  readonly name: ObjectName;
  readonly type: FederatedType;
  /** As the host has it. */
  readonly object: ApiObject;
  readonly plan: ObjectPlan;
  readonly copies: ReadonlyMap<string, ApiObject>;
};

export function explained({ world, name, type, object, plan, copies }: ExplainOptions): Explained {
  const { metadata } = object;
  const status = recordAt(object, "status");
  const finalizers = metadata.finalizers ?? [];
  const parsed = parsedOf(world, name);
  return {
    kind: type.federatedType.kind,
    namespace: metadata.namespace ?? "",
    name: metadata.name,
    generation: metadata.generation ?? null,
    observedGeneration: numberAt(status, "observedGeneration"),
    type: { name: type.name, isPropagated: type.isPropagated },
    problem: plan.problem,
    isHeld: finalizers.includes(FINALIZER),
    otherFinalizers: finalizers.filter((one) => one !== FINALIZER),
    isDeleting: metadata.deletionTimestamp !== undefined,
    orphan: parsed?.orphan ?? null,
    deleteOptions: parsed?.deleteOptions ?? {},
    conditions: recordsAt(status, "conditions").map((condition) => ({
      type: textAt(condition, "type"),
      status: textAt(condition, "status"),
      reason: textAt(condition, "reason"),
      message: textAt(condition, "message"),
      since: textAt(condition, "lastTransitionTime"),
    })),
    clusters: plan.copies.map((copy) => {
      const member = world.members.find(({ name: cluster }) => cluster === copy.cluster);
      const live = copies.get(copy.cluster);
      return {
        plan: copy,
        live:
          live === undefined || member === undefined
            ? null
            : copyFacts(world, name.type, name.key, member, live),
        status: statusLine(recordsAt(status, "clusters").find((line) => line["name"] === copy.cluster)),
        replicas:
          parsed === null
            ? null
            : explainedReplicas(world.schedule, name, { object: parsed, cluster: copy.cluster, live }),
        wantedReplicas:
          parsed === null || member === undefined
            ? null
            : wantedReplicas(world, name, { object: parsed, member, isChosen: copy.placement.isChosen }),
        overrides: parsed === null || member === undefined ? [] : overridesOf(parsed, member, object),
      };
    }),
  };
}

function parsedOf({ objects }: PlanWorld, { type, key }: ObjectName): FederatedObject | null {
  const row = objects.rowOf({ type: type.name, key });
  const parsed = row === undefined ? null : (objects.read(row)?.parsed ?? null);
  return parsed === null || "problem" in parsed ? null : parsed.object;
}

function overridesOf(
  { overrides }: FederatedObject,
  member: PlanWorld["members"][number],
  object: ApiObject,
): readonly ExplainedOverride[] {
  const written = recordsAt(recordAt(object, "spec"), "overrides");
  return overridesFor(overrides, member).map((entry) => {
    const { clusters, operations } = entry;
    const selector = written[overrides.indexOf(entry)]?.["clusterSelector"];
    return {
      from:
        "name" in clusters ? `clusterName ${clusters.name}` : `clusterSelector ${JSON.stringify(selector)}`,
      operations: operations.map(({ op, path }) => `${op} ${path}`),
    };
  });
}

function statusLine(line: JsonRecord | undefined): StatusLine | null {
  if (line === undefined) return null;
  return {
    status: textAt(line, "status"),
    message: textAt(line, "message") || null,
    code: numberAt(line, "code"),
    since: textAt(line, "lastTransitionTime") || null,
  };
}

function recordAt(value: JsonRecord, field: string): JsonRecord {
  const inner = value[field];
  return isJsonRecord(inner) ? inner : {};
}

function recordsAt(value: JsonRecord, field: string): readonly JsonRecord[] {
  const inner = value[field];
  return Array.isArray(inner) ? (inner as readonly unknown[]).filter(isJsonRecord) : [];
}

function textAt(value: JsonRecord, field: string): string {
  const inner = value[field];
  return typeof inner === "string" ? inner : "";
}

function numberAt(value: JsonRecord, field: string): number | null {
  const inner = value[field];
  return typeof inner === "number" ? inner : null;
}
