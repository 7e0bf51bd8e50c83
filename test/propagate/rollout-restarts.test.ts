/** A process is killed at each step of a rollout, and another one goes on from what is written down: no step is lost, none is taken twice. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { recordText } from "../../src/propagate/rollout/rollout-record.ts";
import { MEMBERS, Releases } from "./rollout/releases.ts";

/** Kills the process whenever something new is written down, until the rollout is at its end. Returns what was written down. */
async function killedAtEachStep(at: Releases): Promise<readonly string[]> {
  const written: string[] = [];
  await at.isIn("it is at its end", (record) => {
    const text = recordText(record);
    const reached = at.images.filter((image) => image === "web:2").length;
    const meant = record.phase === "done" ? MEMBERS.length : record.on.length;
    assert.ok(reached <= Math.max(meant, 1), `${reached} have it: ${text}`);
    if (written.at(-1) !== text) {
      written.push(text);
      at.rig.rig.restart();
    }
    return record.phase !== "rolling" && written.length > 1;
  });
  return written;
}

describe("a rollout whose process is killed at each step", () => {
  const at = new Releases();

  it("reaches all members, one after the other", async () => {
    await at.isReleased("canary=m2; pause=0s; step=1");
    at.release("web:2");
    const written = await killedAtEachStep(at);
    await at.isDone("web:2");
    assert.ok(written.length >= 3, `killed ${written.length} times`);
  });
  it("goes back everywhere when it fails", async () => {
    await at.isReleased("canary=m2; pause=0s; step=1");
    at.patch({ spec: { template: { spec: { template: { spec: { containers: [] } } } } } });
    await killedAtEachStep(at);
    await at.isIn("it has failed", ({ phase }) => phase === "failed");
    await at.has("web:1", "web:1", "web:1");
  });
  it("has its pause counted on", async () => {
    await at.isReleased("canary=m1; pause=15s");
    at.release("web:2");
    await at.isIn("it pauses", ({ phase, state }) => phase === "rolling" && state === "well");
    const { sinceMs } = at.record ?? {};
    at.rig.rig.restart();
    await at.isQuiet();
    assert.equal(at.record?.sinceMs, sinceMs);
    at.clock.advance(16_000);
    await at.isDone("web:2");
  });
});
