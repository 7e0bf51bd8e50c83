/** The file of the claims: written whole, read again, and put aside when it cannot be used. */
import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { SightFile } from "../../../src/run/claims/sight-file.ts";
import { silentLog } from "../../../src/kernel/log.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { temporaryFolder } from "../../support/fedns.ts";

test("what one life has seen the next one remembers; a damaged file is put aside", async (t) => {
  const path = join(await temporaryFolder(t), "claims.jsonl");
  const clock = new FakeClock();
  const open = (): Promise<SightFile> => SightFile.open({ path, clock, log: silentLog });
  const first = await open();
  first.sights.join("west");
  for (let i = 0; i < 3000; i++)
    first.sights.see({ cluster: "west", namespace: "shop", host: `h${i}.example.com` }, i);
  await first.save();
  assert.equal(readFileSync(path, "utf8").trimEnd().split("\n").length, 2 + 6);
  const second = await open();
  second.sights.join("west");
  const claim = { cluster: "west", namespace: "shop", host: "h7.example.com" };
  assert.equal(second.sights.see(claim, 9_000_000_000).sinceSeconds, 7);
  writeFileSync(path, "nonsense");
  const third = await open();
  assert.deepEqual([third.sights.size, existsSync(`${path}.refused`), third.error], [0, true, null]);
});
