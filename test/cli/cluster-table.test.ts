/** The table of `fedns get clusters`. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { clusterTable } from "../../src/cli/text/cluster-table.ts";

const tableOf = (name: string, ...conditions: readonly object[]): string =>
  clusterTable(
    [
      {
        metadata: { name, uid: "u", resourceVersion: "1", creationTimestamp: "2026-01-01T00:00:00Z" },
        status: { conditions, kubernetesVersion: "v1.34.0" },
      },
    ],
    { isWide: false, wallMs: Date.parse("2026-01-01T01:30:05Z") },
  );

describe("the table of clusters", () => {
  it("shows condition, age and version, and no control characters", () => {
    const table = tableOf("a\u001b[31m", { type: "Ready", status: "True" });
    assert.equal(table.split("\n")[1], "a?[31m   True    1h30m   v1.34.0");
  });

  it("shows the reason why a cluster is not ready", () => {
    const offline = { type: "Offline", status: "True", reason: "ClusterNotReachable" };
    assert.match(tableOf("a", { type: "Ready", status: "False" }, offline), /False \(ClusterNotReachable\)/);
    assert.match(
      tableOf("a", { type: "Ready", status: "False", reason: "ClusterNotReady" }),
      /\(ClusterNotReady\)/,
    );
    assert.match(tableOf("a"), /<unknown>/);
  });
});
