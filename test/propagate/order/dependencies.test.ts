import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { dependenciesOf } from "../../../src/propagate/order/dependencies.ts";

function names(body: object): readonly string[] {
  return dependenciesOf(body as never).map(({ kind, namespace, name }) =>
    namespace === "" ? `${kind} ${name}` : `${kind} ${namespace}/${name}`,
  );
}

const metadata = { name: "web", namespace: "shop" };
const NAMESPACE = "Namespace shop";
const POD = {
  serviceAccountName: "robot",
  imagePullSecrets: [{ name: "pull" }],
  volumes: [
    { configMap: { name: "files" } },
    { secret: { secretName: "keys" } },
    { secret: { secretName: "maybe", optional: true } },
    { persistentVolumeClaim: { claimName: "disk" } },
    {
      projected: {
        sources: [
          { configMap: { name: "part" } },
          { secret: { name: "piece" } },
          { serviceAccountToken: {} },
        ],
      },
    },
    { emptyDir: {} },
  ],
  initContainers: [{ envFrom: [{ configMapRef: { name: "init" } }] }],
  containers: [
    {
      envFrom: [{ secretRef: { name: "all" } }],
      env: [
        { name: "A", value: "1" },
        { name: "B", valueFrom: { configMapKeyRef: { name: "one", key: "b" } } },
        { name: "C", valueFrom: { secretKeyRef: { name: "two", key: "c", optional: true } } },
      ],
    },
  ],
};
const OF_POD = [
  "ServiceAccount shop/robot",
  "Secret shop/pull",
  "ConfigMap shop/files",
  "Secret shop/keys",
  "PersistentVolumeClaim shop/disk",
  "ConfigMap shop/part",
  "Secret shop/piece",
  "ConfigMap shop/init",
  "Secret shop/all",
  "ConfigMap shop/one",
];

describe("what a copy needs first", () => {
  it("is its namespace", () => {
    assert.deepEqual(names({ kind: "ConfigMap", metadata }), [NAMESPACE]);
  });
  it("is nothing for an object of cluster scope", () => {
    assert.deepEqual(names({ kind: "Namespace", metadata: { name: "shop" } }), []);
  });
  it("is what its pods name and cannot start without", () => {
    assert.deepEqual(names({ kind: "Deployment", metadata, spec: { template: { spec: POD } } }), [
      NAMESPACE,
      ...OF_POD,
    ]);
  });
  it("is found in a pod, and in the job template of a CronJob", () => {
    assert.deepEqual(names({ kind: "Pod", metadata, spec: POD }), [NAMESPACE, ...OF_POD]);
    const jobTemplate = { spec: { template: { spec: POD } } };
    assert.deepEqual(names({ kind: "CronJob", metadata, spec: { jobTemplate } }), [NAMESPACE, ...OF_POD]);
  });
  it("is the services and certificates of an Ingress", () => {
    const spec = {
      tls: [{ secretName: "cert" }],
      defaultBackend: { service: { name: "front" } },
      rules: [
        { host: "a" },
        { http: { paths: [{ backend: { service: { name: "back" } } }, { backend: { resource: {} } }] } },
      ],
    };
    assert.deepEqual(names({ kind: "Ingress", metadata, spec }), [
      NAMESPACE,
      "Secret shop/cert",
      "Service shop/front",
      "Service shop/back",
    ]);
  });
  it("is what an autoscaler scales", () => {
    const spec = { scaleTargetRef: { kind: "Deployment", name: "web" } };
    assert.deepEqual(names({ kind: "HorizontalPodAutoscaler", metadata, spec }), [
      NAMESPACE,
      "Deployment shop/web",
    ]);
  });
  it("is the role and the accounts of a binding, but for those of other namespaces", () => {
    const subjects = [
      { kind: "ServiceAccount", name: "robot" },
      { kind: "ServiceAccount", name: "guest", namespace: "other" },
      { kind: "User", name: "jane" },
    ];
    assert.deepEqual(
      names({ kind: "RoleBinding", metadata, roleRef: { kind: "ClusterRole", name: "view" }, subjects }),
      [NAMESPACE, "ClusterRole view", "ServiceAccount shop/robot"],
    );
  });
  it("is read from templates of any form", () => {
    for (const spec of [
      null,
      "x",
      [],
      { template: [] },
      { template: { spec: { containers: {}, volumes: ["x", null] } } },
    ])
      assert.deepEqual(names({ kind: "Deployment", metadata, spec }), [NAMESPACE]);
  });
});
