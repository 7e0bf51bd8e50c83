/**
 * What one object (a Service or its Namespace) says about traffic in its annotations. Hostile until parsed.
 *
 *     fedns.io/policy           geo | nearest | weighted | failover | all
 *     fedns.io/weights          us-west=3,eu-central=1          cluster=weight, 0..10000; 0, or not named: reserve
 *     fedns.io/failover-order   us-west,eu-central              the first choice first
 *     fedns.io/clusters         2                               clusters drawn for one answer, 1..16
 *     fedns.io/max-answers      4                               addresses in one answer, 1..64
 *     fedns.io/ttl              30, 30s, 5m                     1..2147483647 seconds
 *     fedns.io/capacity         12                              ready endpoints that count as full, of this cluster
 *
 * `fedns.io/clusters` is a number only: which clusters are preferred is said by weights. One of weight 0, or that is not
 * named where others are, is in reserve: used when the others can bear no more, not "never" (a drain says never).
 */
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
/** A key that is not there: nothing is said about it. */
export type Settings = Partial<Values>;
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

export type Reading = { readonly settings: Settings; readonly problems: readonly AnnotationProblem[] };

const PREFIX = "fedns.io/";
/** More problems than this of one object teach nothing more. */
const PROBLEMS_MAX = 16;
const GLIMPSE_MAX = 60;
/** The API server allows 256 KiB for all annotations of an object; the longest sound one of ours has less than this. */
const TEXT_MAX = 48 * 1024;

export const ANNOTATIONS: { readonly [K in SettingName]: string } = {
  policy: "fedns.io/policy",
  weights: "fedns.io/weights",
  order: "fedns.io/failover-order",
  draws: "fedns.io/clusters",
  maxAnswers: "fedns.io/max-answers",
  ttlSeconds: "fedns.io/ttl",
  capacity: "fedns.io/capacity",
};

const PARSERS: { readonly [K in SettingName]: (text: string) => ParsedValue<Values[K]> } = {
  policy: parsePolicy,
  weights: parseWeights,
  order: parseNames,
  draws: (text) => {
    const verdict = parseCount(text, 1, 16);
    if (verdict.kind === "value" || !/[a-z]/.test(text)) return verdict;
    return {
      kind: "wrong",
      message: `${verdict.message}: how many clusters are drawn, not which; fedns.io/weights says which are preferred`,
    };
  },
  maxAnswers: (text) => parseCount(text, 1, 64),
  ttlSeconds: parseTtl,
  capacity: (text) => parseCount(text, 1, 1_000_000),
};

/** Read by others (src/health, src/observe). */
const ELSEWHERE = /^fedns\.io\/(probe.*|slow-start|expose|balancer-hostname)$/;
const ALSO = ["probe", "slow-start", "expose", "balancer-hostname"];

/**
 * Never throws. `before` is what was read from the same object last: where something is invalid now, its value stays.
 * What is no longer said at all is gone.
 */
export function readAnnotations(
  annotations: Readonly<Record<string, unknown>>,
  before: Settings = {},
): Reading {
  const problems: AnnotationProblem[] = [];
  const settings: { -readonly [K in SettingName]?: unknown } = {};
  for (const [name, annotation] of Object.entries(ANNOTATIONS) as [SettingName, string][]) {
    if (!Object.hasOwn(annotations, annotation)) continue;
    const verdict = judge(name, annotations[annotation]);
    if (verdict.kind === "value") settings[name] = verdict.value;
    else if (before[name] !== undefined) settings[name] = before[name];
    const message = verdict.kind === "wrong" ? verdict.message : verdict.warning;
    if (message === undefined) continue;
    const severity = verdict.kind === "wrong" ? "error" : "warning";
    problems.push({ severity, annotation, value: glimpse(annotations[annotation]), message });
  }
  problems.push(...unknownAnnotations(annotations));
  return { settings: settings as Settings, problems: problems.slice(0, PROBLEMS_MAX) };
}

function judge(name: SettingName, value: unknown): ParsedValue<Values[SettingName]> {
  if (typeof value !== "string") return { kind: "wrong", message: "must be a text; put it in quotes" };
  const text = value.length > TEXT_MAX ? null : value.trim();
  if (text === null) return { kind: "wrong", message: `is longer than ${TEXT_MAX} characters; shorten it` };
  if (text === "") return { kind: "wrong", message: "is empty; give it a value, or remove the annotation" };
  return PARSERS[name](text);
}

/** A name that is mistyped would otherwise be without effect and without a word. */
function* unknownAnnotations(annotations: Readonly<Record<string, unknown>>): Generator<AnnotationProblem> {
  const known = Object.values(ANNOTATIONS);
  for (const annotation of Object.keys(annotations)) {
    if (!annotation.startsWith(PREFIX) || known.includes(annotation) || ELSEWHERE.test(annotation)) continue;
    const isOrder = annotation === "fedns.io/drain";
    const message = isOrder
      ? "is no annotation; drains are ordered with `fedns drain`"
      : `is no annotation of fedns; there are ${[...known.map((name) => name.slice(PREFIX.length)), ...ALSO].join(", ")}`;
    yield {
      severity: "warning",
      annotation: glimpse(annotation),
      value: glimpse(annotations[annotation]),
      message,
    };
  }
}

function glimpse(value: unknown): string {
  const text = typeof value === "string" ? value : typeof value;
  const short = text.length > GLIMPSE_MAX ? `${text.slice(0, GLIMPSE_MAX - 3)}...` : text;
  return short.replaceAll(/\p{Cc}/gu, "?");
}
