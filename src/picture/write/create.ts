/** A fresh, empty picture: header, two empty tables, nothing known yet. */
import { headerCheck } from "../format/header.ts";
import { commitCheck } from "./transaction.ts";
import {
  arenaAt,
  CLUSTER_WORDS,
  CLUSTERS_MAX,
  EVERYWHERE,
  FORMAT,
  Header,
  HOSTS,
  Kind,
  MAGIC_0,
  MAGIC_1,
  type Memory,
  NO_LEVEL,
  NODE_WORDS,
  SHARE_FULL,
  SHARES_AT,
  WHOLE,
} from "../format/layout.ts";

const FIRST_SLOTS = 1024;

type PictureShape = {
  /** Random, so that nobody outside can aim at the tables. */
  readonly seed: number;
  /** The most addresses the picture can track. */
  readonly endpointCapacity: number;
};

/** `memory` must be zeroed. Serial 2: settled, and different from "never written". */
export function createPicture(memory: Memory, shape: PictureShape): void {
  const { u32 } = memory;
  const arena = arenaAt(shape.endpointCapacity);
  u32[Header.Magic0] = MAGIC_0;
  u32[Header.Magic1] = MAGIC_1;
  u32[Header.Format] = FORMAT;
  u32[Header.Words] = u32.length;
  u32[Header.Seed] = shape.seed >>> 0;
  u32[Header.EndpointCapacity] = shape.endpointCapacity;
  u32[Header.Check] = headerCheck(memory);
  u32[Header.Nodes] = arena;
  u32[Header.NodesMask] = FIRST_SLOTS - 1;
  u32[Header.Services] = arena + 2 * FIRST_SLOTS;
  u32[Header.ServicesMask] = FIRST_SLOTS - 1;
  u32[Header.ArenaEnd] = arena + 4 * FIRST_SLOTS;
  u32[Header.SpillBelow] = WHOLE;
  u32.set(everywhere(), EVERYWHERE);
  memory.u8.fill(SHARE_FULL, SHARES_AT, SHARES_AT + CLUSTERS_MAX);
  sealCommit(memory);
  u32[Header.Serial] = 2;
}

/** The words of the level EVERYWHERE. */
export function everywhere(): Uint32Array {
  const words = new Uint32Array(NODE_WORDS + 1 + CLUSTER_WORDS).fill(0xffff_ffff, NODE_WORDS + 1);
  words[0] = ((Kind.Level << 24) | words.length) >>> 0;
  words[5] = NO_LEVEL;
  words[NODE_WORDS] = ((NO_LEVEL << 16) | HOSTS) >>> 0;
  return words;
}

/** For those who wrote the header's words themselves, before anybody could see them. */
export function sealCommit(memory: Memory): void {
  memory.u32[Header.CommitCheck] = commitCheck((word) => memory.u32[word] as number);
}
