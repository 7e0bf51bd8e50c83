/**
 * Two whole fedns on one host, and one Lease: federated objects arrive although holders are killed and cut off, and each change is
 * written once. Leases last 15 seconds, so this is long.
 */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { type ApiServer, startApiServer } from "../../src/sandbox/api-server.ts";
import { isLong } from "../suite/scale.ts";
import { type Fedns, startFedns, temporaryFolder } from "../support/fedns.ts";
import { NAMESPACE, putCluster, putSecret, startHost } from "../support/host-cluster.ts";
import { killHard, suiteScope } from "../support/programs.ts";
import { until } from "../support/until.ts";
import { Wire } from "../support/wire.ts";
import { federated } from "../propagate/rig.ts";

/** A lease that nobody renews any more is taken after 15 s; then there is the next look, and the start of a process. */
const TAKEN_WITHIN_MS = 40_000;
const KILLS = 3;

describe("two fedns with one host", { skip: !isLong && "leases take their time" }, () => {
  const scope = suiteScope();
  let host: ApiServer;
  let member: ApiServer;
  const pair = new Map<string, { readonly fedns: Fedns; readonly wire: Wire }>();
  let memberWrites = 0;

  const holder = (): string => {
    const ref = {
      apiVersion: "coordination.k8s.io/v1",
      kind: "Lease",
      namespace: NAMESPACE,
      name: "fedns-propagate",
    };
    return (host.objects.get(ref) as any)?.spec?.holderIdentity ?? "";
  };
  const identities = new Map<string, string>();
  const noteIdentities = async (): Promise<void> => {
    for (const [user, { fedns }] of pair) {
      const identity = ((await fedns.status()) as any).propagation?.lease?.identity;
      if (identity !== undefined) identities.set(identity, user);
    }
  };
  const holdingUser = async (): Promise<string> => {
    for (;;) {
      await noteIdentities();
      const user = identities.get(holder());
      const status = user === undefined ? null : ((await pair.get(user)?.fedns.status()) as any);
      if (user !== undefined && status?.propagation?.lease?.isHeld === true) return user;
      await delay(200);
    }
  };
  const change = (value: string): void =>
    void host.objects.put(
      federated("FederatedConfigMap", "shop", "settings", {
        template: { data: { value } },
        placement: { clusterSelector: {} },
      }) as never,
    );
  const arrives = (value: string): Promise<void> =>
    until(
      `${value} arrives`,
      () => {
        const ref = { apiVersion: "v1", kind: "ConfigMap", namespace: "shop", name: "settings" };
        return (member.objects.get(ref) as any)?.data?.value === value;
      },
      TAKEN_WITHIN_MS,
    );

  before(async () => {
    host = await startHost();
    member = await startApiServer({ name: "m1" });
    putSecret(host, "m1", member.token);
    putCluster(host, "m1", member);
    host.objects.put({ apiVersion: "v1", kind: "Namespace", metadata: { name: "shop" } });
    for (const [name, kind, group, isNamespaced] of [
      ["namespaces", "Namespace", "", false],
      ["configmaps", "ConfigMap", "", true],
    ] as const)
      host.objects.put({
        apiVersion: "core.kubefed.io/v1beta1",
        kind: "FederatedTypeConfig",
        metadata: { name, namespace: NAMESPACE },
        spec: {
          propagation: "Enabled",
          targetType: {
            group,
            version: "v1",
            kind,
            pluralName: name,
            scope: isNamespaced ? "Namespaced" : "Cluster",
          },
          federatedType: {
            group: "types.kubefed.io",
            version: "v1beta1",
            kind: `Federated${kind}`,
            pluralName: `federated${name}`,
            scope: "Namespaced",
          },
        },
      });
    host.objects.put(
      federated("FederatedNamespace", "shop", "shop", { placement: { clusterSelector: {} } }) as never,
    );
    member.faults.add({
      effect: { kind: "refuse", code: 500 },
      when: (request) => {
        if ("resource" in request && request.isWrite && request.resource === "configmaps") memberWrites += 1;
        return false;
      },
    });
    for (const user of ["anna", "ben"]) {
      const directory = await temporaryFolder(scope);
      const wire = await Wire.lay(scope, host.port);
      const kubeconfig = host
        .kubeconfig(await host.issueClient(user))
        .replace(`:${host.port}`, `:${wire.port}`);
      writeFileSync(join(directory, "host.kubeconfig"), kubeconfig, { mode: 0o600 });
      const settings = { host: { kubeconfig: "./host.kubeconfig" }, clusters: [] };
      pair.set(user, { fedns: await startFedns(scope, { directory, settings }), wire });
    }
  });
  after(() => Promise.all([host, member].map((server) => server.close())));

  it("has one that writes", async () => {
    change("first");
    await arrives("first");
    assert.ok(["anna", "ben"].includes(await holdingUser()));
  });
  it(
    "goes on when the holder is killed, and killed again",
    { timeout: KILLS * 2 * TAKEN_WITHIN_MS },
    async () => {
      for (let i = 0; i < KILLS; i++) {
        const user = await holdingUser();
        const status = (await pair.get(user)?.fedns.status()) as any;
        killHard(status?.processes.propagate.pid);
        change(`after kill ${i}`);
        await arrives(`after kill ${i}`);
      }
    },
  );
  it(
    "goes on when the holder is cut off from the host, and writes nothing twice",
    { timeout: 3 * TAKEN_WITHIN_MS },
    async () => {
      const user = await holdingUser();
      const before = memberWrites;
      pair.get(user)?.wire.swallow();
      change("after the cut");
      await arrives("after the cut");
      const other = await holdingUser();
      assert.notEqual(other, user);
      await pair.get(user)?.wire.mend();
      change("after the mend");
      await arrives("after the mend");
      assert.equal(memberWrites - before, 2);
    },
  );
});
