import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseFederatedObject } from "../../../src/propagate/federated/federated-object.ts";
import { render, type Rendered, type TargetType } from "../../../src/propagate/render/render.ts";

const WEST = { name: "west", labels: {} };
const DEPLOYMENT: TargetType = { apiVersion: "apps/v1", kind: "Deployment", isNamespaced: true };
const core = (kind: string, isNamespaced = true): TargetType => ({ apiVersion: "v1", kind, isNamespaced });

type Case = {
  readonly template: object;
  readonly target?: TargetType;
  readonly isUpdate?: boolean;
  readonly overrides?: readonly object[];
  readonly retainReplicas?: boolean;
};

function rendered({
  template,
  target = DEPLOYMENT,
  isUpdate = true,
  overrides = [],
  ...spec
}: Case): Rendered {
  const parsed = parseFederatedObject({
    metadata: { name: "web", namespace: "shop", uid: "u1", generation: 1 },
    spec: { template, overrides: [{ clusterName: "west", clusterOverrides: overrides }], ...spec },
  });
  assert.ok(parsed !== null && "object" in parsed);
  return render({ object: parsed.object, target, cluster: WEST, owner: "o1", isUpdate });
}

function bodyOf(options: Case): Record<string, unknown> {
  const result = rendered(options);
  assert.ok("body" in result);
  return result.body;
}

function hashOf(options: Case): string {
  const result = rendered(options);
  assert.ok("hash" in result);
  return result.hash;
}

const replicas = { spec: { replicas: 3, paused: false } };

describe("a copy", () => {
  it("has the identity of the federated object, the type of the target and three labels of ours", () => {
    const options = { template: { metadata: { name: "other", labels: { app: "web" } }, spec: {} } };
    const hash = hashOf(options);
    assert.deepEqual(bodyOf(options), {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: {
        name: "web",
        namespace: "shop",
        labels: {
          app: "web",
          "kubefed.io/managed": "true",
          "fedns.io/owner": "o1",
          "fedns.io/applied": hash,
        },
      },
      spec: {},
    });
  });
  it("of cluster scope has no namespace", () => {
    const body = bodyOf({ template: {}, target: core("Namespace", false) });
    assert.equal("namespace" in (body["metadata"] as object), false);
  });
  it("has neither status, annotations, finalizers nor nulls of the template", () => {
    const metadata = { annotations: { a: "b" }, finalizers: ["x"], creationTimestamp: null };
    const body = bodyOf({ template: { metadata, spec: { a: null, list: [{ b: null }] }, status: { a: 1 } } });
    assert.deepEqual(Object.keys(body["metadata"] as object), ["name", "namespace", "labels"]);
    assert.deepEqual(body["spec"], { list: [{}] });
    assert.equal("status" in body, false);
  });
  it("can get annotations by an override", () => {
    const overrides = [{ op: "add", path: "/metadata/annotations", value: { a: "b" } }];
    assert.deepEqual(
      (bodyOf({ template: {}, overrides })["metadata"] as Record<string, unknown>)["annotations"],
      { a: "b" },
    );
  });
  it("cannot lose our labels by an override", () => {
    const overrides = [
      { op: "add", path: "/metadata/labels", value: { "kubefed.io/managed": "false", b: "c" } },
    ];
    const labels = (bodyOf({ template: {}, overrides })["metadata"] as Record<string, unknown>)["labels"];
    assert.equal((labels as Record<string, string>)["kubefed.io/managed"], "true");
    assert.equal((labels as Record<string, string>)["b"], "c");
  });
  it("has no null in its pods", () => {
    const pod = {
      metadata: { creationTimestamp: null, labels: { a: "b" } },
      spec: { volumes: [{ emptyDir: null }] },
    };
    const body = bodyOf({ template: { spec: { template: pod } } });
    assert.deepEqual(body["spec"], {
      template: { metadata: { labels: { a: "b" } }, spec: { volumes: [{}] } },
    });
  });
  it("has lists without duplicates, and says so", () => {
    const pod = {
      containers: [
        {
          name: "web",
          env: [
            { name: "A", value: "1" },
            { name: "A", value: "2" },
          ],
        },
      ],
    };
    const result = rendered({ template: { spec: { template: { spec: pod } } } });
    assert.ok("notes" in result);
    assert.deepEqual(result.notes, [
      "spec.template.spec.containers[web].env has A twice: the last one counts",
    ]);
  });
  it("has a problem where a list cannot be made unique", () => {
    const ports = [{ port: 80 }, { port: 80 }];
    const result = rendered({ template: { spec: { ports } }, target: core("Service") });
    assert.ok("problem" in result);
    assert.equal(result.status, "ComputeResourceFailed");
  });
  it("has stringData as data", () => {
    const template = { data: { a: "MQ==", b: "Mg==" }, stringData: { b: "three" }, type: "Opaque" };
    const body = bodyOf({ template, target: core("Secret") });
    assert.deepEqual(body["data"], { a: "MQ==", b: "dGhyZWU=" });
    assert.equal("stringData" in body, false);
  });
  it("leaves an empty list of secrets to the member", () => {
    assert.equal("secrets" in bodyOf({ template: { secrets: [] }, target: core("ServiceAccount") }), false);
    assert.deepEqual(
      bodyOf({ template: { secrets: [{ name: "a" }] }, target: core("ServiceAccount") })["secrets"],
      [{ name: "a" }],
    );
  });
});

