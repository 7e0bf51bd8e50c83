/** What survives a restart, and what a state file that is bad or cannot be written does. */
import assert from "node:assert/strict";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { HealthReason } from "../../../src/traffic/health/health-reason.ts";
import { behave, createRig, type Rig, watchFleet } from "./rig.ts";

const minute = 60_000;

describe("the state file", () => {
  let folder = "";
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "fedns-health-"));
  });
  after(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  it("brings back what is down, damped, forced and ramping, and health does not move", async () => {
    const path = join(folder, "a", "health.json");
    const first = await createRig({ path });
    const fleet = watchFleet(first, 4, 1).flat();
    const [down = "", returning = "", forced = ""] = fleet;
    await first.clock.advanceAsync(minute);
    behave(first, [down, returning], "refuse");
    await first.clock.advanceAsync(minute);
    behave(first, [returning], "good");
    first.tracker.force(forced, "down");
    while ((first.tracker.healthOf(returning)?.health ?? 0) === 0) await first.clock.advanceAsync(1000);
    await first.clock.advanceAsync(20_000);
    const healthsOf = ({ tracker }: Rig): unknown[] => fleet.map((key) => tracker.healthOf(key)?.health);
    const earlier = healthsOf(first);
    await first.tracker.close();
    const second = await createRig({ path, clock: first.clock });
    behave(second, [down], "refuse");
    watchFleet(second, 4, 1);
    assert.deepEqual(healthsOf(second), earlier);
    assert.deepEqual([earlier[0], earlier[2], earlier[3]], [0, 0, 255]);
    assert.ok(((second.tracker.healthOf(down)?.reason ?? 0) & HealthReason.Damped) !== 0);
    await second.clock.advanceAsync(5 * minute);
    assert.deepEqual(healthsOf(second), [0, 255, 0, 255]);
    await second.tracker.close();
  });

  it("is written once for many changes, and not at all while nothing changes", async () => {
    const path = join(folder, "b.json");
    const rig = await createRig({ path });
    watchFleet(rig, 10, 10);
    await rig.clock.advanceAsync(minute);
    const savedAt = (): number | null => rig.tracker.status().savedWallMs;
    await rig.tracker.written();
    const savedMs = savedAt();
    assert.notEqual(savedMs, null);
    await rig.clock.advanceAsync(10 * minute);
    await rig.tracker.written();
    assert.equal(savedAt(), savedMs);
    assert.equal((JSON.parse(await readFile(path, "utf8")) as { targets: unknown[] }).targets.length, 100);
    await rig.tracker.close();
  });

  it("that is no use is set aside, and everything begins anew", async () => {
    const path = join(folder, "c.json");
    for (const content of ["", "{", "[]", '{"version":9}', "\0\0\0"]) {
      await writeFile(path, content);
      const rig = await createRig({ path });
      assert.equal(rig.tracker.status().targets, 0);
      assert.equal(await readFile(`${path}.refused`, "utf8"), content);
      await rig.tracker.close();
    }
  });

  it("that cannot be written is said once, the last good one stays, and probing goes on", async () => {
    const path = join(folder, "d.json");
    const rig = await createRig({ path });
    rig.tracker.force("x", "down");
    await rig.clock.advanceAsync(5000);
    await rig.tracker.written();
    assert.notEqual(rig.tracker.status().savedWallMs, null);
    const good = await readFile(path, "utf8");
    await mkdir(`${path}.new`);
    rig.tracker.force("y", "down");
    await rig.clock.advanceAsync(5000);
    await rig.tracker.written();
    assert.notEqual(rig.tracker.status().saveError, null);
    assert.equal(await readFile(path, "utf8"), good);
    await rm(`${path}.new`, { recursive: true });
    rig.tracker.force("z", "down");
    await rig.tracker.close();
    assert.equal(rig.tracker.status().saveError, null);
    assert.ok(!(await readdir(folder)).includes("d.json.new"));
  });
});
