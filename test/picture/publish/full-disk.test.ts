/** The picture on a disk without room: nothing dies, nothing is lost, nothing leaks. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { it } from "node:test";
import { temporaryFolder } from "../../support/fedns.ts";
import { reasonToSkipSmallDisk, runOnSmallDisk } from "../../support/small-disk.ts";

const MEGABYTES = 96;

it("a full disk costs neither the picture nor the process", { skip: reasonToSkipSmallDisk() }, async (t) => {
  const file = join(import.meta.dirname, "full-disk.ts");
  const { code, out, err } = await runOnSmallDisk(file, await temporaryFolder(t), MEGABYTES);
  assert.equal(code, 0, out + err);
});
