/**
 * The annotations about probes and slow start, as services carry them.
 *
 * | annotation                | means                                              | standard                        |
 * |---------------------------|----------------------------------------------------|---------------------------------|
 * | fedns.io/probe            | what is asked (probe-url.ts); `off` = nothing      | what the settings say, or none  |
 * | fedns.io/probe-interval   | a probe each                                       | 10s; 1s to 1h                   |
 * | fedns.io/probe-timeout    | no answer within it is a bad one                   | 4s, at most half the interval   |
 * | fedns.io/probe-fall       | failures until it is marked down                   | 3; 1 to 100                     |
 * | fedns.io/probe-rise       | good probes in a row until it returns              | 2; 1 to 100                     |
 * | fedns.io/probe-forgive    | good probes in a row that forgive failures         | 5; 1 to 100                     |
 * | fedns.io/probe-codes      | http, https: status codes that are good            | 200-399 (redirects not followed)|
 * | fedns.io/probe-body       | http, https: a text in the first 5,120 octets;     | anything                        |
 * |                           | of the settings alone (probe-rules.ts)             |                                 |
 * | fedns.io/probe-verify     | "true": the certificate must be valid for the host | "false": the probe is about the |
 * |                           |                                                    | path of data, not about whom    |
 * |                           |                                                    | clients trust                   |
 * | fedns.io/slow-start       | time from a return to the full share; `2m new`:    | what the settings say           |
 * |                           | also for an address that is new; `0s` = none       |                                 |
 *
 * Values are not trusted: they are bounded, and an invalid one is refused with a sentence that says how to write it. With
 * any problem there is no spec, and the caller keeps the last valid one.
 */
import { annotationOf, type ProbeOption } from "../../federation/annotations/annotation-table.ts";
import { type Read, readBody, readCodes, readCount, readDuration, readYes } from "./probe-options.ts";
import { type ProbeQuestion, type ProbeSpec, type ProbeTiming } from "./probe-spec.ts";
import { parseProbeUrl } from "./probe-url.ts";
import { RAMP_MAX_MS } from "./ramp.ts";
import { DEFAULT_THRESHOLDS } from "./probe-history.ts";

export const PROBE_ANNOTATION: string = annotationOf("probe");
const SLOW_START_ANNOTATION: string = annotationOf("slow-start");

/** A shorter interval would be a load on the target. */
const INTERVAL_MIN_MS = 1000;
const INTERVAL_MAX_MS = 3_600_000;
const TIMEOUT_MIN_MS = 100;
const TIMEOUT_MAX_MS = 60_000;
const THRESHOLD_MAX = 100;
/** The length to which a problem shortens an invalid value. */
const SHOWN_CHARACTERS_MAX = 64;

export const DEFAULT_TIMING: ProbeTiming = { ...DEFAULT_THRESHOLDS, intervalMs: 10_000, timeoutMs: 4000 };

export type ProbeProblem = {
  readonly annotation: string;
  /** As written, shortened, without control characters. */
  readonly value: string;
  /** "must be ..." */
  readonly sentence: string;
};

export type ParsedProbe = {
  /** Null = no probe: not asked for, `off`, or problems. */
  readonly spec: ProbeSpec | null;
  /** The annotation is present and overrides the settings, also with `off`. */
  readonly isAsked: boolean;
  readonly problems: readonly ProbeProblem[];
};

/** `standard`: the defaults. */
export function parseProbe(
  annotations: Readonly<Record<string, string>>,
  standard: ProbeTiming = DEFAULT_TIMING,
): ParsedProbe {
  const given = new Map(Object.entries(annotations).filter(([name]) => name.startsWith(PROBE_ANNOTATION)));
  const reader = new Reader(given);
  const url = given.get(PROBE_ANNOTATION)?.trim();
  const isAsked = url !== undefined;
  if (url?.toLowerCase() === "off") return { spec: null, isAsked, problems: [] };
  const parsed = isAsked ? parseProbeUrl(url) : null;
  if (parsed !== null && "problem" in parsed) reader.refuse(PROBE_ANNOTATION, parsed.problem);
  const question = parsed !== null && "question" in parsed ? withOptions(parsed.question, reader) : null;
  const timing = timingOf(reader, standard);
  if (!isAsked || question !== null) reader.refuseRest(isAsked);
  if (question === null || reader.problems.length > 0)
    return { spec: null, isAsked, problems: reader.problems };
  return { spec: { question, timing }, isAsked, problems: [] };
}

type SlowStart = { readonly rampMs: number; readonly isForNew: boolean };

