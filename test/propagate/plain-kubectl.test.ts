/** What people do with kubectl on the host to plain objects of Federation v1: rollouts are watched there, and deletions cascade. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { type Kubectl, minorVersion, openKubectl, type Run } from "../sandbox/kubectl.ts";
import { programs } from "../sandbox/kubectl-steps.ts";
import { suiteScope } from "../support/programs.ts";
import { until } from "../support/until.ts";
import { PlainRig, SELECTOR } from "./plain-rig.ts";

const MEMBERS = ["m1", "m2"];
const EVERYWHERE = { [SELECTOR]: "[]" };

for (const { from, program, isRequired } of programs) {
  const minor = minorVersion(program);
  const skip = minor === undefined && !isRequired ? `no kubectl from ${from}` : false;
  describe(`kubectl 1.${minor ?? "?"} of ${from}, and plain objects of Federation v1`, { skip }, () => {
    const scope = suiteScope();
    let rig: PlainRig;
    let kubectl: Kubectl;
    before(async () => {
      rig = await PlainRig.start(scope, MEMBERS);
      kubectl = await openKubectl(program, rig.rig.host);
    });
    after(() => kubectl.close());
    const run = (line: string): Promise<Run> => kubectl.run([...line.split(" "), "-n", "shop"]);
    const succeeds = async (line: string): Promise<string> => {
      const { code, out } = await run(line);
      assert.equal(code, 0, out);
      return out;
    };
    const deployed = async (name: string): Promise<void> => {
      rig.deploy(name, 4, EVERYWHERE);
      await rig.hasCopies("Deployment", name, MEMBERS);
    };
    const isGone = (name: string): Promise<void> =>
      until(`${name} is gone from the host`, () => rig.object("Deployment", name) === null);

    it("sees a rollout end", async () => {
      rig.deploy("web", 4, EVERYWHERE);
      assert.match(await succeeds("rollout status deployment/web --timeout=30s"), /successfully rolled out/);
      assert.deepEqual(rig.replicas("web"), [2, 2]);
      assert.match(await succeeds("get deployment web"), /4\/4 +4 +4/);
      assert.match(
        await succeeds("wait deployment/web --for=condition=Available --timeout=30s"),
        /condition met/,
      );
    });
    it("sees a rollout wait for a cluster that refuses it, and why", async () => {
      const m2 = rig.rig.members.get("m2");
      const heal = m2?.faults.add({
        effect: { kind: "refuse", code: 500 },
        when: (request) => "resource" in request && request.isWrite && request.resource === "deployments",
      });
      await succeeds("set image deployment/web web=web:2");
      const waiting = await run("rollout status deployment/web --timeout=2s");
      assert.notEqual(waiting.code, 0, waiting.out);
      await rig.isTold("Deployment", "web", "UpdateInClusterFailed", /^m2: /);
      heal?.();
      assert.match(await succeeds("rollout status deployment/web --timeout=60s"), /successfully rolled out/);
      const images = MEMBERS.map(
        (member) => rig.copy("Deployment", "web", member).spec.template.spec.containers[0].image,
      );
      assert.deepEqual(images, ["web:2", "web:2"]);
    });
    it("scales in all clusters together", async () => {
      await succeeds("scale deployment/web --replicas=10");
      await rig.hasReplicas("web", [5, 5]);
      await succeeds("rollout status deployment/web --timeout=30s");
    });
    for (const option of ["", " --cascade=background", " --cascade=foreground", " --cascade=true"])
      it(`deletes the copies with kubectl delete${option}`, async () => {
        await deployed("gone");
        await succeeds(`delete deployment gone${option}`);
        await isGone("gone");
        assert.deepEqual(rig.replicas("gone"), [null, null]);
      });
    for (const option of ["--cascade=orphan", "--cascade=false"])
      it(`leaves the copies with kubectl delete ${option}`, async () => {
        await deployed("left");
        await succeeds(`delete deployment left ${option}`);
        await isGone("left");
        assert.deepEqual(rig.replicas("left"), [2, 2]);
        assert.equal(rig.copy("Deployment", "left", "m1").metadata.labels?.["fedns.io/owner"], undefined);
      });
    // One run in ten, the finalizer of the Namespace in the host is not taken away for a minute; not understood yet.
    const todo = "the host's Namespace is sometimes let go late";
    it("deletes a namespace with all that is in it", { todo }, async () => {
      await succeeds("delete namespace shop");
      await until("it is gone", () =>
        [rig.rig.host, ...rig.rig.members.values()].every(
          ({ objects }) => objects.get({ apiVersion: "v1", kind: "Namespace", name: "shop" }) === undefined,
        ),
      );
    });
    it(
      "leaves a namespace in the clusters, with all that is in it, with --cascade=orphan",
      { todo },
      async () => {
        const metadata = { name: "shop", annotations: EVERYWHERE };
        rig.rig.host.objects.put({ apiVersion: "v1", kind: "Namespace", metadata });
        await deployed("kept");
        await succeeds("delete namespace shop --cascade=orphan");
        await isGone("kept");
        await rig.settled();
        assert.deepEqual(rig.replicas("kept"), [2, 2]);
      },
    );
  });
}

describe("a deletion that nobody saw", () => {
  const scope = suiteScope();
  it("leaves the copies, and that is told", async () => {
    const rig = await PlainRig.start(scope, MEMBERS, { isRunning: false });
    rig.put("ConfigMap", "missed", EVERYWHERE, { data: { a: "b" } });
    const { objects } = rig.rig.host;
    const object = rig.object("ConfigMap", "missed");
    const finalizers = ["federation.kubernetes.io/delete-from-underlying-clusters"];
    objects.put({ ...object, metadata: { ...object.metadata, finalizers } });
    for (const member of rig.rig.members.values()) {
      member.objects.put({ apiVersion: "v1", kind: "Namespace", metadata: { name: "shop" } });
      const labels = { "kubefed.io/managed": "true", "fedns.io/owner": "test" };
      const metadata = { namespace: "shop", name: "missed", labels };
      member.objects.put({ apiVersion: "v1", kind: "ConfigMap", metadata, data: { a: "b" } });
    }
    objects.delete({ apiVersion: "v1", kind: "ConfigMap", namespace: "shop", name: "missed" });
    assert.notEqual(rig.object("ConfigMap", "missed"), null);
    rig.rig.start();
    await until("it is gone", () => rig.object("ConfigMap", "missed") === null);
    await rig.hasCopies("ConfigMap", "missed", MEMBERS);
    await rig.isTold("ConfigMap", "missed", "CopiesOrphaned", /nobody saw how it was deleted/);
  });
});
