/** A zone file as it is given to the reader, and what the reader makes of it. */
import type { Name } from "../message/name.ts";
import type { PositionOf } from "../zone/text-positions.ts";
import type { Problem } from "../zone/problem.ts";
import type { Zone } from "../zone/zone.ts";

/** UTF-8 when it is a string. */
export type FileText = Uint8Array | string;

export type IncludedText = { readonly text: FileText } | { readonly problem: string };

export type ZoneFile = {
  /** For messages; included files are named as if they lay beside it. */
  readonly name: string;
  readonly text: FileText;
  /** What relative names are completed with. Also the zone's origin, unless $ORIGIN comes before the first record. */
  readonly origin: Name;
  /** The file at `path`, relative to the zone's folder, without ".." and ".". `problem` follows on '$INCLUDE "path": '. */
  readonly readInclude: (path: string) => IncludedText;
};

export type ParsedZone = {
  /** When there are errors among the problems, only the records that could be read. */
  readonly zone: Zone;
  readonly recordCount: number;
  readonly positionOf: PositionOf;
  readonly problems: readonly Problem[];
};
