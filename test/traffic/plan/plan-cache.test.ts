/** What the book of plans complains of, to whom, and that it forgets what nobody says any more. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Federation } from "../../../src/federation/members/federation.ts";
import { type Backend, NO_ANNOTATIONS, type Annotations } from "../../../src/federation/members/backend.ts";
import { PlanCache } from "../../../src/traffic/plan/plan-cache.ts";

const KEY = "demo/hello";

function saying(
  values: Readonly<Record<string, string>>,
  createdAt: string = "2026-01-01T00:00:00Z",
): Annotations {
  return { createdAt, values };
}

function backend(annotations: Annotations): Backend {
  return { readyEndpoints: 1, wantedEndpoints: 1, annotations, ipv4: [1], ipv6: [] };
}

function open(): { readonly book: PlanCache; readonly federation: Federation } {
  const book = new PlanCache({
    defaults: { policy: "geo", weights: null, order: null, draws: 1, maxAnswers: 8, ttlSeconds: 30 },
    order: ["us-west", "eu-central"],
    shareOf: () => 255,
  });
  const federation = new Federation(
    {
      onService: (key) => {
        if (federation.members.every(({ backends }) => !backends.has(key))) book.forget(key);
        else book.planOf(key, federation);
      },
      onLocality: () => undefined,
      onNamespace: () => void book.planOf(KEY, federation),
    },
    4,
  );
  for (const name of ["us-west", "eu-central"]) federation.join(name);
  return { book, federation };
}

describe("the book of plans", () => {
  it("complains of an invalid annotation to the object that has it, Service or Namespace", () => {
    const { book, federation } = open();
    federation.setBackend("us-west", KEY, backend(saying({ "fedns.io/policy": "best" })));
    federation.setBackend("eu-central", KEY, backend(NO_ANNOTATIONS));
    federation.setNamespace("eu-central", "demo", saying({ "fedns.io/ttl": "soon" }));
    const told = [...book.complaints()].map(({ cluster, kind, key, reason }) => [cluster, kind, key, reason]);
    assert.deepEqual(told, [
      ["us-west", "Service", KEY, "InvalidAnnotation"],
      ["eu-central", "Namespace", "demo", "InvalidAnnotation"],
    ]);
    assert.deepEqual(
      book.status.problems.map(({ object }) => object),
      ["service demo/hello in us-west", "namespace demo in eu-central"],
    );
  });

  it("complains of a conflict to those whose word does not count", () => {
    const { book, federation } = open();
    const old = saying({ "fedns.io/policy": "all" }, "2025-01-01T00:00:00Z");
    federation.setBackend("us-west", KEY, backend(saying({ "fedns.io/policy": "geo" })));
    federation.setBackend("eu-central", KEY, backend(old));
    const [complaint, ...others] = book.complaints();
    assert.deepEqual(others, []);
    assert.deepEqual([complaint?.cluster, complaint?.reason], ["us-west", "ConflictingAnnotations"]);
    assert.match(
      complaint?.message ?? "",
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
    it(`complains no more of a service that is gone ${what}`, () => {
      const { book, federation } = open();
      federation.setBackend("us-west", KEY, backend(saying({ "fedns.io/policy": "best" })));
      federation.setBackend("eu-central", KEY, backend(NO_ANNOTATIONS));
      assert.equal(book.status.problems.length, 1);
      change(federation);
      assert.deepEqual([...book.complaints()], []);
    });

  it("complains no more of a namespace that says nothing any more", () => {
    const { book, federation } = open();
    federation.setBackend("us-west", KEY, backend(NO_ANNOTATIONS));
    federation.setNamespace("us-west", "demo", saying({ "fedns.io/ttl": "soon" }));
    assert.equal(book.status.problems.length, 1);
    federation.setNamespace("us-west", "demo", null);
    assert.deepEqual(book.status.problems, []);
  });

  it("goes by the order of the settings where failover has no order of its own", () => {
    const { book, federation } = open();
    for (const name of ["us-west", "eu-central"])
      federation.setBackend(name, KEY, backend(saying({ "fedns.io/policy": "failover" })));
    const plan = book.planOf(KEY, federation);
    assert.deepEqual([plan.standing("us-west").tier, plan.standing("eu-central").tier], [0, 1]);
  });
});
