/** `fedns pause` and `fedns resume`: an order in the host, given and taken back, twice each. */
import assert from "node:assert/strict";
import { it } from "node:test";
import { startRig } from "../clusters/rig.ts";

it("fedns pause leaves an order in the host until fedns resume", async (t) => {
  const rig = await startRig(t, ["host"]);
  const key = {
    apiVersion: "v1",
    kind: "ConfigMap",
    namespace: "kube-federation-system",
    name: "fedns-pause",
  };
  const early = await rig.fedns("pause");
  assert.deepEqual([early.code, /create the namespace/.test(early.err)], [1, true], early.err);
  assert.equal((await rig.fedns("init")).code, 0);
  const first = await rig.fedns("pause", "--reason", "upgrade");
  assert.deepEqual([first.code, first.out], [0, "paused: nothing is sent after 12 seconds from now\n"]);
  assert.equal((rig.servers["host"]?.objects.get(key) as any)?.data.reason, "upgrade");
  const second = await rig.fedns("pause");
  assert.match(second.out, /^paused already by \S+ since \d{4}-/);
  const resumed = await rig.fedns("resume");
  assert.match(resumed.out, /^resumed: \S+ had paused all writes since \d{4}-/);
  assert.equal(rig.servers["host"]?.objects.get(key), undefined);
  assert.deepEqual([(await rig.fedns("resume")).out, second.code], ["nothing was paused\n", 0]);
});
