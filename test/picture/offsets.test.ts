/** Offsets and views of the picture keep their kinds apart. The compiler checks this file: without an error, a directive is one. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { type MemberAt, memberCluster } from "../../src/picture/format/member.ts";
import { memoryOf, NONE, type PictureWords } from "../../src/picture/format/memory.ts";
import { type LevelAt, type NodeAt, nodeLabels } from "../../src/picture/format/node.ts";
import { type PoolAt, poolPolicy } from "../../src/picture/format/pool.ts";

const { u32 } = memoryOf(new ArrayBuffer(64));
const words: PictureWords = u32;

test("an offset of one kind cannot stand for another, but for a level, which is a node", () => {
  const pool = 4 as PoolAt;
  const level: LevelAt = 4 as LevelAt;
  const node: NodeAt = level;
  const member = 4 as MemberAt;
  assert.equal(nodeLabels(words, node), 0);
  assert.equal(poolPolicy(words, pool), 0);
  assert.equal(memberCluster(words, NONE), 0);
  // @ts-expect-error a pool is no node
  nodeLabels(words, pool);
  // @ts-expect-error a number is no offset
  poolPolicy(words, 4);
  // @ts-expect-error a node may be no level
  const found: LevelAt = node as NodeAt;
  assert.equal(Number(found), Number(member));
});

test("words cannot be read by their index", () => {
  // @ts-expect-error only the functions of fields read words
  assert.equal(words[0], 0);
});
