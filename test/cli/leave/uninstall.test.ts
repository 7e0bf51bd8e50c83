/** `fedns uninstall`: copies are released where members can be reached, and a fedns that still runs is waited for. */
import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";
import { uninstall } from "../../../src/cli/leave/uninstall.ts";
import { HurriedClock } from "../../support/hurried-clock.ts";
import { suiteScope } from "../../support/programs.ts";
import { type Loose, NAMESPACE } from "../clusters/host-content.ts";
import { type LeavingRig, runnerFor, startLeavingRig } from "./rig.ts";

const OWN = ["kubefed.io/managed", "fedns.io/owner", "fedns.io/applied"];

describe("fedns uninstall", () => {
  const scope = suiteScope();
  let rig: LeavingRig;
  beforeEach(async () => {
    rig = await startLeavingRig(scope);
    await rig.copy("Namespace", "", "shop");
    await rig.copy("Deployment", "shop", "web");
    rig.host.objects.put({ apiVersion: "v1", kind: "Namespace", metadata: { name: "shop" } });
  });
  const labelsOf = (): readonly string[] | undefined => rig.look("Deployment", "shop", "web")?.labels;

  it("releases the copies in members, and takes finalizers off federated objects of every group", async () => {
    assert.equal((await rig.fedns("enable", "secrets", "--federated-group", "types.example.com")).code, 0);
    const ref = { apiVersion: "types.example.com/v1beta1", kind: "FederatedSecret" };
    const finalizers = ["kubefed.io/sync-controller"];
    rig.host.objects.put({ ...ref, metadata: { namespace: "shop", name: "key", finalizers }, spec: {} });
    const { generation } = rig.look("Deployment", "shop", "web") ?? {};
    const tried = await rig.fedns("uninstall", "--dry-run");
    assert.ok(tried.steps.includes("Deployment shop/web would be released (dry run)"), tried.err);
    assert.deepEqual(labelsOf(), OWN);
    const { code, steps, err } = await rig.fedns("uninstall", "--yes");
    assert.equal(code, 0, err);
    assert.deepEqual(rig.look("Deployment", "shop", "web"), { labels: [], managers: [], generation });
    assert.deepEqual(rig.look("Namespace", "", "shop")?.labels, []);
    const key = rig.host.objects.get({ ...ref, namespace: "shop", name: "key" });
    assert.deepEqual(key?.metadata.finalizers ?? [], []);
    const role = "ClusterRole fedns:federatedsecrets.types.example.com deleted";
    assert.ok(steps.includes(role), steps.join("\n"));
    assert.ok(steps.indexOf(role) < steps.indexOf("Deployment shop/web released"), steps.join("\n"));
  });

  it("leaves the labels with --keep-labels", async () => {
    const { code, err } = await rig.fedns("uninstall", "--yes", "--keep-labels");
    assert.equal(code, 0, err);
    assert.deepEqual(labelsOf(), OWN);
  });

  it("names members that cannot be reached, and takes another context for them", async () => {
    const declared: Loose = rig.host.objects.get({
      apiVersion: "core.kubefed.io/v1beta1",
      kind: "KubeFedCluster",
      namespace: NAMESPACE,
      name: "us-west",
    }) as never;
    rig.host.objects.put({ ...declared, metadata: { ...declared["metadata"], name: "prod" } } as never);
    const { code, err } = await rig.fedns("uninstall", "--yes");
    assert.equal(code, 1);
    assert.match(
      err,
      /prod: its copies keep their labels: there is no context "prod" in .*; name its context with --cluster-contexts prod=CONTEXT/,
    );
    assert.deepEqual(labelsOf(), []);
    const wrong = await rig.fedns("uninstall", "--yes", "--cluster-contexts", "prod=host");
    assert.match(wrong.err, /prod: .* context host leads to another cluster than the one that was joined/);
    const right = await rig.fedns("uninstall", "--yes", "--cluster-contexts", "prod=us-west");
    assert.equal(right.code, 0, right.err);
  });

  const records = (): readonly string[] =>
    ["v1 ConfigMap", "coordination.k8s.io/v1 Lease"].flatMap((type) => {
      const [apiVersion = "", kind = ""] = type.split(" ");
      return rig.host.objects.list(apiVersion, kind, NAMESPACE).map(({ metadata }) => metadata.name);
    });
  const putRecords = (): void => {
    const configMap = (name: string, labels: Loose, data: Loose): void =>
      void rig.host.objects.put({
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: { namespace: NAMESPACE, name, labels },
        data,
      });
    const entry = {
      type: "deployments.apps",
      key: "shop/old",
      cluster: "eu-central",
      clusterUid: null,
      objectUid: "1",
      orphan: null,
      deleteOptions: {},
      since: "2026-06-01T00:00:00Z",
    };
    configMap(
      "fedns-journal-0-1",
      { "fedns.io/journal": "true" },
      { a: JSON.stringify(entry), b: "damaged" },
    );
    configMap("fedns-changes", {}, { state: "resumed" });
    configMap("fedns-pause", {}, { author: "me" });
    configMap("theirs", {}, {});
    for (const name of ["fedns-control", "fedns-propagate", "kubefed"])
      rig.host.objects.put({
        apiVersion: "coordination.k8s.io/v1",
        kind: "Lease",
        metadata: { namespace: NAMESPACE, name },
        spec: {},
      });
  };

  it("takes away what fedns kept for itself, and names deletions that were not carried out", async () => {
    putRecords();
    const before = records();
    const tried = await rig.fedns("uninstall", "--dry-run");
    assert.ok(tried.steps.includes(`ConfigMap ${NAMESPACE}/fedns-changes would be deleted (dry run)`));
    assert.deepEqual(records(), before);
    const { code, err, steps } = await rig.fedns("uninstall", "--yes");
    assert.equal(code, 0, err);
    assert.deepEqual(
      records().filter((name) => name !== "kube-root-ca.crt"),
      ["theirs", "kubefed"],
      steps.join("\n"),
    );
    assert.match(
      err,
      /^note: eu-central: copies of deleted objects stay, since the cluster was not seen after the deletion: deployments\.apps shop\/old$/m,
    );
  });

  /** With a lease that is renewed until `untilMs` of the command's clock. */
  const uninstallBeside = async (
    untilMs: number,
  ): Promise<{ readonly isDone: boolean; readonly said: string; readonly waitedMs: number }> => {
    const wallMs = Date.UTC(2026, 5, 1);
    const renew = (atMs: number): void => {
      const renewTime = new Date(wallMs + atMs).toISOString().replace("Z", "000Z");
      const spec = { holderIdentity: "fedns-0", leaseDurationSeconds: 15, renewTime };
      const metadata = { namespace: NAMESPACE, name: "fedns-propagate" };
      rig.host.objects.put({ apiVersion: "coordination.k8s.io/v1", kind: "Lease", metadata, spec });
    };
    renew(0);
    const clock: HurriedClock = new HurriedClock(() => {
      if (clock.nowMs() <= untilMs) renew(clock.nowMs());
    }, wallMs);
    const { signal } = new AbortController();
    const { runner, session } = runnerFor();
    const isDone = await uninstall({
      runner,
      host: rig.toHost,
      clock,
      signal,
      namespace: NAMESPACE,
      keepsLabels: false,
      owner: null,
      contexts: {},
      connect: () => Promise.resolve({ ...rig.toMember }),
      withDefinitions: true,
    });
    return { isDone, said: session.printed() + session.complained(), waitedMs: clock.nowMs() };
  };

  it("waits for a fedns that runs, whose rights it has taken away", async () => {
    const { isDone, said, waitedMs } = await uninstallBeside(0);
    assert.equal(waitedMs, 15_000);
    assert.equal(isDone, true);
    assert.match(said, /note: waiting until fedns fedns-0 writes no more, up to 20 s/);
    assert.deepEqual(labelsOf(), []);
  });

  it("releases nothing and removes no types beside one that goes on", async () => {
    putRecords();
    const { isDone, said } = await uninstallBeside(Infinity);
    assert.equal(isDone, false);
    assert.match(
      said,
      /fedns fedns-0 still runs: it puts finalizers back, and copies were not released; stop it/,
    );
    assert.match(said, /the types stay: stop fedns first/);
    assert.ok(records().includes("fedns-journal-0-1"));
    assert.deepEqual(labelsOf(), OWN);
  });
});
