/** The options of a probe as people write them: durations, counts, status codes. Each reader gives a value or a sentence. */
import { formatDuration, parseDuration } from "../../kernel/duration.ts";
import type { CodeRange } from "./probe-spec.ts";

export type Read<T> = { readonly value: T } | { readonly problem: string };

/** A longer text is refused without parsing. */
const OPTION_CHARACTERS_MAX = 256;
/** More than anyone writes by hand. */
const RANGES_MAX = 16;

/** "10s", "500ms", "1m30s": within the bounds, in ms. Not "500", because the unit would be unclear. */
export function readDuration(text: string, leastMs: number, mostMs: number): Read<number> {
  const problem = `must be a time from ${formatDuration(leastMs)} to ${formatDuration(mostMs)}, like 10s, 500ms or 2m`;
  const written = text.trim();
  const value = (/\d$/.test(written) ? null : parseDuration(written)) ?? Number.NaN;
  return value >= leastMs && value <= mostMs ? { value } : { problem };
}

export function readCount(text: string, least: number, most: number): Read<number> {
  const value = /^\d{1,9}$/.test(text.trim()) ? Number(text.trim()) : Number.NaN;
  return value >= least && value <= most
    ? { value }
    : { problem: `must be a whole number from ${least} to ${most}` };
}

/** "200", "200-399", "200,204,300-399". */
export function readCodes(text: string): Read<readonly CodeRange[]> {
  const problem = "must be HTTP status codes from 200 to 599, like 200-399 or 200,204";
  const parts = text.length > OPTION_CHARACTERS_MAX ? [] : text.split(",");
  if (parts.length === 0 || parts.length > RANGES_MAX) return { problem };
  const value: CodeRange[] = [];
  for (const part of parts) {
    const range = /^([2-5]\d\d)(?:-([2-5]\d\d))?$/.exec(part.trim());
    const [from, to] = [Number(range?.[1]), Number(range?.[2] ?? range?.[1])];
    if (range === null || from > to) return { problem };
    value.push([from, to]);
  }
  return { value };
}

/** A text that must be in a body: as written, without the white space around it. */
export function readBody(text: string): Read<string> {
  const value = text.trim();
  const isFine = value !== "" && value.length <= OPTION_CHARACTERS_MAX;
  return isFine ? { value } : { problem: `must be a text of 1 to ${OPTION_CHARACTERS_MAX} characters` };
}

export function readYes(text: string): Read<boolean> {
  const value = text.trim();
  return value === "true" || value === "false"
    ? { value: value === "true" }
    : { problem: 'must be "true" or "false"' };
}
