/** The file of the places that clusters have had. It was written by fedns, and is checked like anything from outside. */
import { integer, nullable, object, text, type ValueShape } from "../../kernel/shape.ts";
import { StateList } from "../../kernel/state-file.ts";

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

export const placesFile: StateList<SavedPlace> = new StateList(
  "places",
  "remembered places",
  PLACES_MAX,
  object<SavedPlace>({
    cluster: text(1, 253),
    region: label,
    zone: nullable(label),
    lastSeenMs: integer(0, TIME_MAX_MS),
  }),
);
