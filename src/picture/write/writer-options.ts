/** The options of the writer of the picture, and what it reports. */
import type { Reserve } from "./reserve.ts";
import type { MemberContent, PoolAlias } from "../content/content.ts";

/** What a picture had too little of: words of the arena, or indexes of endpoints in a row. */
export type Missing = { readonly of: "words" | "endpoints"; readonly count: number };

/** Thrown when the picture has no more room. What was committed before stays, and what was put before is still put. */
export class PictureFull extends Error {
  readonly missing: Missing;

  constructor(missing: Missing) {
    const { of, count } = missing;
    super(
      of === "words"
        ? `the picture is full: ${count} words more are needed; remove services or hosts, or set quota.names for the cluster that has too many`
        : `the picture can track no more addresses: ${count} in a row are needed; remove services, or set quota.endpoints for the cluster that has too many`,
    );
    this.missing = missing;
  }
}

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
