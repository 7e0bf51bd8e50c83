/** Fields that cannot be changed, and sizes that every write has to keep to. */
import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { deployment, deployments, stepsOf } from "./api-steps.ts";
import { configMap, configMaps } from "./client.ts";
import { startServer } from "./server.ts";
import { crds, widget, widgetDefinition, widgets } from "./widgets.ts";

const { server, client } = await startServer();
const { apply } = stepsOf(client);

before(async () => {
  await client.create(crds, widgetDefinition());
  await server.settled();
});

describe("immutable fields", () => {
  const base = "/apis/rbac.authorization.k8s.io/v1/namespaces/default/rolebindings";
  const binding = (role: string): any => ({
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "RoleBinding",
    metadata: { name: "b" },
    subjects: [{ kind: "User", name: "u", apiGroup: "rbac.authorization.k8s.io" }],
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: role },
  });
  const claims = "/api/v1/namespaces/default/persistentvolumeclaims";
  const claim = (mode: string): any => ({
    apiVersion: "v1",
    kind: "PersistentVolumeClaim",
    metadata: { name: "p" },
    spec: { accessModes: [mode], resources: { requests: { storage: "1Gi" } } },
  });
  const job = (image: string): any => ({
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: { name: "j" },
    spec: { template: { spec: { restartPolicy: "Never", containers: [{ name: "c", image }] } } },
  });
  const other = deployment("fixed", { selector: { matchLabels: { app: "fixed", tier: "x" } } });
  other.spec.template.metadata.labels.tier = "x";
  const sets = "/apis/apps/v1/namespaces/default/statefulsets";
  const set = (serviceName: string): any => ({
    ...deployment("set", { serviceName }),
    kind: "StatefulSet",
  });
  const rows: readonly (readonly [string, string, any, any, string])[] = [
    ["a selector", deployments, deployment("fixed"), other, "spec.selector"],
    ["the template of a Job", "/apis/batch/v1/namespaces/default/jobs", job("a"), job("b"), "spec.template"],
    ["a claim", claims, claim("ReadWriteOnce"), claim("ReadWriteMany"), "spec"],
    ["a StatefulSet", sets, set("a"), set("b"), "spec"],
    ["the role of a binding", base, binding("one"), binding("two"), "roleRef"],
    [
      "the type of a Secret",
      "/api/v1/namespaces/default/secrets",
      { apiVersion: "v1", kind: "Secret", metadata: { name: "t" }, type: "a" },
      { apiVersion: "v1", kind: "Secret", metadata: { name: "t" }, type: "b" },
      "type",
    ],
    [
      "an immutable ConfigMap",
      configMaps,
      { ...configMap("im"), immutable: true, data: { a: "1" } },
      { ...configMap("im"), immutable: true, data: { a: "2" } },
      "data",
    ],
  ];
  for (const [what, path, first, second, field] of rows) {
    test(`such as ${what} are 422 with a cause, forced or not`, async () => {
      const made = await apply(path, first);
      assert.equal(made.code, 201, made.body.message);
      for (const query of ["", "&force=true"]) {
        const { code, body } = await apply(path, second, "fedns", query);
        assert.deepEqual([code, body.reason], [422, "Invalid"], body.message);
        const fields = body.details.causes.map((cause: any) => cause.field as string);
        assert.ok(fields.includes(field), fields.join());
      }
    });
  }

  test("such as a claim get their volume once", async () => {
    await client.create(claims, { ...claim("ReadWriteOnce"), metadata: { name: "bound" } });
    const bind = async (volumeName: string): Promise<number> =>
      (await client.patch(`${claims}/bound`, { spec: { volumeName } })).code;
    assert.deepEqual([await bind("pv-1"), await bind("pv-1"), await bind("pv-2")], [200, 200, 422]);
  });
});

describe("the size of an object", () => {
  const big = (mebibytes: number): string => "x".repeat(mebibytes * 1024 * 1024);

  test("of a ConfigMap is at most 1 MiB of data", async () => {
    const { code, body } = await apply(configMaps, { ...configMap("big"), data: { a: big(1.05) } });
    assert.deepEqual([code, body.details.causes[0].reason], [422, "FieldValueTooLong"]);
  });

  test("of a custom object is bounded by etcd and by the connection to it, and of a request by the server", async () => {
    const rows = [
      [1.2, 201, ""],
      [1.6, 500, "etcdserver: request is too large"],
      [2.5, 500, "rpc error: code = ResourceExhausted desc = trying to send message larger than max"],
      [3.1, 413, "Request entity too large: limit is 3145728"],
    ] as const;
    for (const [size, expected, text] of rows) {
      const { code, body } = await apply(widgets, widget(`big-${size * 10}`, { free: { text: big(size) } }));
      assert.equal(code, expected);
      if (text !== "") assert.ok(body.message.startsWith(text), body.message.slice(0, 200));
    }
  });

  test("of annotations is at most 256 KiB, and of a label value 63 characters", async () => {
    const annotated = await apply(configMaps, configMap("noted", { annotations: { a: big(0.26) } }));
    assert.deepEqual(
      [annotated.code, annotated.body.details.causes[0].reason, annotated.body.details.causes[0].field],
      [422, "FieldValueTooLong", "metadata.annotations"],
    );
    assert.equal((await apply(configMaps, configMap("noted", { labels: { a: "x".repeat(63) } }))).code, 201);
    assert.equal((await apply(configMaps, configMap("noted", { labels: { a: "x".repeat(64) } }))).code, 422);
  });
});
