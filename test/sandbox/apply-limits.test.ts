/** What server-side apply refuses although other writes take it. */
import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { deployment, deployments, owners, stepsOf } from "./api-steps.ts";
import { configMap, configMaps } from "./client.ts";
import { startServer } from "./server.ts";
import { crds, widget, widgetDefinition, widgets } from "./widgets.ts";

const { server, client } = await startServer();
const { apply, merge, put } = stepsOf(client);
const env = (name: string): any => ({ name, value: "1" });

/** A Deployment with more fields in its pod template. */
function pod(name: string, fields: object): any {
  const made = deployment(name);
  Object.assign(made.spec.template.spec, fields);
  return made;
}

before(async () => {
  await client.create(crds, widgetDefinition());
  await server.settled();
});

describe("an apply with duplicates in a list", () => {
  const inContainer = (fields: object): any => deployment("twice", {}, fields);
  const rows: readonly (readonly [string, any, string])[] = [
    [
      "env names",
      inContainer({ env: [env("A"), env("A")] }),
      'containers[name="a"].env: duplicate entries for key [name="A"]',
    ],
    [
      "container ports",
      inContainer({ ports: [{ containerPort: 80 }, { containerPort: 80, protocol: "TCP" }] }),
      'duplicate entries for key [containerPort=80,protocol="TCP"]',
    ],
    [
      "volume mounts",
      inContainer({
        volumeMounts: [
          { name: "v", mountPath: "/a" },
          { name: "w", mountPath: "/a" },
        ],
      }),
      'duplicate entries for key [mountPath="/a"]',
    ],
    ["pull secrets", pod("twice", { imagePullSecrets: [{ name: "s" }, { name: "s" }] }), 'key [name="s"]'],
    [
      "host aliases",
      pod("twice", { hostAliases: [{ ip: "192.0.2.1" }, { ip: "192.0.2.1" }] }),
      'key [ip="192.0.2.1"]',
    ],
    [
      "spread constraints",
      pod("twice", {
        topologySpreadConstraints: [1, 2].map((maxSkew) => ({
          maxSkew,
          topologyKey: "z",
          whenUnsatisfiable: "DoNotSchedule",
        })),
      }),
      'key [topologyKey="z",whenUnsatisfiable="DoNotSchedule"]',
    ],
  ];
  for (const [what, config, why] of rows) {
    test(`such as ${what} is 500 without a reason`, async () => {
      const { code, body } = await apply(deployments, config);
      assert.deepEqual([code, "reason" in body, body.kind], [500, false, "Status"], body.message);
      assert.ok(
        body.message.startsWith("failed to create typed patch object (/twice; apps/v1, Kind=Deployment): ."),
      );
      assert.ok(body.message.includes(why), body.message);
    });
  }

  test("such as service ports, finalizers and owners is 500, too", async () => {
    const services = "/api/v1/namespaces/default/services";
    const ports = [
      { name: "a", port: 80 },
      { name: "b", port: 80 },
    ];
    const service = { apiVersion: "v1", kind: "Service", metadata: { name: "s" }, spec: { ports } };
    assert.equal((await apply(services, service)).code, 500);
    const bothProtocols = [
      { name: "a", port: 53 },
      { name: "b", port: 53, protocol: "UDP" },
    ];
    assert.equal((await apply(services, { ...service, spec: { ports: bothProtocols } })).code, 201);
    const finalizers = ["example.com/x", "example.com/x"];
    const held = await apply(configMaps, configMap("f", { finalizers }));
    assert.match(
      held.body.message,
      /\.metadata\.finalizers: duplicate entries for key \[="example\.com\/x"\]$/,
    );
    const owner = { apiVersion: "v1", kind: "ConfigMap", name: "o", uid: "u" };
    assert.equal((await apply(configMaps, configMap("f", { ownerReferences: [owner, owner] }))).code, 500);
    const tolerations = [{ key: "a" }, { key: "a" }];
    assert.equal((await apply(deployments, pod("tolerant", { tolerations }))).code, 201);
  });

  test("cannot be made to an object that has them; other writes work, and end its tracking", async () => {
    const double = deployment("double", {}, { env: [env("A"), env("A")] });
    const { code, body: made } = await client.create(deployments, double);
    assert.deepEqual([code, made.metadata.managedFields], [201, undefined]);
    const label = {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: "double", labels: { a: "b" } },
    };
    const refused = await apply(deployments, label);
    assert.deepEqual([refused.code, "reason" in refused.body], [500, false]);
    assert.match(
      refused.body.message,
      /^failed to create manager for existing fields: failed to convert new object \(default\/double; apps\/v1, Kind=Deployment\) to smd typed: \.spec\.template\.spec\.containers\[name="a"\]\.env: duplicate entries/,
    );
    assert.equal((await merge(`${deployments}/double`, { metadata: { labels: { a: "c" } } })).code, 200);
    assert.equal(
      (await put(`${deployments}/double`, deployment("double", {}, { env: [env("A")] }))).code,
      200,
    );
    const { code: then, body } = await apply(deployments, label, "fedns", "&force=true");
    assert.equal(then, 200);
    assert.ok("before-first-apply Update" in owners(body));
    await apply(configMaps, configMap("tracked", { labels: { a: "b" } }));
    const finalizers = ["example.com/x", "example.com/x"];
    const { body: lost } = await merge(`${configMaps}/tracked`, { metadata: { finalizers } });
    assert.equal(lost.metadata.managedFields, undefined);
  });
});