/** `slowStart` null = the annotation is absent or invalid. */
export function parseSlowStart(annotations: Readonly<Record<string, string>>): {
  readonly slowStart: SlowStart | null;
  readonly problems: readonly ProbeProblem[];
} {
  const text = Object.hasOwn(annotations, SLOW_START_ANNOTATION)
    ? annotations[SLOW_START_ANNOTATION]
    : undefined;
  if (text === undefined) return { slowStart: null, problems: [] };
  const isForNew = text.length <= SHOWN_CHARACTERS_MAX && /\snew\s*$/.test(text);
  const read = readDuration(isForNew ? text.replace(/\snew\s*$/, "") : text, 0, RAMP_MAX_MS);
  if ("value" in read) return { slowStart: { rampMs: read.value, isForNew }, problems: [] };
  const sentence = `${read.problem}; with "new" after it, new addresses start slowly too`;
  return { slowStart: null, problems: [problemOf(SLOW_START_ANNOTATION, text, sentence)] };
}

class Reader {
  readonly problems: ProbeProblem[] = [];
  readonly #given: ReadonlyMap<string, string>;
  readonly #read: Set<string> = new Set([PROBE_ANNOTATION]);

  constructor(given: ReadonlyMap<string, string>) {
    this.#given = given;
  }

  /** The value of the option; null when it is absent or invalid. */
  option<T>(name: ProbeOption, read: (text: string) => Read<T>): T | null {
    const annotation = probeOption(name);
    this.#read.add(annotation);
    const text = this.#given.get(annotation);
    if (text === undefined) return null;
    const result = read(text);
    if ("value" in result) return result.value;
    this.refuse(annotation, result.problem);
    return null;
  }

  refuse(annotation: string, sentence: string): void {
    this.problems.push(problemOf(annotation, this.#given.get(annotation) ?? "", sentence));
  }

  refuseRest(isAsked: boolean): void {
    for (const annotation of this.#given.keys()) {
      if (!isAsked) this.refuse(annotation, `says nothing without ${PROBE_ANNOTATION}`);
      else if (!this.#read.has(annotation)) this.refuse(annotation, `is not known for this kind of probe`);
    }
  }
}

/** The annotation of an option. */
export function probeOption(name: ProbeOption): string {
  return annotationOf(`probe-${name}`);
}

function withOptions(question: ProbeQuestion, reader: Reader): ProbeQuestion {
  if (question.kind === "tcp") return question;
  if (question.kind === "http" || question.kind === "https") {
    const codes = reader.option("codes", readCodes) ?? question.codes;
    const body = reader.option("body", readBody) ?? question.body;
    const asked = { ...question, codes, body };
    return question.kind === "http" ? asked : { ...asked, isVerified: isVerified(question, reader) };
  }
  return question.kind === "grpc" ? question : { ...question, isVerified: isVerified(question, reader) };
}

function isVerified({ host }: { readonly host: string | null }, reader: Reader): boolean {
  const isWanted = reader.option("verify", readYes) ?? false;
  if (isWanted && host === null)
    reader.refuse(probeOption("verify"), `needs a host in ${PROBE_ANNOTATION} that the certificate is for`);
  return isWanted;
}

function timingOf(reader: Reader, standard: ProbeTiming): ProbeTiming {
  const count = (text: string): Read<number> => readCount(text, 1, THRESHOLD_MAX);
  const intervalMs =
    reader.option("interval", (text) => readDuration(text, INTERVAL_MIN_MS, INTERVAL_MAX_MS)) ??
    standard.intervalMs;
  // Half an interval leaves time for the next probe to begin when it should (gdnsd's default).
  const timeoutMs =
    reader.option("timeout", (text) =>
      readDuration(text, TIMEOUT_MIN_MS, Math.min(TIMEOUT_MAX_MS, intervalMs)),
    ) ?? Math.min(standard.timeoutMs, Math.floor(intervalMs / 2));
  return {
    intervalMs,
    timeoutMs,
    fall: reader.option("fall", count) ?? standard.fall,
    rise: reader.option("rise", count) ?? standard.rise,
    forgive: reader.option("forgive", count) ?? standard.forgive,
    holdMs: standard.holdMs,
  };
}

export function problemOf(annotation: string, value: string, sentence: string): ProbeProblem {
  // oxlint-disable-next-line no-control-regex -- they are what is taken out
  const shown = value.slice(0, SHOWN_CHARACTERS_MAX).replace(/[\x00-\x1f\x7f-\x9f\u2028\u2029]/g, "?");
  return { annotation: annotation.slice(0, SHOWN_CHARACTERS_MAX), value: shown, sentence };
}
