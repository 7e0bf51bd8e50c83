/** `fedns unjoin` of clusters that are gone, are other ones now, or have things in them that join did not make. */
import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { type ApiServer, startApiServer } from "../../../src/sandbox/api-server.ts";
import { suiteScope } from "../../support/programs.ts";
import { NAMESPACE } from "./host-content.ts";
import { recordRequests, type Rig, startRig, writesIn } from "./rig.ts";

describe("fedns unjoin", () => {
  const scope = suiteScope();
  let rig: Rig;
  let west: ApiServer;
  before(async () => {
    rig = await startRig(scope, ["host", "us-west", "eu-central"]);
    west = rig.servers["us-west"] as ApiServer;
    assert.equal((await rig.fedns("init")).code, 0);
    assert.equal((await rig.fedns("join", "us-west")).code, 0);
  });

  it("refuses to work on another cluster than the one that joined", async () => {
    const { sent, stop } = recordRequests(scope);
    const { code, err } = await rig.fedns("unjoin", "us-west", "--cluster-context", "eu-central");
    stop();
    assert.equal(code, 1);
    assert.match(
      err,
      /it leads to another cluster than the one that was joined .*; name the right one with --cluster-context/,
    );
    assert.deepEqual(writesIn(sent), []);
  });

  it("leaves the namespace when there is anything else in it, and all objects that join did not make", async () => {
    const key = { apiVersion: "v1", kind: "ConfigMap", namespace: NAMESPACE, name: "mine" };
    west.objects.put({
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { namespace: NAMESPACE, name: "mine" },
    });
    const { code, steps } = await rig.fedns("unjoin", "us-west");
    assert.equal(code, 0);
    assert.ok(steps.includes(`Namespace ${NAMESPACE} kept: it has configmaps/mine`), steps.join("\n"));
    assert.ok(west.objects.get(key) !== undefined);
    west.objects.delete(key);
    assert.equal((await rig.fedns("unjoin", "us-west")).code, 0);
  });

  it("removes a cluster whose Secret is gone", async () => {
    assert.equal((await rig.fedns("join", "us-west")).code, 0);
    rig.servers["host"]?.objects.delete({
      apiVersion: "v1",
      kind: "Secret",
      namespace: NAMESPACE,
      name: "fedns-us-west",
    });
    const { code, steps } = await rig.fedns("unjoin", "us-west");
    assert.equal(code, 0);
    assert.ok(steps.includes(`KubeFedCluster ${NAMESPACE}/us-west deleted`));
  });

  it("lets nobody delete copies because the KubeFedCluster says so, and does not wait for its finalizer", async () => {
    assert.equal((await rig.fedns("join", "us-west")).code, 0);
    const apiVersion = "core.kubefed.io/v1beta1";
    const key = { apiVersion, kind: "KubeFedCluster", namespace: NAMESPACE, name: "us-west" };
    const annotations = { "fedns.io/copies-on-deletion": "delete" };
    const finalizers = ["fedns.io/copies", "example.com/theirs"];
    rig.servers["host"]?.objects.patch(key, { metadata: { annotations, finalizers } } as never);
    const { sent, stop } = recordRequests(scope);
    const { code, steps } = await rig.fedns("unjoin", "us-west");
    stop();
    assert.equal(code, 0);
    assert.ok(steps.includes(`KubeFedCluster ${NAMESPACE}/us-west lost its finalizer fedns.io/copies`));
    const writes = sent.filter(({ path, method }) => method !== "GET" && path.endsWith("/us-west"));
    assert.deepEqual(
      writes.slice(0, 2).map(({ method }) => method),
      ["PATCH", "DELETE"],
    );
    const left: any = rig.servers["host"]?.objects.get(key);
    assert.deepEqual(left.metadata.finalizers, ["example.com/theirs"]);
    assert.equal(left.metadata.annotations["fedns.io/copies-on-deletion"], undefined);
    rig.servers["host"]?.objects.patch(key, { metadata: { finalizers: [] } } as never);
  });

  it("needs --force for a cluster that is gone, and says what was left", async () => {
    assert.equal((await rig.fedns("join", "us-west")).code, 0);
    const { port } = west;
    await west.close();
    const refused = await rig.fedns("unjoin", "us-west");
    assert.equal(refused.code, 1);
    assert.match(refused.err, /; if us-west is gone for good, run the command with --force\n$/);
    const forced = await rig.fedns("unjoin", "us-west", "--force");
    assert.equal(forced.code, 1);
    assert.deepEqual(forced.steps, [
      `KubeFedCluster ${NAMESPACE}/us-west deleted`,
      `Secret ${NAMESPACE}/fedns-us-west deleted`,
    ]);
    assert.match(
      forced.err,
      /Nothing was removed in us-west: if it comes back, run fedns unjoin us-west again/,
    );
    // Something has to listen there for the end of the scope.
    const other = await startApiServer({ name: "us-west", port });
    await other.close();
  });
});