describe("retained replicas", () => {
  const retained = { template: replicas, retainReplicas: true };
  it("are sent when the copy is created", () => {
    assert.deepEqual(bodyOf({ ...retained, isUpdate: false })["spec"], replicas.spec);
  });
  it("are not sent again", () => {
    assert.deepEqual(bodyOf(retained)["spec"], { paused: false });
  });
  it("do not make the content of a new copy look old", () => {
    assert.equal(hashOf({ ...retained, isUpdate: false }), hashOf(retained));
  });
  it("give way to an override", () => {
    const overrides = [{ path: "/spec/replicas", value: 5 }];
    assert.deepEqual(bodyOf({ ...retained, overrides })["spec"], { replicas: 5, paused: false });
  });
  it("stay the member's when an override sets another field", () => {
    const overrides = [{ path: "/spec/paused", value: true }];
    assert.deepEqual(bodyOf({ ...retained, overrides })["spec"], { paused: true });
  });
  it("are not meant without the word", () => {
    assert.deepEqual(bodyOf({ template: replicas })["spec"], replicas.spec);
  });
});

describe("what a member allocates to a Service", () => {
  const template = { spec: { clusterIP: "10.0.0.7", ports: [{ port: 80, nodePort: 30_080 }] } };
  const allocated = { template, target: core("Service") };
  it("is as in the template when the copy is created, and the member's afterwards", () => {
    assert.deepEqual(bodyOf({ ...allocated, isUpdate: false })["spec"], template.spec);
    assert.deepEqual(bodyOf(allocated)["spec"], { ports: [{ port: 80 }] });
    assert.equal(hashOf({ ...allocated, isUpdate: false }), hashOf(allocated));
  });
  it("is said to be so", () => {
    const result = rendered(allocated);
    assert.ok("notes" in result);
    assert.match(result.notes.join(), /keeps its own spec\.clusterIP and spec\.ports\[\]\.nodePort/);
  });
});

describe("the hash of a copy", () => {
  it("is the same in every version that a member serves", () => {
    const beta = { ...DEPLOYMENT, apiVersion: "apps/v1beta1" };
    assert.equal(hashOf({ template: replicas }), hashOf({ template: replicas, target: beta }));
    assert.equal(bodyOf({ template: replicas, target: beta })["apiVersion"], "apps/v1beta1");
  });
  it("tells a version that an override sets", () => {
    const overrides = [{ path: "/apiVersion", value: "apps/v1beta1" }];
    assert.notEqual(hashOf({ template: replicas, overrides }), hashOf({ template: replicas }));
  });
  it("does not depend on the order of fields", () => {
    assert.equal(
      hashOf({ template: { spec: { a: 1, b: 2 } } }),
      hashOf({ template: { spec: { b: 2, a: 1 } } }),
    );
  });
  it("depends on the order of a list", () => {
    assert.notEqual(
      hashOf({ template: { spec: { a: [1, 2] } } }),
      hashOf({ template: { spec: { a: [2, 1] } } }),
    );
  });
  it("depends on overrides", () => {
    assert.notEqual(
      hashOf({ template: replicas }),
      hashOf({ template: replicas, overrides: [{ path: "/spec/replicas", value: 4 }] }),
    );
  });
});

describe("a copy whose override does not fit", () => {
  it("has a problem that names the path", () => {
    const result = rendered({ template: {}, overrides: [{ path: "/spec/a", value: 1 }] });
    assert.ok("problem" in result);
    assert.match(result.problem, /^the override of \/spec\/a does not fit/);
  });
});
