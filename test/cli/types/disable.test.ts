/** `fedns disable`: what goes, what stays, what is refused, and how long it waits for a controller. */
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { before, describe, it } from "node:test";
import { type ClusterConnection, connect } from "../../../src/cli/clusters/connect.ts";
import { StepRunner } from "../../../src/cli/clusters/runner.ts";
import { untilLetGo } from "../../../src/cli/types/let-go.ts";
import { systemClock } from "../../../src/kernel/clock.ts";
import type { ApiServer } from "../../../src/sandbox/api-server.ts";
import { HurriedClock } from "../../support/hurried-clock.ts";
import { temporaryFolder } from "../../support/fedns.ts";
import { startPlane } from "../../run/propagate/plane-rig.ts";
import { atEnd, suiteScope } from "../../support/programs.ts";
import { until } from "../../support/until.ts";
import { definitionIn, type Loose, NAMESPACE, typeConfigIn } from "../clusters/host-content.ts";
import { recordRequests, type Rig, startRig, writesIn } from "../clusters/rig.ts";
import { fakeSession } from "../fake-session.ts";

const FINALIZER = "kubefed.io/sync-controller";
const TYPES = { apiVersion: "types.kubefed.io/v1beta1", namespace: "shop" };

function putFederated(host: ApiServer, kind: string, name: string, finalizers: readonly string[]): void {
  host.objects.put({
    apiVersion: TYPES.apiVersion,
    kind,
    metadata: { namespace: "shop", name, finalizers: [...finalizers] },
    spec: { template: { data: { a: "b" } }, placement: { clusterSelector: {} } },
  });
}

