/** A member whose API server limits what fedns sends: it is asked less and after the time that it names, which is told. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { FakeClock } from "../support/fake-clock.ts";
import { suiteScope } from "../support/programs.ts";
import { until } from "../support/until.ts";
import { CopyRig } from "./copy-rig.ts";

describe("a member that has no place for what fedns sends", () => {
  const scope = suiteScope();
  it("is asked again after the time that it names, however often it was so, and told", async () => {
    const clock = new FakeClock();
    const rig = await CopyRig.start(scope, ["m1", "m2"], { clock });
    const reached = (claim: string, condition: () => boolean): Promise<void> =>
      until(claim, () => {
        clock.advance(2);
        return condition();
      });
    await reached("the namespace is ours", () => rig.report("Namespace", "shop").status === "");
    let refused = 0;
    const remove = rig.rig.members.get("m1")?.faults.add({
      effect: { kind: "refuse", code: 429, retryAfterSeconds: 1, flowSchema: "7d0c" },
      when: (request) => {
        const isCopy = "resource" in request && request.isWrite && request.resource === "configmaps";
        if (isCopy) refused += 1;
        return isCopy;
      },
    });
    rig.place("ConfigMap", "settings", { data: {} });
    const line = (): string | null | undefined => rig.rig.propagator.engine.members.get("m1")?.load.limitedBy;
    await reached("it was refused five times", () => refused === 5);
    await reached("that is said", () => rig.report("ConfigMap", "settings").status === "CreationFailed");
    assert.equal(line(), "priority-and-fairness");
    const { message, code } = rig.report("ConfigMap", "settings");
    assert.deepEqual([code, /priority and fairness of the API server/.test(message)], [429, true]);
    await reached("the other is served", () => rig.report("ConfigMap", "settings", "m2").status === "");
    remove?.();
    const startMs = clock.nowMs();
    await reached("it is made", () => rig.report("ConfigMap", "settings").status === "");
    assert.ok(clock.nowMs() - startMs < 3_000, `after ${clock.nowMs() - startMs} ms`);
  });
});
