/**
 * Fields that a member does not know. A plain write drops them; an apply is refused, and names them. So they are left out there,
 * and the copy carries a label with a hash of their paths: a restart knows by it that nothing else is missing from our entry of
 * managedFields.
 *
 *   refused for                       | to do
 *   unknown fields                    | apply without them
 *   unknown fields, and other faults  | nothing: the template has to be corrected
 *   all of the content                | nothing: an empty copy is no copy
 *
 * With every change of the content all of it is sent again at first: the member may know the fields by then.
 */
import { createHash } from "node:crypto";
import { isJsonRecord, type JsonRecord } from "../../kernel/json.ts";
import type { ObjectContent } from "../../fleet/objects/write.ts";
import { pathText, type Step, stepsTo, typedFaultsIn } from "./typed-path.ts";

const NAMED_MAX = 5;

export type KnownPart = {
  readonly body: ObjectContent;
  /** Paths of what was left out: spec.template.spec.x. */
  readonly leftOut: readonly string[];
  /** Those of them that our entry of managedFields will not have, although it would have all of the body. */
  readonly missing: readonly string[];
};

/** Null = the refusal has another reason. */
export function knownPartOf(body: ObjectContent, sentence: string): KnownPart | null {
  const faults = typedFaultsIn(sentence);
  if (faults.length === 0 || faults.some(({ kind }) => kind !== "unknown-field")) return null;
  const places = faults.map(({ path }) => ({ steps: stepsTo(body, path), isShown: !/\[\d+\]/.test(path) }));
  if (!places.every(isFound)) return null;
  // An item is taken out before those in front of it, so that its index is still right.
  const backwards = places.toSorted((a, b) => fromTheEnd(a.steps, b.steps));
  const known = backwards.reduce<unknown>((rest, { steps }) => without(rest, steps), body) as ObjectContent;
  if (!hasContent(known)) return null;
  return {
    body: known,
    leftOut: places.map(({ steps }) => pathText(steps)),
    missing: places
      .filter(({ steps, isShown }) => isShown && hasOtherEntries(steps, known))
      .map(({ steps }) => pathText(steps)),
  };
}

/** `isShown` false: it is in a list that is one field, whose items have no names. */
type Place = { readonly steps: readonly Step[]; readonly isShown: boolean };

function isFound(place: Omit<Place, "steps"> & { readonly steps: readonly Step[] | null }): place is Place {
  return place.steps !== null && place.steps.length > 0;
}

/** Value of the label: equal for equal sets of paths. */
export function markOf(missing: readonly string[]): string {
  return createHash("sha256").update(missing.toSorted().join("\n")).digest("hex").slice(0, 16);
}

/** `paths` none: they were left out earlier, and our entry does not show where. */
export function leftOutText(paths: readonly string[]): string {
  if (paths.length === 0) return "fields that the cluster does not know are left out";
  const more = paths.length > NAMED_MAX ? ` and ${paths.length - NAMED_MAX} more` : "";
  const [noun, verb] = paths.length === 1 ? ["a field", "is"] : ["fields", "are"];
  return `${noun} that the cluster does not know ${verb} left out: ${paths.slice(0, NAMED_MAX).join(", ")}${more}`;
}

/** An entry for a map that is empty now does not tell what is missing in it. */
function hasOtherEntries(steps: readonly Step[], known: ObjectContent): boolean {
  const parent = steps.slice(0, -1).reduce<unknown>((at, step) => childOf(at, step), known);
  return isJsonRecord(parent) && Object.keys(parent).length > 0;
}

function childOf(value: unknown, step: Step): unknown {
  return typeof value === "object" && value !== null
    ? (value as Readonly<Record<Step, unknown>>)[step]
    : undefined;
}

function without(value: unknown, [step, ...rest]: readonly Step[]): unknown {
  if (step === undefined) return value;
  if (typeof step === "number") {
    const list = value as readonly unknown[];
    return rest.length === 0 ? list.toSpliced(step, 1) : list.with(step, without(list[step], rest));
  }
  const { [step]: inner, ...others } = value as JsonRecord;
  return rest.length === 0 ? others : { ...others, [step]: without(inner, rest) };
}

function fromTheEnd(a: readonly Step[], b: readonly Step[]): number {
  for (let i = 0; i < Math.min(a.length, b.length); i += 1) {
    const [one, other] = [a[i] as Step, b[i] as Step];
    if (one === other) continue;
    if (typeof one === "number" && typeof other === "number") return other - one;
    return String(one) < String(other) ? 1 : -1;
  }
  return b.length - a.length;
}

function hasContent(body: ObjectContent): boolean {
  return Object.keys(body).some((name) => !["apiVersion", "kind", "metadata"].includes(name));
}
