/** KubeFed's lock: read from each place that it has been in, fresh as long as it changes. */
import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import type { Transport } from "../../../src/fleet/kube/transport.ts";
import { KubefedLock, lockRecordOf } from "../../../src/fleet/lease/kubefed-lock.ts";
import { apiObject } from "../../../src/fleet/objects/api-object.ts";
import type { ApiServer } from "../../../src/sandbox/api-server.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { suiteScope } from "../../support/programs.ts";
import { connectedServer } from "../objects/connected-server.ts";

const NAMESPACE = "kube-federation-system";
const { signal } = new AbortController();

function annotation(renewTime: string, holderIdentity = "host_1"): Record<string, string> {
  const record = {
    holderIdentity,
    leaseDurationSeconds: 15,
    acquireTime: "a",
    renewTime,
    leaderTransitions: 2,
  };
  return { "control-plane.alpha.kubernetes.io/leader": JSON.stringify(record) };
}

describe("KubeFed's lock", () => {
  const scope = suiteScope();
  let server: ApiServer;
  let transport: Transport;
  before(async () => {
    ({ server, transport } = await connectedServer(scope));
    server.objects.put({ apiVersion: "v1", kind: "Namespace", metadata: { name: NAMESPACE } });
  });
  const put = (kind: string, renewTime: string, holder?: string): void => {
    const metadata = {
      name: "kubefed-controller-manager",
      namespace: NAMESPACE,
      annotations: annotation(renewTime, holder),
    };
    server.objects.put({ apiVersion: "v1", kind, metadata });
  };

  it("forbids writes while it changes, and for its duration after that, by our clock alone", async () => {
    const clock = new FakeClock();
    const lock = new KubefedLock({ transport, namespace: NAMESPACE, clock });
    assert.equal(await lock.look(signal), null);
    put("ConfigMap", "2001-01-01T00:00:00Z");
    clock.advance(5_000);
    assert.match(
      String(await lock.look(signal)),
      /^KubeFed's controller "host_1" holds its lock in the namespace/,
    );
    clock.advance(10_000);
    put("ConfigMap", "2001-01-01T00:00:01Z");
    assert.notEqual(await lock.look(signal), null);
    clock.advance(14_000);
    assert.notEqual(await lock.look(signal), null);
    clock.advance(1_000);
    assert.equal(await lock.look(signal), null);
  });

  it("is seen in Endpoints and as a Lease too, and not when it was released", async () => {
    const clock = new FakeClock();
    put("ConfigMap", "1", "");
    put("Endpoints", "1", "host_2");
    const lock = new KubefedLock({ transport, namespace: NAMESPACE, clock });
    assert.match(String(await lock.look(signal)), /"host_2"/);
    put("Endpoints", "2", "");
    const metadata = { name: "kubefed-controller-manager", namespace: NAMESPACE };
    const spec = { holderIdentity: "host_3", leaseDurationSeconds: 15 };
    server.objects.put({ apiVersion: "coordination.k8s.io/v1", kind: "Lease", metadata, spec });
    clock.advance(5_000);
    assert.match(String(await lock.look(signal)), /"host_3"/);
  });

  it("that cannot be read is an error, not an answer", async () => {
    const lock = new KubefedLock({ transport, namespace: "no/namespace", clock: new FakeClock() });
    await assert.rejects(lock.look(signal), { code: "KUBE_BAD_NAME" });
  });

  it("is none when its annotation is no record", () => {
    const metadata = { name: "a", uid: "1", resourceVersion: "1" };
    for (const text of ["", "{", "[]", "null", '{"holderIdentity":1}']) {
      const annotations = { "control-plane.alpha.kubernetes.io/leader": text };
      const record = lockRecordOf(apiObject({ metadata: { ...metadata, annotations } }));
      assert.equal(record?.holder ?? "", "");
    }
    assert.equal(lockRecordOf(apiObject({ metadata })), null);
  });
});
