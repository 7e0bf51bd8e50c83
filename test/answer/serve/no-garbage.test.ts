/** The hot path allocates nothing: during many queries the garbage collector has nothing to do. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, it } from "node:test";
import { run } from "../../support/programs.ts";
import { SCALE } from "../../suite/scale.ts";

const QUERIES = SCALE.garbageQueries;
/** A leak of an object per query fills the young generation this often at least. */
const COLLECTIONS_OF_LEAK_MIN = QUERIES / 100_000;
const COLLECTION = /Scavenge|Mark-Compact|Minor/;

/** How often the collector ran meanwhile. */
async function collectionsIn(kind: string): Promise<number> {
  const script = join(import.meta.dirname, "many-queries.ts");
  // A small young generation, so that a few octets per query would fill it many times over.
  const flags = [
    "--trace-gc",
    "--max-semi-space-size=1",
    "--min-semi-space-size=1",
    script,
    kind,
    `${QUERIES}`,
  ];
  const { code, out, err } = await run(process.execPath, flags, { timeoutMs: 110_000 });
  assert.equal(code, 0, err);
  const [measured = "", rest] = (out.split("warm\n")[1] ?? "").split("done\n");
  assert.notEqual(rest, undefined, "it was done");
  return measured.split("\n").filter((line) => COLLECTION.test(line)).length;
}

describe(`${QUERIES} queries`, () => {
  for (const kind of ["mixed", "stream", "strict"]) {
    it(`leave no garbage: ${kind}`, async () => {
      assert.equal(await collectionsIn(kind), 0, "collections");
    });
  }

  it("that leave sixteen octets each are noticed", async () => {
    assert.ok((await collectionsIn("leaky")) >= COLLECTIONS_OF_LEAK_MIN);
  });
});
