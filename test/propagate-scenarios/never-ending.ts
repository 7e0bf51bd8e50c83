/** Scenarios that never ended: 6 and 7; see scenarios.test.ts. */
import assert from "node:assert/strict";
import { it } from "node:test";
import { until } from "../support/until.ts";
import { type Loose, to, web } from "./objects.ts";
import { OWNER, type Stage } from "./stage.ts";

const SYSTEM = "kube-federation-system";

export function neverEnding(stage: () => Stage): void {
  it("6 a deletion does not hang on a dead member, and is remembered there", async (t) => {
    const s = stage();
    t.after(() => s.wire("m3").mend());
    await s.namespace("six");
    s.place("Deployment", "six", "web", { template: web(2) });
    await s.isReady("Deployment", "six", "web");
    await s.wire("m3").refuse();
    await s.says("Deployment", "six", "web", "m3", "ClusterNotReady");
    s.remove("Deployment", "six", "web");
    await until("it is gone where it can be", () =>
      ["m1", "m2"].every((member) => s.copy(member, "Deployment", "six", "web") === null),
    );
    // The namespace of the host, and all that is in it, is given up as well.
    s.host.objects.delete({ apiVersion: "v1", kind: "Namespace", name: "six" });
    await until("the namespace is gone where it can be", () =>
      ["m1", "m2"].every((member) => s.copy(member, "Namespace", "", "six") === null),
    );
    const line = (): Loose | undefined => s.lineOf("Deployment", "six", "web", "m3");
    await until("the cure is told", () => /fedns forget workloads m3/.test(line()?.["message"])).catch(() =>
      assert.fail(JSON.stringify(line())),
    );
    assert.equal(line()?.["status"], "ClusterNotReady");
    assert.ok(Date.parse(line()?.["lastTransitionTime"]) <= Date.now());
    const inHost = (): unknown => s.host.objects.get({ apiVersion: "v1", kind: "Namespace", name: "six" });
    assert.notEqual(inHost(), undefined);
    const forgotten = await s.rig.fedns("forget", "workloads", "m3");
    assert.equal(forgotten.code, 0, forgotten.err);
    await until("it is gone in the host", () => s.inHost("Deployment", "six", "web") === null);
    await until("the namespace is gone in the host", () => inHost() === undefined);
    assert.notEqual(s.copy("m3", "Deployment", "six", "web"), null);
    await s.wire("m3").mend();
    await until(
      "it is gone in the member that is back",
      () => s.copy("m3", "Deployment", "six", "web") === null,
    );
    await until("and its namespace", () => s.copy("m3", "Namespace", "", "six") === null);
    const { propagation } = await s.serve.status();
    assert.equal(typeof propagation.journal, "number");
  });

  it("7 unjoin ends without the member and without its Secret, and says what may be left", async (t) => {
    const s = stage();
    t.after(() => s.wire("m3").mend());
    await s.namespace("seven", ["m1", "m3"]);
    s.place("ConfigMap", "seven", "settings", { template: { data: { a: "1" } }, ...to("m1", "m3") });
    await s.isReady("ConfigMap", "seven", "settings");
    const { uid } = s.copy("m3", "ConfigMap", "seven", "settings").metadata;
    await s.wire("m3").refuse();
    s.host.objects.delete({ apiVersion: "v1", kind: "Secret", namespace: SYSTEM, name: "fedns-m3" });
    const refused = await s.rig.fedns("unjoin", "m3", "--owner", OWNER);
    assert.equal(refused.code, 1);
    assert.match(refused.err, /run the command with --force\n$/);
    const forced = await s.rig.fedns("unjoin", "m3", "--owner", OWNER, "--force");
    assert.equal(forced.code, 1);
    assert.ok(forced.steps.includes(`KubeFedCluster ${SYSTEM}/m3 deleted`), forced.err);
    assert.match(forced.err, /Nothing was removed in m3: if it comes back, run fedns unjoin m3 again/);
    assert.equal(s.host.objects.get(s.clusterRef("m3")), undefined);
    // It is none any more: a deletion does not wait for it.
    s.place("ConfigMap", "seven", "later", { template: {}, ...to("m1") });
    await s.isReady("ConfigMap", "seven", "later");
    s.remove("ConfigMap", "seven", "later");
    await until("the object is gone", () => s.inHost("ConfigMap", "seven", "later") === null);
    await s.wire("m3").mend();
    await s.join("m3");
    await s.passed("seven", "m3");
    assert.equal(s.copy("m3", "ConfigMap", "seven", "settings").metadata.uid, uid);
  });
}
