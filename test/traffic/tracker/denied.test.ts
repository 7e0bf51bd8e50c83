/** A target that nobody may ask is not down: nothing is known of it, it is answered, and it is told why and what to do. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Denial } from "../../../src/traffic/health/probe-failure.ts";
import { reasonText } from "../../../src/traffic/health/health-reason.ts";
import { createRig, endpoint, type Rig } from "./rig.ts";

const KEY = "a";
const ADDRESS = "192.0.2.1";
const stateOf = ({ tracker }: Rig): readonly [number, string] => {
  const { health, reason } = tracker.healthOf(KEY) ?? assert.fail();
  return [health, reasonText(reason)];
};

async function watched(): Promise<Rig> {
  const rig = await createRig({ guardShare: 1 });
  rig.tracker.watch(KEY, endpoint("west", ADDRESS, { rampMs: 0 }));
  rig.tracker.watch("b", endpoint("east", "192.0.2.2"));
  return rig;
}

describe("a denied target", () => {
  it("has full health from the start, and the status says why and the cure at once", async () => {
    const rig = await watched();
    rig.manners.set(ADDRESS, "denied");
    await rig.clock.advanceAsync(11_000);
    assert.deepEqual(stateOf(rig), [255, `not probed: ${Denial.Own}`]);
    const { problems, unknown, down, probes } = rig.tracker.status();
    assert.deepEqual(problems, [
      `192.0.2.1 tcp://:443 in west: not probed: ${Denial.Own}; answered all the same; if it is a load balancer's, name it in health.allowNetworks`,
    ]);
    assert.deepEqual([unknown, down, probes.bad], [1, 0, 0]);
    assert.ok(probes.denied > 0);
    await rig.tracker.close();
  });

  it("that was down is so no more, and is down again only after it was seen up", async () => {
    const rig = await watched();
    await rig.clock.advanceAsync(11_000);
    rig.manners.set(ADDRESS, "refuse");
    await rig.clock.advanceAsync(120_000);
    assert.equal(stateOf(rig)[0], 0);
    rig.manners.set(ADDRESS, "denied");
    await rig.clock.advanceAsync(11_000);
    assert.deepEqual(stateOf(rig), [255, `not probed: ${Denial.Own}`]);
    rig.manners.set(ADDRESS, "refuse");
    await rig.clock.advanceAsync(120_000);
    assert.equal(stateOf(rig)[0], 255);
    rig.manners.set(ADDRESS, "good");
    await rig.clock.advanceAsync(11_000);
    assert.deepEqual(stateOf(rig), [255, "up"]);
    assert.deepEqual(rig.tracker.status().problems, []);
    await rig.tracker.close();
  });

  it("does not count for the fleet guard", async () => {
    const rig = await createRig({ guardShare: 0.7 });
    for (let i = 0; i < 10; i++) rig.tracker.watch(`k${i}`, endpoint(`c${i}`, `192.0.2.${i}`));
    await rig.clock.advanceAsync(11_000);
    for (let i = 0; i < 9; i++) rig.manners.set(`192.0.2.${i}`, "denied");
    await rig.clock.advanceAsync(60_000);
    assert.equal(rig.tracker.status().guard, "watching");
    await rig.tracker.close();
  });
});

it("an endpoint that a tenant wrote shares nothing with others of its address, not even what they know", async () => {
  const rig = await watched();
  rig.manners.set(ADDRESS, "refuse");
  rig.tracker.watch("theirs", endpoint("east", ADDRESS, { denial: Denial.Tenant }));
  await rig.clock.advanceAsync(120_000);
  const { health, reason } = rig.tracker.healthOf("theirs") ?? assert.fail();
  assert.deepEqual([health, reasonText(reason)], [255, `not probed: ${Denial.Tenant}`]);
  assert.equal(rig.tracker.targetOf("theirs"), null);
  // Once a controller announces it, it is as others.
  rig.tracker.watch("theirs", endpoint("east", ADDRESS));
  assert.notEqual(rig.tracker.targetOf("theirs"), null);
  rig.tracker.watch("theirs", endpoint("east", ADDRESS, { denial: Denial.Tenant }));
  assert.equal(rig.tracker.targetOf("theirs"), null);
  await rig.tracker.close();
});
