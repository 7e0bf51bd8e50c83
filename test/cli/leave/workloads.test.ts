/** `fedns unjoin --workloads`: what stays, what is released and what is deleted, and what is never touched. */
import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { suiteScope } from "../../support/programs.ts";
import { recordRequests, writesIn } from "../clusters/rig.ts";
import { type Loose, NAMESPACE } from "../clusters/host-content.ts";
import { type LeavingRig, startLeavingRig } from "./rig.ts";

const OWN = ["kubefed.io/managed", "fedns.io/owner", "fedns.io/applied"];

describe("fedns unjoin", () => {
  const scope = suiteScope();
  let rig: LeavingRig;
  const join = async (): Promise<void> => {
    const { code, err } = await rig.fedns("join", "us-west", "--kinds", "namespaces,configmaps,deployments");
    assert.equal(code, 0, err);
  };
  before(async () => {
    rig = await startLeavingRig(scope);
    for (const name of ["shop", "store"]) {
      await rig.copy("Namespace", "", name);
      rig.host.objects.put({ apiVersion: "v1", kind: "Namespace", metadata: { name } });
    }
    await rig.copy("Deployment", "shop", "web");
    await rig.copy("ConfigMap", "shop", "settings");
    // Not ours: another federation's, and one of KubeFed that nobody has taken over.
    await rig.copy("ConfigMap", "shop", "theirs", { "fedns.io/owner": "another" });
    rig.member.objects.put({
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { namespace: "shop", name: "kubefeds", labels: { "kubefed.io/managed": "true" } },
    });
  });

  it("keeps copies as they are, and says how many stay", async () => {
    const { sent, stop } = recordRequests(scope);
    const { code, err } = await rig.fedns("unjoin", "us-west");
    stop();
    assert.equal(code, 0, err);
    assert.match(
      err,
      /note: us-west has 1 configmaps, 1 deployments\.apps, 2 namespaces: they stay as they are, and a new join finds them/,
    );
    assert.deepEqual(rig.look("Deployment", "shop", "web")?.labels, OWN);
    assert.ok(writesIn(sent).every((write) => write.startsWith("DELETE")));
  });

  it("releases copies without a change of content with orphan, and only its own", async () => {
    await join();
    const { generation } = rig.look("Deployment", "shop", "web") ?? {};
    const tried = await rig.fedns("unjoin", "us-west", "--workloads", "orphan", "--dry-run");
    assert.equal(tried.code, 0, tried.err);
    assert.ok(tried.steps.includes("Deployment shop/web would be released (dry run)"), tried.err);
    assert.deepEqual(rig.look("Deployment", "shop", "web")?.labels, OWN);
    const { code, steps, err } = await rig.fedns("unjoin", "us-west", "--workloads", "orphan");
    assert.equal(code, 0, err);
    assert.ok(steps.includes("Deployment shop/web released"));
    assert.deepEqual(rig.look("Deployment", "shop", "web"), { labels: [], managers: [], generation });
    assert.deepEqual(rig.look("Namespace", "", "shop")?.labels, []);
    assert.deepEqual(rig.look("ConfigMap", "shop", "theirs")?.labels, OWN);
    assert.deepEqual(rig.look("ConfigMap", "shop", "kubefeds")?.labels, [OWN[0]]);
  });

  it("takes its rights away before it touches copies", async () => {
    await join();
    await rig.copy("ConfigMap", "store", "late");
    const { steps } = await rig.fedns("unjoin", "us-west", "--workloads", "orphan");
    const [declared, account, copy] = ["KubeFedCluster ", "ServiceAccount ", "ConfigMap "].map((word) =>
      steps.findIndex((step) => step.startsWith(word)),
    ) as [number, number, number];
    assert.ok(declared >= 0 && declared < account && account < copy, steps.join("\n"));
  });

  it("deletes copies; those that were there before, that orphan, or that belong to the cluster are released", async () => {
    await join();
    await rig.copy("ConfigMap", "store", "plain");
    await rig.copy("ConfigMap", "store", "adopted", { "fedns.io/adopted": "true" });
    await rig.copy("ConfigMap", "store", "insisted", { "fedns.io/adopted": "true" });
    await rig.copy("ConfigMap", "store", "orphaned");
    await rig.copy("ConfigMap", "default", "here");
    rig.federate("ConfigMap", "store", "insisted", { "kubefed.io/orphan": "false" });
    rig.federate("ConfigMap", "store", "orphaned", { "kubefed.io/orphan": "true" });
    rig.federate("ConfigMap", "store", "plain", {
      "kubefed.io/deleteoption": '{"propagationPolicy":"Orphan"}',
    });
    const { sent, stop } = recordRequests(scope);
    const { code, steps, err } = await rig.fedns(
      "unjoin",
      "us-west",
      "--workloads",
      "delete",
      "--per-minute",
      "60000",
    );
    stop();
    assert.equal(code, 0, err);
    assert.deepEqual(steps.filter((step) => step.startsWith("ConfigMap ")).sort(), [
      "ConfigMap default/here released",
      "ConfigMap store/adopted released",
      "ConfigMap store/insisted deleted",
      "ConfigMap store/orphaned released",
      "ConfigMap store/plain is being deleted",
    ]);
    assert.equal(rig.look("ConfigMap", "store", "plain"), undefined);
    assert.deepEqual(rig.look("ConfigMap", "default", "here")?.labels, []);
    assert.deepEqual(rig.look("ConfigMap", "shop", "theirs")?.labels, OWN);
    const request = sent.find(
      ({ method, path }) => method === "DELETE" && path.endsWith("/configmaps/plain"),
    );
    const body = request?.body as Loose;
    assert.equal(body["propagationPolicy"], "Orphan");
    assert.ok(body["preconditions"].uid !== "" && body["preconditions"].resourceVersion !== "");
  });

  it("deletes Namespaces last, and keeps one that has anything else in it", async () => {
    await join();
    for (const name of ["empty", "full"]) {
      await rig.copy("Namespace", "", name);
      await rig.copy("Deployment", name, "web");
    }
    rig.member.objects.put({
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { namespace: "full", name: "mine" },
    });
    const { code, steps, err } = await rig.fedns(
      "unjoin",
      "us-west",
      "--workloads",
      "delete",
      "--per-minute",
      "60000",
    );
    assert.equal(code, 1);
    assert.ok(steps.includes("Namespace full kept: it has configmaps/mine"), steps.join("\n"));
    const [workload, empty] = ["Deployment full/web", "Namespace empty"].map((word) =>
      steps.findIndex((step) => step.startsWith(`${word} `)),
    ) as [number, number];
    assert.ok(workload >= 0 && workload < empty, steps.join("\n"));
    assert.match(
      err,
      /left in us-west: 1 namespaces; run the command again to go on, or with --workloads orphan/,
    );
    await rig.member.settled();
    assert.equal(rig.look("Namespace", "", "empty"), undefined);
    assert.deepEqual(rig.look("Namespace", "", "full")?.labels, OWN);
    // It is not joined any more: the copies are found all the same.
    rig.member.objects.delete({ apiVersion: "v1", kind: "ConfigMap", namespace: "full", name: "mine" });
    const again = await rig.fedns("unjoin", "us-west", "--workloads", "delete");
    assert.equal(again.code, 0, again.err);
    assert.doesNotMatch(again.err, /nothing to remove/);
  });

  it("asks for --yes before it deletes more than 20, and writes nothing without", async () => {
    await join();
    await rig.copy("Namespace", "", "many");
    await Promise.all(Array.from({ length: 20 }, (_, i) => rig.copy("ConfigMap", "many", `c${i}`)));
    const { sent, stop } = recordRequests(scope);
    const refused = await rig.fedns("unjoin", "us-west", "--workloads", "delete");
    stop();
    assert.equal(refused.code, 1);
    assert.match(refused.err, /20 configmaps, 1 namespaces: 21 are deleted, in about 1 min/);
    assert.match(refused.err, /21 objects would be deleted in us-west; if that is what you want, add --yes/);
    assert.deepEqual(writesIn(sent), []);
    const agreed = await rig.fedns(
      "unjoin",
      "us-west",
      "--workloads",
      "delete",
      "--yes",
      "--per-minute",
      "60000",
    );
    assert.equal(agreed.code, 0, agreed.err);
  });

  it("finds copies by another owner", async () => {
    await join();
    const { code, steps, err } = await rig.fedns(
      "unjoin",
      "us-west",
      "--workloads",
      "orphan",
      "--owner",
      "another",
    );
    assert.equal(code, 0, err);
    assert.deepEqual(
      steps.filter((step) => step.startsWith("ConfigMap ")),
      ["ConfigMap shop/theirs released"],
    );
  });

  it("refuses words and numbers that mean nothing", async () => {
    for (const args of [
      ["--workloads", "burn"],
      ["--per-minute", "0"],
      ["--timeout", "soon"],
    ])
      assert.equal((await rig.fedns("unjoin", "us-west", ...args)).code, 2);
    const host = rig.host.objects.get({ apiVersion: "v1", kind: "Namespace", name: NAMESPACE });
    assert.ok(host !== undefined);
  });
});
