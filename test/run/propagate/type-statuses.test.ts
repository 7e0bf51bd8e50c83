/** The status of FederatedTypeConfigs, against a real API server: what runs, for which generation, and nothing twice. */
import assert from "node:assert/strict";
import { it } from "node:test";
import { readTypeState } from "../../../src/fleet/host-objects/type-state.ts";
import { parseFederatedTypeConfig } from "../../../src/fleet/host-objects/type-config.ts";
import { freePermit } from "../../../src/fleet/kube/write-permit.ts";
import { systemClock } from "../../../src/kernel/clock.ts";
import { TypeStatuses } from "../../../src/run/propagate/type-statuses.ts";
import { installHostTypes } from "../../../src/sandbox/host-types.ts";
import { startRig } from "../../propagate/rig.ts";
import { until } from "../../support/until.ts";

const SYSTEM = "kube-federation-system";
const KEY = {
  apiVersion: "core.kubefed.io/v1beta1",
  kind: "FederatedTypeConfig",
  namespace: SYSTEM,
  name: "configmaps",
} as const;

it("says whether a type is propagated, for the generation that it has", async (t) => {
  const rig = await startRig(t, { members: [], isRunning: false });
  await installHostTypes(rig.host.objects);
  const put = (propagation: string, statusCollection: string): void => {
    const type = { version: "v1", kind: "ConfigMap", pluralName: "configmaps", scope: "Namespaced" };
    const federatedType = {
      group: "types.kubefed.io",
      version: "v1beta1",
      kind: "FederatedConfigMap",
      pluralName: "federatedconfigmaps",
      scope: "Namespaced",
    };
    const { apiVersion, kind, namespace, name } = KEY;
    const spec = { targetType: type, federatedType, propagation, statusCollection };
    rig.host.objects.put({ apiVersion, kind, metadata: { namespace, name }, spec } as never);
  };
  const object = (): any => rig.host.objects.get(KEY);
  const statuses = new TypeStatuses({
    transport: rig.hostTransport,
    namespace: SYSTEM,
    permit: freePermit(10),
    signal: new AbortController().signal,
    clock: systemClock,
  });
  const follow = (): void => {
    const { value } = parseFederatedTypeConfig(object());
    const state = readTypeState("configmaps", object());
    statuses.follow(value === null ? [] : [value], new Map([["configmaps", state]]));
  };

  put("Enabled", "Enabled");
  follow();
  await until("it runs", () => object().status?.propagationController === "Running");
  assert.deepEqual(object().status, {
    observedGeneration: object().metadata.generation,
    propagationController: "Running",
    statusController: "Running",
  });
  const { resourceVersion } = object().metadata;
  follow();
  put("Disabled", "Disabled");
  await until("it does not run", () => {
    follow();
    return object().status?.propagationController === "NotRunning";
  });
  assert.equal(object().status.observedGeneration, object().metadata.generation);
  assert.equal(Number(object().metadata.resourceVersion) - Number(resourceVersion), 2);
});
