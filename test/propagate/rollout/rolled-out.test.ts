/** Whether a copy is rolled out, by kind: what its controllers say of the state that was asked for last. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { rolledOut } from "../../../src/propagate/rollout/rolled-out.ts";

const seen = (spec: object, status: object): object => ({
  metadata: { generation: 2 },
  spec,
  status: { observedGeneration: 2, ...status },
});
const whole = { replicas: 3, updatedReplicas: 3, availableReplicas: 3 };
const condition = (type: string, status: string, reason = "Why", message = "so") => ({
  conditions: [{ type, status, reason, message }],
});

const TABLE: readonly [string, string, object, "well" | "waiting" | "failed", RegExp][] = [
  ["Deployment", "all are updated and available", seen({ replicas: 3 }, whole), "well", /^$/],
  [
    "Deployment",
    "not seen yet",
    { metadata: { generation: 2 }, spec: {}, status: { observedGeneration: 1 } },
    "waiting",
    /controller/,
  ],
  [
    "Deployment",
    "the version before failed",
    {
      metadata: { generation: 2 },
      spec: {},
      status: { observedGeneration: 1, ...condition("Progressing", "False") },
    },
    "waiting",
    /controller/,
  ],
  ["Deployment", "never seen", { metadata: { generation: 1 }, spec: {} }, "waiting", /controller/],
  [
    "Deployment",
    "some are old",
    seen({ replicas: 3 }, { ...whole, updatedReplicas: 1 }),
    "waiting",
    /^1 of 3 replicas are updated/,
  ],
  [
    "Deployment",
    "old ones are left",
    seen({ replicas: 3 }, { ...whole, replicas: 4 }),
    "waiting",
    /^1 replicas of the previous/,
  ],
  [
    "Deployment",
    "some are not available",
    seen({ replicas: 3 }, { ...whole, availableReplicas: 2 }),
    "waiting",
    /^2 of 3 replicas are available/,
  ],
  [
    "Deployment",
    "the default number",
    seen({}, { replicas: 1, updatedReplicas: 1, availableReplicas: 1 }),
    "well",
    /^$/,
  ],
  ["Deployment", "scaled to zero", seen({ replicas: 0 }, {}), "well", /^$/],
  ["Deployment", "paused", seen({ replicas: 3, paused: true }, whole), "waiting", /spec\.paused/],
  [
    "Deployment",
    "no progress",
    seen({ replicas: 3 }, { ...whole, ...condition("Progressing", "False", "ProgressDeadlineExceeded") }),
    "failed",
    /Progressing is False: ProgressDeadlineExceeded: so/,
  ],
  [
    "StatefulSet",
    "all are updated",
    seen({ replicas: 3 }, { readyReplicas: 3, updatedReplicas: 3 }),
    "well",
    /^$/,
  ],
  [
    "StatefulSet",
    "some are old",
    seen(
      { replicas: 3 },
      { readyReplicas: 3, updatedReplicas: 1, currentRevision: "a", updateRevision: "b" },
    ),
    "waiting",
    /^1 of 3 replicas are updated/,
  ],
  [
    "StatefulSet",
    "its partition",
    seen(
      { replicas: 3, updateStrategy: { rollingUpdate: { partition: 2 } } },
      { readyReplicas: 3, updatedReplicas: 1 },
    ),
    "well",
    /^$/,
  ],
  [
    "StatefulSet",
    "some are not ready",
    seen({ replicas: 3 }, { readyReplicas: 2, updatedReplicas: 3 }),
    "waiting",
    /^2 of 3/,
  ],
  ["StatefulSet", "on delete", seen({ replicas: 3, updateStrategy: { type: "OnDelete" } }, {}), "well", /^$/],
  [
    "DaemonSet",
    "all Nodes",
    seen({}, { desiredNumberScheduled: 2, updatedNumberScheduled: 2, numberAvailable: 2 }),
    "well",
    /^$/,
  ],
  [
    "DaemonSet",
    "one is old",
    seen({}, { desiredNumberScheduled: 2, updatedNumberScheduled: 1, numberAvailable: 2 }),
    "waiting",
    /^1 of 2 pods are updated/,
  ],
  [
    "DaemonSet",
    "one is not available",
    seen({}, { desiredNumberScheduled: 2, updatedNumberScheduled: 2 }),
    "waiting",
    /^0 of 2 pods/,
  ],
  ["ReplicaSet", "all are available", seen({ replicas: 2 }, { availableReplicas: 2 }), "well", /^$/],
  ["ReplicaSet", "none is", seen({ replicas: 2 }, {}), "waiting", /^0 of 2/],
  ["Job", "runs", seen({}, { active: 1 }), "well", /^$/],
  [
    "Job",
    "has failed",
    seen({}, condition("Failed", "True", "BackoffLimitExceeded")),
    "failed",
    /BackoffLimitExceeded/,
  ],
  ["ConfigMap", "has no status", { metadata: {}, data: {} }, "well", /^$/],
  [
    "Widget",
    "not seen yet",
    { metadata: { generation: 2 }, status: { observedGeneration: 1 } },
    "waiting",
    /controller/,
  ],
  ["Widget", "is not ready", seen({}, condition("Ready", "False")), "waiting", /Ready is False/],
  [
    "Widget",
    "is being reconciled",
    seen({}, condition("Reconciling", "True")),
    "waiting",
    /Reconciling is True/,
  ],
  ["Widget", "is stalled", seen({}, condition("Stalled", "True")), "failed", /Stalled is True/],
  ["Widget", "is anything", { metadata: null, spec: 7, status: { conditions: [null, 3, {}] } }, "well", /^$/],
];

describe("a copy is rolled out", () => {
  for (const [kind, name, object, state, reason] of TABLE)
    it(`${kind}: ${name}`, () => {
      const found = rolledOut(kind, object as never);
      assert.equal(found.state, state);
      assert.match(found.reason, reason);
    });
  it("its reason is bounded", () => {
    const long = seen({}, condition("Stalled", "True", "A", "x".repeat(10_000)));
    assert.ok(rolledOut("Widget", long as never).reason.length <= 200);
  });
});