describe("an apply with fields that its kind does not have", () => {
  test("is 500 whatever the field validation says, also for custom kinds and a status that does not exist", async () => {
    const typo = deployment("typo", {}, { imag: "i" });
    for (const mode of ["Ignore", "Warn", "Strict"]) {
      const { code, body } = await apply(deployments, typo, "fedns", `&fieldValidation=${mode}`);
      assert.deepEqual([code, "reason" in body], [500, false]);
      assert.match(
        body.message,
        /\.spec\.template\.spec\.containers\[name="a"\]\.imag: field not declared in schema$/,
      );
    }
    assert.equal((await apply(widgets, widget("w", { stray: 1 }))).code, 500);
    assert.equal((await apply(configMaps, { ...configMap("s"), status: {} })).code, 500);
    assert.equal((await client.create(deployments, typo)).code, 201);
    const odd = await apply(configMaps, configMap("s"), "fedns", "&fieldValidation=Maybe");
    assert.deepEqual([odd.code, odd.body.reason], [422, "Invalid"]);
  });

  test("or with scalars of a wrong type is 500, and lists all faults", async () => {
    const wrong = deployment("wrong", { replicas: "3" }, { env: [{ name: "A", value: 1 }] });
    const { code, body } = await apply(deployments, wrong);
    assert.equal(code, 500);
    const [head, ...lines] = body.message.split("\n");
    assert.equal(head, "failed to create typed patch object (/wrong; apps/v1, Kind=Deployment): errors:");
    assert.deepEqual(lines.toSorted(), [
      "  .spec.replicas: expected numeric (int or float), got string",
      '  .spec.template.spec.containers[name="a"].env[name="A"].value: expected string, got &value.valueUnstructured{Value:1}',
    ]);
    const custom = await apply(widgets, widget("w", { size: "big" }));
    assert.match(custom.body.message, /\.spec\.size: expected numeric \(int or float\), got string$/);
  });

  test("twice keeps the last and warns, and is refused under Strict", async () => {
    const text = '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"two"},"data":{"a":"1","a":"2"}}';
    const path = `${configMaps}/two?fieldManager=x`;
    const type = "application/apply-patch+yaml";
    const { code, body, headers } = await client.patch(path, text, type);
    assert.deepEqual([code, body.data], [201, { a: "2" }]);
    assert.match(String(headers["warning"]), /key \\"a\\" already set in map/);
    const strict = await client.patch(`${path}&fieldValidation=Strict`, text, type);
    assert.deepEqual([strict.code, strict.body.reason], [400, "BadRequest"]);
  });
});

describe("an applied null", () => {
  test("is owned and leaves the field to its default in a built-in kind, which can be a conflict", async () => {
    const { body } = await apply(deployments, deployment("null", { replicas: null }));
    assert.equal(body.spec.replicas, 1);
    assert.deepEqual(owners(body)["fedns Apply"]["f:spec"]["f:replicas"], {});
    await merge(`${deployments}/null/scale`, { spec: { replicas: 4 } }, "hpa");
    const clash = await apply(deployments, deployment("null", { replicas: null }));
    assert.match(
      clash.body.message,
      /conflict with "hpa" with subresource "scale" using apps\/v1: \.spec\.replicas$/,
    );
    const { body: forced } = await apply(
      deployments,
      deployment("null", { replicas: null }),
      "fedns",
      "&force=true",
    );
    assert.equal(forced.spec.replicas, 1);
    assert.equal("hpa Update scale" in owners(forced), false);
  });

  test("is invalid in a custom kind that does not allow it", async () => {
    const { code, body } = await apply(widgets, widget("n", { color: null }));
    assert.deepEqual([code, body.reason], [422, "Invalid"]);
  });

  test("and empty maps, empty lists and quantities in any spelling are applied again without a change", async () => {
    const resources = { limits: { cpu: 1, memory: "1024Mi" }, requests: {} };
    const config = deployment("again", {}, { resources, env: [], args: [] });
    config.metadata.annotations = {};
    await apply(deployments, config);
    await server.settled();
    const { body: first } = await client.call(`${deployments}/again`);
    const { body: second } = await apply(deployments, config);
    assert.equal(second.metadata.resourceVersion, first.metadata.resourceVersion);
  });
});

describe("an applied Secret", () => {
  test("with stringData owns stringData, so that a dropped key stays in the data", async () => {
    const secrets = "/api/v1/namespaces/default/secrets";
    const secret = (stringData: object): any => ({
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: "s" },
      stringData,
    });
    const { body } = await apply(secrets, secret({ a: "1", b: "2" }));
    assert.deepEqual(owners(body)["fedns Apply"], { "f:stringData": { "f:a": {}, "f:b": {} } });
    const again = await apply(secrets, secret({ a: "1", b: "2" }));
    assert.equal(again.body.metadata.resourceVersion, body.metadata.resourceVersion);
    const { body: fewer } = await apply(secrets, secret({ a: "1" }));
    assert.deepEqual(Object.keys(fewer.data), ["a", "b"]);
  });
});
