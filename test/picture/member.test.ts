/** What is known of addresses stays with them while their services change. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { isPool, poolOf } from "../../src/picture/content/decode.ts";
import { setHealth } from "../../src/picture/format/in-place.ts";
import { HEALTH_AT_OCTETS } from "../../src/picture/format/layout.ts";
import { recordsOf, SERVICES } from "../../src/picture/format/table.ts";
import { newPicture } from "../support/picture.ts";
import { wireName } from "../support/query.ts";
import type { PoolAt } from "../../src/picture/format/pool.ts";

const stamp = { wallSeconds: 1 };
const key = Uint8Array.from(wireName("s.n").slice(0, -1));

test("health is kept for addresses that stay, and full for those that come", () => {
  const picture = newPicture();
  const at = (addresses: readonly number[], ipv6: readonly string[] = []): number[] => {
    picture.writer.putPool(0, key, [
      {
        cluster: 1,
        tier: 0,
        readyEndpoints: 1,
        wantedEndpoints: 1,
        weight: 1,
        ipv4: addresses,
        ipv6,
        since: 7,
      },
    ]);
    picture.writer.commit(stamp);
    const record = [...recordsOf(picture.memory.u32, SERVICES)].find((one) =>
      isPool(picture.memory, one),
    ) as PoolAt;
    const { firstEndpoint } = poolOf(picture.memory, record).members[0] as { firstEndpoint: number };
    return Array.from({ length: addresses.length + ipv6.length }, (_, i) => firstEndpoint + i);
  };
  const health = (indexes: readonly number[]): number[] =>
    indexes.map((index) => picture.memory.u8[HEALTH_AT_OCTETS + index] as number);
  const first = at([1, 2, 3]);
  assert.deepEqual(health(first), [255, 255, 255]);
  setHealth(picture.memory, first[1] as number, 0);
  setHealth(picture.memory, first[2] as number, 77);
  assert.deepEqual(health(at([2, 3, 4])), [0, 77, 255]);
  assert.deepEqual(health(at([0, 2], ["00".repeat(16)])), [255, 0, 255]);
  assert.deepEqual(health(at([2], ["00".repeat(16)])), [0, 255]);
});
