/** `fedns pause` and `fedns resume`: an order in the host, given and taken back, twice each. */
import assert from "node:assert/strict";
import { it } from "node:test";
import { startRig } from "../clusters/rig.ts";

it("fedns resume ends what fedns has paused by itself, and says what it was", async (t) => {
  const rig = await startRig(t, ["host"]);
  assert.equal((await rig.fedns("init")).code, 0);
  const metadata = { namespace: "kube-federation-system", name: "fedns-changes" };
  const data = {
    state: "paused",
    reason: "30 of 40 federated objects were deleted",
    since: "2026-01-31T12:00:00Z",
  };
  const manifest = { apiVersion: "v1", kind: "ConfigMap", metadata, data };
  rig.servers["host"]?.objects.put(manifest as never);
  const { out, code } = await rig.fedns("resume");
  assert.deepEqual(
    [code, out],
    [
      0,
      "resumed: fedns had paused changes of copies since 2026-01-31T12:00:00Z: 30 of 40 federated objects were deleted\n",
    ],
  );
  const after: any = rig.servers["host"]?.objects.get({ apiVersion: "v1", kind: "ConfigMap", ...metadata });
  assert.equal(after.data.state, "resumed");
  assert.ok(Date.parse(after.data.resumedAt) > 0);
  assert.equal((await rig.fedns("resume")).out, "nothing was paused\n");
});

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
