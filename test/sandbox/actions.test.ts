/** Subresources that act and store nothing (evictions, tokens), kinds that are stored only, and one kind in two versions. */
import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { startServer } from "./server.ts";

const pods = "/api/v1/namespaces/default/pods";
const accounts = "/api/v1/namespaces/default/serviceaccounts";
const secrets = "/api/v1/namespaces/default/secrets";
const autoscalers = (version: string): string =>
  `/apis/autoscaling/${version}/namespaces/default/horizontalpodautoscalers`;

const { server, client } = await startServer();

describe("an API server", () => {
  before(async () => {
    await server.settled();
  });

  const makePod = (name: string): Promise<unknown> =>
    client.create(pods, { metadata: { name }, spec: { containers: [{ name: "c", image: "i" }] } });

  test("evicts a pod, but not in a dry run", async () => {
    await makePod("guest");
    const body = { apiVersion: "policy/v1", kind: "Eviction", metadata: { name: "guest" } };
    const dry = { ...body, deleteOptions: { dryRun: ["All"] } };
    assert.equal((await client.create(`${pods}/guest/eviction`, dry)).code, 201);
    assert.equal((await client.call(`${pods}/guest`)).code, 200);
    assert.equal((await client.create(`${pods}/guest/eviction`, body)).code, 201);
    assert.equal((await client.call(`${pods}/guest`)).code, 404);
    assert.equal((await client.create(`${pods}/guest/eviction`, body)).code, 404);
  });

  test("removes a namespace whose content has finalizers once the namespace is finalized", async () => {
    const spaces = "/api/v1/namespaces";
    await client.create(spaces, { metadata: { name: "stuck" } });
    const metadata = { name: "held", finalizers: ["example.com/hold"] };
    await client.create(`${spaces}/stuck/configmaps`, { metadata });
    await client.call(`${spaces}/stuck`, { method: "DELETE" });
    await server.settled();
    const { body } = await client.call(`${spaces}/stuck`);
    assert.equal(body.status.phase, "Terminating");
    const finalized = { method: "PUT", body: { ...body, spec: { finalizers: [] } } } as const;
    assert.equal((await client.call(`${spaces}/stuck/finalize`, finalized)).code, 200);
    assert.equal((await client.call(`${spaces}/stuck`)).code, 404);
  });

  test("prints a scale as a table", async () => {
    const template = { metadata: { labels: { a: "b" } }, spec: { containers: [{ name: "c", image: "i" }] } };
    const spec = { replicas: 2, selector: { matchLabels: { a: "b" } }, template };
    const path = "/apis/apps/v1/namespaces/default/deployments";
    await client.create(path, { metadata: { name: "scaled" }, spec });
    const { body } = await client.call(`${path}/scaled/scale`, {
      accept: "application/json;as=Table;v=v1;g=meta.k8s.io",
    });
    assert.deepEqual(
      body.columnDefinitions.map(({ name }: any) => name),
      ["Name", "Desired", "Available", "Age"],
    );
    assert.deepEqual(body.rows[0].cells.slice(0, 2), ["scaled", 2]);
  });

  test("answers requests for shells that it runs no containers", async () => {
    await makePod("quiet");
    const { code, body } = await client.call(`${pods}/quiet/exec`);
    assert.equal(code, 400);
    assert.equal(body.message, "the sandbox runs no containers: pods have no exec");
  });

  test("answers requests for logs with what was written within the process, in the words of a kubelet", async () => {
    await makePod("talking");
    await server.settled();
    const place = { namespace: "default", pod: "talking", container: "c" };
    const said = async (query = ""): Promise<string> => {
      const { body } = await client.call(`${pods}/talking/log${query}`);
      return body.message ?? body;
    };
    for (const text of ["one", "two"])
      server.logs.write(place, { wallMs: Date.parse("2040-01-01T00:00:00Z"), text });
    assert.equal(await said("?tailLines=2"), "one\ntwo\n");
    assert.match(await said(), /^c started, in name only: the sandbox runs no containers\none\ntwo\n$/);
    assert.equal(await said("?tailLines=1&timestamps=true"), "2040-01-01T00:00:00.000Z two\n");
    assert.equal(await said("?container=other"), "container other is not valid for pod talking");
    assert.match(
      await said("?previous=true"),
      /^previous terminated container "c" in pod "talking" not found$/,
    );
  });

  test("lists evictions and tokens in discovery", async () => {
    const { body } = await client.call("/api/v1");
    const names = body.resources.map(({ name, kind }: any) => `${name} ${kind}`);
    for (const one of ["pods/eviction Eviction", "serviceaccounts/token TokenRequest"])
      assert.ok(names.includes(one));
  });

  test("issues tokens of service accounts and accepts them", async () => {
    const { code, body } = await client.create(`${accounts}/default/token`, {
      spec: { expirationSeconds: 600 },
    });
    assert.equal(code, 201);
    assert.equal(body.spec.expirationSeconds, 600);
    assert.equal((await client.call("/apis", { token: body.status.token })).code, 200);
    assert.equal((await client.call("/apis", { token: `${body.status.token}x` })).code, 401);
    assert.equal((await client.create(`${accounts}/nobody/token`, {})).code, 404);
  });

  test("fills the token secrets of service accounts that exist", async () => {
    const metadata = { name: "reader", annotations: { "kubernetes.io/service-account.name": "reader" } };
    await client.create(secrets, { metadata, type: "kubernetes.io/service-account-token" });
    await server.settled();
    assert.equal((await client.call(`${secrets}/reader`)).body.data, undefined);
    await client.create(accounts, { metadata: { name: "reader" } });
    await server.settled();
    const { body } = await client.call(`${secrets}/reader`);
    const text = (key: string): string => Buffer.from(body.data[key], "base64").toString();
    assert.equal(text("namespace"), "default");
    assert.equal(text("ca.crt"), server.caPem);
    assert.equal((await client.call("/apis", { token: text("token") })).code, 200);
  });

  test("refuses a token secret that names no service account", async () => {
    const type = "kubernetes.io/service-account-token";
    const { code, body } = await client.create(secrets, { metadata: { name: "nameless" }, type });
    assert.equal(code, 422);
    assert.match(
      body.message,
      /metadata\.annotations\[kubernetes\.io\/service-account\.name\]: Required value/,
    );
  });

  test("serves an autoscaler in both versions, each with the fields of that version", async () => {
    const scaleTargetRef = { apiVersion: "apps/v1", kind: "Deployment", name: "d" };
    const spec = { scaleTargetRef, maxReplicas: 3, targetCPUUtilizationPercentage: 50 };
    const made = await client.create(autoscalers("v1"), { metadata: { name: "h" }, spec });
    assert.equal(made.body.spec.targetCPUUtilizationPercentage, 50);
    const { body: second } = await client.call(`${autoscalers("v2")}/h`);
    assert.equal(second.apiVersion, "autoscaling/v2");
    assert.equal(second.spec.metrics[0].resource.target.averageUtilization, 50);
    const { body: list } = await client.call(autoscalers("v1"));
    assert.equal(list.items[0].spec.targetCPUUtilizationPercentage, 50);
    assert.equal(list.items[0].spec.metrics, undefined);
    const patched = await client.patch(`${autoscalers("v1")}/h`, {
      spec: { targetCPUUtilizationPercentage: 70 },
    });
    assert.equal(patched.body.spec.targetCPUUtilizationPercentage, 70);
    const { body: after2 } = await client.call(`${autoscalers("v2")}/h`);
    assert.equal(after2.spec.metrics[0].resource.target.averageUtilization, 70);
  });

  test("stores kinds it does not act on, and warns about that", async () => {
    const path = "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations";
    const { code, headers } = await client.create(path, {
      metadata: { name: "w" },
      webhooks: [{ name: "w.example.com", clientConfig: { service: { name: "w", namespace: "default" } } }],
    });
    assert.equal(code, 201);
    assert.match(String(headers["warning"]), /but does not call them/);
  });
});
