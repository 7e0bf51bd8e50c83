/** What control keeps of one member, from the settings, the heap and the number of members. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { roomLimitsOf } from "../../../src/run/control/room-limits.ts";

const MIB = 1 << 20;
const quota = { names: null, endpoints: null, objects: 1000, keptMiB: null };

for (const [heapMiB, members, keptMiB] of [
  [460, 4, 57],
  [460, 1, 230],
  [4096, 2, 256],
  [460, 128, 8],
  [460, 0, 230],
] as const)
  test(`${members} members and a heap of ${heapMiB} MiB leave ${keptMiB} MiB for each`, () => {
    const limits = roomLimitsOf({ quota }, members, heapMiB * MIB);
    assert.deepEqual(limits, { objects: 1000, octets: keptMiB * MIB });
  });

test("the settings come first", () => {
  const limits = roomLimitsOf({ quota: { ...quota, keptMiB: 3 } }, 100, 460 * MIB);
  assert.equal(limits.octets, 3 * MIB);
});
