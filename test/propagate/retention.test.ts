/** What a member has decided about its copy stays when the copy changes: KubeFed copied it back, fedns does not send it. */
import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { suiteScope } from "../support/programs.ts";
import { until } from "../support/until.ts";
import { CopyRig } from "./copy-rig.ts";
import { typeOf } from "./rig.ts";

const TYPES = [
  typeOf({ kind: "Service", plural: "services" }),
  typeOf({ kind: "ServiceAccount", plural: "serviceaccounts" }),
  typeOf({ kind: "Secret", plural: "secrets" }),
  typeOf({ kind: "PersistentVolumeClaim", plural: "persistentvolumeclaims" }),
  typeOf({ kind: "Job", plural: "jobs", group: "batch" }),
];
const core = "/api/v1/namespaces/shop";
const ports = (name: string): object[] => [{ name, port: 80, targetPort: 8080 }];

describe("what a member has decided", () => {
  const scope = suiteScope();
  let rig: CopyRig;
  before(async () => {
    rig = await CopyRig.start(scope, ["m1"], { types: TYPES });
  });
  const labels = (version: string): object => ({ metadata: { labels: { version } } });
  /** The copy after the template got another label. */
  async function changed(kind: string, name: string, template: object): Promise<any> {
    rig.place(kind, name, { ...template, ...labels("2") });
    await until("the copy changes", () => rig.copy(kind, name).metadata.labels.version === "2");
    await rig.isInSync(kind, name);
    return rig.copy(kind, name);
  }
  async function made(kind: string, name: string, template: object): Promise<any> {
    rig.place(kind, name, { ...template, ...labels("1") });
    await rig.isInSync(kind, name);
    return rig.copy(kind, name);
  }
  async function patch(path: string, body: object): Promise<void> {
    const { code, body: answer } = await rig.client.patch(path, body);
    assert.equal(code, 200, JSON.stringify(answer));
  }

  it("are the addresses and node ports of a Service", async () => {
    const template = { spec: { type: "LoadBalancer", externalTrafficPolicy: "Local", ports: ports("http") } };
    const before = (await made("Service", "web", template)).spec;
    assert.match(before.clusterIP, /^\d/);
    assert.equal(typeof before.ports[0].nodePort, "number");
    const after = (await changed("Service", "web", template)).spec;
    assert.deepEqual(after, before);
  });
  it("are those also when the template names others, unless an override does", async () => {
    const spec = { type: "NodePort", ports: [{ name: "http", port: 80, nodePort: 30_081 }] };
    assert.equal((await made("Service", "ported", { spec })).spec.ports[0].nodePort, 30_081);
    const other = { spec: { ...spec, ports: [{ name: "http", port: 80, nodePort: 30_082 }] } };
    const after = await changed("Service", "ported", other);
    assert.equal(after.spec.ports[0].nodePort, 30_081);
    assert.match(rig.report("Service", "ported").message, /keeps its own spec\.ports\[\]\.nodePort/);
    const clusterOverrides = [{ path: "/spec/ports/0/nodePort", value: 30_083 }];
    rig.place(
      "Service",
      "ported",
      { ...other, ...labels("2") },
      { overrides: [{ clusterName: "m1", clusterOverrides }] },
    );
    await until("it is overridden", () => rig.copy("Service", "ported").spec.ports[0].nodePort === 30_083);
  });
  it("are annotations, finalizers and labels that were added there", async () => {
    const template = { data: { a: "MQ==" } };
    await made("Secret", "keys", template);
    const added = {
      annotations: { "example.com/a": "1" },
      finalizers: ["example.com/hold"],
      labels: { own: "1" },
    };
    await patch(`${core}/secrets/keys`, { metadata: added });
    const { metadata } = await changed("Secret", "keys", template);
    assert.deepEqual(metadata.annotations, added.annotations);
    assert.deepEqual(metadata.finalizers, added.finalizers);
    assert.equal(metadata.labels.own, "1");
  });
  it("are secrets of a ServiceAccount", async () => {
    await made("ServiceAccount", "robot", { secrets: [] });
    await patch(`${core}/serviceaccounts/robot`, { secrets: [{ name: "robot-token" }] });
    const after = await changed("ServiceAccount", "robot", { secrets: [] });
    assert.deepEqual(after.secrets, [{ name: "robot-token" }]);
  });
  it("is the volume of a claim", async () => {
    const template = {
      spec: {
        accessModes: ["ReadWriteOnce"],
        storageClassName: "fast",
        resources: { requests: { storage: "1Gi" } },
      },
    };
    await made("PersistentVolumeClaim", "disk", template);
    await patch(`${core}/persistentvolumeclaims/disk`, { spec: { volumeName: "pv-7" } });
    assert.equal((await changed("PersistentVolumeClaim", "disk", template)).spec.volumeName, "pv-7");
  });
  it("are the selector of a Job and the labels of its pods", async () => {
    const containers = [{ name: "a", image: "a:1" }];
    const template = { spec: { template: { spec: { restartPolicy: "Never", containers } } } };
    const before = await made("Job", "once", template);
    assert.equal(typeof before.spec.selector.matchLabels, "object");
    const after = await changed("Job", "once", template);
    assert.deepEqual(after.spec, before.spec);
  });
  it("is not a key of a Secret that the template had as text and gave up", async () => {
    await made("Secret", "text", { stringData: { a: "1", b: "2" } });
    assert.deepEqual(Object.keys(rig.copy("Secret", "text").data), ["a", "b"]);
    assert.deepEqual((await changed("Secret", "text", { stringData: { a: "1" } })).data, { a: "MQ==" });
  });
  it("is found in place by the next process, without a write", async () => {
    await rig.restartWithoutWrites();
  });
});
