/** A fresh, empty picture: header, two empty tables, nothing known yet. */
import { CLUSTERS_MAX } from "../format/cluster-set.ts";
import { SHARE_FULL } from "../format/in-place.ts";
import { arenaAt, FORMAT, Header, MAGIC_0, MAGIC_1, SHARES_AT } from "../format/layout.ts";
import { WHOLE } from "../format/member.ts";
import type { Memory } from "../format/memory.ts";
import { EVERYWHERE, everywhere } from "../format/node.ts";
import { headerCheck } from "../format/header.ts";
import { FIRST_SLOTS, placeOf, slotAt } from "../format/table.ts";
import { NOTHING_TO_RESERVE, type Reserve, reserveHead } from "./reserve.ts";
import { commitCheck } from "./transaction.ts";

type PictureShape = {
  /** Random, so that no client can aim at the tables. */
  readonly seed: number;
  /** The most addresses the picture can track. */
  readonly endpointCapacity: number;
};

/** `memory` must be zeroed. Serial 2: settled, and different from "never written". */
export function createPicture(
  memory: Memory,
  shape: PictureShape,
  reserve: Reserve = NOTHING_TO_RESERVE,
): void {
  const { u32 } = memory;
  const arena = arenaAt(shape.endpointCapacity);
  reserveHead(reserve);
  reserve(arena, slotAt(arena, 2 * FIRST_SLOTS));
  u32[Header.Magic0] = MAGIC_0;
  u32[Header.Magic1] = MAGIC_1;
  u32[Header.Format] = FORMAT;
  u32[Header.Words] = u32.length;
  u32[Header.Seed] = shape.seed >>> 0;
  u32[Header.EndpointCapacity] = shape.endpointCapacity;
  u32[Header.Check] = headerCheck(memory);
  u32[Header.Nodes] = placeOf(arena, FIRST_SLOTS);
  u32[Header.Services] = placeOf(slotAt(arena, FIRST_SLOTS), FIRST_SLOTS);
  u32[Header.ArenaEnd] = slotAt(arena, 2 * FIRST_SLOTS);
  u32[Header.SpillBelow] = WHOLE;
  u32.set(everywhere(), EVERYWHERE);
  memory.u8.fill(SHARE_FULL, SHARES_AT, SHARES_AT + CLUSTERS_MAX);
  sealCommit(memory);
  u32[Header.Serial] = 2;
}

/** For header words that were written without a transaction, before any reader could see them. */
export function sealCommit(memory: Memory): void {
  memory.u32[Header.CommitCheck] = commitCheck((word) => memory.u32[word] as number);
}
