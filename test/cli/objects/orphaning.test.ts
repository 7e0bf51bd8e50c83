/** `fedns orphaning-deletion`: the annotation, set and taken away, and words for what is the case already. */
import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import type { ApiServer } from "../../../src/sandbox/api-server.ts";
import { suiteScope } from "../../support/programs.ts";
import { interceptRequests, type Rig, startRig } from "../clusters/rig.ts";
import { KubeError } from "../../../src/fleet/kube/kube-error.ts";

describe("fedns orphaning-deletion", () => {
  const scope = suiteScope();
  let rig: Rig;
  let host: ApiServer;
  const annotations = (): Readonly<Record<string, string>> | undefined =>
    host.objects.get({
      apiVersion: "types.kubefed.io/v1beta1",
      kind: "FederatedConfigMap",
      namespace: "shop",
      name: "a",
    })?.metadata.annotations;
  const run = (...args: readonly string[]) => rig.fedns("orphaning-deletion", ...args);
  before(async () => {
    rig = await startRig(scope, ["host"]);
    host = rig.servers["host"] as ApiServer;
    host.objects.put({ apiVersion: "v1", kind: "Namespace", metadata: { name: "shop" } });
    assert.equal((await rig.fedns("init")).code, 0);
    assert.equal((await rig.fedns("enable", "namespaces", "configmaps")).code, 0);
    host.objects.put({
      apiVersion: "types.kubefed.io/v1beta1",
      kind: "FederatedConfigMap",
      metadata: { namespace: "shop", name: "a", annotations: { other: "stays" } },
      spec: {},
    });
    host.objects.put({ apiVersion: "v1", kind: "ConfigMap", metadata: { namespace: "shop", name: "a" } });
    assert.equal((await rig.fedns("federate", "ns", "shop")).code, 0);
  });

  it("sets the annotation, and takes it away", async () => {
    assert.equal((await run("status", "cm", "a", "-n", "shop")).out, "disabled\n");
    const enabled = await run("enable", "configmap", "a", "-n", "shop");
    assert.equal(enabled.code, 0, enabled.err);
    assert.match(enabled.out, /FederatedConfigMap shop\/a orphans its copies: they stay/);
    assert.deepEqual(annotations(), { other: "stays", "kubefed.io/orphan": "true" });
    assert.equal((await run("status", "federatedconfigmaps", "a", "-n", "shop")).out, "enabled\n");
    const again = await run("enable", "configmap", "a", "-n", "shop");
    assert.equal(again.code, 0);
    assert.match(again.out, /orphans its copies already/);
    const tried = await run("disable", "configmap", "a", "-n", "shop", "--dry-run");
    assert.equal(tried.code, 0, tried.err);
    assert.equal(annotations()?.["kubefed.io/orphan"], "true");
    assert.equal((await run("disable", "configmap", "a", "-n", "shop")).code, 0);
    assert.deepEqual(annotations(), { other: "stays" });
    assert.match(
      (await run("disable", "configmap", "a", "-n", "shop")).out,
      /does not orphan its copies anyway/,
    );
  });

  it("tries again when a status was written meanwhile", async () => {
    let refusals = 0;
    const restore = interceptRequests(scope, (options, send) => {
      if (options.method !== "PATCH" || refusals > 0) return send();
      refusals += 1;
      const sentence = "the object has been modified; please apply your changes to the latest version";
      const error = { status: 409, message: sentence, sentence, reason: "Conflict" };
      return Promise.reject(new KubeError({ ...error, retryAfterMs: null, details: null, contentType: "" }));
    });
    const { code, err } = await run("enable", "cm", "a", "-n", "shop");
    restore();
    assert.equal(code, 0, err);
    assert.equal(refusals, 1);
    assert.equal(annotations()?.["kubefed.io/orphan"], "true");
  });

  it("finds the federated object of a namespace in the namespace", async () => {
    assert.equal((await run("status", "namespace", "shop")).out, "disabled\n");
  });

  const refused: readonly (readonly [args: readonly string[], sentence: RegExp])[] = [
    [
      ["status", "cm", "b", "-n", "shop"],
      /no such federated object in shop; fedns federate configmaps b -n shop makes it/,
    ],
    [["status", "cm", "a"], /name its namespace with -n/],
    [["status", "secretz", "a", "-n", "shop"], /no type "secretz" is enabled; enabled are/],
    [["enable", "configmapz", "a", "-n", "shop"], /did you mean configmaps\?/],
  ];
  for (const [args, sentence] of refused)
    it(`fails for: ${args.join(" ")}`, async () => {
      const { code, err } = await run(...args);
      assert.equal(code, 1);
      assert.match(err, sentence);
    });
});
