/** The probe of an object's addresses: from its annotations, or else from the first matching rule of the settings. */
import {
  type ParsedProbe,
  parseProbe,
  PROBE_ANNOTATION,
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

type ProbedObject = {
  readonly namespace: string;
  readonly name: string;
  readonly annotations: Readonly<Record<string, string>>;
};

export function isServicePattern(text: string): boolean {
  return /^([a-z0-9][a-z0-9-]{0,62}|\*)\/([a-z0-9][a-z0-9-]{0,62}|\*)$/.test(text);
}

/** `isAsked` is about the annotations: false also where a rule gives the spec. */
export function probeFor(
  object: ProbedObject,
  rules: readonly ProbeRule[],
  timing: ProbeTiming,
): ParsedProbe {
  const own = parseProbe(object.annotations, timing);
  if (own.isAsked || own.problems.length > 0) return own;
  const rule = rules.find((one) => fits(one.service, object));
  return rule === undefined ? own : { ...parseProbe(annotationsOf(rule), timing), isAsked: false };
}

/** The problems of a rule; empty = none. */
export function ruleProblems(rule: ProbeRule): readonly ProbeProblem[] {
  return parseProbe(annotationsOf(rule)).problems;
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
