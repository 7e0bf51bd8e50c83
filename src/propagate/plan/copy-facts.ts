/** What is known of one live copy, for a person: whose it is, and which fields of the template others have taken. */
import { isJsonRecord, type JsonRecord } from "../../kernel/json.ts";
import type { ApiObject } from "../../fleet/objects/api-object.ts";
import type { CopyOwner } from "../apply/decide.ts";
import { seenCopy } from "../copies/seen-copy.ts";
import { OWNER } from "../federated/labels.ts";
import { type PropagatedType, targetTypeOf } from "../objects/propagated-type.ts";
import { render } from "../render/render.ts";
import { itemsByName, type PathStep, pathText } from "./changed-fields.ts";
import { fieldOwners } from "./field-owners.ts";
import { type PlanMember, type PlanWorld, viewIn } from "./plan-world.ts";

/** The rest is counted. */
const LOST_MAX = 10;

export type CopyFacts = {
  readonly uid: string;
  /** null = objects of its kind have none. */
  readonly generation: number | null;
  readonly owner: CopyOwner;
  /** The value of the label fedns.io/owner; null = none. */
  readonly ownerLabel: string | null;
  /** It existed before it became a copy. */
  readonly isAdopted: boolean;
  readonly isDeleting: boolean;
  readonly finalizers: readonly string[];
  /** The names of all field managers. */
  readonly managers: readonly string[];
  /** Fields of the template that are not ours any more; at most 10. */
  readonly lost: readonly { readonly path: string; readonly owners: readonly string[] }[];
};

/** `live`: the copy as the member has it. */
export function copyFacts(
  world: PlanWorld,
  type: PropagatedType,
  key: string,
  member: PlanMember,
  live: ApiObject,
): CopyFacts {
  const { ownership, fields } = world;
  const { metadata } = live;
  const seen = seenCopy(metadata, ownership, fields);
  return {
    uid: metadata.uid,
    generation: metadata.generation ?? null,
    owner: seen.owner,
    ownerLabel: metadata.labels?.[OWNER] ?? null,
    isAdopted: seen.isAdopted,
    isDeleting: seen.isDeleting,
    finalizers: metadata.finalizers ?? [],
    managers: fieldOwners(live, []),
    lost: seen.owner === "us" ? lostFields(world, type, key, member, live) : [],
  };
}

function lostFields(
  { objects, ownership }: PlanWorld,
  type: PropagatedType,
  key: string,
  cluster: PlanMember,
  live: ApiObject,
): CopyFacts["lost"] {
  const row = objects.rowOf({ type: type.name, key });
  const parsed = row === undefined ? null : (objects.read(row)?.parsed ?? null);
  if (parsed === null || "problem" in parsed) return [];
  const target = targetTypeOf(type, viewIn(cluster, type).version);
  const { owner, manager } = ownership;
  const rendered = render({ object: parsed.object, target, cluster, owner, isUpdate: true });
  if ("problem" in rendered) return [];
  return leavesOf(contentOf(rendered.body))
    .map((path) => ({ path: pathText(path), owners: fieldOwners(live, path) }))
    .filter(({ owners }) => !owners.includes(manager))
    .slice(0, LOST_MAX);
}

/** Identity belongs to nobody. */
function contentOf(body: JsonRecord): JsonRecord {
  const { metadata, ...content } = body;
  const labels = isJsonRecord(metadata) ? metadata["labels"] : undefined;
  const entries = Object.entries(content).filter(([field]) => field !== "apiVersion" && field !== "kind");
  return { ...Object.fromEntries(entries), ...(labels !== undefined && { metadata: { labels } }) };
}

function leavesOf(value: unknown, path: readonly PathStep[] = []): readonly (readonly PathStep[])[] {
  const items = itemsByName(value);
  if (items !== null && items.size > 0)
    return [...items].flatMap(([item, inner]) => leavesOf(inner, [...path, { item }]));
  if (!isJsonRecord(value) || Object.keys(value).length === 0) return [path];
  return Object.entries(value).flatMap(([field, inner]) => leavesOf(inner, [...path, { field }]));
}
