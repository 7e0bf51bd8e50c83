/** The warnings of the cache of plans: which object gets them, and when they end. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Federation } from "../../../src/federation/members/federation.ts";
import { type Backend, NO_ANNOTATIONS, type Annotations } from "../../../src/federation/members/backend.ts";
import { ChangeFeed } from "../../../src/traffic/plan/change-feed.ts";
import { PlanCache } from "../../../src/traffic/plan/plan-cache.ts";

const KEY = "demo/hello";

function annotated(
  values: Readonly<Record<string, string>>,
  createdAt: string = "2026-01-01T00:00:00Z",
): Annotations {
  return { createdAt, values };
}

function backend(annotations: Annotations): Backend {
  return { readyEndpoints: 1, wantedEndpoints: 1, annotations, ipv4: [1], ipv6: [] };
}

function open(): { readonly plans: PlanCache; readonly federation: Federation } {
  const changes = new ChangeFeed();
  const federation = new Federation(changes, 4);
  const plans = new PlanCache({
    federation,
    defaults: { policy: "geo", weights: null, order: null, draws: 1, maxAnswers: 8, ttlSeconds: 30 },
    order: ["us-west", "eu-central"],
    shareOf: () => 255,
  });
  changes.subscribe({
    onService: (key) => {
      if (federation.declaring(key).length === 0) plans.forget(key);
      else plans.planOf(key);
    },
    onNamespace: () => void plans.planOf(KEY),
  });
  for (const name of ["us-west", "eu-central"]) federation.join(name);
  return { plans, federation };
}

describe("the cache of plans", () => {
  it("warns the object that has an invalid annotation, Service or Namespace", () => {
    const { plans, federation } = open();
    federation.setBackend("us-west", KEY, backend(annotated({ "fedns.io/policy": "best" })));
    federation.setBackend("eu-central", KEY, backend(NO_ANNOTATIONS));
    federation.setNamespace("eu-central", "demo", annotated({ "fedns.io/ttl": "soon" }));
    const warned = [...plans.warnings()].map(({ cluster, kind, key, reason }) => [
      cluster,
      kind,
      key,
      reason,
    ]);
    assert.deepEqual(warned, [
      ["us-west", "Service", KEY, "InvalidAnnotation"],
      ["eu-central", "Namespace", "demo", "InvalidAnnotation"],
    ]);
    assert.deepEqual(
      plans.status.problems.map(({ object }) => object),
      ["service demo/hello in us-west", "namespace demo in eu-central"],
    );
  });

  it("warns the objects whose annotations lose a conflict", () => {
    const { plans, federation } = open();
    const old = annotated({ "fedns.io/policy": "all" }, "2025-01-01T00:00:00Z");
    federation.setBackend("us-west", KEY, backend(annotated({ "fedns.io/policy": "geo" })));
    federation.setBackend("eu-central", KEY, backend(old));
    const [warning, ...others] = plans.warnings();
    assert.deepEqual(others, []);
    assert.deepEqual([warning?.cluster, warning?.reason], ["us-west", "ConflictingAnnotations"]);
    assert.match(
      warning?.message ?? "",
      /"all" of the service in eu-central \(the oldest\) wins over "geo" in us-west/,
    );
  });

  for (const [what, change] of Object.entries<(federation: Federation) => void>({
    "in one cluster": (federation) => federation.setBackend("us-west", KEY, null),
    everywhere: (federation) => {
      for (const name of ["us-west", "eu-central"]) federation.setBackend(name, KEY, null);
    },
    "by its owner": (federation) => federation.setBackend("us-west", KEY, backend(NO_ANNOTATIONS)),
  }))
    it(`ends the warnings of a service that is gone ${what}`, () => {
      const { plans, federation } = open();
      federation.setBackend("us-west", KEY, backend(annotated({ "fedns.io/policy": "best" })));
      federation.setBackend("eu-central", KEY, backend(NO_ANNOTATIONS));
      assert.equal(plans.status.problems.length, 1);
      change(federation);
      assert.deepEqual([...plans.warnings()], []);
    });

  it("ends the warnings of a namespace without annotations", () => {
    const { plans, federation } = open();
    federation.setBackend("us-west", KEY, backend(NO_ANNOTATIONS));
    federation.setNamespace("us-west", "demo", annotated({ "fedns.io/ttl": "soon" }));
    assert.equal(plans.status.problems.length, 1);
    federation.setNamespace("us-west", "demo", null);
    assert.deepEqual(plans.status.problems, []);
  });

  it("goes by the order of the settings where failover has no order of its own", () => {
    const { plans, federation } = open();
    for (const name of ["us-west", "eu-central"])
      federation.setBackend(name, KEY, backend(annotated({ "fedns.io/policy": "failover" })));
    const plan = plans.planOf(KEY);
    assert.deepEqual([plan.placementOf("us-west").tier, plan.placementOf("eu-central").tier], [0, 1]);
  });

  it("plans again what names a cluster that comes or goes, and all when the clusters are in another order", () => {
    const { plans, federation } = open();
    federation.setBackend(
      "us-west",
      KEY,
      backend(annotated({ "fedns.io/failover-order": "sa-east,us-west" })),
    );
    federation.setBackend(
      "us-west",
      "demo/other",
      backend(annotated({ "fedns.io/failover-order": "us-west" })),
    );
    assert.match(plans.status.problems[0]?.message ?? "", /names no cluster of the federation: sa-east/);
    federation.join("sa-east");
    assert.deepEqual(plans.setMembers(["us-west", "sa-east", "eu-central"]), [KEY]);
    plans.planOf(KEY);
    assert.deepEqual(plans.status.problems, []);
    assert.deepEqual(plans.setMembers(["us-west", "sa-east", "eu-central"]), []);
    const inOtherOrder = plans.setMembers(["eu-central", "sa-east", "us-west"]);
    assert.deepEqual([...inOtherOrder].sort(), [KEY, "demo/other"]);
  });

  it("ends the warnings of a cluster that has left, also those of its namespaces", () => {
    const { plans, federation } = open();
    federation.setBackend("us-west", KEY, backend(annotated({ "fedns.io/policy": "best" })));
    federation.setNamespace("us-west", "demo", annotated({ "fedns.io/ttl": "soon" }));
    assert.equal(plans.status.problems.length, 2);
    federation.leave("us-west");
    plans.setMembers(["eu-central"]);
    assert.deepEqual([...plans.warnings()], []);
  });
});
