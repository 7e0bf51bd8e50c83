/** What is read of workloads, pods and preferences: whatever a member or a person writes. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { unschedulableSince } from "../../../src/propagate/workloads/pending-pods.ts";
import { parsePreference } from "../../../src/propagate/schedule/preference.ts";
import { workloadFacts } from "../../../src/propagate/workloads/workload-facts.ts";

describe("the facts of a workload", () => {
  it("are its numbers, and a selector for its pods", () => {
    const selector = {
      matchLabels: { app: "web" },
      matchExpressions: [
        { key: "tier", operator: "In", values: ["a", "b"] },
        { key: "old", operator: "DoesNotExist" },
        { key: "new", operator: "Exists" },
        { key: "x", operator: "NotIn", values: ["y"] },
      ],
    };
    const facts = workloadFacts({
      metadata: { generation: 2 },
      spec: { replicas: 3, selector },
      status: { readyReplicas: 2, replicas: 4, observedGeneration: 1 },
    });
    const text = "app=web,tier in (a,b),!old,new,x notin (y)";
    assert.deepEqual(facts, {
      asked: 3,
      ready: 2,
      running: 4,
      isObserved: false,
      selector: text,
      refused: null,
    });
  });
  it("say which pods a member refuses to make, and why", () => {
    const message = "pods is forbidden: exceeded quota";
    const conditions = [{ type: "ReplicaFailure", status: "True", reason: "FailedCreate", message }];
    const refused = (replicas: number, given: unknown): unknown =>
      workloadFacts({ spec: { replicas: 5 }, status: { replicas, conditions: given } })?.refused;
    assert.deepEqual(refused(3, conditions), { count: 2, message });
    assert.equal(refused(5, conditions), null);
    assert.equal(refused(3, [{ ...conditions[0], status: "False" }]), null);
    assert.equal(refused(3, "none"), null);
  });
  it("of a ReplicationController have its labels", () => {
    assert.equal(workloadFacts({ spec: { replicas: 1, selector: { app: "web" } } })?.selector, "app=web");
  });
  for (const spec of [undefined, {}, { replicas: -1 }, { replicas: "3" }, { replicas: 1.5 }])
    it(`are none with ${JSON.stringify(spec)}`, () => assert.equal(workloadFacts({ spec }), null));
});

describe("a pod that cannot be placed", () => {
  const condition = {
    type: "PodScheduled",
    status: "False",
    reason: "Unschedulable",
    lastTransitionTime: "2026-01-01T00:00:00Z",
  };
  it("says since when", () => {
    assert.equal(unschedulableSince({ status: { conditions: [condition] } }), Date.UTC(2026, 0, 1));
  });
  for (const [why, pod] of [
    ["is placed", { status: { conditions: [{ ...condition, status: "True" }] } }],
    ["waits for something else", { status: { conditions: [{ ...condition, reason: "SchedulingGated" }] } }],
    ["is being deleted", { metadata: { deletionTimestamp: "x" }, status: { conditions: [condition] } }],
    ["is none", 7],
  ] as const)
    it(`is none when it ${why}`, () => assert.equal(unschedulableSince(pod), null));
});

describe("a preference that cannot be read", () => {
  const spec = { targetKind: "FederatedDeployment", totalReplicas: 3 };
  for (const [field, value, words] of [
    ["targetKind", 7, /^spec\.targetKind must name/],
    ["totalReplicas", -1, /^spec\.totalReplicas must be a whole number/],
    ["totalReplicas", 2 ** 31, /from 0 to 2147483647$/],
    ["intersectWithClusterSelector", "yes", /must be true or false/],
    ["clusters", { a: { weight: -1 } }, /weight/],
  ] as const)
    it(`says so of ${field} ${JSON.stringify(value)}`, () => {
      const parsed = parsePreference({ spec: { ...spec, [field]: value } });
      assert.match("problem" in parsed ? parsed.problem : "", words);
    });
});
