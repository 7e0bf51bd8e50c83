/** A namespace that was away in a member: what is to be in it need not wait for long, once it has come. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { FakeClock } from "../support/fake-clock.ts";
import { suiteScope } from "../support/programs.ts";
import { until } from "../support/until.ts";
import { CopyRig } from "./copy-rig.ts";

const FIRST_RETRY_MS = 5_000;
const PATH = "/api/v1/namespaces/shop";

describe("a namespace that a member deletes", () => {
  const scope = suiteScope();
  it("has its copies again as soon as it is there again", async () => {
    const clock = new FakeClock();
    const rig = await CopyRig.start(scope, ["m1"], { clock });
    const reached = (claim: string, condition: () => boolean): Promise<void> =>
      until(claim, () => {
        clock.advance(1);
        return condition();
      });
    const finalizers = ["example.com/holds"];
    for (const name of ["a", "b", "c"]) rig.place("ConfigMap", name, { data: { a: "1" } });
    for (const name of ["a", "b", "c"])
      await reached(`${name} is made`, () => rig.report("ConfigMap", name).status === "");
    await rig.client.patch(`${PATH}/configmaps/a`, { metadata: { finalizers } });
    rig.rig.members.get("m1")?.objects.delete({ apiVersion: "v1", kind: "Namespace", name: "shop" });
    // The namespace is going, and takes nothing new.
    for (const name of ["b", "c"])
      await reached(`${name} is refused`, () => rig.report("ConfigMap", name).status === "CreationFailed");
    const refusedMs = clock.nowMs();
    await rig.client.patch(`${PATH}/configmaps/a`, { metadata: { finalizers: null } });
    for (const name of ["a", "b", "c"])
      await reached(
        `${name} is there again`,
        () => rig.report("ConfigMap", name).status === "" && rig.copy("ConfigMap", name) !== null,
      );
    assert.ok(clock.nowMs() - refusedMs < FIRST_RETRY_MS * 0.75, `after ${clock.nowMs() - refusedMs} ms`);
  });
});
