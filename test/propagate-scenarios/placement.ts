/** Scenarios about what goes where, and what is said of it: 16 and 18; see scenarios.test.ts. */
import assert from "node:assert/strict";
import { it } from "node:test";
import { until } from "../support/until.ts";
import { type Loose, override, to, web } from "./objects.ts";
import type { Stage } from "./stage.ts";

export function placement(stage: () => Stage): void {
  it("16 overrides that are made later, changed and removed arrive, and leave nothing behind", async () => {
    const s = stage();
    await s.namespace("sixteen", ["m1", "m2"]);
    s.place("ConfigMap", "sixteen", "settings", { template: { data: { a: "1" } }, ...to("m1", "m2") });
    await s.isReady("ConfigMap", "sixteen", "settings");
    const copy = (member: string): Loose => s.copy(member, "ConfigMap", "sixteen", "settings");
    const shown = (member: string): unknown => {
      const { data, metadata } = copy(member);
      return { data, labels: metadata.labels, annotations: metadata.annotations };
    };
    const plain = shown("m1");
    const other = copy("m2")["metadata"].resourceVersion;
    const becomes = (claim: string, data: object): Promise<void> =>
      until(claim, () => JSON.stringify(copy("m1")["data"]) === JSON.stringify(data));
    const overrides = (...all: readonly object[]): void =>
      s.edit("ConfigMap", "sixteen", "settings", { overrides: all.length === 0 ? null : all });
    overrides(override("m1", "/data/a", "own"));
    await becomes("it is made", { a: "own" });
    overrides(override("m1", "/data/a", "other"));
    await becomes("it changes", { a: "other" });
    const added = [
      { op: "add", path: "/data/b", value: "2" },
      { op: "add", path: "/metadata/labels", value: { team: "a" } },
      { op: "add", path: "/metadata/annotations", value: { note: "n" } },
    ];
    overrides({ clusterName: "m1", clusterOverrides: added });
    await becomes("entries are added", { a: "1", b: "2" });
    assert.equal(copy("m1")["metadata"].labels.team, "a");
    overrides();
    await becomes("it is removed", { a: "1" });
    await s.isReady("ConfigMap", "sixteen", "settings");
    assert.deepEqual(shown("m1"), plain);
    // By the labels of clusters.
    const clusterSelector = { matchLabels: { tier: "gold" } };
    overrides({ clusterSelector, clusterOverrides: [{ path: "/data/a", value: "gold" }] });
    await s.passed("sixteen", "m1", "m2");
    assert.deepEqual(shown("m1"), plain);
    s.host.objects.patch(s.clusterRef("m1"), { metadata: { labels: { tier: "gold" } } });
    await becomes("it is selected", { a: "gold" });
    overrides({ clusterSelector, clusterOverrides: [{ path: "/data/a", value: "new" }] });
    await becomes("it changes", { a: "new" });
    overrides();
    await becomes("it is removed", { a: "1" });
    await s.isReady("ConfigMap", "sixteen", "settings");
    assert.deepEqual(shown("m1"), plain);
    assert.equal(copy("m2")["metadata"].resourceVersion, other);
  });

  it("18 a status says which members it does not see, and is not healthy without reason", async (t) => {
    const s = stage();
    t.after(() => s.wire("m3").mend());
    await s.namespace("eighteen");
    s.place("Deployment", "eighteen", "web", { template: web(2) });
    await s.isReady("Deployment", "eighteen", "web");
    const lines = (): readonly Loose[] => s.inHost("Deployment", "eighteen", "web").status.clusters;
    await until("all of its Pods are ready", () =>
      lines().every(({ remoteStatus }) => remoteStatus?.readyReplicas === 2),
    );
    const condition = (type: string): unknown =>
      s.conditionOf("Deployment", "eighteen", "web", type)?.["status"];
    assert.deepEqual(["Propagation", "Ready", "Reconciling", "Stalled"].map(condition), [
      "True",
      "True",
      "False",
      "False",
    ]);
    await s.wire("m3").refuse();
    s.edit("Deployment", "eighteen", "web", { template: { spec: { replicas: 3 } } });
    await s.says("Deployment", "eighteen", "web", "m3", "ClusterNotReady");
    await until("the others have them", () =>
      lines().every(({ name, remoteStatus }) => name === "m3" || remoteStatus?.readyReplicas === 3),
    );
    const { metadata, status } = s.inHost("Deployment", "eighteen", "web");
    assert.equal(status.observedGeneration, metadata.generation);
    assert.deepEqual(["Propagation", "Ready", "Reconciling", "Stalled"].map(condition), [
      "False",
      "False",
      "True",
      "False",
    ]);
    assert.deepEqual(
      lines().map(({ name, generation }) => [name, generation === metadata.generation]),
      [
        ["m1", true],
        ["m2", true],
        ["m3", false],
      ],
    );
    await s.wire("m3").mend();
    await s.isReady("Deployment", "eighteen", "web");
    // A cluster that is none, and one that its namespace does not go to.
    s.place("ConfigMap", "eighteen", "afar", { template: {}, ...to("m1", "m9") });
    await s.says("ConfigMap", "eighteen", "afar", "m9", "NoSuchCluster");
    assert.equal(s.conditionOf("ConfigMap", "eighteen", "afar", "Stalled")?.["status"], "True");
    s.edit("ConfigMap", "eighteen", "afar", to("m1"));
    await s.isReady("ConfigMap", "eighteen", "afar");
    await s.namespace("partly", ["m1"]);
    s.place("ConfigMap", "partly", "wide", { template: {}, ...to("m1", "m3") });
    await s.says("ConfigMap", "partly", "wide", "m3", "NamespaceNotPlaced");
    assert.match(
      s.lineOf("ConfigMap", "partly", "wide", "m3")?.["message"],
      /FederatedNamespace is not placed there/,
    );
    assert.equal(s.conditionOf("ConfigMap", "partly", "wide", "Ready")?.["status"], "False");
    assert.equal(s.copy("m3", "ConfigMap", "partly", "wide"), null);
    s.edit("Namespace", "partly", "partly", to("m1", "m3"));
    await s.isReady("ConfigMap", "partly", "wide");
    assert.notEqual(s.copy("m3", "ConfigMap", "partly", "wide"), null);
  });
}
