/** `fedns rollout`: what is written on the federated object for fedns to obey, and what is shown of it. */
import assert from "node:assert/strict";
import { before, beforeEach, describe, it } from "node:test";
import type { ApiServer } from "../../../src/sandbox/api-server.ts";
import type { RolloutRecord } from "../../../src/propagate/rollout/rollout-record.ts";
import { packed, versionOf } from "../../../src/propagate/versions/version.ts";
import { suiteScope } from "../../support/programs.ts";
import { type Rig, startRig } from "../clusters/rig.ts";

const REF = {
  apiVersion: "types.kubefed.io/v1beta1",
  kind: "FederatedConfigMap",
  namespace: "shop",
  name: "settings",
};
const content = (mode: string) => ({ template: { data: { mode } }, overrides: [] });
const OLD = versionOf(content("old"));
const NEW = versionOf(content("new"));

describe("fedns rollout", () => {
  const scope = suiteScope();
  let rig: Rig;
  let host: ApiServer;
  const run = (what: string, ...more: readonly string[]) =>
    rig.fedns("rollout", what, "configmap", "settings", "-n", "shop", ...more);
  const annotations = (): Readonly<Record<string, string>> =>
    host.objects.get(REF)?.metadata.annotations ?? {};
  const isAt = (more: Partial<RolloutRecord>, status: object = {}): void => {
    const uid = host.objects.get(REF)?.metadata.uid ?? "";
    const record: RolloutRecord = {
      uid,
      policy: "canary=west; pause=manual",
      stable: OLD,
      target: NEW,
      phase: "rolling",
      stage: "canary",
      on: ["west"],
      passed: [],
      state: "well",
      sinceMs: Date.UTC(2026, 0, 1),
      isPauseOver: false,
      failure: null,
      obeyed: null,
      ...more,
    };
    const written = {
      "fedns.io/rollout": "canary=west; pause=manual",
      "fedns.io/rollout-record": JSON.stringify(record),
      "fedns.io/rollout-previous": packed(content("old")),
    };
    host.objects.patch(REF, { metadata: { annotations: written as never } });
    host.objects.patch(REF, { status } as never, "status");
  };
  before(async () => {
    rig = await startRig(scope, ["host"]);
    host = rig.servers["host"] as ApiServer;
    host.objects.put({ apiVersion: "v1", kind: "Namespace", metadata: { name: "shop" } });
    assert.equal((await rig.fedns("init")).code, 0);
    assert.equal((await rig.fedns("enable", "namespaces", "configmaps")).code, 0);
  });
  beforeEach(() => {
    const { apiVersion, kind, namespace, name } = REF;
    host.objects.put({
      apiVersion,
      kind,
      metadata: { namespace, name },
      spec: { template: content("new").template, placement: { clusterSelector: {} } },
    });
  });

  it("status shows which version each cluster has, and what is waited for", async () => {
    const clusters = [
      { name: "east", status: "WaitingForRollout", message: "it has the previous version" },
      { name: "west" },
    ];
    isAt({}, { clusters });
    const { out, code } = await run("status");
    assert.equal(
      out,
      [
        "FederatedConfigMap shop/settings: rolling, canary, well",
        "the new one is well in west, and the pause is not over; a person lets it go on with fedns rollout resume",
        "CLUSTER  VERSION   STATUS",
        "east     previous  WaitingForRollout: it has the previous version",
        "west     new       in order",
        "",
      ].join("\n"),
    );
    assert.equal(code, 1);
    const json = JSON.parse((await run("status", "-o", "json")).out) as Record<string, unknown>;
    assert.deepEqual([json["phase"], json["version"], json["previous"]], ["rolling", NEW, OLD]);
  });
  it("status is 0 when the newest version is everywhere, and where nothing is staged", async () => {
    const none = await run("status");
    assert.equal(none.out, "FederatedConfigMap shop/settings: new versions reach all clusters at once\n");
    assert.equal(none.code, 0);
    isAt({ phase: "done", stable: NEW, on: [], stage: "steps" });
    const done = await run("status");
    assert.match(done.out, /^FederatedConfigMap shop\/settings: done\n/);
    assert.equal(done.code, 0);
  });
  it("resume, back and restart write an order about this version", async () => {
    for (const [what, record] of [
      ["resume", {}],
      ["back", {}],
      ["restart", { phase: "failed", on: [] }],
    ] as const) {
      isAt(record);
      const { code, err, out } = await run(what);
      assert.equal(code, 0, err);
      assert.match(out, /^host: FederatedConfigMap shop\/settings (goes on|goes back|begins again)/);
      const order = JSON.parse(annotations()["fedns.io/rollout-order"] ?? "{}") as Record<string, unknown>;
      assert.deepEqual([order["what"], order["target"]], [what, NEW]);
    }
  });
  it("writes nothing in a dry run", async () => {
    isAt({});
    const { code, err } = await run("resume", "--dry-run");
    assert.equal(code, 0, err);
    assert.equal(annotations()["fedns.io/rollout-order"], undefined);
  });
  it("says why there is nothing to do", async () => {
    const none = await run("resume");
    assert.deepEqual(
      [none.code, none.err.includes("the annotation fedns.io/rollout says")],
      [1, true],
      none.err,
    );
    isAt({ phase: "done", stable: NEW, on: [] });
    assert.match((await run("resume")).err, /its newest version is in all clusters/);
    isAt({ phase: "failed", on: [] });
    assert.match((await run("resume")).err, /fedns rollout restart/);
    isAt({});
    assert.match((await run("restart")).err, /fedns rollout back ends that first/);
    isAt({ target: OLD });
    assert.match((await run("back")).err, /has not taken up the newest version yet/);
    const unknown = await rig.fedns("rollout", "status", "configmap", "none", "-n", "shop");
    assert.deepEqual([unknown.code, unknown.err.includes("there is no such federated object")], [1, true]);
    assert.equal((await rig.fedns("rollout", "status", "configmap")).code, 2);
  });
  it("finds plain objects of Federation v1, whose kind need not be enabled", async () => {
    const rollout = {
      "fedns.io/rollout": "pause=manual",
      "federation.alpha.kubernetes.io/cluster-selector": "[]",
    };
    host.objects.put({
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { namespace: "shop", name: "web", annotations: rollout },
      spec: {
        selector: { matchLabels: { app: "web" } },
        template: {
          metadata: { labels: { app: "web" } },
          spec: { containers: [{ name: "web", image: "web" }] },
        },
      },
    } as never);
    const { out, err } = await rig.fedns("rollout", "status", "deployment", "web", "-n", "shop");
    assert.match(out, /^Deployment shop\/web: unwritten\nfedns has not taken up the newest version yet/, err);
    const none = await rig.fedns("rollout", "status", "deployment", "none", "-n", "shop");
    assert.equal(none.code, 1);
  });
});
