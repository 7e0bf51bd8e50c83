/** What server-side apply cannot express goes another way, is told, and is not tried for ever: real API semantics judge. */
import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import type { Client } from "../sandbox/client.ts";
import { suiteScope } from "../support/programs.ts";
import { until } from "../support/until.ts";
import { CopyRig, MANAGED } from "./copy-rig.ts";

const env = (name: string, value: string): object => ({ name, value });
const pod = (container: object, more: object = {}): object => ({
  metadata: { labels: { app: "web" }, creationTimestamp: null },
  spec: { containers: [{ name: "web", image: "web:1", ...container }], ...more },
});
const deployment = (container: object, more: object = {}): object => ({
  spec: { replicas: 2, selector: { matchLabels: { app: "web" } }, template: pod(container), ...more },
});

describe("a template with a key twice in a list", () => {
  const scope = suiteScope();
  let rig: CopyRig;
  before(async () => {
    rig = await CopyRig.start(scope, ["m1"]);
  });

  it("is applied with the last one, and says so, also to the next process", async () => {
    rig.place("Deployment", "web", deployment({ env: [env("A", "1"), env("B", "2"), env("A", "3")] }));
    await rig.isInSync("Deployment", "web");
    const [container] = rig.copy("Deployment", "web").spec.template.spec.containers;
    assert.deepEqual(container.env, [env("B", "2"), env("A", "3")]);
    const said = /containers\[web\]\.env has A twice: the last one counts/;
    assert.match(rig.report("Deployment", "web").message, said);
    await rig.restartWithoutWrites();
    assert.match(rig.report("Deployment", "web").message, said);
  });
  it("is not applied where an item would be lost, and names the list", async () => {
    const ports = [1, 2].map((i) => ({ name: `p${i}`, containerPort: 80 }));
    rig.place("Deployment", "ports", deployment({ ports }));
    await rig.hasStatus("Deployment", "ports", "ComputeResourceFailed");
    assert.match(
      rig.report("Deployment", "ports").message,
      /ports has 80\/TCP twice with different contents/,
    );
    assert.equal(rig.copy("Deployment", "ports"), null);
  });
});

describe("a template with fields that a member does not know", () => {
  const scope = suiteScope();
  let rig: CopyRig;
  const odd = deployment({ imag: "x", securityContext: { odd: true, runAsUser: 1 } }, { strange: { a: 1 } });
  before(async () => {
    rig = await CopyRig.start(scope, ["m1"]);
  });

  it("is applied without them, and names them", async () => {
    rig.place("Deployment", "web", odd);
    await rig.isInSync("Deployment", "web");
    const { spec, metadata } = rig.copy("Deployment", "web");
    assert.equal(spec.template.spec.containers[0].image, "web:1");
    assert.equal("strange" in spec, false);
    assert.equal(typeof metadata.labels["fedns.io/left-out"], "string");
    const { message } = rig.report("Deployment", "web");
    for (const path of ["spec.strange", "containers[0].imag", "containers[0].securityContext.odd"])
      assert.ok(message.includes(path), message);
  });
  it("sends nothing when its copy's status changes, and nothing after a restart", async () => {
    const { message } = rig.report("Deployment", "web");
    const { requests } = await rig.writesDuring(async () => {
      await rig.client.patch("/apis/apps/v1/namespaces/shop/deployments/web/status", {
        status: { observedGeneration: 1 },
      });
      await rig.settled();
    });
    assert.deepEqual(requests, []);
    await rig.restartWithoutWrites();
    assert.equal(rig.report("Deployment", "web").message, message);
  });
  it("is mended where a foreign writer takes a field that it knows", async () => {
    await rig.client.patch("/apis/apps/v1/namespaces/shop/deployments/web", { spec: { replicas: 7 } });
    await until("the value is back", () => rig.copy("Deployment", "web").spec.replicas === 2);
  });
  it("loses the label with the fields", async () => {
    rig.place("Deployment", "web", deployment({}));
    await until("it is gone", () => !("fedns.io/left-out" in rig.copy("Deployment", "web").metadata.labels));
    await rig.isInSync("Deployment", "web");
    assert.equal(rig.report("Deployment", "web").message, null);
  });
  it("is refused once when a value is wrong as well, and not again for a status", async () => {
    rig.place("Deployment", "wrong", deployment({}));
    await rig.isInSync("Deployment", "wrong");
    rig.place("Deployment", "wrong", deployment({ imag: "x" }, { minReadySeconds: "soon" }));
    await rig.hasStatus("Deployment", "wrong", "UpdateFailed");
    assert.match(rig.report("Deployment", "wrong").message, /minReadySeconds: expected numeric/);
    await rig.settled();
    const conditions = (): any => rig.object("Deployment", "wrong").status.conditions;
    const stalled = (): any => conditions().find(({ type }: any) => type === "Stalled");
    await until("its status says so", () => stalled().status === "True");
    assert.equal(stalled().reason, "UpdateFailed");
    assert.equal(conditions().find(({ type }: any) => type === "Reconciling").status, "False");
    const { requests } = await rig.writesDuring(async () => {
      const seen = rig.copy("Deployment", "wrong").metadata.resourceVersion;
      await rig.client.patch("/apis/apps/v1/namespaces/shop/deployments/wrong/status", {
        status: { observedGeneration: 2 },
      });
      await until("it has changed", () => rig.copy("Deployment", "wrong").metadata.resourceVersion !== seen);
      await rig.sawChange("wrong");
    });
    assert.deepEqual(requests, []);
  });
});

