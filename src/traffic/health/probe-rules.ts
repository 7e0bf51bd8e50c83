/**
 * The probe of an object's addresses: from its annotations, or else from the first matching rule of the settings.
 *
 * What a body must contain is for the settings alone. Who may annotate a Service in a member may not see what is behind its
 * addresses, and a text that is found or not tells it letter by letter.
 */
import {
  type ParsedProbe,
  parseProbe,
  PROBE_ANNOTATION,
  problemOf,
  probeOption,
  type ProbeProblem,
} from "./probe-annotations.ts";
import type { ProbeTiming } from "./probe-spec.ts";

export type ProbeRule = {
  /** NAMESPACE/NAME; either may be "*" for all. */
  readonly service: string;
  /** As the annotation fedns.io/probe. */
  readonly probe: string;
  /** As fedns.io/probe-codes; null = the standard. */
  readonly codes: string | null;
  /** As fedns.io/probe-body; null = anything. */
  readonly body: string | null;
  /** As fedns.io/probe-verify. */
  readonly verify: boolean;
};

const BODY_ANNOTATION: string = probeOption("body");

type ProbedObject = {
  readonly namespace: string;
  readonly name: string;
  readonly annotations: Readonly<Record<string, string>>;
};

export function isServicePattern(text: string): boolean {
  return /^([a-z0-9][a-z0-9-]{0,62}|\*)\/([a-z0-9][a-z0-9-]{0,62}|\*)$/.test(text);
}

/** `isAsked` is about the annotations: false also where a rule gives the spec. With a problem about the body there is a spec. */
export function probeFor(
  object: ProbedObject,
  rules: readonly ProbeRule[],
  timing: ProbeTiming,
): ParsedProbe {
  const { [BODY_ANNOTATION]: body, ...annotations } = object.annotations;
  const own = parseProbe(annotations, timing);
  if (own.isAsked && body !== undefined) return { ...own, problems: [...own.problems, bodyProblem(body)] };
  if (own.isAsked || own.problems.length > 0) return own;
  const rule = rules.find((one) => fits(one.service, object));
  return rule === undefined ? own : { ...parseProbe(annotationsOf(rule), timing), isAsked: false };
}

/** The problems of a rule; empty = none. */
export function ruleProblems(rule: ProbeRule): readonly ProbeProblem[] {
  return parseProbe(annotationsOf(rule)).problems;
}

function bodyProblem(body: string): ProbeProblem {
  const sentence = "counts in the settings alone, as health.probes[].body; the probe is sent without it";
  return problemOf(BODY_ANNOTATION, body, sentence);
}

function fits(pattern: string, { namespace, name }: ProbedObject): boolean {
  const slash = pattern.indexOf("/");
  const [wantedNamespace, wantedName] = [pattern.slice(0, slash), pattern.slice(slash + 1)];
  return (
    (wantedNamespace === "*" || wantedNamespace === namespace) && (wantedName === "*" || wantedName === name)
  );
}

function annotationsOf({ probe, codes, body, verify }: ProbeRule): Readonly<Record<string, string>> {
  return {
    [PROBE_ANNOTATION]: probe,
    ...(codes === null ? {} : { [probeOption("codes")]: codes }),
    ...(body === null ? {} : { [probeOption("body")]: body }),
    ...(verify ? { [probeOption("verify")]: "true" } : {}),
  };
}
