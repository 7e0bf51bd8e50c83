/** A federated object (`types.kubefed.io/v1beta1`, or of any group that a FederatedTypeConfig names), read and checked. */
import { isDeeperThan, isJsonRecord, type JsonRecord } from "../../kernel/json.ts";
import type { DrainPolicy } from "../drain/drain-step.ts";
import type { Override } from "../overrides/parse-overrides.ts";
import { parseOverrides } from "../overrides/parse-overrides.ts";
import { parsePlacement } from "../placement/parse-placement.ts";
import type { ObjectPlacement } from "../placement/placement.ts";
import type { Preferences } from "../planner/planner.ts";
import { ROLLOUT } from "../rollout/rollout-policy.ts";
import { ROLLOUT_ORDER, ROLLOUT_PREVIOUS, ROLLOUT_RECORD } from "../rollout/rollout-record.ts";
import type { Allotment } from "./allotment.ts";

/** KubeFed's, which fedns takes over with its objects. */
export const FINALIZER = "kubefed.io/sync-controller";
/** Annotations of KubeFed on the federated object itself. */
const ORPHAN = "kubefed.io/orphan";
const DELETE_OPTION = "kubefed.io/deleteoption";
/** fedns's own: whether a copy whose immutable field changes may be deleted and made again. */
export const RECREATE = "fedns.io/recreate";

/** Whether a copy that Services lead to waits until no client is led to it any more, before it goes. */
const DRAIN = "fedns.io/drain-before-delete";

/** Which copies may be deleted and made again: none, those that were made by us, adopted ones as well. */
export type Recreation = "never" | "made" | "adopted";

export type FederatedObject = {
  readonly namespace: string | null;
  readonly name: string;
  readonly uid: string;
  readonly generation: number;
  readonly isDeleting: boolean;
  /** False: its spec cannot be read. As it is being deleted, that does not matter for its copies. */
  readonly isSpecRead: boolean;
  /** When its deletion was asked for, in wall ms; null = it was not, or the time cannot be read. */
  readonly deletedMs: number | null;
  /** Our finalizer is on it, so that it cannot go without our knowledge. */
  readonly isHeld: boolean;
  readonly template: JsonRecord;
  readonly placement: ObjectPlacement;
  readonly overrides: readonly Override[];
  /** The members decide the number of replicas once a copy exists. */
  readonly retainReplicas: boolean;
  /** Whether copies stay when the object is deleted; null = not said. */
  readonly orphan: boolean | null;
  /** DeleteOptions for copies, as far as they may be handed on. */
  readonly deleteOptions: CopyDeleteOptions;
  readonly recreation: Recreation;
  /** What is decided beside the object; null = nothing is. */
  readonly allotment: Allotment | null;
  readonly drain: DrainPolicy;
  /** An object of the kind of its copies, which annotations of Federation v1 make a federated one. */
  readonly isPlain: boolean;
  /** False: it is being deleted, and it is not written down yet whether its copies are to go. */
  readonly isCascadeKnown: boolean;
  /** How its own number is shared by the clusters; null = it is not, each copy has the number of the template. */
  readonly shares: OwnShares | null;
  /** The annotations about its rollout, as written; null = there are none. */
  readonly rollout: RolloutWords | null;
};

/** How new versions reach the members, and what is kept of that; null = the annotation is not there. */
type RolloutWords = Readonly<Record<"policy" | "record" | "previous" | "order", string | null>>;

export type OwnShares = {
  /** Replicas in all clusters together. */
  readonly total: number;
  readonly preferences: Preferences;
};

export type CopyDeleteOptions = {
  readonly gracePeriodSeconds?: number;
  readonly propagation?: "Orphan" | "Background" | "Foreground";
};

/** The status that KubeFed has for what cannot be read; `problem` names the field and the cure. */
type FederatedProblem = {
  readonly status: "ComputePlacementFailed" | "ComputeResourceFailed" | "ApplyOverridesFailed";
  readonly problem: string;
};

export type ParsedObject = { readonly object: FederatedObject } | FederatedProblem;

/** `value` is a whole object as the host sent it; null = it has no name, uid or generation and so is none. */
export function parseFederatedObject(value: unknown): ParsedObject | null {
  const metadata = recordAt(value, "metadata");
  const { name, namespace, uid, generation } = metadata;
  if (typeof name !== "string" || typeof uid !== "string" || typeof generation !== "number") return null;
  const isDeleting = typeof metadata["deletionTimestamp"] === "string";
  const spec = parseSpec(recordAt(value, "spec"));
  if ("problem" in spec && !isDeleting) return spec;
  const annotations = recordAt(metadata, "annotations");
  const deleteOptions = parseDeleteOptions(annotations[DELETE_OPTION]);
  const isUnreadable = typeof deleteOptions === "string";
  // While it lives somebody sees that. Then it must not keep the object.
  if (isUnreadable && !isDeleting) return { status: "ComputeResourceFailed", problem: deleteOptions };
  const recreation = RECREATIONS.get(annotations[RECREATE] ?? "false");
  if (recreation === undefined && !isDeleting)
    return {
      status: "ComputeResourceFailed",
      problem: `the annotation ${RECREATE} must be "true" (copies that were made here), "adopted" (adopted ones as well) or "false"`,
    };
  const drain = DRAINS.get(annotations[DRAIN] ?? "true");
  if (drain === undefined && !isDeleting)
    return {
      status: "ComputeResourceFailed",
      problem: `the annotation ${DRAIN} must be "true" (where Services lead to copies), "always" (also in the last cluster that answers) or "false"`,
    };
  return {
    object: {
      namespace: typeof namespace === "string" ? namespace : null,
      name,
      uid,
      generation,
      isHeld: hasOurFinalizer(metadata),
      isDeleting,
      isSpecRead: !("problem" in spec),
      deletedMs: timeOf(metadata["deletionTimestamp"]),
      ...("problem" in spec ? NO_SPEC : spec),
      orphan: ORPHANS.get(annotations[ORPHAN]) ?? null,
      deleteOptions: isUnreadable ? {} : deleteOptions,
      recreation: recreation ?? "never",
      allotment: null,
      drain: drain ?? "backends",
      isPlain: false,
      isCascadeKnown: true,
      shares: null,
      rollout: rolloutIn(annotations),
    },
  };
}

