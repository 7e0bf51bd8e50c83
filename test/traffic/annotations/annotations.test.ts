/** Annotations about traffic: every value, every refusal with its cure, the last valid value, and hostile input. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ANNOTATION_NAMES } from "../../../src/federation/annotations/annotation-table.ts";
import { POLICY_NAMES } from "../../../src/federation/policy/policies.ts";
import * as fc from "fast-check";
import {
  ANNOTATIONS,
  readAnnotations,
  type AnnotatedSettings,
} from "../../../src/traffic/annotations/annotations.ts";

const read = (name: string, value: unknown): ReturnType<typeof readAnnotations> =>
  readAnnotations({ [`fedns.io/${name}`]: value });

describe("readAnnotations", () => {
  const sound: readonly (readonly [name: string, value: string, settings: AnnotatedSettings])[] = [
    ["policy", "failover", { policy: "failover" }],
    ["policy", " Geo ", { policy: "geo" }],
    [
      "weights",
      "us-west=3,eu-central=1",
      {
        weights: new Map([
          ["us-west", 3],
          ["eu-central", 1],
        ]),
      },
    ],
    [
      "weights",
      " us.west = 0 , b = 10000 ",
      {
        weights: new Map([
          ["us.west", 0],
          ["b", 10_000],
        ]),
      },
    ],
    ["failover-order", "b, a,c", { order: ["b", "a", "c"] }],
    ["clusters", "16", { draws: 16 }],
    ["max-answers", "1", { maxAnswers: 1 }],
    ["ttl", "30", { ttlSeconds: 30 }],
    ["ttl", "5m", { ttlSeconds: 300 }],
    ["ttl", "2147483647", { ttlSeconds: 2_147_483_647 }],
    ["capacity", "1000000", { capacity: 1_000_000 }],
  ];
  for (const [name, value, settings] of sound)
    it(`reads ${name}: ${value}`, () => assert.deepEqual(read(name, value), { settings, problems: [] }));

  const many = Array.from({ length: 129 }, (_, i) => `c${i}`);
  const refused: readonly (readonly [name: string, value: unknown, message: string])[] = [
    ["policy", "fair", `must be one of ${POLICY_NAMES.join(", ")}`],
    ["policy", "", "is empty; give it a value, or remove the annotation"],
    ["policy", 5, "must be a text; put it in quotes"],
    ["weights", "us-west", "must be CLUSTER=WEIGHT, with commas between, like us-west=3,eu-central=1"],
    ["weights", "a=1=2", "must be CLUSTER=WEIGHT, with commas between, like us-west=3,eu-central=1"],
    ["weights", "A=1", "must be CLUSTER=WEIGHT, with commas between, like us-west=3,eu-central=1"],
    [
      "weights",
      "a=1,",
      "must be CLUSTER=WEIGHT, with commas between, like us-west=3,eu-central=1; there is a comma too many",
    ],
    ["weights", "a=10001", "gives a a weight that is no whole number from 0 to 10000"],
    ["weights", "a=-1", "gives a a weight that is no whole number from 0 to 10000"],
    ["weights", "a=1,a=2", "has a twice; remove one of the two"],
    ["weights", many.map((name) => `${name}=1`).join(), "names more than 128 clusters; name fewer"],
    ["weights", `a=${"1".repeat(60_000)}`, "is longer than 49152 characters; shorten it"],
    ["failover-order", "a,,b", "must be clusters, with commas between; there is a comma too many"],
    ["failover-order", "a b", "must be clusters, with commas between, like us-west,eu-central"],
    ["failover-order", "a,b,a", "has a twice; remove one of the two"],
    ["failover-order", many.join(), "names more than 128 clusters; name fewer"],
    ["clusters", "0", "must be a whole number from 1 to 16"],
    [
      "clusters",
      "us-west",
      "must be a whole number from 1 to 16: how many clusters are selected, not which; fedns.io/weights says which are preferred",
    ],
    ["max-answers", "65", "must be a whole number from 1 to 64"],
    ["ttl", "0", "must be seconds from 1 to 2147483647, or like 30s, 5m, 1h"],
    ["ttl", "1500ms", "must be seconds from 1 to 2147483647, or like 30s, 5m, 1h"],
    ["ttl", "2147483648", "must be seconds from 1 to 2147483647, or like 30s, 5m, 1h"],
    ["capacity", "1000001", "must be a whole number from 1 to 1000000"],
  ];
  for (const [name, value, message] of refused) {
    it(`refuses ${name}: ${String(value).slice(0, 20)}`, () => {
      const { settings, problems } = read(name, value);
      assert.deepEqual(settings, {});
      assert.deepEqual(
        problems.map((problem) => [problem.severity, problem.annotation, problem.message]),
        [["error", `fedns.io/${name}`, message]],
      );
    });
  }

  it("keeps the last valid value of an invalid annotation, and no value of a removed one", () => {
    const before = readAnnotations({
      "fedns.io/policy": "all",
      "fedns.io/ttl": "60",
      "fedns.io/clusters": "2",
    });
    const now = readAnnotations({ "fedns.io/policy": "al", "fedns.io/ttl": "90" }, before.settings);
    assert.deepEqual(now.settings, { policy: "all", ttlSeconds: 90 });
    assert.equal(now.problems.length, 1);
    assert.deepEqual(readAnnotations({ "fedns.io/policy": "?" }, now.settings).settings, { policy: "all" });
    assert.deepEqual(readAnnotations({}, now.settings).settings, {});
  });

  it("warns of a TTL below 5 seconds, and uses it", () => {
    const { settings, problems } = read("ttl", "2s");
    assert.deepEqual(settings, { ttlSeconds: 2 });
    assert.deepEqual(
      problems.map(({ severity }) => severity),
      ["warning"],
    );
  });

  it("warns of names with our prefix that are not in the table, and suggests the nearest one", () => {
    const { settings, problems } = readAnnotations({
      "fedns.io/polcy": "geo",
      "fedns.io/drain": "true",
      "fedns.io/probe": "tcp://:80",
      "fedns.io/probe-interval": "5s",
      "fedns.io/slow-start": "1m",
      "fedns.io/slow-starts": "1m",
      "fedns.io/colour": "red",
      "fedns.io/expose": "nodes",
      "fedns.io/balancer-hostname": "alias",
      "example.com/policy": "x",
    });
    assert.deepEqual(settings, {});
    assert.deepEqual(
      problems.map(({ annotation, message }) => [annotation, message]),
      [
        ["fedns.io/polcy", "is no annotation of fedns; did you mean fedns.io/policy?"],
        ["fedns.io/drain", "is no annotation; drains are ordered with `fedns drain`"],
        ["fedns.io/slow-starts", "is no annotation of fedns; did you mean fedns.io/slow-start?"],
        ["fedns.io/colour", `is no annotation of fedns; there are ${ANNOTATION_NAMES.join(", ")}`],
      ],
    );
  });

  it("reports an invalid value shortened and without control characters", () => {
    const [problem] = read("policy", `\u001b[2J${"x".repeat(500)}`).problems;
    assert.match(problem?.value ?? "", /^\?\[2Jx{50,}\.\.\.$/);
    assert.equal(problem?.value.length, 60);
  });

  it("never throws, and is bounded, for any value", () => {
    const key = fc.oneof(
      fc.constantFrom(...Object.values(ANNOTATIONS)),
      fc.string().map((s) => `fedns.io/${s}`),
    );
    const value = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.stringMatching(/^[a-c=,0-9 .-]{0,40}$/),
      fc.anything(),
    );
    fc.assert(
      fc.property(fc.dictionary(key, value), (annotations) => {
        const { settings, problems } = readAnnotations(annotations);
        assert.ok(problems.length <= 16 && problems.every((problem) => problem.value.length <= 60));
        assert.ok((settings.weights?.size ?? 0) <= 128 && (settings.order?.length ?? 0) <= 128);
        for (const weight of settings.weights?.values() ?? [])
          assert.ok(Number.isInteger(weight) && weight >= 0 && weight <= 10_000);
        assert.ok(settings.draws === undefined || (settings.draws >= 1 && settings.draws <= 16));
        assert.ok(settings.ttlSeconds === undefined || settings.ttlSeconds >= 1);
        // Read again with itself as the memory, it says the same.
        assert.deepEqual(readAnnotations(annotations, settings).settings, settings);
      }),
      { numRuns: 500 },
    );
  });

  it("ignores inherited properties", () => {
    const annotations = Object.create({ "fedns.io/policy": "all" }) as Record<string, unknown>;
    assert.deepEqual(readAnnotations(annotations).settings, {});
  });
});
