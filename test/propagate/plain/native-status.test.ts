/** The status of plain objects: sums, when a generation counts as observed, and conditions by the table. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { nativeStatus } from "../../../src/propagate/plain/native-status.ts";
import type { PlainCopy } from "../../../src/propagate/plain/plain-copy.ts";

const NOW = "2026-11-30T12:00:00Z";
const copy = (cluster: string, status: object, parts: Partial<PlainCopy> = {}): PlainCopy => ({
  cluster,
  isApplied: true,
  isObserved: true,
  problem: null,
  status: { ...status },
  ...parts,
});
const condition = (type: string, status = "True", reason = "X"): object => ({ type, status, reason });
const ready = (count: number): object => ({
  replicas: count,
  updatedReplicas: count,
  readyReplicas: count,
  availableReplicas: count,
  conditions: [condition("Available"), condition("Progressing")],
});
const of = (
  kind: string,
  copies: readonly PlainCopy[],
  { before = {}, spec = {} }: { readonly before?: object; readonly spec?: object } = {},
): any => nativeStatus({ kind, generation: 7, spec: { ...spec }, before: { ...before }, copies, now: NOW });
const said = (status: any): string =>
  (status.conditions ?? [])
    .map(({ type, status: value, reason }: any) => `${type}=${value} ${reason}`)
    .join(", ");

describe("the status of a plain Deployment", () => {
  const spec = { replicas: 5 };
  it("is the sum of its copies, and has its generation when all are done", () => {
    const status = of("Deployment", [copy("m1", ready(3)), copy("m2", ready(2))], { spec });
    assert.equal(status.replicas, 5);
    assert.equal(status.availableReplicas, 5);
    assert.equal(status.unavailableReplicas, 0);
    assert.equal(status.observedGeneration, 7);
    assert.equal(
      said(status),
      "Available=True MinimumReplicasAvailable, Progressing=True NewReplicaSetAvailable",
    );
  });
  for (const [name, copies, expected] of [
    [
      "a copy that is not applied",
      [copy("m1", ready(3)), copy("m2", ready(2), { isApplied: false, problem: "no" })],
      "Available=True MinimumReplicasAvailable, Progressing=True ReplicaSetUpdated",
    ],
    [
      "a copy that its controller has not seen",
      [copy("m1", ready(3)), copy("m2", ready(2), { isObserved: false })],
      "Available=True MinimumReplicasAvailable, Progressing=True ReplicaSetUpdated",
    ],
    [
      "a copy without a status",
      [copy("m1", ready(3)), copy("m2", {}, { isObserved: false })],
      "Available=False MinimumReplicasUnavailable, Progressing=True ReplicaSetUpdated",
    ],
  ] as const)
    it(`waits for ${name}`, () => {
      const status = of("Deployment", copies, { spec });
      assert.equal(status.observedGeneration, undefined);
      assert.equal(said(status), expected);
    });
  it("says where its deadline is exceeded", () => {
    const late = { ...ready(2), conditions: [condition("Progressing", "False", "ProgressDeadlineExceeded")] };
    const status = of("Deployment", [copy("m1", ready(3)), copy("m2", late)], { spec });
    assert.match(said(status), /Progressing=False ProgressDeadlineExceeded/);
    assert.match(status.conditions[1].message, /in m2\./);
  });
  it("is not written again while nothing changes, and keeps the times of what stays", () => {
    const copies = [copy("m1", ready(5))];
    const { unavailableReplicas: _, ...stored } = of("Deployment", copies, { spec });
    assert.equal(of("Deployment", copies, { spec, before: stored }), null);
    const old = "2026-01-01T00:00:00Z";
    const conditions = stored.conditions.map((one: object) => ({
      ...one,
      lastTransitionTime: old,
      lastUpdateTime: old,
    }));
    const after = of("Deployment", [copy("m1", ready(4))], { spec, before: { ...stored, conditions } });
    assert.deepEqual(
      after.conditions.map(({ lastTransitionTime, lastUpdateTime }: any) => [
        lastTransitionTime,
        lastUpdateTime,
      ]),
      [
        [old, old],
        [old, NOW],
      ],
    );
  });
});

describe("the status of other plain objects", () => {
  const done = (succeeded: number, end: string): object => ({
    succeeded,
    startTime: "2026-11-30T10:00:00Z",
    completionTime: end,
    conditions: [condition("Complete")],
  });
  const [early, late] = ["2026-11-30T11:00:00Z", "2026-11-30T11:30:00Z"];
  const spec = { completions: 5 };
  it("of a Job: complete when all clusters are, with the latest end", () => {
    const status = of("Job", [copy("m1", done(3, late)), copy("m2", done(2, early))], { spec });
    assert.equal(status.succeeded, 5);
    assert.equal(status.completionTime, late);
    assert.equal(
      said(status),
      "SuccessCriteriaMet=True CompletionsReached, Complete=True CompletionsReached",
    );
  });
  it("of a Job: not complete while one runs, or some is in no cluster yet", () => {
    const running = of("Job", [copy("m1", done(3, late)), copy("m2", { active: 1, succeeded: 1 })], { spec });
    assert.equal(running.completionTime, undefined);
    assert.equal(said(running), "");
    assert.equal(said(of("Job", [copy("m1", done(3, late))], { spec })), "");
  });
  it("of a Job: failed when one has failed", () => {
    const failed = { failed: 2, conditions: [condition("Failed", "True", "BackoffLimitExceeded")] };
    const status = of("Job", [copy("m1", done(3, late)), copy("m2", failed)], { spec });
    assert.equal(said(status), "FailureTarget=True BackoffLimitExceeded, Failed=True BackoffLimitExceeded");
  });
  it("of an autoscaler: sums, and the latest scaling", () => {
    const one = { currentReplicas: 2, desiredReplicas: 3, lastScaleTime: early };
    const status = of("HorizontalPodAutoscaler", [
      copy("m1", one),
      copy("m2", { ...one, lastScaleTime: late }),
    ]);
    assert.equal(status.currentReplicas, 4);
    assert.equal(status.desiredReplicas, 6);
    assert.equal(status.lastScaleTime, late);
  });
  it("is none for a ConfigMap", () => {
    assert.equal(of("ConfigMap", [copy("m1", {})]), null);
  });
});

describe("the status of a plain Service or Ingress", () => {
  const at = (...ingress: object[]): object => ({ loadBalancer: { ingress } });
  const balancer = { spec: { type: "LoadBalancer" } };
  const copies = [
    copy("m1", at({ ip: "192.0.2.9" }, { hostname: "b.example.net" })),
    copy("m2", at({ ip: "192.0.2.10", ports: [] }, { ip: "2001:DB8::1" }, { ip: "192.0.2.9" })),
    copy("m3", {}),
  ];
  const all = [
    { ip: "192.0.2.10" },
    { ip: "192.0.2.9" },
    { ip: "2001:db8::1" },
    { hostname: "b.example.net" },
  ];
  it("says where all copies are reached, each address once, by address and then by host name", () => {
    assert.deepEqual(of("Service", copies, balancer), at(...all));
    assert.deepEqual(of("Ingress", copies), at(...all));
  });
  it("is not written again, and goes with the last copy that is reached", () => {
    assert.equal(of("Service", copies, { ...balancer, before: at(...all) }), null);
    assert.equal(of("Service", [copy("m3", {})], { ...balancer, before: { loadBalancer: {} } }), null);
    assert.deepEqual(of("Service", [copy("m3", {})], { ...balancer, before: at(...all) }), at());
  });
  it("is that of a Service of type LoadBalancer alone", () => {
    for (const type of ["ClusterIP", "NodePort", undefined])
      assert.equal(of("Service", copies, { spec: { type } }), null);
  });
  it("leaves out what an API server would refuse", () => {
    const wrong = [{ ip: "192.0.2" }, { hostname: "a b" }, { ip: 7 }, "x", null, { ip: "fe80::1%eth0" }, {}];
    for (const status of [
      { loadBalancer: { ingress: wrong } },
      { loadBalancer: [] },
      { loadBalancer: { ingress: {} } },
    ])
      assert.deepEqual(
        of("Ingress", [copy("m1", status), copy("m2", at({ ip: "192.0.2.1" }))]),
        at({ ip: "192.0.2.1" }),
      );
    const many = Array.from({ length: 2000 }, (_, i) => ({ ip: `10.0.${i >> 8}.${i & 255}` }));
    assert.equal(of("Ingress", [copy("m1", at(...many))]).loadBalancer.ingress.length, 500);
  });
});
