import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Contests } from "../../../src/propagate/apply/contests.ts";
import { FakeClock } from "../../support/fake-clock.ts";

const CLAIM = { path: ".spec.replicas", manager: "hpa" };

describe("a contested field", () => {
  it("is taken three times and not a fourth time", () => {
    const contests = new Contests(new FakeClock());
    for (let i = 0; i < 3; i++) {
      assert.deepEqual(contests.contested("m1/web", [CLAIM]), []);
      contests.taken("m1/web", [CLAIM]);
    }
    assert.deepEqual(contests.contested("m1/web", [CLAIM]), [CLAIM]);
  });
  it("can be taken again after ten minutes", () => {
    const clock = new FakeClock();
    const contests = new Contests(clock);
    for (let i = 0; i < 3; i++) contests.taken("m1/web", [CLAIM]);
    clock.advance(600_000);
    assert.deepEqual(contests.contested("m1/web", [CLAIM]), []);
  });
  it("says nothing of other copies, fields and writers", () => {
    const contests = new Contests(new FakeClock());
    for (let i = 0; i < 3; i++) contests.taken("m1/web", [CLAIM]);
    assert.deepEqual(contests.contested("m2/web", [CLAIM]), []);
    assert.deepEqual(contests.contested("m1/web", [{ ...CLAIM, path: ".spec.paused" }]), []);
    assert.deepEqual(contests.contested("m1/web", [{ ...CLAIM, manager: "kubectl" }]), []);
  });
});
