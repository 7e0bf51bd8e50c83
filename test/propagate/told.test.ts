/** Where KubeFed's definition has no room for the reason of a failure, `kubectl describe` shows it as an Event, once. */
import assert from "node:assert/strict";
import { it } from "node:test";
import { until } from "../support/until.ts";
import { federated, startRig } from "./rig.ts";

it("a failure is told once by an Event about the federated object", async (t) => {
  const rig = await startRig(t, { members: ["m1"] });
  rig.host.objects.put({ apiVersion: "v1", kind: "Namespace", metadata: { name: "shop" } });
  const put = (kind: string, name: string, spec: object): void =>
    void rig.host.objects.put(federated(kind, "shop", name, spec) as never);
  put("FederatedNamespace", "shop", { placement: { clusterSelector: {} }, template: {} });
  const clusterOverrides = [{ path: "/data/missing", value: "x" }];
  put("FederatedConfigMap", "settings", {
    placement: { clusterSelector: {} },
    template: { data: { a: "1" } },
    overrides: [{ clusterName: "m1", clusterOverrides }],
  });
  const events = (): any[] => [...rig.host.objects.list("v1", "Event", "shop")];
  await until("there is an Event", () => events().length > 0);
  await rig.settled();
  assert.deepEqual(
    events().map(({ reason, type, involvedObject }) => [
      type,
      reason,
      involvedObject.kind,
      involvedObject.name,
    ]),
    [["Warning", "ApplyOverridesFailed", "FederatedConfigMap", "settings"]],
  );
  assert.match(events()[0].message, /^m1: the override of \/data\/missing does not fit/);
  rig.restart();
  put("FederatedConfigMap", "other", { placement: { clusterSelector: {} }, template: {} });
  await until("it works", () =>
    Boolean(
      rig.members.get("m1")?.objects.get({
        apiVersion: "v1",
        kind: "ConfigMap",
        namespace: "shop",
        name: "other",
      }),
    ),
  );
  await rig.settled();
  assert.equal(events().length, 1);
});
