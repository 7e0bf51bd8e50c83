/**
 * A plain object of the host, which annotations of Federation v1 make a federated one: in the shape of the host's other objects, and
 * read from it.
 *
 *   annotations of v1          | our finalizer | the object
 *   none                       | no            | is none of ours
 *   none                       | yes           | is let go: the finalizer goes, and copies stay
 *   some                       | any           | is federated
 *   some that cannot be read   | any           | nothing is decided: copies stay as they are, and the mistake is told
 *
 * Where it goes: to every cluster that the selector selects; without one, to all. How many replicas each cluster gets: by the
 * preferences; without these, its own number is shared equally.
 */
import { isJsonRecord, type JsonRecord } from "../../kernel/json.ts";
import {
  type FederatedObject,
  type OwnShares,
  type ParsedObject,
  parseFederatedObject,
} from "../federated/federated-object.ts";
import { templateOf } from "../federated/template.ts";
import { parsePreferencesText } from "../planner/parse-preferences.ts";
import type { Preferences } from "../planner/planner.ts";
import { cascadeIn, type Witness } from "./cascade.ts";
import { parseClusterSelectorText } from "./cluster-selector.ts";
import { recordIn } from "./job-record.ts";
import { isAboutHost, PLAIN_FINALIZER, preferencesAnnotation, SELECTOR } from "./plain-words.ts";

/** What is kept of it beside what every federated object has. */
type PlainPart = { readonly kind: string; readonly witness: Witness | null };
type PlainTarget = {
  /** Plural with group: "deployments.apps". */
  readonly name: string;
  readonly kind: string;
};

/** `object` is whole, as the host sent it; null = it is none of ours. */
export function plainWhole(
  object: JsonRecord,
  { name, kind }: PlainTarget,
  witness: Witness | null,
): JsonRecord | null {
  const metadata = recordAt(object, "metadata");
  if (!isFederated(metadata, kind) && !isPlainHeld(metadata)) return null;
  const { managedFields: _, generation = 0, ...kept } = metadata;
  const { template } = templateOf(name, object);
  const annotations = Object.entries(recordAt(metadata, "annotations")).filter(([key]) => !isAboutHost(key));
  const sent = { ...recordAt(template, "metadata"), annotations: Object.fromEntries(annotations) };
  const plain: PlainPart = { kind, witness };
  return {
    metadata: { ...kept, generation },
    spec: { template: { ...template, metadata: sent } },
    ...(object["status"] !== undefined && { status: object["status"] }),
    plain,
  };
}

export function isPlain(whole: JsonRecord): boolean {
  return "plain" in whole;
}

/** What was seen of its deletion; null = nothing. */
export function witnessOf(whole: JsonRecord): Witness | null {
  return (whole["plain"] as PlainPart | undefined)?.witness ?? null;
}

/** `whole` is of `plainWhole`. As `parseFederatedObject`. */
export function parsePlainObject(whole: JsonRecord): ParsedObject | null {
  const parsed = parseFederatedObject(whole);
  if (parsed === null || "problem" in parsed) return parsed;
  const { object } = parsed;
  const { kind } = whole["plain"] as PlainPart;
  const metadata = recordAt(whole, "metadata");
  const isAnnotated = isFederated(metadata, kind);
  const base: FederatedObject = {
    ...object,
    isPlain: true,
    isHeld: isAnnotated && isPlainHeld(metadata),
    ...cascadeIn(metadata),
  };
  if (object.isDeleting || !isAnnotated) return { object: base };
  const annotations = recordAt(metadata, "annotations");
  const selected = parseClusterSelectorText(annotations[SELECTOR] as string | undefined);
  if ("problem" in selected) return { status: "ComputePlacementFailed", problem: selected.problem };
  const record = recordIn(metadata);
  if (typeof record === "string") return { status: "ComputePlacementFailed", problem: record };
  const shares = sharesOf(kind, annotations, object.template);
  if (shares !== null && "problem" in shares)
    return { status: "ComputePlacementFailed", problem: shares.problem };
  return { object: { ...base, placement: { clusters: null, selector: selected.selector }, shares } };
}

/** It carries an annotation of v1. What a controller made has those of its owner, which is federated itself. */
function isFederated(metadata: JsonRecord, kind: string): boolean {
  const owners: readonly unknown[] = Array.isArray(metadata["ownerReferences"])
    ? metadata["ownerReferences"]
    : [];
  if (owners.some((owner) => isJsonRecord(owner) && owner["controller"] === true)) return false;
  const annotations = recordAt(metadata, "annotations");
  const preferences = preferencesAnnotation(kind);
  return SELECTOR in annotations || (preferences !== null && preferences in annotations);
}

/** It has our finalizer, and has to: it is federated, and nobody has deleted it. `whole` is of `plainWhole`. */
export function isHeldAndLives(whole: JsonRecord): boolean {
  const metadata = recordAt(whole, "metadata");
  const { kind } = whole["plain"] as PlainPart;
  return isFederated(metadata, kind) && isPlainHeld(metadata) && metadata["deletionTimestamp"] === undefined;
}

function isPlainHeld({ finalizers }: JsonRecord): boolean {
  return Array.isArray(finalizers) && finalizers.includes(PLAIN_FINALIZER);
}

/** What the preferences of the object ask for and the clusters cannot give, one sentence each. */
export function sharesWarnings(
  whole: JsonRecord,
  { shares }: FederatedObject,
  clusters: readonly string[],
): readonly string[] {
  const path = preferencesAnnotation((whole["plain"] as PlainPart).kind);
  const text = path === null ? undefined : recordAt(recordAt(whole, "metadata"), "annotations")[path];
  if (path === null || typeof text !== "string" || shares === null) return [];
  const parsed = parsePreferencesText(text, { path, clusters, total: shares.total });
  return "problem" in parsed ? [] : parsed.warnings;
}

const EQUALLY: Preferences = {
  rebalance: false,
  clusters: new Map([["*", { minReplicas: 0, maxReplicas: null, weight: 1 }]]),
};
/** What their controllers, or the API server, take absent numbers for. */
const DEFAULT_REPLICAS = 1;
const INDEXED =
  "spec.completionMode is Indexed, and each cluster would begin with index 0: use NonIndexed, or a federated Job";

/** Null = objects of the kind have no number to share. */
function sharesOf(
  kind: string,
  annotations: JsonRecord,
  template: JsonRecord,
): OwnShares | { readonly problem: string } | null {
  const path = preferencesAnnotation(kind);
  if (path === null) return null;
  const { replicas, parallelism, completionMode } = recordAt(template, "spec");
  const number = kind === "Job" ? parallelism : replicas;
  const total = typeof number === "number" ? number : DEFAULT_REPLICAS;
  if (completionMode === "Indexed") return { problem: INDEXED };
  const text = annotations[path];
  if (typeof text !== "string") return { total, preferences: EQUALLY };
  // Which clusters there are is another question.
  const parsed = parsePreferencesText(text, { path, clusters: [], total });
  return "problem" in parsed ? parsed : { total, preferences: parsed.preferences };
}

function recordAt(value: unknown, key: string): JsonRecord {
  const inner = isJsonRecord(value) ? value[key] : undefined;
  return isJsonRecord(inner) ? inner : {};
}
