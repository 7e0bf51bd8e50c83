/** `fedns forget workloads`: an order on the KubeFedCluster. */
import assert from "node:assert/strict";
import { it } from "node:test";
import { startRig } from "../clusters/rig.ts";

it("fedns forget workloads leaves the time of the order on the KubeFedCluster", async (t) => {
  const rig = await startRig(t, ["host", "west"]);
  assert.equal((await rig.fedns("init")).code, 0);
  const missing = await rig.fedns("forget", "workloads", "west");
  assert.deepEqual(
    [
      missing.code,
      /KubeFedCluster kube-federation-system\/west: there is no such cluster;/.test(missing.err),
    ],
    [1, true],
    missing.err,
  );
  assert.equal((await rig.fedns("join", "west")).code, 0);
  const { code, out } = await rig.fedns("forget", "workloads", "west");
  assert.deepEqual([code, out.startsWith("forgotten: until west is seen again")], [0, true], out);
  const cluster: any = rig.servers["host"]?.objects.get({
    apiVersion: "core.kubefed.io/v1beta1",
    kind: "KubeFedCluster",
    namespace: "kube-federation-system",
    name: "west",
  });
  assert.match(cluster.metadata.annotations["fedns.io/forget-workloads"], /^\d{4}-\d{2}-\d{2}T.*Z$/);
});
