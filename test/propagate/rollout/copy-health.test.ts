/** Whether a member is well in a version: by what is said of its copy, by the copy, and by its traffic. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { ServingState } from "../../../src/federation/serving/serving-ask.ts";
import { healthOf, type StagedCopy } from "../../../src/propagate/staging/copy-health.ts";
import type { CopyReport, CopyStatus } from "../../../src/propagate/status/copy-status.ts";

const report = (status: CopyStatus, more: Partial<CopyReport> = {}): CopyReport => ({
  cluster: "west",
  status,
  message: null,
  code: null,
  sinceMs: 0,
  generation: 1,
  ...more,
});
const deployment = (available: number): never =>
  ({
    metadata: { name: "web", uid: "u", resourceVersion: "1", generation: 1 },
    spec: { replicas: 2 },
    status: { observedGeneration: 1, replicas: 2, updatedReplicas: 2, availableReplicas: available },
  }) as never;

function copyWith(more: Partial<StagedCopy>): StagedCopy {
  return {
    cluster: { name: "west", labels: {} },
    view: "seen",
    isOther: false,
    hasTarget: true,
    report: report(""),
    read: () => Promise.resolve(deployment(2)),
    services: () => Promise.resolve(["shop/web"]),
    ...more,
  };
}

const rejected = (): Promise<never> => Promise.reject(new Error("it hung up"));
type Answer = ServingState["kind"] | "no answer";

const TABLE: readonly [string, Partial<StagedCopy>, Answer, string, RegExp][] = [
  ["all is well", {}, "served", "well", /^$/],
  ["it is not seen", { view: "away" }, "served", "unseen", /does not answer/],
  ["it does not know the kind", { view: "no-such-kind" }, "served", "out", /does not serve the kind/],
  ["nothing is said of the object as it is now", { report: null }, "served", "waiting", /being written/],
  ["it has another version still", { hasTarget: false }, "served", "waiting", /being written/],
  [
    "it was just held",
    { report: report("WaitingForRollout", { isFinal: true }) },
    "served",
    "waiting",
    /being written/,
  ],
  ["it has opted out", { report: report("ManagedLabelFalse") }, "served", "out", /ManagedLabelFalse/],
  ["changes are held", { report: report("Paused") }, "served", "held", /Paused/],
  ["its credentials are gone", { report: report("ClientRetrievalFailed") }, "served", "unseen", /Client/],
  [
    "it refuses the version",
    { report: report("UpdateFailed", { code: 422 }) },
    "served",
    "failed",
    /^UpdateFailed/,
  ],
  ["an override does not fit", { report: report("ApplyOverridesFailed") }, "served", "failed", /^Apply/],
  [
    "it refuses it for now",
    { report: report("UpdateFailed", { code: 500, message: "later" }) },
    "served",
    "waiting",
    /^UpdateFailed: later$/,
  ],
  [
    "it is not rolled out",
    { read: () => Promise.resolve(deployment(1)) },
    "served",
    "waiting",
    /^1 of 2 replicas are available$/,
  ],
  ["its copy is gone", { read: () => Promise.resolve(null) }, "served", "waiting", /there is no copy/],
  ["its copy cannot be read", { read: rejected }, "served", "unseen", /cannot be read \(it hung up\)/],
  ["clients are not served", {}, "down", "waiting", /^shop\/web: none is up$/],
  ["nobody knows whether clients are served there", {}, "unknown", "waiting", /^shop\/web: /],
  [
    "those who answer do not reply",
    {},
    "no answer",
    "waiting",
    /^it is not known whether clients are served/,
  ],
  ["no name leads to the Service", {}, "none", "well", /^$/],
  ["no Service leads to it", { services: () => Promise.resolve([]) }, "down", "well", /^$/],
  ["its Services cannot be read", { services: rejected }, "served", "waiting", /it hung up/],
];

describe("a member in a version", () => {
  for (const [name, more, answer, health, reason] of TABLE)
    it(name, async () => {
      const found = await healthOf(copyWith(more), "Deployment", (asks) =>
        Promise.resolve(
          answer === "no answer" ? null : asks.map((ask) => ({ ...ask, kind: answer, reason: "none is up" })),
        ),
      );
      assert.equal(found.name, "west");
      assert.equal(found.health, health);
      assert.match(found.reason, reason);
    });
  it("is judged without traffic where nobody knows of it", async () => {
    assert.equal((await healthOf(copyWith({}), "Deployment", null)).health, "well");
  });
});
