/** What the writer of the picture is given, and what it tells. */
import type { Reserve } from "./reserve.ts";
import type { MemberContent, PoolAlias } from "../content/content.ts";

/** Thrown when the picture has no more room; what was committed before stays. */
export class PictureFull extends Error {}

export type WriterOptions = {
  /** The serial that every reader has seen at least; endpoint indexes freed before may be used again. */
  readonly passedSerial: () => number;
  /** Called before words are written for the first time, so that the file has blocks for them. What it throws ends the change. */
  readonly reserve: Reserve;
  /** These endpoint indexes mean nothing any more once all readers have seen `serial`; until then, what they hold can still change. */
  readonly onReleased?: (released: Released) => void;
};

export type Released = {
  readonly federation: number;
  readonly key: Uint8Array;
  readonly member: MemberContent;
  /** The name it had in the place of addresses. */
  readonly alias: PoolAlias | null;
  readonly serial: number;
};
