/**
 * The annotations about traffic of one object, a Service or its Namespace. Values are hostile until parsed.
 *
 *     fedns.io/policy           a name of the table in federation/policy/policies.ts
 *     fedns.io/weights          us-west=3,eu-central=1          cluster=weight, 0..10000; 0, or not named: reserve
 *     fedns.io/failover-order   us-west,eu-central              the first choice first
 *     fedns.io/clusters         2                               clusters selected per response, 1..16
 *     fedns.io/max-answers      4                               addresses in one answer, 1..64
 *     fedns.io/ttl              30, 30s, 5m                     1..2147483647 seconds
 *     fedns.io/capacity         12                              ready endpoints that count as full, of this cluster
 *
 * `fedns.io/clusters` is only a number: weights say which clusters are preferred. A cluster of weight 0, or one that is
 * not named where others are, is a standby: it is used when the others are at capacity. Only a drain means "never".
 */
import {
  ANNOTATION_NAMES,
  ANNOTATION_PREFIX,
  annotationOf,
  readerOf,
} from "../../federation/annotations/annotation-table.ts";
import { closestWord } from "../../kernel/suggestion.ts";
import { parseCount, parseNames, parsePolicy, parseTtl, parseWeights, type ParsedValue } from "./values.ts";
import type { PolicyName } from "../../federation/policy/policies.ts";

export type Values = {
  readonly policy: PolicyName;
  readonly weights: ReadonlyMap<string, number>;
  readonly order: readonly string[];
  readonly draws: number;
  readonly maxAnswers: number;
  readonly ttlSeconds: number;
  readonly capacity: number;
};
/** A key that is absent: the object does not have the annotation. */
export type AnnotatedSettings = Partial<Values>;
export type SettingName = keyof Values;

type AnnotationProblem = {
  /** An error has no effect, and the last valid value (if any) stays in force; a warning is in force as it stands. */
  readonly severity: "error" | "warning";
  readonly annotation: string;
  /** As it was given, cut short; control characters are "?". */
  readonly value: string;
  /** What is wrong, and the cure: goes behind the annotation's name. */
  readonly message: string;
};

export type Reading = {
  readonly settings: AnnotatedSettings;
  readonly problems: readonly AnnotationProblem[];
};

/** More problems than this of one object teach nothing more. */
const PROBLEMS_MAX = 16;
const GLIMPSE_MAX = 60;
/** The API server allows 256 KiB for all annotations of an object; the longest sound one of ours has less than this. */
const TEXT_MAX = 48 * 1024;

export const ANNOTATIONS: { readonly [K in SettingName]: string } = {
  policy: annotationOf("policy"),
  weights: annotationOf("weights"),
  order: annotationOf("failover-order"),
  draws: annotationOf("clusters"),
  maxAnswers: annotationOf("max-answers"),
  ttlSeconds: annotationOf("ttl"),
  capacity: annotationOf("capacity"),
};

const PARSERS: { readonly [K in SettingName]: (text: string) => ParsedValue<Values[K]> } = {
  policy: parsePolicy,
  weights: parseWeights,
  order: parseNames,
  draws: (text) => {
    const parsed = parseCount(text, 1, 16);
    if (parsed.kind === "value" || !/[a-z]/.test(text)) return parsed;
    return {
      kind: "wrong",
      message: `${parsed.message}: how many clusters are selected, not which; fedns.io/weights says which are preferred`,
    };
  },
  maxAnswers: (text) => parseCount(text, 1, 64),
  ttlSeconds: parseTtl,
  capacity: (text) => parseCount(text, 1, 1_000_000),
};

/** The reader of probes reports names of this kind that it does not know (traffic/health/probe-annotations.ts). */
const PROBE_PREFIX: string = annotationOf("probe");

/**
 * Never throws. `before`: what was read from the same object last. The value of an annotation that is invalid now stays;
 * the value of one that is removed goes.
 */
export function readAnnotations(
  annotations: Readonly<Record<string, unknown>>,
  before: AnnotatedSettings = {},
): Reading {
  const problems: AnnotationProblem[] = [];
  const settings: { -readonly [K in SettingName]?: unknown } = {};
  for (const [name, annotation] of Object.entries(ANNOTATIONS) as [SettingName, string][]) {
    if (!Object.hasOwn(annotations, annotation)) continue;
    const parsed = parse(name, annotations[annotation]);
    if (parsed.kind === "value") settings[name] = parsed.value;
    else if (before[name] !== undefined) settings[name] = before[name];
    const message = parsed.kind === "wrong" ? parsed.message : parsed.warning;
    if (message === undefined) continue;
    const severity = parsed.kind === "wrong" ? "error" : "warning";
    problems.push({ severity, annotation, value: glimpse(annotations[annotation]), message });
  }
  problems.push(...unknownAnnotations(annotations));
  return { settings: settings as AnnotatedSettings, problems: problems.slice(0, PROBLEMS_MAX) };
}

function parse(name: SettingName, value: unknown): ParsedValue<Values[SettingName]> {
  if (typeof value !== "string") return { kind: "wrong", message: "must be a text; put it in quotes" };
  const text = value.length > TEXT_MAX ? null : value.trim();
  if (text === null) return { kind: "wrong", message: `is longer than ${TEXT_MAX} characters; shorten it` };
  if (text === "") return { kind: "wrong", message: "is empty; give it a value, or remove the annotation" };
  return PARSERS[name](text);
}

/** Without a report, a mistyped name would have no effect, and its author would not learn why. */
function* unknownAnnotations(annotations: Readonly<Record<string, unknown>>): Generator<AnnotationProblem> {
  for (const annotation of Object.keys(annotations)) {
    const isUnknown = annotation.startsWith(ANNOTATION_PREFIX) && readerOf(annotation) === null;
    if (!isUnknown || annotation.startsWith(PROBE_PREFIX)) continue;
    yield {
      severity: "warning",
      annotation: glimpse(annotation),
      value: glimpse(annotations[annotation]),
      message: cureFor(annotation.slice(ANNOTATION_PREFIX.length)),
    };
  }
}

function cureFor(name: string): string {
  if (name === "drain") return "is no annotation; drains are ordered with `fedns drain`";
  const near = closestWord(name, ANNOTATION_NAMES);
  const cure =
    near === null ? `there are ${ANNOTATION_NAMES.join(", ")}` : `did you mean ${ANNOTATION_PREFIX}${near}?`;
  return `is no annotation of fedns; ${cure}`;
}

function glimpse(value: unknown): string {
  const text = typeof value === "string" ? value : typeof value;
  const short = text.length > GLIMPSE_MAX ? `${text.slice(0, GLIMPSE_MAX - 3)}...` : text;
  return short.replaceAll(/\p{Cc}/gu, "?");
}
