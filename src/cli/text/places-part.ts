/** The part of /status about places that exist although no Node is there any more. */
import { z } from "zod";

export type PlacesPart = {
  readonly places: readonly {
    readonly cluster: string;
    readonly place: string;
    readonly lastSeen: string;
  }[];
  readonly problem: string | null;
};

const text = z.string().catch("");

/** Null: the control process does not answer, or is of a version without it. */
export const placesPart: z.ZodType<PlacesPart | null> = z
  .object({
    places: z.array(z.object({ cluster: text, place: text, lastSeen: text })).catch([]),
    problem: z.string().nullable().catch(null),
  })
  .nullable()
  .catch(null);

const LISTED_MAX = 20;

/** `ago`: a time as text. */
export function placeLines(part: PlacesPart | null, ago: (time: string) => string): string[] {
  const lines = (part?.places ?? []).map(
    ({ cluster, place, lastSeen }) => `  ${place}: last seen ${ago(lastSeen)} in ${cluster}`,
  );
  if (lines.length === 0) return [];
  const rest = lines.length > LISTED_MAX ? [`  and ${lines.length - LISTED_MAX} more`] : [];
  return ["Places without Nodes, whose names lead up the ladder", ...lines.slice(0, LISTED_MAX), ...rest];
}