function rolloutIn(annotations: JsonRecord): RolloutWords | null {
  const text = (name: string): string | null => {
    const value = annotations[name];
    return typeof value === "string" ? value : null;
  };
  const words = {
    policy: text(ROLLOUT),
    record: text(ROLLOUT_RECORD),
    previous: text(ROLLOUT_PREVIOUS),
    order: text(ROLLOUT_ORDER),
  };
  return Object.values(words).every((word) => word === null) ? null : words;
}

type ObjectSpec = Pick<FederatedObject, "template" | "placement" | "overrides" | "retainReplicas">;

const NO_SPEC: ObjectSpec = {
  template: {},
  placement: { clusters: null, selector: null },
  overrides: [],
  retainReplicas: false,
};

/** Levels of lists and objects inside each other. No definition of Kubernetes comes near it. */
export const LEVELS_MAX = 256;

function parseSpec(spec: JsonRecord): ObjectSpec | FederatedProblem {
  if (isDeeperThan(spec, LEVELS_MAX)) {
    const problem = `spec has more than ${LEVELS_MAX} levels of lists and objects inside each other: make it flatter`;
    return { status: "ComputeResourceFailed", problem };
  }
  const placed = parsePlacement(spec["placement"]);
  if ("problem" in placed) return { status: "ComputePlacementFailed", problem: placed.problem };
  const { template = {} } = spec;
  if (!isJsonRecord(template))
    return { status: "ComputeResourceFailed", problem: "spec.template must be an object" };
  const overridden = parseOverrides(spec["overrides"]);
  if ("problem" in overridden) return { status: "ApplyOverridesFailed", problem: overridden.problem };
  const retainReplicas = spec["retainReplicas"] === true;
  return { template, placement: placed.placement, overrides: overridden.overrides, retainReplicas };
}

const RECREATIONS: ReadonlyMap<unknown, Recreation> = new Map([
  ["false", "never"],
  ["true", "made"],
  ["adopted", "adopted"],
]);
const DRAINS: ReadonlyMap<unknown, DrainPolicy> = new Map([
  ["true", "backends"],
  ["always", "always"],
  ["false", "never"],
]);
const ORPHANS: ReadonlyMap<unknown, boolean> = new Map([
  ["true", true],
  ["false", false],
]);

const POLICIES = ["Orphan", "Background", "Foreground"] as const;

/** A text is a problem. Preconditions are left out: fedns sends its own for each copy. */
function parseDeleteOptions(text: unknown): CopyDeleteOptions | string {
  if (text === undefined) return {};
  const problem = `the annotation ${DELETE_OPTION} must be DeleteOptions as JSON: {"propagationPolicy":"Foreground"}`;
  const options = parseJson(text);
  if (!isJsonRecord(options)) return problem;
  const { gracePeriodSeconds, propagationPolicy } = options;
  const policy = POLICIES.find((one) => one === propagationPolicy);
  const isGrace = Number.isSafeInteger(gracePeriodSeconds) && Number(gracePeriodSeconds) >= 0;
  if (propagationPolicy !== undefined && policy === undefined) return problem;
  if (gracePeriodSeconds !== undefined && !isGrace) return problem;
  return {
    ...(isGrace && { gracePeriodSeconds: Number(gracePeriodSeconds) }),
    ...(policy !== undefined && { propagation: policy }),
  };
}

/** `metadata` as the host sent it. */
export function hasOurFinalizer({ finalizers }: JsonRecord): boolean {
  return Array.isArray(finalizers) && finalizers.includes(FINALIZER);
}

function timeOf(text: unknown): number | null {
  const ms = typeof text === "string" ? Date.parse(text) : Number.NaN;
  return Number.isNaN(ms) ? null : ms;
}

function parseJson(text: unknown): unknown {
  try {
    return typeof text === "string" ? JSON.parse(text) : null;
  } catch {
    return null;
  }
}

function recordAt(value: unknown, key: string): JsonRecord {
  const inner = isJsonRecord(value) ? value[key] : undefined;
  return isJsonRecord(inner) ? inner : {};
}
