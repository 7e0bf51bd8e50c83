/** Templates: what one cluster has allotted is left out, by kind, and nothing else is. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { placementOf } from "../../../src/cli/federate/placement-option.ts";
import { skipReason } from "../../../src/cli/federate/skip-reason.ts";
import { templateOf } from "../../../src/propagate/federated/template.ts";

const LIVE = {
  name: "x",
  namespace: "shop",
  uid: "1",
  resourceVersion: "2",
  generation: 3,
  creationTimestamp: "2026-01-01T00:00:00Z",
  managedFields: [{}],
  labels: {
    app: "x",
    "kubefed.io/managed": "true",
    "fedns.io/owner": "o",
    "kubernetes.io/metadata.name": "x",
  },
};

describe("a template", () => {
  it("has the content and the labels, and nothing that a server or a propagator sets", () => {
    const object = {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: LIVE,
      data: { a: "b" },
      status: { x: 1 },
    };
    const before = structuredClone(object);
    const { template, leftOut, lost } = templateOf("configmaps", object);
    assert.deepEqual(template, { metadata: { labels: { app: "x" } }, data: { a: "b" } });
    assert.deepEqual([leftOut, lost], [[], []]);
    assert.deepEqual(object, before);
  });

  const rows: readonly (readonly [
    what: string,
    kind: string,
    content: object,
    template: object,
    leftOut: readonly string[],
  ])[] = [
    [
      "addresses and node ports of a Service",
      "services",
      {
        spec: {
          clusterIP: "10.0.0.1",
          clusterIPs: ["10.0.0.1"],
          ipFamilies: ["IPv4"],
          ipFamilyPolicy: "SingleStack",
          healthCheckNodePort: 31000,
          externalIPs: ["192.0.2.1"],
          ports: [{ port: 80, nodePort: 30080 }, { port: 81 }],
        },
      },
      {
        spec: {
          ipFamilyPolicy: "SingleStack",
          externalIPs: ["192.0.2.1"],
          ports: [{ port: 80 }, { port: 81 }],
        },
      },
      [
        "spec.clusterIP",
        "spec.clusterIPs",
        "spec.ipFamilies",
        "spec.healthCheckNodePort",
        "spec.ports[].nodePort",
      ],
    ],
    [
      "not that a Service is headless",
      "services",
      { spec: { clusterIP: "None", clusterIPs: ["None"] } },
      { spec: { clusterIP: "None" } },
      ["spec.clusterIPs"],
    ],
    [
      "nothing of a Service of another group",
      "services.serving.example.com",
      { spec: { clusterIP: "x" } },
      { spec: { clusterIP: "x" } },
      [],
    ],
    [
      "selector and labels of a Job",
      "jobs.batch",
      {
        spec: {
          selector: { matchLabels: { "batch.kubernetes.io/controller-uid": "u" } },
          template: { metadata: { labels: { "job-name": "x", "controller-uid": "u", app: "x" } }, spec: {} },
        },
      },
      { spec: { template: { metadata: { labels: { app: "x" } }, spec: {} } } },
      [
        "spec.selector",
        "spec.template.metadata.labels.controller-uid",
        "spec.template.metadata.labels.job-name",
      ],
    ],
    [
      "not the selector that a person gave a Job",
      "jobs.batch",
      { spec: { manualSelector: true, selector: { matchLabels: { a: "b" } } } },
      { spec: { manualSelector: true, selector: { matchLabels: { a: "b" } } } },
      [],
    ],
    [
      "the finalizers of a Namespace, with its empty spec",
      "namespaces",
      { spec: { finalizers: ["kubernetes"] } },
      {},
      ["spec.finalizers"],
    ],
    [
      "the volume of a claim",
      "persistentvolumeclaims",
      { spec: { volumeName: "pv-1", storageClassName: "fast" } },
      { spec: { storageClassName: "fast" } },
      ["spec.volumeName"],
    ],
    [
      "the claim of a volume",
      "persistentvolumes",
      { spec: { claimRef: { uid: "u" }, capacity: {} } },
      { spec: { capacity: {} } },
      ["spec.claimRef"],
    ],
    [
      "tokens of a ServiceAccount",
      "serviceaccounts",
      { secrets: [{ name: "x-token-1" }], imagePullSecrets: [{ name: "r" }] },
      { imagePullSecrets: [{ name: "r" }] },
      ["secrets"],
    ],
    [
      "the status of claims of a StatefulSet",
      "statefulsets.apps",
      { spec: { volumeClaimTemplates: [{ spec: { a: 1 }, status: { phase: "Pending" } }] } },
      { spec: { volumeClaimTemplates: [{ spec: { a: 1 } }] } },
      ["spec.volumeClaimTemplates[].status"],
    ],
    [
      "rules that were aggregated",
      "clusterroles.rbac.authorization.k8s.io",
      { aggregationRule: { a: 1 }, rules: [{ verbs: ["get"] }] },
      { aggregationRule: { a: 1 } },
      ["rules"],
    ],
    [
      "not rules that were written",
      "clusterroles.rbac.authorization.k8s.io",
      { rules: [1] },
      { rules: [1] },
      [],
    ],
    [
      "nulls, as of the time that a template of a Pod has",
      "deployments.apps",
      { spec: { template: { metadata: { creationTimestamp: null, labels: { a: "b" } } }, list: [null, 1] } },
      { spec: { template: { metadata: { labels: { a: "b" } } }, list: [null, 1] } },
      [],
    ],
    ["and nothing that is no object", "services", { spec: "text", other: 5 }, { spec: "text", other: 5 }, []],
  ];
  for (const [what, kind, content, wanted, paths] of rows)
    it(`leaves out ${what}`, () => {
      const { template, leftOut } = templateOf(kind, { metadata: { name: "x" }, ...content });
      assert.deepEqual(template, wanted);
      assert.deepEqual(leftOut, paths);
    });

  it("names annotations and finalizers that a person may miss", () => {
    const annotations = {
      "kubectl.kubernetes.io/last-applied-configuration": "{}",
      "deployment.kubernetes.io/revision": "1",
      "service.beta.kubernetes.io/aws-load-balancer-type": "nlb",
      "kubernetes.io/ingress.class": "nginx",
      "fedns.io/ttl": "30",
    };
    const finalizers = ["kubernetes.io/pvc-protection", "foregroundDeletion", "example.com/keep"];
    assert.deepEqual(templateOf("services", { metadata: { annotations, finalizers } }).lost, [
      "annotation service.beta.kubernetes.io/aws-load-balancer-type",
      "annotation kubernetes.io/ingress.class",
      "annotation fedns.io/ttl",
      "finalizer example.com/keep",
    ]);
  });
});

describe("objects that are not federated", () => {
  const owner = { kind: "ReplicaSet", name: "web-1", controller: true };
  const rows: readonly (readonly [kind: string, object: object, reason: RegExp | null])[] = [
    ["configmaps", { metadata: { name: "a" } }, null],
    ["configmaps", { metadata: { name: "kube-root-ca.crt" } }, /every cluster has its own/],
    ["serviceaccounts", { metadata: { name: "default" } }, /every cluster has its own/],
    ["serviceaccounts", { metadata: { name: "robot" } }, null],
    [
      "secrets",
      { type: "kubernetes.io/service-account-token", metadata: { name: "a" } },
      /every cluster has its own/,
    ],
    ["secrets", { type: "Opaque", metadata: { name: "a" } }, null],
    ["events", { metadata: { name: "a" } }, /what happened/],
    ["events.events.k8s.io", { metadata: { name: "a" } }, /what happened/],
    ["endpoints", { metadata: { name: "a" } }, /from its Services/],
    ["endpointslices.discovery.k8s.io", { metadata: { name: "a" } }, /from its Services/],
    ["leases.coordination.k8s.io", { metadata: { name: "a" } }, /held in this cluster/],
    ["pods", { metadata: { name: "a" } }, /federate the workload/],
    ["pods", { metadata: { name: "a", ownerReferences: [owner] } }, /it belongs to ReplicaSet web-1/],
    [
      "jobs.batch",
      {
        metadata: {
          ownerReferences: [
            { kind: "X", name: "y" },
            { ...owner, kind: "CronJob" },
          ],
        },
      },
      /belongs to CronJob web-1/,
    ],
    ["configmaps", { metadata: { labels: { "kubefed.io/managed": "true" } } }, /it is a copy/],
    ["configmaps", { metadata: { labels: { "kubefed.io/managed": "false" } } }, null],
    ["configmaps", { metadata: { deletionTimestamp: "2026-01-01T00:00:00Z" } }, /being deleted/],
    ["configmaps", { metadata: { ownerReferences: "none", labels: 5 } }, null],
    ["configmaps", {}, null],
  ];
  for (const [kind, object, reason] of rows)
    it(`${kind}: ${JSON.stringify(object)}`, () => {
      const found = skipReason(kind, object as never);
      if (reason === null) assert.equal(found, null);
      else assert.match(found ?? "", reason);
    });
});

describe("the placement of options", () => {
  it("is all clusters, a list, or a selector", () => {
    assert.deepEqual(placementOf({}), { clusterSelector: {} });
    assert.deepEqual(placementOf({ clusters: ["a", "b", "a"] }), {
      clusters: [{ name: "a" }, { name: "b" }],
    });
    assert.deepEqual(
      placementOf({ clusterSelector: "tier=gold,zone in (a, b),!old,env!=dev,has,x notin (y)" }),
      {
        clusterSelector: {
          matchLabels: { tier: "gold" },
          matchExpressions: [
            { key: "zone", operator: "In", values: ["a", "b"] },
            { key: "old", operator: "DoesNotExist" },
            { key: "env", operator: "NotIn", values: ["dev"] },
            { key: "has", operator: "Exists" },
            { key: "x", operator: "NotIn", values: ["y"] },
          ],
        },
      },
    );
    assert.deepEqual(placementOf({ clusterSelector: "a=b,a=c" }), {
      clusterSelector: {
        matchLabels: { a: "b" },
        matchExpressions: [{ key: "a", operator: "In", values: ["c"] }],
      },
    });
  });

  const problemOf = (options: Parameters<typeof placementOf>[0]): string => {
    const placement = placementOf(options);
    return typeof placement === "string" ? placement : "";
  };

  it("is a sentence when it is none", () => {
    assert.match(problemOf({ clusterSelector: "a in b" }), /"a in b" is no selector, like/);
    assert.match(problemOf({ clusters: ["a"], clusterSelector: "" }), /exclude each other/);
  });
});
