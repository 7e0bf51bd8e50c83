/** The rows of federated objects: each type's own, and what is known of an object without reading it. */
import assert from "node:assert/strict";
import { it } from "node:test";
import { HostObjects } from "../../../src/propagate/objects/host-objects.ts";

const [MAPS, SECRETS] = ["configmaps", "secrets"];
const bytesOf = (name: string): Buffer =>
  Buffer.from(JSON.stringify({ metadata: { namespace: "a", name, uid: "u", generation: 1 }, spec: {} }));

function filled(): HostObjects {
  const objects = new HostObjects();
  for (let n = 0; n < 10; n++)
    for (const type of [MAPS, SECRETS])
      objects.set(objects.takeRow({ type, key: `a/${n}` }), bytesOf(`${n}`));
  return objects;
}
const keysOf = (objects: HostObjects, type: string): readonly string[] =>
  [...objects.rowsOf(type)].map((row) => `${objects.keyOf(row)?.type} ${objects.keyOf(row)?.key}`);

it("rows of a type are those that the host has, from the one that was parsed last", () => {
  const objects = filled();
  const row = objects.rowOf({ type: MAPS, key: "a/4" }) ?? -1;
  objects.read(row);
  objects.read(objects.rowOf({ type: SECRETS, key: "a/8" }) ?? -1);
  assert.deepEqual(
    keysOf(objects, MAPS),
    [4, 5, 6, 7, 8, 9, 0, 1, 2, 3].map((n) => `configmaps a/${n}`),
  );
  objects.set(row, null);
  assert.ok(!keysOf(objects, MAPS).includes("configmaps a/4"));
});

it("a row that is free goes to an object of any type, and is in the rows of that type alone", () => {
  const objects = filled();
  for (const n of [0, 9, 5]) objects.freeRow(objects.rowOf({ type: MAPS, key: `a/${n}` }) ?? -1);
  const taken = objects.takeRow({ type: SECRETS, key: "a/new" });
  objects.set(taken, bytesOf("new"));
  assert.ok(taken < 20);
  assert.deepEqual(
    [...keysOf(objects, MAPS)].sort(),
    [1, 2, 3, 4, 6, 7, 8].map((n) => `configmaps a/${n}`),
  );
  assert.equal(keysOf(objects, SECRETS).length, 11);
  assert.deepEqual([...objects.rowsIn(SECRETS, "a")].length, 11);
});

it("an object is held as it was last seen, unless its type has ended or its row is another's", () => {
  const objects = filled();
  const row = objects.rowOf({ type: MAPS, key: "a/1" }) ?? -1;
  assert.equal(objects.isHeld(row), false);
  objects.set(row, bytesOf("1"), true);
  assert.equal(objects.isHeld(row), true);
  objects.setEnded(MAPS, 1);
  assert.equal(objects.isHeld(row), false, "all of its type are to go");
  objects.setEnded(MAPS, undefined);
  objects.freeRow(row);
  assert.equal(objects.isHeld(objects.takeRow({ type: SECRETS, key: "a/next" })), false);
});
