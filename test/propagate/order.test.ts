/** Objects that are made together are placed in their order: nothing is sent that has to be refused first. */
import assert from "node:assert/strict";
import { it } from "node:test";
import { interceptRequests } from "../cli/clusters/rig.ts";
import { until } from "../support/until.ts";
import { federated, startRig } from "./rig.ts";

it("what is in a namespace waits for it, although the namespace is not ours yet", async (t) => {
  const rig = await startRig(t, { members: ["m1"] });
  const copy = (): unknown =>
    rig.members
      .get("m1")
      ?.objects.get({ apiVersion: "v1", kind: "ConfigMap", namespace: "shop", name: "settings" });
  const { engine } = rig.propagator;
  const member = engine.members.get("m1");
  const said = (): string | undefined => {
    const row = engine.objects.rowOf({ type: "configmaps", key: "shop/settings" });
    return row === undefined ? undefined : member?.copies.reportOf(row)?.status;
  };
  const writes: string[] = [];
  interceptRequests(t, async ({ method, path }, send) => {
    if (method === "PATCH" && path.startsWith("/api/v1/")) writes.push(path);
    // Our finalizer comes late.
    if (method === "PATCH" && path.includes("federatednamespaces"))
      await until("the copy is worked on", () => said() !== undefined);
    return send();
  });
  rig.host.objects.put({ apiVersion: "v1", kind: "Namespace", metadata: { name: "shop" } });
  const placement = { clusterSelector: {} };
  const put = (kind: string, name: string, template: object): void =>
    void rig.host.objects.put(federated(kind, "shop", name, { placement, template }) as never);
  put("FederatedNamespace", "shop", {});
  put("FederatedConfigMap", "settings", { data: { a: "1" } });
  await until("it is worked on", () => said() !== undefined);
  assert.equal(said(), "WaitingForDependencies");
  await until("the copy is there", () => copy() !== undefined);
  await rig.settled();
  assert.deepEqual(writes, ["/api/v1/namespaces/shop", "/api/v1/namespaces/shop/configmaps/settings"]);
});