describe("fedns disable", () => {
  const scope = suiteScope();
  let rig: Rig;
  let host: ApiServer;
  before(async () => {
    rig = await startRig(scope, ["host"]);
    host = rig.servers["host"] as ApiServer;
    host.objects.put({ apiVersion: "v1", kind: "Namespace", metadata: { name: "shop" } });
    assert.equal((await rig.fedns("init")).code, 0);
    assert.equal((await rig.fedns("enable", "namespaces", "configmaps", "secrets")).code, 0);
    assert.equal((await rig.fedns("enable", "jobs", "--federated-group", "types.example.com")).code, 0);
    putFederated(host, "FederatedConfigMap", "settings", [FINALIZER, "example.com/theirs"]);
    putFederated(host, "FederatedSecret", "key", [FINALIZER]);
  });

  it("writes nothing in a dry run", async () => {
    const { sent, stop } = recordRequests(scope);
    const { code, out, err } = await rig.fedns("disable", "configmaps", "--dry-run");
    stop();
    assert.equal(code, 0, err);
    assert.match(out + err, /FederatedConfigMap shop\/settings would lose its finalizer/);
    assert.deepEqual(writesIn(sent), []);
  });

  it("takes off its own finalizers and deletes the FederatedTypeConfig; objects and definition stay", async () => {
    const { code, steps, err } = await rig.fedns("disable", "cm");
    assert.equal(code, 0, err);
    assert.deepEqual(steps, [
      `FederatedTypeConfig ${NAMESPACE}/configmaps set to Disabled`,
      `FederatedConfigMap shop/settings lost its finalizer ${FINALIZER}`,
      `FederatedTypeConfig ${NAMESPACE}/configmaps deleted`,
    ]);
    assert.match(
      err,
      /copies in the members stay as they are\. 1 objects FederatedConfigMap stay in the host\./,
    );
    const left = host.objects.get({ ...TYPES, kind: "FederatedConfigMap", name: "settings" });
    assert.deepEqual(left?.metadata.finalizers, ["example.com/theirs"]);
    assert.ok(definitionIn(host, "federatedconfigmaps.types.kubefed.io") !== undefined);
    assert.equal(typeConfigIn(host, "configmaps"), undefined);
  });

  it("keeps a definition that has objects, unless it is forced, and then tells everybody to orphan", async () => {
    const { sent, stop } = recordRequests(scope);
    const refused = await rig.fedns("disable", "secrets", "--delete-definition");
    stop();
    assert.equal(refused.code, 1);
    assert.match(
      refused.err,
      /FederatedSecret shop\/key exists, and would be deleted with it; delete them first, or use --force/,
    );
    assert.deepEqual(writesIn(sent), []);
    const writes = recordRequests(scope);
    const forced = await rig.fedns("disable", "secrets", "--delete-definition", "--force");
    writes.stop();
    assert.equal(forced.code, 0, forced.err);
    const patch = writes.sent.find(
      ({ path, method }) => method === "PATCH" && path.endsWith("/federatedsecrets/key"),
    );
    const { metadata } = (patch?.body ?? {}) as Loose;
    assert.deepEqual([metadata.finalizers, metadata.annotations], [[], { "kubefed.io/orphan": "true" }]);
    await host.settled();
    assert.equal(definitionIn(host, "federatedsecrets.types.kubefed.io"), undefined);
  });

  it("takes the rights of another group back", async () => {
    const { code, steps, err } = await rig.fedns("disable", "jobs", "--delete-definition");
    assert.equal(code, 0, err);
    const name = "fedns:federatedjobs.types.example.com";
    assert.ok(
      steps.includes(`ClusterRoleBinding ${name} deleted`) && steps.includes(`ClusterRole ${name} deleted`),
    );
    await host.settled();
    assert.equal(definitionIn(host, "federatedjobs.types.example.com"), undefined);
  });

  it("leaves KubeFed its finalizer while KubeFed runs, and takes off that of a FederatedTypeConfig when it does not", async () => {
    assert.equal((await rig.fedns("enable", "secrets")).code, 0);
    putFederated(host, "FederatedSecret", "key", [FINALIZER]);
    const stored = typeConfigIn(host, "secrets") as Loose;
    const finalizers = ["core.kubefed.io/federated-type-config"];
    host.objects.put({ ...stored, metadata: { ...stored["metadata"], finalizers } } as never);
    const lock = { namespace: NAMESPACE, name: "kubefed-controller-manager" };
    const renewTime = new Date().toISOString();
    const leader = JSON.stringify({ holderIdentity: "kubefed-0", leaseDurationSeconds: 15, renewTime });
    const annotations = { "control-plane.alpha.kubernetes.io/leader": leader };
    host.objects.put({ apiVersion: "v1", kind: "ConfigMap", metadata: { ...lock, annotations } });
    const status = { observedGeneration: 9, propagationController: "NotRunning" };
    host.objects.put({ ...typeConfigIn(host, "secrets"), status } as never);
    const { code, steps, err } = await rig.fedns("disable", "secrets");
    assert.equal(code, 0, err);
    assert.ok(
      steps.some((step) => step.includes(`secrets is being deleted, and waits for ${finalizers[0]}`)),
      steps.join(),
    );
    const left = host.objects.get({ ...TYPES, kind: "FederatedSecret", name: "key" });
    assert.deepEqual(left?.metadata.finalizers, [FINALIZER]);
    host.objects.delete({ apiVersion: "v1", kind: "ConfigMap", ...lock });
    const again = await rig.fedns("disable", "secrets");
    assert.equal(again.code, 0, again.err);
    assert.equal(typeConfigIn(host, "secrets"), undefined);
  });

  it("says what is enabled when a word means none of it", async () => {
    const near = await rig.fedns("disable", "namespacs");
    assert.match(near.err, /no type "namespacs" is enabled; did you mean namespaces\?/);
    const far = await rig.fedns("disable", "services");
    assert.equal(far.code, 1);
    assert.match(far.err, /no type "services" is enabled; enabled are namespaces/);
  });

  it("notes what follows for all namespaces", async () => {
    const { code, err } = await rig.fedns("disable", "federatednamespaces");
    assert.equal(code, 0, err);
    assert.match(err, /objects in namespaces are not placed, and their copies stay/);
  });
});

