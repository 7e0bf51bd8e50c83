/** Plain Jobs of Federation v1: each cluster runs its part once, and the Job in the host is complete when all are. */
import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { suiteScope } from "../support/programs.ts";
import { until } from "../support/until.ts";
import { PlainRig, SELECTOR } from "./plain-rig.ts";
import { typeOf } from "./rig.ts";

const PREFERENCES = "federation.kubernetes.io/job-preferences";
const MEMBERS = ["m1", "m2", "m3"];
const JOBS = typeOf({ kind: "Job", plural: "jobs", group: "batch" });

describe("a plain Job", () => {
  const scope = suiteScope();
  let rig: PlainRig;
  before(async () => {
    rig = await PlainRig.start(scope, MEMBERS, { types: [JOBS], servers: { runsWorkloads: false } });
  });
  const put = (name: string, annotations: object, spec: object = {}): void => {
    const template = { spec: { restartPolicy: "Never", containers: [{ name: "work", image: "work" }] } };
    rig.put("Job", name, annotations, { spec: { parallelism: 3, completions: 9, ...spec, template } });
  };
  const parts = (name: string): readonly string[] =>
    MEMBERS.map((member) => {
      const { spec } = rig.copy("Job", name, member) ?? {};
      return spec === undefined ? "none" : `${spec.parallelism}/${spec.completions}`;
    });
  const become = async (name: string, ...expected: readonly string[]): Promise<void> => {
    await until(`${name} has ${expected.join(" ")}`, () => parts(name).join() === expected.join());
    await rig.settled();
    assert.deepEqual(parts(name), expected);
  };
  const finish = (name: string, member: string, type: "Complete" | "Failed" = "Complete"): void => {
    const job = rig.copy("Job", name, member);
    const time = "2026-11-30T10:00:00Z";
    rig.rig.members.get(member)?.objects.putStatus(job, {
      startTime: time,
      completionTime: time,
      succeeded: type === "Complete" ? job.spec.completions : 0,
      conditions: [{ type, status: "True", reason: "X" }],
    });
  };
  const conditions = (name: string): string =>
    (rig.object("Job", name).status?.conditions ?? [])
      .map(({ type, status }: any) => `${type}=${status}`)
      .join(" ");

  it("is split by its preferences, and by weights alone without them", async () => {
    put("all", { [SELECTOR]: "[]" });
    await become("all", "1/3", "1/3", "1/3");
    put("some", { [PREFERENCES]: JSON.stringify({ clusters: { m1: { weight: 2 }, m3: { weight: 1 } } }) });
    await become("some", "2/6", "none", "1/3");
  });
  it("is complete when all its parts are, and their sums are its own", async () => {
    finish("all", "m1");
    finish("all", "m2");
    await until("six have succeeded", () => rig.object("Job", "all").status?.succeeded === 6);
    assert.equal(conditions("all"), "");
    finish("all", "m3");
    await until("it is complete", () => conditions("all") === "SuccessCriteriaMet=True Complete=True");
    assert.equal(rig.object("Job", "all").status.succeeded, 9);
  });
  it("runs no part again that its cluster has removed, nor after a new start", async () => {
    finish("some", "m1");
    await until("it is written down", () =>
      /"m1":\{[^}]*"end":"Complete"/.test(
        rig.object("Job", "some").metadata.annotations["fedns.io/job-shares"],
      ),
    );
    rig.rig.members
      .get("m1")
      ?.objects.delete({ apiVersion: "batch/v1", kind: "Job", namespace: "shop", name: "some" });
    await become("some", "none", "none", "3/3");
    rig.rig.restart();
    put("marker", { [SELECTOR]: "[]" });
    await become("marker", "1/3", "1/3", "1/3");
    await become("some", "none", "none", "3/3");
    finish("some", "m3");
    await until("it is complete", () => conditions("some").endsWith("Complete=True"));
  });
  it("has failed when a part has", async () => {
    finish("marker", "m2", "Failed");
    await until("it has failed", () => conditions("marker") === "FailureTarget=True Failed=True");
  });
  it("is not split when each Pod has an index", async () => {
    put("indexed", { [SELECTOR]: "[]" }, { completionMode: "Indexed" });
    await rig.isTold("Job", "indexed", "ComputePlacementFailed", /use NonIndexed/);
    await become("indexed", "none", "none", "none");
  });
});
