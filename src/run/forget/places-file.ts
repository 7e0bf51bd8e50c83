/** The file of the places that clusters have had. It was written by fedns, and is checked like anything from outside. */
import {
  integer,
  list,
  nullable,
  object,
  oneOf,
  readShape,
  text,
  type ValueShape,
} from "../../kernel/shape.ts";

export type SavedPlace = {
  readonly cluster: string;
  readonly region: string;
  readonly zone: string | null;
  /** Unix time, ms. */
  readonly lastSeenMs: number;
};

/** As many as all members may have. */
const PLACES_MAX = 1000 * 64;
/** The year 2527. Later times are invalid. */
const TIME_MAX_MS = 2 ** 44;

const label: ValueShape<string> = text(1, 63, {
  pattern: /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/,
  problem: "is not a DNS label",
});

const fileShape: ValueShape<{ version: 1; places: SavedPlace[] }> = object({
  version: oneOf(1),
  places: list(
    PLACES_MAX,
    object<SavedPlace>({
      cluster: text(1, 253),
      region: label,
      zone: nullable(label),
      lastSeenMs: integer(0, TIME_MAX_MS),
    }),
  ),
});

/** Never throws. */
export function readPlaces(raw: unknown): {
  readonly places: readonly SavedPlace[];
  readonly problem: string | null;
} {
  const read = readShape(fileShape, raw);
  return "value" in read
    ? { places: read.value.places, problem: null }
    : { places: [], problem: `not a file of remembered places (version 1): ${read.problem}` };
}

export function writePlaces(places: readonly SavedPlace[]): string {
  return `${JSON.stringify({ version: 1, places }, null, 1)}\n`;
}