describe("fedns disable while fedns propagates", () => {
  const scope = suiteScope();

  it("ends a type as it does without, although both take finalizers off", async () => {
    const rig = await startRig(scope, ["host"]);
    const host = rig.servers["host"] as ApiServer;
    host.objects.put({ apiVersion: "v1", kind: "Namespace", metadata: { name: "shop" } });
    assert.equal((await rig.fedns("init")).code, 0);
    assert.equal((await rig.fedns("enable", "namespaces", "configmaps")).code, 0);
    putFederated(host, "FederatedConfigMap", "settings", []);
    const folder = await temporaryFolder(scope);
    await writeFile(join(folder, "host.kubeconfig"), host.kubeconfig(), { mode: 0o600 });
    const settings = { host: { kubeconfig: "./host.kubeconfig" }, stateDirectory: "." };
    startPlane(scope, join(folder, "fedns.yaml"), settings);
    const key = { ...TYPES, kind: "FederatedConfigMap", name: "settings" };
    const finalizersOf = (object: Loose | undefined): readonly string[] =>
      object?.["metadata"].finalizers ?? [];
    await until("both are held", () =>
      [host.objects.get(key), typeConfigIn(host, "configmaps")].every(
        (one) => finalizersOf(one).length === 1,
      ),
    );
    const { code, steps, err } = await rig.fedns("disable", "configmaps");
    assert.equal(code, 0, err);
    assert.equal(steps[0], `FederatedTypeConfig ${NAMESPACE}/configmaps set to Disabled`);
    assert.equal(typeConfigIn(host, "configmaps"), undefined);
    assert.deepEqual(finalizersOf(host.objects.get(key)), []);
  });
});

describe("waiting until a controller lets go", () => {
  const scope = suiteScope();
  const wallMs = Date.UTC(2026, 5, 1);
  let rig: Rig;
  let host: ApiServer;
  let connection: ClusterConnection;
  before(async () => {
    rig = await startRig(scope, ["host"]);
    host = rig.servers["host"] as ApiServer;
    assert.equal((await rig.fedns("init")).code, 0);
    assert.equal((await rig.fedns("enable", "secrets")).code, 0);
    const { signal } = new AbortController();
    connection = await connect({
      name: "host",
      kubeconfig: rig.kubeconfig,
      context: "host",
      clock: systemClock,
      signal,
    });
    atEnd(scope, () => connection.transport.close());
  });

  /** Resolves with the time that was waited, and what was said. */
  const wait = async (clock: HurriedClock): Promise<{ readonly waitedMs: number; readonly said: string }> => {
    const session = fakeSession();
    const { signal } = new AbortController();
    const runner = new StepRunner({ session, signal, isDryRun: false, output: undefined });
    const resource = { group: "core.kubefed.io", version: "v1beta1", plural: "federatedtypeconfigs" };
    const key = { resource, namespace: NAMESPACE, name: "secrets" };
    await untilLetGo({ runner, host: connection, clock, signal, namespace: NAMESPACE, key });
    return { waitedMs: clock.nowMs(), said: session.complained() };
  };
  const hold = (): void => {
    const renewTime = new Date(wallMs).toISOString().replace("Z", "000Z");
    const spec = { holderIdentity: "fedns-0", leaseDurationSeconds: 300, renewTime };
    const metadata = { namespace: NAMESPACE, name: "fedns-propagate" };
    host.objects.put({ apiVersion: "coordination.k8s.io/v1", kind: "Lease", metadata, spec });
  };
  const report = (propagationController: string, observedGeneration: number): void => {
    const status = { observedGeneration, propagationController };
    host.objects.put({ ...typeConfigIn(host, "secrets"), status } as never);
  };

  it("takes no time when nobody propagates", async () => {
    assert.deepEqual(await wait(new HurriedClock(undefined, wallMs)), { waitedMs: 0, said: "" });
  });

  it("takes a few seconds when the one who does reports nothing", async () => {
    hold();
    const { waitedMs, said } = await wait(new HurriedClock(undefined, wallMs));
    assert.equal(waitedMs, 3_000);
    assert.equal(said, "note: waiting until fedns-0 lets go of secrets, up to 3 s\n");
  });

  it("ends when it is reported for this generation, and not before", async () => {
    report("Running", 1);
    const generation = typeConfigIn(host, "secrets")?.["metadata"].generation as number;
    let looks = 0;
    const clock = new HurriedClock(() => {
      looks += 1;
      if (looks === 4) report("NotRunning", generation - 1);
      if (looks === 8) report("NotRunning", generation);
    }, wallMs);
    const { waitedMs } = await wait(clock);
    assert.equal(waitedMs, 2_000);
  });

  it("gives up after ten seconds, with the cure", async () => {
    report("Running", 1);
    await assert.rejects(
      wait(new HurriedClock(undefined, wallMs)),
      /fedns-0 has not let go after 10 s; see its log, and run the command again/,
    );
  });
});
