/** Texts of objects that are far too long: only their beginnings are kept, and told. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { annotationsOf, balancerTargets, text, texts } from "../../../src/fleet/sources/raw.ts";

const LONG = "1".repeat(4 << 20);

test("an address of 4 MB is kept as a kilobyte, which is refused as any other nonsense", () => {
  const { addresses } = balancerTargets([{ ip: LONG }, { ip: "192.0.2.1" }]);
  assert.deepEqual(
    addresses.map((address) => address.length),
    [1024, 9],
  );
});

test("so are names, lists of texts, and annotations", () => {
  assert.equal(text(LONG).length, 1024);
  assert.deepEqual(
    texts([LONG, "a"]).map((one) => one.length),
    [1024, 1],
  );
  const metadata = { annotations: { "fedns.io/weight": LONG } };
  assert.equal(annotationsOf({ metadata }).values["fedns.io/weight"]?.length, 16_384);
});
