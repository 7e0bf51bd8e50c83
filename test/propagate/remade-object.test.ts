/** A federated object that is deleted and made again while a status is on its way: the new one does not get the status of the old. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { suiteScope } from "../support/programs.ts";
import { until } from "../support/until.ts";
import { CopyRig } from "./copy-rig.ts";

const KEY = {
  apiVersion: "types.kubefed.io/v1beta1",
  kind: "FederatedConfigMap",
  namespace: "shop",
  name: "settings",
};
const PLURAL = "federatedconfigmaps";

describe("a federated object that is made again", () => {
  const scope = suiteScope();
  it("has no status but its own", async () => {
    const rig = await CopyRig.start(scope, ["m1"]);
    const { host } = rig.rig;
    rig.place("ConfigMap", "settings", { data: { a: "1" } });
    await rig.isInSync("ConfigMap", "settings");
    const old = host.objects.get(KEY);
    /** What each status that is written is about, by uid. */
    const written: [string, unknown][] = [];
    host.webhooks.add({
      name: "witness",
      kind: "validating",
      when: ({ resource, subresource }) => resource.plural === PLURAL && subresource === "status",
      ask: ({ object }) => {
        const status = object?.["status"] as { readonly observedGeneration?: unknown } | undefined;
        written.push([object?.metadata.uid ?? "", status?.observedGeneration]);
        return { isAllowed: true };
      },
    });
    let isHeld = false;
    const remove = host.faults.add({
      effect: { kind: "delay", ms: 500 },
      when: (request) => {
        const isStatus =
          "resource" in request &&
          request.isWrite &&
          request.resource === PLURAL &&
          request.subresource === "status";
        isHeld ||= isStatus;
        return isStatus;
      },
      times: 1,
    });
    host.objects.put({ ...(old as any), spec: { ...(old as any).spec, template: { data: { a: "2" } } } });
    await until("its status is on its way", () => isHeld);
    host.objects.put({ ...(host.objects.get(KEY) as any), metadata: { ...KEY, finalizers: [] } } as never);
    host.objects.delete(KEY);
    rig.place("ConfigMap", "settings", { data: { a: "3" } });
    const uid = host.objects.get(KEY)?.metadata.uid;
    assert.notEqual(uid, old?.metadata.uid);
    await until("the new one has a status", () => written.some(([about]) => about === uid));
    await rig.isInSync("ConfigMap", "settings");
    remove();
    assert.deepEqual(
      [...new Set(written.filter(([about]) => about === uid).map(([, generation]) => generation))],
      [1],
    );
  });
});
