/** Federation < namespace < service, and clusters that disagree: which value wins, and which conflicts are reported. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as fc from "fast-check";
import type { AnnotatedSettings } from "../../../src/traffic/annotations/annotations.ts";
import {
  conflictText,
  type ServiceAnnotations,
  type Defaults,
  type Merged,
  mergeSettings,
} from "../../../src/traffic/annotations/merge.ts";

const defaults: Defaults = {
  policy: "geo",
  weights: null,
  order: null,
  draws: 1,
  maxAnswers: 8,
  ttlSeconds: 30,
};
const clusters = new Set(["a", "b", "c"]);
const OLD = "2024-01-01T00:00:00Z";
const NEW = "2025-06-30T12:00:00Z";

function declared(
  cluster: string,
  service: AnnotatedSettings,
  options: {
    readonly at?: string;
    readonly namespace?: AnnotatedSettings;
    readonly namespaceAt?: string;
  } = {},
): ServiceAnnotations {
  const { at = OLD, namespace, namespaceAt = OLD } = options;
  return {
    cluster,
    service: { createdAt: at, settings: service },
    namespace: namespace === undefined ? null : { createdAt: namespaceAt, settings: namespace },
  };
}

const merge = (...objects: readonly ServiceAnnotations[]): Merged =>
  mergeSettings({ objects, defaults, clusters });

describe("mergeSteering", () => {
  it("takes the settings where no object has annotations", () => {
    for (const merged of [merge(), merge(declared("a", {}, { namespace: {} }))]) {
      assert.deepEqual(merged.settings, { ...defaults, capacities: new Map() });
      assert.deepEqual([merged.conflicts, merged.problems], [[], []]);
      assert.equal(merged.origins.policy, "the settings");
    }
  });

  const levels: readonly (readonly [
    namespace: AnnotatedSettings,
    service: AnnotatedSettings,
    policy: string,
    from: string,
  ])[] = [
    [{}, {}, "geo", "the settings"],
    [{ policy: "all" }, {}, "all", "the namespace in a"],
    [{}, { policy: "nearest" }, "nearest", "the service in a"],
    [{ policy: "all" }, { policy: "nearest" }, "nearest", "the service in a"],
    [{ policy: "all" }, { ttlSeconds: 5 }, "all", "the namespace in a"],
  ];
  for (const [namespace, service, policy, from] of levels) {
    it(`takes ${policy} from ${from}: namespace ${JSON.stringify(namespace)}, service ${JSON.stringify(service)}`, () => {
      const { settings, origins } = merge(declared("a", service, { namespace }));
      assert.deepEqual([settings.policy, origins.policy], [policy, from]);
    });
  }

  it("takes the values of the oldest object, and reports those of the others", () => {
    const merged = merge(
      declared("a", { policy: "all" }, { at: NEW }),
      declared("b", { policy: "geo" }),
      declared("c", { policy: "geo" }, { at: NEW }),
    );
    assert.equal(merged.settings.policy, "geo");
    assert.equal(merged.origins.policy, "the service in b");
    assert.deepEqual(merged.conflicts, [
      {
        annotation: "fedns.io/policy",
        of: "service",
        wins: { cluster: "b", value: "geo" },
        loses: [{ cluster: "a", value: "all" }],
      },
    ]);
    assert.equal(
      conflictText(merged.conflicts[0] as Merged["conflicts"][number]),
      'fedns.io/policy "geo" of the service in b (the oldest) wins over "all" in a',
    );
  });

  it("orders objects by the names of their clusters where they are equally old or have no date", () => {
    for (const at of [OLD, "", "yesterday", "2024-01-01T00:00:00+02:00"]) {
      const merged = merge(declared("b", { draws: 2 }, { at }), declared("a", { draws: 3 }, { at }));
      assert.equal(merged.settings.draws, 3, at);
    }
    const undated = merge(declared("a", { draws: 2 }, { at: "" }), declared("b", { draws: 3 }, { at: NEW }));
    assert.equal(undated.settings.draws, 3);
  });

  it("reports no conflict for missing values, nor for equal values in another order", () => {
    const merged = merge(
      declared("a", {}),
      declared(
        "b",
        {
          weights: new Map([
            ["a", 1],
            ["b", 2],
          ]),
        },
        { at: NEW },
      ),
      declared(
        "c",
        {
          weights: new Map([
            ["b", 2],
            ["a", 1],
          ]),
        },
        { at: NEW },
      ),
    );
    assert.deepEqual(
      merged.settings.weights,
      new Map([
        ["a", 1],
        ["b", 2],
      ]),
    );
    assert.deepEqual(merged.conflicts, []);
    assert.equal(
      merge(declared("a", { order: ["a", "b"] }), declared("b", { order: ["b", "a"] })).conflicts.length,
      1,
    );
  });

  it("uses the namespaces only where no service has a value, and reports their conflicts only then", () => {
    const namespaces = [
      declared("a", {}, { namespace: { policy: "all" }, namespaceAt: NEW }),
      declared("b", {}, { namespace: { policy: "nearest" } }),
    ];
    const merged = merge(...namespaces);
    assert.equal(merged.settings.policy, "nearest");
    assert.deepEqual(
      merged.conflicts.map(({ of }) => of),
      ["namespace"],
    );
    const above = merge(...namespaces, declared("c", { policy: "geo" }, { at: NEW }));
    assert.deepEqual([above.settings.policy, above.conflicts], ["geo", []]);
  });

  it("takes capacity from each cluster, without a conflict", () => {
    const merged = merge(
      declared("a", { capacity: 3 }, { namespace: { capacity: 9 } }),
      declared("b", {}, { namespace: { capacity: 7 } }),
      declared("c", {}),
    );
    assert.deepEqual(
      merged.settings.capacities,
      new Map([
        ["a", 3],
        ["b", 7],
      ]),
    );
    assert.deepEqual(merged.conflicts, []);
  });

  it("reports unknown clusters, and uses the rest", () => {
    const { settings, problems } = merge(
      declared("a", {
        weights: new Map([
          ["a", 1],
          ["x", 2],
        ]),
        order: ["y", "b", "z"],
      }),
    );
    assert.equal(settings.weights?.get("a"), 1);
    assert.deepEqual(
      problems.map(({ annotation, message }) => `${annotation} ${message}`),
      [
        "fedns.io/weights names no cluster of the federation: x; the rest of it holds",
        "fedns.io/failover-order names no cluster of the federation: y, z; the rest of it holds",
      ],
    );
  });

  it("reports a policy that lacks the values it needs", () => {
    assert.match(
      merge(declared("a", { policy: "weighted" })).problems[0]?.message ?? "",
      /add fedns.io\/weights/,
    );
    assert.match(
      merge(declared("a", { policy: "failover" })).problems[0]?.message ?? "",
      /add fedns.io\/failover-order/,
    );
    const both = { weights: new Map([["a", 1]]), order: ["a"] };
    assert.deepEqual(merge(declared("a", { ...both, policy: "weighted" })).problems, []);
    assert.deepEqual(merge(declared("a", { ...both, policy: "failover" })).problems, []);
  });

  it("does not depend on the order in which clusters are named", () => {
    const settings = fc.record(
      {
        policy: fc.constantFrom("geo", "all", "weighted"),
        draws: fc.integer({ min: 1, max: 3 }),
        weights: fc.array(fc.tuple(fc.constantFrom("a", "b", "c"), fc.nat(2))).map((pairs) => new Map(pairs)),
        capacity: fc.nat(3),
      },
      { requiredKeys: [] },
    ) as fc.Arbitrary<AnnotatedSettings>;
    const annotations = fc.record({ createdAt: fc.constantFrom(OLD, NEW, ""), settings });
    const declaration = (cluster: string): fc.Arbitrary<ServiceAnnotations> =>
      fc.record({ cluster: fc.constant(cluster), service: annotations, namespace: fc.option(annotations) });
    fc.assert(
      fc.property(fc.tuple(declaration("a"), declaration("b"), declaration("c")), (three) => {
        const [one, other] = [merge(...three), merge(...three.toReversed())];
        assert.deepEqual(one.settings, other.settings);
        assert.deepEqual(one.conflicts, other.conflicts);
      }),
      { numRuns: 200 },
    );
  });
});
