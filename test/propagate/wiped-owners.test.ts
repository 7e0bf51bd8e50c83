/** A member in which somebody takes all entries out of an object's managedFields: nobody owns its fields then, and we own ours again. */
import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { suiteScope } from "../support/programs.ts";
import { until } from "../support/until.ts";
import { CopyRig } from "./copy-rig.ts";

const PATH = "/api/v1/namespaces/shop/configmaps";

describe("a copy whose managedFields were wiped", () => {
  const scope = suiteScope();
  let rig: CopyRig;
  const managers = (name: string): readonly string[] =>
    (rig.copy("ConfigMap", name).metadata.managedFields ?? []).map(
      ({ manager, operation }: any) => `${manager} ${operation}`,
    );
  const wipe = async (name: string): Promise<void> => {
    const { code } = await rig.client.patch(`${PATH}/${name}`, { metadata: { managedFields: [{}] } });
    assert.equal(code, 200);
  };
  before(async () => {
    rig = await CopyRig.start(scope, ["m1"]);
  });

  it("is ours alone again, and loses what the template gives up", async () => {
    rig.place("ConfigMap", "made", { data: { a: "1", b: "1" } });
    await rig.isInSync("ConfigMap", "made");
    await wipe("made");
    await until("we own it again", () => managers("made").includes("fedns Apply"));
    await until("nobody else does", () => !managers("made").includes("before-first-apply Update"));
    rig.place("ConfigMap", "made", { data: { a: "2" } });
    await until("it has changed", () => rig.copy("ConfigMap", "made").data.a === "2");
    assert.equal("b" in rig.copy("ConfigMap", "made").data, false);
    await rig.isInSync("ConfigMap", "made");
    await rig.restartWithoutWrites();
  });
  it("is ours in what we set when it was adopted, and the member's in all else", async () => {
    const data = { a: "1", b: "1", mine: "1" };
    const body = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "adopted" }, data };
    assert.equal((await rig.client.create(PATH, body)).code, 201);
    await wipe("adopted");
    rig.place("ConfigMap", "adopted", { data: { a: "1", b: "1" } });
    await rig.isInSync("ConfigMap", "adopted");
    rig.place("ConfigMap", "adopted", { data: { a: "2" } });
    await until("it has changed", () => rig.copy("ConfigMap", "adopted").data.a === "2");
    await rig.isInSync("ConfigMap", "adopted");
    assert.deepEqual(rig.copy("ConfigMap", "adopted").data, { a: "2", mine: "1" });
    await rig.restartWithoutWrites();
  });
});
