/** One check of a zone: what its parts look at and where they report. */
import type { Problems } from "../zone/problem.ts";
import type { PositionOf } from "../zone/text-positions.ts";
import type { Zone } from "../zone/zone.ts";
import type { ZoneCuts } from "../zone/zone-cuts.ts";

export type Inspection = {
  readonly zone: Zone;
  readonly cuts: ZoneCuts;
  readonly positionOf: PositionOf;
  readonly problems: Problems;
  readonly isPartial: boolean;
  readonly isReserved: (key: string) => boolean;
};
