/** Plain HorizontalPodAutoscalers of Federation v1: their minimum and maximum are split, and go to where the load is. */
import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { suiteScope } from "../support/programs.ts";
import { until } from "../support/until.ts";
import { PlainRig, SELECTOR } from "./plain-rig.ts";
import { typeOf } from "./rig.ts";

const KIND = "HorizontalPodAutoscaler";
const MEMBERS = ["m1", "m2", "m3"];
const TYPE = typeOf({
  kind: KIND,
  plural: "horizontalpodautoscalers",
  group: "autoscaling",
  version: "v2",
});
const LONG_AGO = "2026-01-01T00:00:00Z";

describe("a plain HorizontalPodAutoscaler", () => {
  const scope = suiteScope();
  let rig: PlainRig;
  before(async () => {
    rig = await PlainRig.start(scope, MEMBERS, { types: [TYPE], servers: { runsWorkloads: false } });
  });
  const put = (clusters: readonly string[], minReplicas: number, maxReplicas: number): void => {
    const selector = JSON.stringify([{ key: "name", operator: "In", values: clusters }]);
    const scaleTargetRef = { apiVersion: "apps/v1", kind: "Deployment", name: "web" };
    rig.put(KIND, "web", { [SELECTOR]: selector }, { spec: { scaleTargetRef, minReplicas, maxReplicas } });
  };
  const bounds = (): readonly string[] =>
    MEMBERS.map((member) => {
      const { spec } = rig.copy(KIND, "web", member) ?? {};
      return spec === undefined ? "none" : `${spec.minReplicas}-${spec.maxReplicas}`;
    });
  const become = async (...expected: readonly string[]): Promise<void> => {
    await until(`it has ${expected.join(" ")}`, () => bounds().join() === expected.join());
    await rig.settled();
    assert.deepEqual(bounds(), expected);
  };
  const scales = (member: string, replicas: number): void => {
    const status = { currentReplicas: replicas, desiredReplicas: replicas, lastScaleTime: LONG_AGO };
    rig.rig.members.get(member)?.objects.putStatus(rig.copy(KIND, "web", member), status);
  };

  it("is split over the clusters that its selector selects", async () => {
    put(["m1", "m2"], 2, 10);
    await become("1-5", "1-5", "none");
  });
  it("gives a replica to the cluster that needs it, from one that does not", async () => {
    scales("m2", 1);
    scales("m1", 5);
    await become("1-6", "1-4", "none");
  });
  it("has the sum of its copies as its status", async () => {
    await until("the sums are there", () => rig.object(KIND, "web").status?.currentReplicas === 6);
    assert.equal(rig.object(KIND, "web").status.lastScaleTime, LONG_AGO);
  });
  it("has all of it again when another cluster is not selected any more", async () => {
    put(["m1"], 2, 10);
    await become("2-10", "none", "none");
  });
  it("does not give away what a cluster has that is not seen", async () => {
    put(["m1", "m3"], 2, 10);
    await until("both have one", () => !bounds()[2]?.includes("none"));
    await rig.settled();
    const [, , before] = bounds();
    await rig.rig.wires.get("m3")?.refuse();
    const { engine } = rig.rig.propagator;
    await until("m3 is not seen", () => engine.members.get("m3")?.viewOf(TYPE.name) === "not-seen");
    put(["m1", "m3"], 2, 20);
    const most = Number(before?.split("-")[1]);
    await until("the rest is given", () => Number(bounds()[0]?.split("-")[1]) === 20 - most);
    assert.equal(bounds()[2], before);
  });
});
