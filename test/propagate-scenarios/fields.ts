/** Scenarios in which somebody in the member writes as well: 8, 9, 10 and 12; see scenarios.test.ts. */
import assert from "node:assert/strict";
import { it } from "node:test";
import { until } from "../support/until.ts";
import { override, to, web } from "./objects.ts";
import { LOCAL, type Stage } from "./stage.ts";

export function fields(stage: () => Stage): void {
  it("8 a ServiceAccount that its member fills is written once", async () => {
    const s = stage();
    await s.namespace("eight", ["m1"]);
    s.place("ServiceAccount", "eight", "robot", { template: { secrets: [] }, ...to("m1") });
    await s.isReady("ServiceAccount", "eight", "robot");
    const tokens = {
      secrets: [{ name: "robot-token-x2v4b" }],
      imagePullSecrets: [{ name: "robot-dockercfg" }],
    };
    await s.patchIn("m1", "ServiceAccount", "eight", "robot", tokens);
    await s.passed("eight", "m1");
    assert.deepEqual(s.writesOf("m1", "eight", "serviceaccounts", "robot").length, 1);
    const { secrets, imagePullSecrets } = s.copy("m1", "ServiceAccount", "eight", "robot");
    assert.deepEqual({ secrets, imagePullSecrets }, tokens);
    s.edit("ServiceAccount", "eight", "robot", { template: { metadata: { labels: { team: "a" } } } });
    await until(
      "it changes",
      () => s.copy("m1", "ServiceAccount", "eight", "robot").metadata.labels.team === "a",
    );
    const after = s.copy("m1", "ServiceAccount", "eight", "robot");
    assert.deepEqual({ secrets: after.secrets, imagePullSecrets: after.imagePullSecrets }, tokens);
  });

  it("9 what a member allots to Services and claims stays, and its defaults are no difference", async (t) => {
    const s = stage();
    await s.namespace("nine");
    // A server that is newer than the others has a default that nobody else knows.
    t.after(
      s.member("m2").webhooks.add({
        name: "newer",
        kind: "mutating",
        when: ({ resource, namespace }: any) => resource.plural === "services" && namespace === "nine",
        ask: ({ object }: any) => ({
          isAllowed: true,
          object: { ...object, spec: { ...object.spec, trafficDistribution: "PreferClose" } },
        }),
      } as never),
    );
    const port = (number: number, more: object = {}): object => ({
      ports: [{ name: "http", port: number, ...more }],
    });
    const spec = { type: "LoadBalancer", selector: { app: "web" } };
    s.place("Service", "nine", "web", { template: { spec: { ...spec, ...port(80) } } });
    s.place("PersistentVolumeClaim", "nine", "disk", {
      template: { spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } } },
      ...to("m1"),
    });
    await s.isReady("Service", "nine", "web");
    await s.isReady("PersistentVolumeClaim", "nine", "disk");
    const allotted = (member: string): unknown[] => {
      const { clusterIP, clusterIPs, ipFamilies, ports, healthCheckNodePort } = s.copy(
        member,
        "Service",
        "nine",
        "web",
      ).spec;
      return [clusterIP, clusterIPs, ipFamilies, ports[0].nodePort, healthCheckNodePort];
    };
    const before = ["m1", "m2", "m3"].map(allotted);
    assert.ok(before.every(([address, , , nodePort]) => typeof address === "string" && Number(nodePort) > 0));
    s.edit("Service", "nine", "web", { template: { spec: port(8080) } });
    await until("the port changes", () =>
      ["m1", "m2", "m3"].every(
        (member) => s.copy(member, "Service", "nine", "web").spec.ports[0].port === 8080,
      ),
    );
    assert.deepEqual(
      ["m1", "m2", "m3"].map((member) => allotted(member).slice(0, 3)),
      before.map((one) => one.slice(0, 3)),
    );
    // As with KubeFed, a node port of the template counts for a new copy only; an override sets it.
    const overrides = ["m1", "m2", "m3"].map((member) => override(member, "/spec/ports/0/nodePort", 32_123));
    s.edit("Service", "nine", "web", {
      overrides: overrides.map((one) => ({
        ...one,
        clusterOverrides: one["clusterOverrides"].map((patch: object) => ({ op: "add", ...patch })),
      })),
    });
    await until("the host's port is there", () =>
      ["m1", "m2", "m3"].every(
        (member) => s.copy(member, "Service", "nine", "web").spec.ports[0].nodePort === 32_123,
      ),
    );
    await s.isReady("Service", "nine", "web");
    await s.patchIn("m1", "PersistentVolumeClaim", "nine", "disk", { spec: { volumeName: "pv-7" } });
    const disk: any = s.copy("m1", "PersistentVolumeClaim", "nine", "disk");
    s.member("m1").objects.putStatus(disk, { phase: "Bound" });
    await until(
      "its status comes back",
      () => s.lineOf("PersistentVolumeClaim", "nine", "disk", "m1")?.["remoteStatus"]?.phase === "Bound",
    );
    s.edit("PersistentVolumeClaim", "nine", "disk", { template: { metadata: { labels: { team: "a" } } } });
    await until(
      "its label changes",
      () => s.copy("m1", "PersistentVolumeClaim", "nine", "disk").metadata.labels.team === "a",
    );
    assert.equal(s.copy("m1", "PersistentVolumeClaim", "nine", "disk").spec.volumeName, "pv-7");
    await s.passed("nine", "m1", "m2", "m3");
    assert.deepEqual(
      ["m1", "m2", "m3"].map((member) => s.writesOf(member, "nine", "services", "web").length),
      [3, 3, 3],
    );
    assert.equal(s.writesOf("m1", "nine", "persistentvolumeclaims", "disk").length, 2);
  });

  it("10 controllers and people in the member are not undone, and who insists on a field of the host is named", async () => {
    const s = stage();
    await s.namespace("ten", ["m1"]);
    s.place("Deployment", "ten", "web", { template: web(2), ...to("m1") });
    s.place("Widget", "ten", "one", { template: { spec: {} }, ...to("m1") });
    s.place("ConfigMap", "ten", "fought", { template: { data: { a: "host" } }, ...to("m1") });
    for (const [kind, name] of [
      ["Deployment", "web"],
      ["Widget", "one"],
      ["ConfigMap", "fought"],
    ] as const)
      await s.isReady(kind, "ten", name);
    const restarted = { "kubectl.kubernetes.io/restartedAt": "2026-11-30T12:00:00Z" };
    await s.patchIn("m1", "Deployment", "ten", "web", {
      spec: { paused: true, template: { metadata: { annotations: restarted } } },
    });
    await s.patchIn("m1", "Widget", "ten", "one", { spec: { size: 7 } });
    s.edit("Deployment", "ten", "web", { template: web(2, "web:2") });
    s.edit("Widget", "ten", "one", { template: { metadata: { labels: { team: "a" } } } });
    await until(
      "the image is there",
      () => s.copy("m1", "Deployment", "ten", "web").spec.template.spec.containers[0].image === "web:2",
    );
    await until(
      "the label is there",
      () => s.copy("m1", "Widget", "ten", "one").metadata.labels.team === "a",
    );
    const { spec } = s.copy("m1", "Deployment", "ten", "web");
    assert.equal(spec.paused, true);
    assert.deepEqual(spec.template.metadata.annotations, restarted);
    assert.equal(s.copy("m1", "Widget", "ten", "one").spec.size, 7);
    await s.isReady("Deployment", "ten", "web");
    // Somebody in the member insists on a field of the host.
    const insists = (): Promise<void> =>
      s.forceIn("m1", "ConfigMap", "ten", "fought", { data: { a: "member" } });
    for (let round = 1; round <= 3; round++) {
      await insists();
      await until(
        `the host has its way, ${round}`,
        () => s.copy("m1", "ConfigMap", "ten", "fought").data.a === "host",
      );
      await s.isReady("ConfigMap", "ten", "fought");
    }
    await insists();
    await s.says("ConfigMap", "ten", "fought", "m1", "Contested");
    assert.match(s.lineOf("ConfigMap", "ten", "fought", "m1")?.["message"], new RegExp(LOCAL));
    assert.equal(s.copy("m1", "ConfigMap", "ten", "fought").data.a, "member");
  });

  it("12 what a webhook changes back is told, not repeated, and delays nothing else", async (t) => {
    const s = stage();
    await s.namespace("twelve", ["m1", "m2"]);
    t.after(
      s.member("m1").webhooks.add({
        name: "meddler",
        kind: "mutating",
        when: ({ resource, name }: any) => resource.plural === "configmaps" && name === "drifts",
        ask: ({ object }: any) => ({
          isAllowed: true,
          object: { ...object, data: { ...object.data, a: "meddled" } },
        }),
      } as never),
    );
    s.place("ConfigMap", "twelve", "drifts", {
      template: { data: { a: "1", b: "1" } },
      ...to("m1", "m2"),
      overrides: [override("m2", "/data/b", "2")],
    });
    await until("it is told", () =>
      /data\.a/.test(s.lineOf("ConfigMap", "twelve", "drifts", "m1")?.["message"] ?? ""),
    );
    assert.deepEqual(s.copy("m2", "ConfigMap", "twelve", "drifts").data, { a: "1", b: "2" });
    // It is written again by somebody else, and drifts again, several times.
    for (const round of ["1", "2", "3", "4", "5"]) {
      await s.patchIn("m1", "ConfigMap", "twelve", "drifts", { metadata: { annotations: { round } } });
      await s.passed("twelve", "m1", "m2");
    }
    assert.equal(s.writesOf("m1", "twelve", "configmaps", "drifts").length, 1);
    s.edit("ConfigMap", "twelve", "drifts", { template: { data: { b: "3" } } });
    await until("another change arrives", () => s.copy("m1", "ConfigMap", "twelve", "drifts").data.b === "3");
    await s.passed("twelve", "m1", "m2");
    assert.deepEqual(s.copy("m1", "ConfigMap", "twelve", "drifts").data, { a: "meddled", b: "3" });
    assert.ok(s.writesOf("m1", "twelve", "configmaps", "drifts").length <= 3);
  });
}
