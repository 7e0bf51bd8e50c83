/** A file is tried by the host before it is planned: what its definition refuses and drops, and in which versions it serves the type. */
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { before, describe, it } from "node:test";
import { KubeError } from "../../../src/fleet/kube/kube-error.ts";
import type { ApiServer } from "../../../src/sandbox/api-server.ts";
import { suiteScope } from "../../support/programs.ts";
import { interceptRequests } from "../clusters/rig.ts";
import { type PlanRig, startPlanRig } from "./rig.ts";

type Loose = Record<string, any>;
const ALL = { placement: { clusterSelector: {} } };
const HOST = ["--host-context", "host"];

describe("a file that is planned", () => {
  const scope = suiteScope();
  let rig: PlanRig;
  let host: ApiServer;
  const plan = async (text: string, ...args: readonly string[]): ReturnType<PlanRig["fedns"]> => {
    const path = join(rig.folder, "tried.yaml");
    await writeFile(path, text);
    return rig.fedns("plan", path, ...HOST, ...args);
  };
  before(async () => {
    rig = await startPlanRig(scope);
    host = rig.servers["host"] as ApiServer;
    rig.put("FederatedNamespace", "shop", { ...ALL, template: {} });
    rig.put("FederatedConfigMap", "settings", { ...ALL, template: { data: { a: "1" } } });
    await rig.propagate();
  });

  for (const name of ["settings", "another"])
    it(`is refused as the host would refuse it: ${name}`, async () => {
      const changes = await rig.changes();
      const { code, out } = await plan(
        `${federated(name, "{ placement: { clusters: m1 }, template: {} }")}---\n${federated("good", SPEC)}`,
      );
      assert.deepEqual([code, changes], [2, []]);
      assert.match(
        out,
        new RegExp(
          `^ConfigMap shop/${name}\\n  nothing would change: the host would refuse it: .*spec\\.placement\\.clusters`,
        ),
      );
      // The others are planned all the same.
      assert.match(out, /^ConfigMap shop\/good\n {2}m1 {2}would be created/m);
    });
  it("says which fields the host does not know", async () => {
    const { code, out, err } = await plan(
      federated(
        "settings",
        `{ placement: { clusterSelector: {} }, colour: red, template: { data: { a: "1" } } }`,
      ),
    );
    assert.equal(code, 0, out);
    assert.equal(
      err,
      "note: FederatedConfigMap shop/settings: the host's definition has no spec.colour and drops it\n",
    );
  });
  it("is planned as it is written where the person may not write to the host", async () => {
    const restore = interceptRequests(scope, (options, send) => {
      const isTrial = options.query?.["dryRun"] === "All" && options.path.includes("federatedconfigmaps");
      return isTrial ? Promise.reject(forbidden()) : send();
    });
    const { code, out, err } = await plan(federated("settings", SPEC));
    restore();
    assert.equal(code, 1);
    assert.match(out, /would be changed: data\.a/);
    assert.match(err, /^note: FederatedConfigMap shop\/settings: the host was not asked whether it takes/);
  });
  it("says that its namespace is not there yet", async () => {
    const { err } = await plan(federated("settings", SPEC).replace("shop", "fresh"));
    assert.match(
      err,
      /FederatedConfigMap fresh\/settings: the host has no namespace fresh yet; create it first/,
    );
  });
  it("may be in any version that the host serves", async () => {
    const name = "federatedconfigmaps.types.kubefed.io";
    const definition = host.objects.get({
      apiVersion: "apiextensions.k8s.io/v1",
      kind: "CustomResourceDefinition",
      name,
    }) as Loose;
    const [version] = definition["spec"].versions as readonly Loose[];
    const versions = [version, { ...version, name: "v1beta2", storage: false }];
    host.objects.put({ ...definition, spec: { ...definition["spec"], versions } } as never);
    await host.settled();
    const other = await plan(federated("settings", SPEC).replace("v1beta1", "v1beta2"));
    assert.equal(other.code, 1, other.err);
    assert.match(other.out, /would be changed: data\.a/);
    const none = await plan(federated("settings", SPEC).replace("v1beta1", "v9"));
    assert.deepEqual([none.code, none.out], [2, ""]);
    assert.match(
      none.err,
      /apiVersion is types\.kubefed\.io\/v9; the host serves types\.kubefed\.io\/v1beta2, types\.kubefed\.io\/v1beta1/,
    );
  });
});

const SPEC = `{ placement: { clusterSelector: {} }, template: { data: { a: "2" } } }`;

function federated(name: string, spec: string): string {
  return `apiVersion: types.kubefed.io/v1beta1
kind: FederatedConfigMap
metadata: { name: ${name}, namespace: shop }
spec: ${spec}
`;
}

function forbidden(): KubeError {
  const sentence = `federatedconfigmaps.types.kubefed.io is forbidden: User "reader" cannot update resource`;
  return new KubeError({
    status: 403,
    reason: "Forbidden",
    message: `the API server answered 403 Forbidden: ${sentence}`,
    sentence,
    contentType: "application/json",
    retryAfterMs: null,
    details: {},
  });
}
