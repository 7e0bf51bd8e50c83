import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { withUniqueLists } from "../../../src/propagate/render/unique-lists.ts";

const deployment = (pod: object): Record<string, unknown> => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  spec: { template: { spec: pod } },
});
const container = (fields: object): object => ({ containers: [{ name: "web", image: "a", ...fields }] });

function podOf(body: Record<string, unknown>): any {
  const unique = withUniqueLists(body);
  assert.ok("body" in unique, JSON.stringify(unique));
  return { pod: (unique.body["spec"] as any)?.template?.spec, notes: unique.notes };
}

function problemOf(body: Record<string, unknown>): string {
  const unique = withUniqueLists(body);
  assert.ok("problem" in unique, JSON.stringify(unique));
  return unique.problem;
}

const env = (name: string, value: string): object => ({ name, value });

describe("a list with one key twice", () => {
  it("keeps the last variable, in its place", () => {
    const list = [env("A", "1"), env("B", "2"), env("A", "3"), env("C", "$(A)")];
    const { pod, notes } = podOf(deployment(container({ env: list })));
    assert.deepEqual(pod.containers[0].env, [env("B", "2"), env("A", "3"), env("C", "$(A)")]);
    assert.deepEqual(notes, ["spec.template.spec.containers[web].env has A twice: the last one counts"]);
  });
  it("is left alone where nothing is twice", () => {
    const body = deployment(container({ env: [env("A", "1")], ports: [{ containerPort: 53 }] }));
    assert.deepEqual(withUniqueLists(body), { body, notes: [] });
  });
  it("keeps ports of two protocols, and one of two equal ones", () => {
    const ports = [{ containerPort: 53 }, { containerPort: 53, protocol: "UDP" }, { containerPort: 53 }];
    const { pod } = podOf(deployment(container({ ports })));
    assert.deepEqual(pod.containers[0].ports, ports.slice(0, 2));
  });
  it("joins host names, and keeps one of each pull secret and finalizer", () => {
    const hostAliases = [
      { ip: "192.0.2.1", hostnames: ["a"] },
      { ip: "192.0.2.2", hostnames: ["c"] },
      { ip: "192.0.2.1", hostnames: ["b", "a"] },
    ];
    const imagePullSecrets = [{ name: "s" }, { name: "s" }];
    const { pod, notes } = podOf(deployment({ hostAliases, imagePullSecrets }));
    assert.deepEqual(pod.hostAliases, [{ ip: "192.0.2.1", hostnames: ["a", "b"] }, hostAliases[1]]);
    assert.deepEqual(pod.imagePullSecrets, [{ name: "s" }]);
    assert.equal(notes.length, 2);
    const map = { apiVersion: "v1", kind: "ConfigMap", metadata: { finalizers: ["a", "b", "a"] } };
    const unique = withUniqueLists(map);
    assert.ok("body" in unique);
    assert.deepEqual(unique.body["metadata"], { finalizers: ["a", "b"] });
  });
  it("is found in the pods of a CronJob and in a ServiceAccount", () => {
    const pod = container({ env: [env("A", "1"), env("A", "2")] });
    const spec = { jobTemplate: { spec: { template: { spec: pod } } } };
    const job = withUniqueLists({ apiVersion: "batch/v1", kind: "CronJob", spec });
    assert.ok("body" in job);
    assert.equal(job.notes.length, 1);
    const account = { apiVersion: "v1", kind: "ServiceAccount", secrets: [{ name: "s" }, { name: "s" }] };
    const one = withUniqueLists(account);
    assert.ok("body" in one);
    assert.deepEqual(one.body["secrets"], [{ name: "s" }]);
  });
  it("is nobody's matter in a kind of another group", () => {
    const body = { ...deployment(container({ env: [env("A", "1"), env("A", "2")] })), apiVersion: "x.io/v1" };
    assert.deepEqual(withUniqueLists(body), { body, notes: [] });
  });
  for (const [what, pod, problem] of [
    [
      "ports that differ",
      container({
        ports: [
          { name: "http", containerPort: 80 },
          { name: "metrics", containerPort: 80 },
        ],
      }),
      /containers\[web\]\.ports has 80\/TCP twice with different contents/,
    ],
    [
      "a variable that uses an earlier value of its own",
      container({ env: [env("A", "1"), env("A", "$(A):2")] }),
      /env has A twice, and A uses the value of the first/,
    ],
    [
      "a variable between two that uses the first",
      container({ env: [env("A", "1"), env("B", "$(A)"), env("A", "2")] }),
      /env has A twice, and B uses the value of the first/,
    ],
    [
      "volume mounts",
      container({ volumeMounts: [1, 2].map((i) => ({ name: `v${i}`, mountPath: "/a" })) }),
      /volumeMounts has \/a twice, which API servers refuse/,
    ],
    ["volumes", { volumes: [{ name: "v" }, { name: "v" }] }, /volumes has v twice/],
  ] as const)
    it(`is a problem with ${what}`, () => {
      assert.match(problemOf(deployment(pod)), problem);
    });
  it("is a problem in the ports of a Service", () => {
    const spec = {
      ports: [
        { port: 80, name: "a" },
        { port: 80, name: "b", protocol: "TCP" },
      ],
    };
    assert.match(problemOf({ apiVersion: "v1", kind: "Service", spec }), /spec\.ports has 80\/TCP twice/);
  });
  it("stays as it is when its items are none", () => {
    const body = deployment({ containers: ["a", "a"], volumes: "none" });
    assert.deepEqual(withUniqueLists(body), { body, notes: [] });
  });
});