describe("a live object with a key twice in a list", () => {
  const scope = suiteScope();
  let rig: CopyRig;
  let client: Client;
  const path = "/apis/apps/v1/namespaces/shop/deployments";
  const twice = [env("A", "1"), env("A", "2"), env("C", "3")];
  const inHost = deployment({ env: [env("A", "2")] }) as any;
  const make = async (name: string, labels: object): Promise<void> => {
    const body = { ...(deployment({ env: twice }) as object), metadata: { name, labels } };
    const { code } = await client.create(path, { apiVersion: "apps/v1", kind: "Deployment", ...body });
    assert.equal(code, 201);
    assert.equal(rig.copy("Deployment", name).metadata.managedFields, undefined);
  };
  before(async () => {
    rig = await CopyRig.start(scope, ["m1"]);
    client = rig.client;
  });

  it("that KubeFed made is repaired, taken over, and belongs to nobody else", async () => {
    await make("web", MANAGED);
    rig.place("Deployment", "web", inHost);
    await rig.isInSync("Deployment", "web");
    const { spec, metadata } = rig.copy("Deployment", "web");
    assert.deepEqual(spec.template.spec.containers[0].env, [env("A", "2"), env("C", "3")]);
    const managers = metadata.managedFields.map(({ manager, operation }: any) => `${manager} ${operation}`);
    assert.equal(managers.includes("before-first-apply Update"), false, String(managers));
    assert.match(rig.report("Deployment", "web").message, /env had an item twice in the cluster/);
    await rig.restartWithoutWrites();
  });
  it("is adopted when that is allowed", async () => {
    await make("strange", {});
    rig.place("Deployment", "strange", inHost);
    await rig.isInSync("Deployment", "strange");
    assert.equal(rig.copy("Deployment", "strange").metadata.labels["fedns.io/adopted"], "true");
  });
  it("is repaired again when somebody writes it so, three times in ten minutes at most", async () => {
    const spoil = async (): Promise<void> => {
      const containers = [{ name: "web", image: "web:1", env: twice }];
      const { code } = await client.patch(`${path}/web`, { spec: { template: { spec: { containers } } } });
      assert.equal(code, 200);
    };
    for (let times = 1; times <= 3; times += 1) {
      await spoil();
      await until(
        "it is repaired",
        () => rig.copy("Deployment", "web").spec.template.spec.containers[0].env.length === 2,
      );
      await rig.isInSync("Deployment", "web");
    }
    await spoil();
    await rig.hasStatus("Deployment", "web", "Contested");
    assert.match(rig.report("Deployment", "web").message, /others change fields back each time/);
  });
  it("is left alone where adoption must change nothing", async () => {
    const careful = await CopyRig.start(scope, ["m1"], { adoption: "if-no-diff" });
    const body = { ...(deployment({ env: twice }) as object), metadata: { name: "web" } };
    await careful.client.create(path, { apiVersion: "apps/v1", kind: "Deployment", ...body });
    careful.place("Deployment", "web", deployment({ env: [env("A", "2")] }));
    await careful.hasStatus("Deployment", "web", "UpdateFailed");
    assert.equal(careful.copy("Deployment", "web").spec.template.spec.containers[0].env.length, 3);
  });
});
