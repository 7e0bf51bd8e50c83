/** StatefulSets, DaemonSets and Jobs, as far as a client of the API server can see them. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { startServer } from "./server.ts";

const namespace = "default";
const labels = (app: string): object => ({ matchLabels: { app } });
const template = (app: string, spec: object = {}): object => ({
  metadata: { labels: { app } },
  spec: { containers: [{ name: "c", image: "i" }], ...spec },
});

const { server } = await startServer({ nodes: [{ name: "n1" }, { name: "n2" }] });

describe("workloads", () => {
  const podsOf = (app: string): readonly any[] =>
    server.objects.list("v1", "Pod", namespace).filter(({ metadata }) => metadata.labels?.["app"] === app);
  const put = async (kind: string, name: string, spec: any): Promise<any> => {
    const apiVersion = kind === "Job" ? "batch/v1" : "apps/v1";
    server.objects.put({ apiVersion, kind, metadata: { name, namespace }, spec });
    await server.settled();
    return server.objects.get({ apiVersion, kind, namespace, name });
  };

  test("of a StatefulSet have ordinals and host names, and are replaced for a new template", async () => {
    const spec = { serviceName: "db", replicas: 2, selector: labels("db"), template: template("db") };
    const { status, metadata } = await put("StatefulSet", "db", spec);
    assert.deepEqual(
      podsOf("db").map((pod) => pod.metadata.name),
      ["db-0", "db-1"],
    );
    assert.deepEqual([podsOf("db")[1].spec.hostname, podsOf("db")[1].spec.subdomain], ["db-1", "db"]);
    assert.deepEqual(
      [status.readyReplicas, status.updatedReplicas, status.observedGeneration],
      [2, 2, metadata.generation],
    );
    assert.equal(status.currentRevision, status.updateRevision);
    const [earlier] = podsOf("db");
    const next = template("db", { terminationGracePeriodSeconds: 1 });
    await put("StatefulSet", "db", { ...spec, replicas: 1, template: next });
    assert.deepEqual(
      podsOf("db").map((pod) => pod.metadata.name),
      ["db-0"],
    );
    assert.notEqual(podsOf("db")[0].metadata.uid, earlier.metadata.uid);
  });

  test("of a paused Deployment wait for a new template, and old revisions are kept up to the limit", async () => {
    const spec = { replicas: 1, revisionHistoryLimit: 1, selector: labels("web"), template: template("web") };
    const next = (seconds: number): object => template("web", { terminationGracePeriodSeconds: seconds });
    const setsOf = (): readonly any[] => server.objects.list("apps/v1", "ReplicaSet", namespace);
    await put("Deployment", "web", spec);
    await put("Deployment", "web", { ...spec, paused: true, replicas: 2, template: next(1) });
    assert.deepEqual(
      setsOf().map((set) => set.spec.replicas),
      [2],
    );
    assert.deepEqual(
      podsOf("web").map((pod) => pod.spec.terminationGracePeriodSeconds),
      [30, 30],
    );
    for (const seconds of [1, 2, 3]) await put("Deployment", "web", { ...spec, template: next(seconds) });
    assert.equal(setsOf().length, 2);
    assert.deepEqual(
      podsOf("web").map((pod) => pod.spec.terminationGracePeriodSeconds),
      [3],
    );
  });

  test("of a DaemonSet are on every node, new nodes included", async () => {
    const { status } = await put("DaemonSet", "log", { selector: labels("log"), template: template("log") });
    assert.deepEqual([status.desiredNumberScheduled, status.numberReady], [2, 2]);
    server.objects.put({ apiVersion: "v1", kind: "Node", metadata: { name: "n3" } });
    await server.settled();
    assert.deepEqual(
      podsOf("log")
        .map((pod) => String(pod.spec.nodeName))
        .toSorted((a, b) => a.localeCompare(b)),
      ["n1", "n2", "n3"],
    );
    server.objects.delete({ apiVersion: "v1", kind: "Node", name: "n3" });
    await server.settled();
    assert.equal(podsOf("log").length, 2);
  });

  test("of a Job complete once each, and the Job reports it", async () => {
    const spec = { completions: 2, template: template("once", { restartPolicy: "Never" }) };
    const { status } = await put("Job", "once", spec);
    assert.deepEqual(
      podsOf("once").map((pod) => pod.status.phase),
      ["Succeeded", "Succeeded"],
    );
    assert.equal(status.succeeded, 2);
    assert.ok(status.conditions.some(({ type, status: is }: any) => type === "Complete" && is === "True"));
    for (const { metadata } of podsOf("once"))
      server.objects.delete({ apiVersion: "v1", kind: "Pod", namespace, name: metadata.name });
    await server.settled();
    assert.equal(podsOf("once").length, 0);
  });

  test("of a suspended Job are not created", async () => {
    const spec = { suspend: true, template: template("later", { restartPolicy: "Never" }) };
    await put("Job", "later", spec);
    assert.equal(podsOf("later").length, 0);
    const later = { apiVersion: "batch/v1", kind: "Job", namespace, name: "later" };
    server.objects.patch(later, { spec: { suspend: false } });
    await server.settled();
    assert.equal(podsOf("later").length, 1);
  });

  test("are deleted with their owner", async () => {
    for (const [kind, name] of [
      ["StatefulSet", "db"],
      ["DaemonSet", "log"],
    ] as const)
      server.objects.delete({ apiVersion: "apps/v1", kind, namespace, name });
    server.objects.delete({ apiVersion: "batch/v1", kind: "Job", namespace, name: "once" });
    await server.settled();
    assert.deepEqual(
      ["db", "log", "once"].map((app) => podsOf(app).length),
      [0, 0, 0],
    );
  });
});
