/** Validation of built-in kinds, field by field, with the messages of a real API server. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { container, job, type Kind, paths, pod, service, workload } from "./objects.ts";
import { startServer } from "./server.ts";

const path = (own: object): object => ({
  pathType: "Prefix",
  path: "/",
  backend: { service: { name: "a", port: { number: 80 } } },
  ...own,
});
const ingress = (rule: object): object => ({ spec: { rules: [rule] } });
const first = "spec.rules[0].http.paths[0]";
const inPod = "spec.template.spec";

const refusals: readonly (readonly [Kind, object, string])[] = [
  [
    "Service",
    service({ type: "Bogus" }),
    'spec.type: Unsupported value: "Bogus": supported values: "ClusterIP", "ExternalName", "LoadBalancer", "NodePort"',
  ],
  [
    "Service",
    service({ sessionAffinity: "X" }),
    'spec.sessionAffinity: Unsupported value: "X": supported values: "ClientIP", "None"',
  ],
  [
    "Service",
    service({ clusterIP: "x" }),
    'spec.clusterIPs[0]: Invalid value: "x": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
  ],
  [
    "Service",
    service({ ports: [{ port: 80, targetPort: 99_999 }] }),
    "spec.ports[0].targetPort: Invalid value: 99999: must be between 1 and 65535, inclusive",
  ],
  [
    "Service",
    service({
      ports: [
        { name: "a", port: 80 },
        { name: "a", port: 81 },
      ],
    }),
    'spec.ports[1].name: Duplicate value: "a"',
  ],
  [
    "Service",
    service({
      ports: [
        { name: "a", port: 80 },
        { name: "b", port: 80 },
      ],
    }),
    'spec.ports[1]: Duplicate value: {"protocol":"TCP","port":80}',
  ],
  [
    "Service",
    service({ type: "NodePort", ports: [{ port: 80, nodePort: 80 }] }),
    "spec.ports[0].nodePort: Invalid value: 80: provided port is not in the valid range. The range of valid ports is 30000-32767",
  ],
  [
    "ConfigMap",
    { data: { "a b": "c" } },
    `data[a b]: Invalid value: "a b": a valid config key must consist of alphanumeric characters, '-', '_' or '.'`,
  ],
  [
    "ConfigMap",
    { metadata: { name: "x", labels: { "a b": "c" } } },
    'metadata.labels: Invalid value: "a b": name part must consist of alphanumeric characters',
  ],
  [
    "ConfigMap",
    { metadata: { name: "x", annotations: { "/a": "c" } } },
    'metadata.annotations: Invalid value: "/a": prefix part must be non-empty',
  ],
  ["Secret", { type: "kubernetes.io/tls", data: { "tls.crt": "" } }, "data[tls.key]: Required value"],
  ["Pod", pod({ containers: [] }), "spec.containers: Required value"],
  [
    "Pod",
    pod({ restartPolicy: "Foo" }),
    'spec.restartPolicy: Unsupported value: "Foo": supported values: "Always", "OnFailure", "Never"',
  ],
  ["Pod", pod({ containers: [container, container] }), 'spec.containers[1].name: Duplicate value: "c"'],
  [
    "Pod",
    pod({ containers: [{ ...container, name: "C_" }] }),
    'spec.containers[0].name: Invalid value: "C_": a lowercase RFC 1123 label must consist',
  ],
  [
    "Pod",
    pod({ containers: [{ ...container, imagePullPolicy: "Maybe" }] }),
    'spec.containers[0].imagePullPolicy: Unsupported value: "Maybe": supported values: "Always", "IfNotPresent", "Never"',
  ],
  [
    "Pod",
    pod({ containers: [{ ...container, volumeMounts: [{ name: "v", mountPath: "/x" }] }] }),
    'spec.containers[0].volumeMounts[0].name: Not found: "v"',
  ],
  [
    "Deployment",
    workload({}, { containers: [{ ...container, ports: [{ containerPort: 99_999 }] }] }),
    `${inPod}.containers[0].ports[0].containerPort: Invalid value: 99999: must be between 1 and 65535, inclusive`,
  ],
  [
    "Deployment",
    workload({}, { restartPolicy: "Never" }),
    `${inPod}.restartPolicy: Unsupported value: "Never": supported values: "Always"`,
  ],
  [
    "Deployment",
    workload({ strategy: { type: "Recreate", rollingUpdate: {} } }),
    "spec.strategy.rollingUpdate: Forbidden: may not be specified when strategy `type` is 'Recreate'",
  ],
  [
    "Deployment",
    workload({ replicas: -1 }),
    "spec.replicas: Invalid value: -1: must be greater than or equal to 0",
  ],
  ["Job", job({}), `${inPod}.restartPolicy: Required value: valid values: "OnFailure", "Never"`],
  [
    "CronJob",
    { spec: { schedule: "bogus", jobTemplate: job({ restartPolicy: "Never" }) } },
    'spec.schedule: Invalid value: "bogus": expected exactly 5 fields, found 1: [bogus]',
  ],
  [
    "Ingress",
    ingress({ http: { paths: [path({ pathType: undefined })] } }),
    `${first}.pathType: Required value: pathType must be specified`,
  ],
  [
    "Ingress",
    ingress({ http: { paths: [path({ pathType: "X" })] } }),
    `${first}.pathType: Unsupported value: "X": supported values: "Exact", "ImplementationSpecific", "Prefix"`,
  ],
  [
    "Ingress",
    ingress({ http: { paths: [path({ path: "x" })] } }),
    `${first}.path: Invalid value: "x": must be an absolute path`,
  ],
  [
    "Ingress",
    ingress({ http: { paths: [path({ backend: { service: { name: "a" } } })] } }),
    `${first}.backend: Required value: port name or number is required`,
  ],
  ["Ingress", ingress({ http: { paths: [] } }), "spec.rules[0].http.paths: Required value"],
  [
    "Ingress",
    ingress({ host: "foo.*.example" }),
    `spec.rules[0].host: Invalid value: "foo.*.example": a wildcard DNS-1123 subdomain must start with '*.'`,
  ],
  [
    "Ingress",
    ingress({ host: "192.0.2.1" }),
    'spec.rules[0].host: Invalid value: "192.0.2.1": must be a DNS name, not an IP address',
  ],
];

const { client } = await startServer();

describe("a built-in kind", () => {
  for (const [kind, body, sentence] of refusals) {
    test(`${kind} is refused: ${sentence}`, async () => {
      const { code, body: status } = await client.create(paths[kind], { metadata: { name: "x" }, ...body });
      assert.equal(code, 422, JSON.stringify(status));
      assert.ok(status.message.includes(sentence), status.message);
    });
  }

  test("Deployment without a selector is refused for that and for the labels of its template", async () => {
    const body = { metadata: { name: "x" }, ...workload({ selector: undefined }) };
    const { body: status } = await client.create(paths.Deployment, body);
    assert.deepEqual(
      status.details.causes.map(({ field, reason }: any) => `${field} ${reason}`),
      ["spec.selector FieldValueRequired", "spec.template.metadata.labels FieldValueInvalid"],
    );
  });

  const fixed: readonly (readonly [Kind, object, object, string])[] = [
    [
      "Deployment",
      workload({}),
      { spec: { selector: { matchLabels: { a: "b", c: "d" } } } },
      "field is immutable",
    ],
    [
      "StatefulSet",
      workload({ serviceName: "s" }),
      { spec: { serviceName: "t" } },
      "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden",
    ],
    [
      "Job",
      job({ restartPolicy: "Never" }),
      { spec: { template: { spec: { restartPolicy: "OnFailure" } } } },
      "field is immutable",
    ],
    [
      "Pod",
      pod({}),
      { spec: { containers: [{ ...container, command: ["x"] }] } },
      "pod updates may not change fields other than",
    ],
    [
      "ConfigMap",
      { data: { a: "b" }, immutable: true },
      { data: { a: "c" } },
      "data: Forbidden: field is immutable when `immutable` is set",
    ],
    ["Secret", { type: "a" }, { type: "b" }, "field is immutable"],
  ];
  for (const [kind, body, change, sentence] of fixed) {
    test(`${kind} has immutable fields: ${sentence}`, async () => {
      assert.equal((await client.create(paths[kind], { metadata: { name: "fixed" }, ...body })).code, 201);
      const { code, body: status } = await client.patch(`${paths[kind]}/fixed`, change);
      assert.equal(code, 422);
      assert.ok(status.message.includes(sentence), status.message);
    });
  }
});
