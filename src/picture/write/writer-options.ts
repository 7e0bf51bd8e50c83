/** The options of the writer of the picture, and what it reports. */
import type { Reserve } from "./reserve.ts";
import type { MemberContent, PoolAlias } from "../content/content.ts";

/** Thrown when the picture has no more room. What was committed before stays. */
export class PictureFull extends Error {}

export type WriterOptions = {
  /** The serial that every reader has seen at least: endpoint indexes released before it may be used again. */
  readonly passedSerial: () => number;
  /** Called before words are written for the first time, so that the file has blocks for them. What it throws ends the change. */
  readonly reserve: Reserve;
  /** Endpoint indexes were released. Readers can still change what they hold until all have seen `serial`. */
  readonly onReleased?: (released: Released) => void;
};

export type Released = {
  readonly federation: number;
  readonly key: Uint8Array;
  readonly member: MemberContent;
  /** The name that clients were sent to instead of addresses. */
  readonly alias: PoolAlias | null;
  readonly serial: number;
};
