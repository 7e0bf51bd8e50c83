/** A host that does not show its preferences: nothing is written that one of them might be about, and somebody is told. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { it } from "node:test";
import { parse } from "yaml";
import { until } from "../../support/until.ts";
import { CopyRig } from "../copy-rig.ts";

const CRD = new URL("../../../deploy/crds/replicaschedulingpreferences.yaml", import.meta.url);

it("a workload waits until preferences may be read, and a ConfigMap does not", async (t) => {
  const rig = await CopyRig.start(t, ["m1"], { isRunning: false });
  const { host } = rig.rig;
  host.objects.put(parse(readFileSync(CRD, "utf8")));
  host.faults.add({
    effect: { kind: "refuse", code: 403 },
    when: (request) => "resource" in request && request.resource === "replicaschedulingpreferences",
  });
  rig.rig.start();
  const containers = [{ name: "web", image: "web" }];
  const labels = { app: "web" };
  const spec = {
    selector: { matchLabels: labels },
    template: { metadata: { labels }, spec: { containers } },
  };
  rig.place("Deployment", "web", { spec });
  rig.place("ConfigMap", "settings", { data: {} });
  await rig.hasStatus("ConfigMap", "settings", "");
  const refusal = (): string => rig.rig.propagator.preferenceRefusal ?? "";
  await until("it is told", () => /ReplicaSchedulingPreferences .*run fedns init again/.test(refusal()));
  assert.equal(rig.copy("Deployment", "web"), null);
});
