import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { CopyStatus, CopyReport } from "../../../src/propagate/status/copy-status.ts";
import {
  objectStatus,
  type ObjectStatus,
  type StatusInput,
} from "../../../src/propagate/status/object-status.ts";

const START_MS = Date.UTC(2026, 0, 1);
const copy = (cluster: string, status: CopyStatus = ""): CopyReport => ({
  cluster,
  status,
  message: null,
  code: null,
  sinceMs: START_MS,
  generation: null,
});

function statusOf(copies: readonly CopyReport[], more: Partial<StatusInput> = {}): ObjectStatus {
  return objectStatus({
    generation: 4,
    failure: null,
    copies,
    hasWritten: false,
    before: null,
    nowMs: START_MS,
    ...more,
  });
}

/** "Propagation=True" and so on, and the reason of Propagation. */
function conditions(status: ObjectStatus): string {
  const [propagation] = status.conditions;
  const words = status.conditions.map((one) => `${one.type}=${one.status}`);
  return `${words.join(" ")} ${propagation?.reason ?? ""}`.trim();
}

describe("the conditions of a federated object", () => {
  const ok = "Propagation=True Ready=True Reconciling=False Stalled=False";
  const busy = "Propagation=False Ready=False Reconciling=True Stalled=False CheckClusters";
  const stalled = "Propagation=False Ready=False Reconciling=False Stalled=True CheckClusters";
  const table: readonly (readonly [string, readonly CopyReport[], string])[] = [
    ["without copies are good", [], ok],
    ["are good when all copies are as wanted", [copy("a"), copy("b")], ok],
    ["say that a removal goes on", [copy("a"), copy("b", "WaitingForRemoval")], busy],
    ["say that a cluster is not seen", [copy("a", "ClusterNotReady")], busy],
    ["say that a write is tried again", [copy("a", "UpdateTimedOut"), copy("b", "CreationFailed")], busy],
    ["say that a person has to act", [copy("a", "UpdateFailed"), copy("b", "AlreadyExists")], stalled],
    ["say that a server takes no such object", [{ ...copy("a", "UpdateFailed"), code: 422 }], stalled],
    ["say that a refusal may pass", [{ ...copy("a", "CreationFailed"), code: 403 }], busy],
    [
      "say that it is not sent again",
      [{ ...copy("a", "CreationFailed"), code: 500, isFinal: true }],
      stalled,
    ],
    ["say that a server has failed", [{ ...copy("a", "CreationFailed"), code: 500 }], busy],
    ["say that an override does not fit", [copy("a", "ApplyOverridesFailed")], stalled],
  ];
  for (const [claim, copies, expected] of table)
    it(claim, () => {
      assert.equal(conditions(statusOf(copies)), expected);
    });
  it("have the reason of a failure before placement", () => {
    const failure = {
      reason: "ComputePlacementFailed",
      message: "spec.placement must be an object",
    } as const;
    assert.equal(
      conditions(statusOf([], { failure })),
      "Propagation=False Ready=False Reconciling=False Stalled=True ComputePlacementFailed",
    );
  });
});

describe("a condition that is stalled", () => {
  const stalledBy = (copies: readonly CopyReport[], more: Partial<StatusInput> = {}): unknown => {
    const { reason, message } =
      statusOf(copies, more).conditions.find(({ type }) => type === "Stalled") ?? {};
    return [reason, message];
  };
  it("says which clusters refuse for good, and why", () => {
    const refused = { ...copy("b", "CreationFailed"), message: "no such field", code: 500, isFinal: true };
    const copies = [copy("a", "UpdateTimedOut"), refused, copy("c", "AlreadyExists")];
    assert.deepEqual(stalledBy(copies), [
      "CreationFailed",
      "b: CreationFailed: no such field; c: AlreadyExists",
    ]);
  });
  it("says what the object lacks", () => {
    const failure = { reason: "ComputePlacementFailed", message: "spec.placement" } as const;
    assert.deepEqual(stalledBy([], { failure }), ["ComputePlacementFailed", "spec.placement"]);
  });
  it("has the reason of all others when it is not", () => {
    assert.deepEqual(stalledBy([copy("a", "UpdateTimedOut")]), ["CheckClusters", "a: UpdateTimedOut"]);
  });
});

describe("the lines of clusters", () => {
  it("leave out the status of a copy that is as wanted", () => {
    assert.deepEqual(statusOf([copy("b"), copy("a")]).clusters, [{ name: "a" }, { name: "b" }]);
  });
  it("have message, code and time of a copy that is not", () => {
    const refused = { ...copy("a", "CreationFailed"), message: "exceeded quota", code: 403 };
    assert.deepEqual(statusOf([refused]).clusters, [
      {
        name: "a",
        status: "CreationFailed",
        message: "exceeded quota",
        code: 403,
        lastTransitionTime: "2026-01-01T00:00:00Z",
      },
    ]);
  });
  it("have the collected status", () => {
    assert.deepEqual(statusOf([{ ...copy("a"), remoteStatus: { ready: 1 } }]).clusters, [
      { name: "a", remoteStatus: { ready: 1 } },
    ]);
  });
});

describe("the times of a status", () => {
  const before = statusOf([copy("a")]);
  const later = START_MS + 60_000;
  const timesOf = (status: ObjectStatus): readonly (string | undefined)[] => [
    status.conditions[0]?.lastTransitionTime,
    status.conditions[0]?.lastUpdateTime,
  ];
  const FIRST = "2026-01-01T00:00:00Z";
  const NOW = "2026-01-01T00:01:00Z";
  it("stay when nothing changed, so that nothing is written", () => {
    assert.deepEqual(statusOf([copy("a")], { before, nowMs: later }), before);
  });
  it("stay when the definition prunes messages", () => {
    const waiting = [copy("a", "WaitingForRemoval")];
    const first = statusOf(waiting);
    const conditions = first.conditions.map((one) => ({ ...one, message: undefined }));
    const stored = { ...first, conditions } as unknown as ObjectStatus;
    const times = timesOf(statusOf(waiting, { before: stored, nowMs: later }));
    assert.deepEqual(times, [FIRST, FIRST]);
  });
  it("move on an update when something was written", () => {
    assert.deepEqual(timesOf(statusOf([copy("a")], { before, nowMs: later, hasWritten: true })), [
      FIRST,
      NOW,
    ]);
  });
  it("move on an update when a cluster came or went", () => {
    assert.deepEqual(timesOf(statusOf([copy("a"), copy("b")], { before, nowMs: later })), [FIRST, NOW]);
  });
  it("move on a transition when the condition changes", () => {
    assert.deepEqual(timesOf(statusOf([copy("a", "UpdateFailed")], { before, nowMs: later })), [NOW, NOW]);
  });
  it("say nothing of a new generation", () => {
    const next = statusOf([copy("a")], { before, nowMs: later, generation: 5 });
    assert.deepEqual(timesOf(next), [FIRST, FIRST]);
    assert.equal(next.observedGeneration, 5);
  });
});
