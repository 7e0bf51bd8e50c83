/**
 * A propagate process that is killed, in a whole fedns: the next one of the same replica has its lease at once if nothing was under
 * way, and else not before what was under way has timed out.
 */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, it } from "node:test";
import { RENEW_DEADLINE_MS } from "../../../src/fleet/lease/elector.ts";
import { type ApiServer, startApiServer } from "../../../src/sandbox/api-server.ts";
import { federated } from "../../propagate/rig.ts";
import { inLong } from "../../suite/scale.ts";
import { type Fedns, startFedns, temporaryFolder } from "../../support/fedns.ts";
import { NAMESPACE, putCluster, putSecret, startHost } from "../../support/host-cluster.ts";
import { atEnd, killHard, suiteScope } from "../../support/programs.ts";
import { until } from "../../support/until.ts";

const LEASE = {
  apiVersion: "coordination.k8s.io/v1",
  kind: "Lease",
  namespace: NAMESPACE,
  name: "fedns-propagate",
};
type LeaseSpec = { readonly holderIdentity: string; readonly acquireTime: string };

describe("a propagate process that is killed", { ...inLong, timeout: 120_000 }, () => {
  const scope = suiteScope();
  let host: ApiServer;
  let member: ApiServer;
  let fedns: Fedns;

  const lease = (): LeaseSpec | undefined => host.objects.get(LEASE)?.["spec"] as LeaseSpec | undefined;
  const change = (value: string): void =>
    void host.objects.put(
      federated("FederatedConfigMap", "shop", "settings", {
        template: { data: { value } },
        placement: { clusterSelector: {} },
      }) as never,
    );
  const arrives = (value: string): Promise<void> =>
    until(`${value} arrives`, () => {
      const ref = { apiVersion: "v1", kind: "ConfigMap", namespace: "shop", name: "settings" };
      const data = member.objects.get(ref)?.["data"] as Readonly<Record<string, string>> | undefined;
      return data?.["value"] === value;
    });
  /** Its status is written, so nothing is under way. */
  const isReported = (): Promise<void> =>
    until("all is reported", () =>
      ["Namespace shop", "ConfigMap settings"].every((one) => {
        const [kind = "", name = ""] = one.split(" ");
        const type = { apiVersion: "types.kubefed.io/v1beta1", kind: `Federated${kind}` };
        const object = host.objects.get({ ...type, namespace: "shop", name }) as any;
        const ready = object?.status?.conditions?.find(({ type: one }: { type: string }) => one === "Ready");
        return ready?.status === "True" && object.status.observedGeneration === object.metadata.generation;
      }),
    );
  /** Resolves with the Lease as its next holder took it. */
  const killed = async (): Promise<LeaseSpec> => {
    const status = await fedns.status();
    const last = lease() as LeaseSpec;
    assert.equal(status.propagation.lease.identity, last.holderIdentity);
    killHard(status.processes.propagate.pid as number);
    await until("another process has the lease", () => lease()?.holderIdentity !== last.holderIdentity);
    return lease() as LeaseSpec;
  };
  const between = (from: string, to: string): number => Date.parse(to) - Date.parse(from);

  before(async () => {
    host = await startHost();
    member = await startApiServer({ name: "m1" });
    atEnd(scope, () => Promise.all([host.close(), member.close()]).then(() => undefined));
    putSecret(host, "m1", member.token);
    putCluster(host, "m1", member);
    host.objects.put({ apiVersion: "v1", kind: "Namespace", metadata: { name: "shop" } });
    for (const [name, kind, scopeOfKind] of [
      ["namespaces", "Namespace", "Cluster"],
      ["configmaps", "ConfigMap", "Namespaced"],
    ] as const) {
      const target = { group: "", version: "v1", kind, pluralName: name, scope: scopeOfKind };
      const names = { kind: `Federated${kind}`, pluralName: `federated${name}` };
      const own = { group: "types.kubefed.io", version: "v1beta1", ...names, scope: "Namespaced" };
      host.objects.put({
        apiVersion: "core.kubefed.io/v1beta1",
        kind: "FederatedTypeConfig",
        metadata: { name, namespace: NAMESPACE },
        spec: { propagation: "Enabled", targetType: target, federatedType: own },
      });
    }
    host.objects.put(
      federated("FederatedNamespace", "shop", "shop", { placement: { clusterSelector: {} } }) as never,
    );
    const directory = await temporaryFolder(scope);
    writeFileSync(join(directory, "host.kubeconfig"), host.kubeconfig(), { mode: 0o600 });
    const settings = { host: { kubeconfig: "./host.kubeconfig" }, clusters: [] };
    fedns = await startFedns(scope, { directory, settings });
    change("first");
    await arrives("first");
  });

  it("at rest is followed by one that takes its lease at once", async () => {
    await isReported();
    let looks = 0;
    const remove = host.faults.add({
      effect: { kind: "refuse", code: 500 },
      when: (request) => {
        if (!request.isWrite && "resource" in request && request.name === LEASE.name) looks += 1;
        return false;
      },
    });
    const next = await killed();
    remove();
    assert.equal(looks, 1, "it looked at the lease, and took it");
    assert.match(next.holderIdentity, /_1$/);
    change("after a kill");
    await arrives("after a kill");
  });

  it("in the middle of a write is followed when that can come no more", async () => {
    const isWrite = new Promise<void>((resolve) => {
      member.faults.add({
        effect: { kind: "late", ms: 1_000 },
        times: 1,
        when: (request) => {
          const isIt = request.isWrite && "resource" in request && request.resource === "configmaps";
          if (isIt) resolve();
          return isIt;
        },
      });
    });
    change("late");
    await isWrite;
    const killedAt = new Date().toISOString();
    const next = await killed();
    assert.ok(between(killedAt, next.acquireTime) >= RENEW_DEADLINE_MS, "it did not wait");
    change("last");
    await arrives("last");
  });
});
