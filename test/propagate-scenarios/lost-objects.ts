/** Scenarios in which objects were lost: 1, 2, 4 and 5; see scenarios.test.ts. */
import assert from "node:assert/strict";
import { it } from "node:test";
import { until } from "../support/until.ts";
import { override, to, web } from "./objects.ts";
import { OWNER, type Stage } from "./stage.ts";

const SYSTEM = "kube-federation-system";

export function lostObjects(stage: () => Stage): void {
  it("1 members come back from a network cut, and nothing of theirs is removed", async (t) => {
    const s = stage();
    await s.namespace("one");
    s.place("Deployment", "one", "web", { template: web(5), ...to("m1", "m2") });
    await s.isReady("Deployment", "one", "web");
    const versions = s.versionsOf(t, "m1", "Deployment", "one", "web");
    const { uid, generation } = s.copy("m1", "Deployment", "one", "web").metadata;
    const before = s.writesIn("m1", "one").length;
    await s.wire("m1").refuse();
    s.edit("Deployment", "one", "web", { template: { spec: { replicas: 10 } } });
    await until("the other has it", () => s.copy("m2", "Deployment", "one", "web").spec.replicas === 10);
    await s.says("Deployment", "one", "web", "m1", "ClusterNotReady");
    s.edit("Deployment", "one", "web", { template: web(10, "web:2") });
    await until("the other has it", () => s.copy("m2", "Deployment", "one", "web").metadata.generation >= 3);
    assert.deepEqual(versions, []);
    await s.wire("m1").mend();
    await s.isReady("Deployment", "one", "web");
    const { metadata, spec } = s.copy("m1", "Deployment", "one", "web");
    assert.equal(spec.replicas, 10);
    assert.equal(spec.template.spec.containers[0].image, "web:2");
    assert.equal(metadata.uid, uid);
    assert.equal(metadata.generation, generation + 1);
    assert.ok(versions.every((version) => version !== null));
    const since = s.writesIn("m1", "one").slice(before);
    assert.deepEqual(
      since.map(({ verb, resource }) => `${verb} ${resource}`),
      ["patch deployments"],
    );
  });

  it("2 taking a reason to place away takes no workload away", async (t) => {
    const s = stage();
    await s.namespace("two", ["m1", "m2"]);
    s.host.objects.patch(s.clusterRef("m1"), { metadata: { labels: { team: "a" } } });
    s.host.objects.patch(s.clusterRef("m2"), { metadata: { labels: { team: "a" } } });
    const selector = { placement: { clusterSelector: { matchLabels: { team: "a" } } } };
    const overrides = [override("m1", "/spec/replicas", 0)];
    const versions = s.versionsOf(t, "m1", "Deployment", "two", "web");
    s.place("Deployment", "two", "web", { template: web(5), ...selector, overrides });
    s.place("Secret", "two", "key", { template: { data: { a: "Yg==" } }, ...to("m1", "m2") });
    await s.isReady("Deployment", "two", "web");
    await s.isReady("Secret", "two", "key");
    const other = s.copy("m2", "Deployment", "two", "web").metadata;
    const keys = ["m1", "m2"].map((member) => s.copy(member, "Secret", "two", "key").metadata);
    // A member's label changes: only what is not selected any more goes, and comes again as it was.
    s.host.objects.patch(s.clusterRef("m1"), { metadata: { labels: { team: "b" } } });
    await until("it is gone", () => s.copy("m1", "Deployment", "two", "web") === null);
    await s.isReady("Deployment", "two", "web");
    assert.equal(s.copy("m2", "Deployment", "two", "web").metadata.generation, other.generation);
    assert.equal(s.copy("m2", "Deployment", "two", "web").metadata.uid, other.uid);
    s.host.objects.patch(s.clusterRef("m1"), { metadata: { labels: { team: "a" } } });
    await until("it is back", () => s.copy("m1", "Deployment", "two", "web") !== null);
    // Placement and overrides go in one edit: the copy goes, and is never written without its override.
    await s.isReady("Deployment", "two", "web");
    s.edit("Deployment", "two", "web", {
      placement: { clusters: [{ name: "m2" }], clusterSelector: null },
      overrides: null,
    });
    await until("it is gone", () => s.copy("m1", "Deployment", "two", "web") === null);
    assert.ok(versions.every((version) => version === null || version.spec.replicas === 0));
    // The type is not propagated any more, and then its member is none any more.
    const config = {
      apiVersion: "core.kubefed.io/v1beta1",
      kind: "FederatedTypeConfig",
      namespace: SYSTEM,
      name: "secrets",
    };
    const type: any = s.host.objects.get(config);
    s.host.objects.delete(config);
    const cluster: any = s.host.objects.get(s.clusterRef("m2"));
    await until("the type is none", () => s.host.objects.get(config) === undefined);
    s.host.objects.delete(s.clusterRef("m2"));
    await s.passed("two", "m1");
    s.host.objects.put({ ...cluster, metadata: { ...clean(cluster.metadata) } });
    s.host.objects.put({ ...type, metadata: { ...clean(type.metadata) } });
    await s.passed("two", "m1", "m2");
    await s.isReady("Secret", "two", "key");
    assert.deepEqual(
      ["m1", "m2"].map((member) => s.copy(member, "Secret", "two", "key").metadata),
      keys,
    );
    assert.equal(s.copy("m2", "Deployment", "two", "web").metadata.generation, other.generation);
  });

  it("4 deleting on the host what was only adopted leaves it in the member", async () => {
    const s = stage();
    await s.namespace("four");
    const there = web(2, "there:1");
    s.member("m1").objects.put({
      apiVersion: "apps/v1",
      kind: "Deployment",
      ...there,
      metadata: { name: "dns", namespace: "four" },
    });
    s.member("m1").objects.put({
      apiVersion: "apps/v1",
      kind: "Deployment",
      ...there,
      metadata: { name: "coredns", namespace: "kube-system" },
    });
    const { uid } = s.copy("m1", "Deployment", "four", "dns").metadata;
    s.place("Deployment", "four", "dns", { template: web(2, "there:1"), ...to("m1", "m2") });
    s.place("Namespace", "kube-system", "kube-system", { template: {}, ...to("m1") });
    s.place("Deployment", "kube-system", "coredns", { template: web(1), ...to("m1") });
    await s.isReady("Deployment", "four", "dns");
    assert.equal(s.copy("m1", "Deployment", "four", "dns").metadata.labels["fedns.io/owner"], OWNER);
    await until("it is refused", () => {
      const reason = (kind: string, name: string): string =>
        s.conditionOf(kind, "kube-system", name, "Ready")?.["reason"];
      return (
        reason("Namespace", "kube-system") === "ComputePlacementFailed" &&
        reason("Deployment", "coredns") === "NamespaceNotFederated"
      );
    });
    s.remove("Deployment", "four", "dns");
    s.remove("Deployment", "kube-system", "coredns");
    s.remove("Namespace", "kube-system", "kube-system");
    await until("all are gone on the host", () =>
      [
        ["Deployment", "four", "dns"],
        ["Deployment", "kube-system", "coredns"],
        ["Namespace", "kube-system", "kube-system"],
      ].every(([kind = "", namespace = "", name = ""]) => s.inHost(kind, namespace, name) === null),
    );
    assert.equal(s.copy("m2", "Deployment", "four", "dns"), null);
    const { metadata, spec } = s.copy("m1", "Deployment", "four", "dns");
    assert.equal(metadata.uid, uid);
    assert.equal(metadata.labels?.["fedns.io/owner"], undefined);
    assert.equal(spec.replicas, 2);
    assert.deepEqual(s.writesOf("m1", "kube-system", "deployments", "coredns"), []);
    assert.deepEqual(s.copy("m1", "Deployment", "kube-system", "coredns").spec.replicas, 2);
  });

  it("5 leaving the federation removes nothing of the user's, and joining again works at once", async () => {
    const s = stage();
    await s.namespace("five", ["m1", "m2"]);
    s.place("ConfigMap", "five", "settings", { template: { data: { a: "1" } }, ...to("m2") });
    await s.isReady("ConfigMap", "five", "settings");
    const { uid, resourceVersion } = s.copy("m2", "ConfigMap", "five", "settings").metadata;
    const own = { namespace: SYSTEM, name: "mine" };
    s.member("m2").objects.put({ apiVersion: "v1", kind: "ConfigMap", metadata: own });
    const left = await s.rig.fedns("unjoin", "m2", "--owner", OWNER);
    assert.equal(left.code, 0, left.err);
    assert.ok(left.steps.includes(`Namespace ${SYSTEM} kept: it has configmaps/mine`), left.err);
    assert.notEqual(s.copy("m2", "ConfigMap", SYSTEM, "mine"), null);
    assert.equal(s.copy("m2", "ConfigMap", "five", "settings").metadata.uid, uid);
    await s.join("m2");
    await s.passed("five", "m2");
    await s.isReady("ConfigMap", "five", "settings");
    const found = s.copy("m2", "ConfigMap", "five", "settings").metadata;
    assert.deepEqual([found.uid, found.resourceVersion], [uid, resourceVersion]);
    s.member("m2").objects.delete({ apiVersion: "v1", kind: "ConfigMap", ...own });
  });

  it("5 a namespace of a host that is a member, too, is not deleted by a placement without it", async () => {
    const s = stage();
    const joined = await s.rig.fedns("join", "host", "--kinds", "namespaces,configmaps");
    assert.equal(joined.code, 0, joined.err);
    await s.namespace("own", ["m1", "host"]);
    s.place("ConfigMap", "own", "settings", { template: { data: { a: "1" } }, ...to("m1", "host") });
    await s.isReady("ConfigMap", "own", "settings");
    const { uid } = s.copy("host", "Namespace", "", "own").metadata;
    s.edit("Namespace", "own", "own", to("m1"));
    await until("its copies are gone", () => s.copy("host", "ConfigMap", "own", "settings") === null);
    await s.isReady("Namespace", "own", "own");
    const { metadata, spec } = s.copy("host", "Namespace", "", "own");
    assert.deepEqual(
      [metadata.uid, metadata.deletionTimestamp, metadata.finalizers],
      [uid, undefined, undefined],
    );
    assert.deepEqual(spec.finalizers, ["kubernetes"]);
    const left = await s.rig.fedns("unjoin", "host", "--owner", OWNER);
    assert.equal(left.code, 0, left.err);
    assert.notEqual(s.copy("host", "Namespace", "", SYSTEM), null);
  });
}

/** As a person writes it again from a copy. */
function clean({ name, namespace, labels, annotations }: any): any {
  return { name, namespace, labels, annotations };
}
