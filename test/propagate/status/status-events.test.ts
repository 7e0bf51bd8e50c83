/** What a status has no room for becomes an Event; what it has room for does not. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { objectStatus } from "../../../src/propagate/status/object-status.ts";
import type { CopyReport } from "../../../src/propagate/status/copy-status.ts";
import { prunedWords } from "../../../src/propagate/status/status-events.ts";

const copy = (cluster: string, status: CopyReport["status"], message: string | null): CopyReport => ({
  cluster,
  status,
  message,
  code: null,
  sinceMs: 0,
  generation: 1,
});
const none = { generation: 1, hasWritten: false, before: null, nowMs: 0 };

describe("words of a status", () => {
  const status = objectStatus({
    ...none,
    failure: null,
    copies: [copy("m1", "", "a note"), copy("m2", "CreationFailed", "the quota is exceeded")],
  });
  it("are told where the definition has no room for them", () => {
    const pruned = { clusters: [{ name: "m1" }, { name: "m2", status: "CreationFailed" }] };
    const words = [{ reason: "CreationFailed", message: "m2: the quota is exceeded" }];
    assert.deepEqual(prunedWords(status, pruned), words);
    assert.deepEqual(prunedWords(status, null), words);
    assert.deepEqual(prunedWords(status, { clusters: "m2" }), words);
  });
  it("are not told where it has room", () => {
    assert.deepEqual(prunedWords(status, status), []);
  });
  it("are told when nothing could be placed", () => {
    const failure = { reason: "NamespaceNotFederated", message: "the namespace is not federated" } as const;
    const refused = objectStatus({ ...none, failure, copies: [] });
    assert.deepEqual(prunedWords(refused, {}), [failure]);
    assert.deepEqual(prunedWords(refused, refused), []);
  });
  it("are told of a rollout where a person has to do something, and not for each cluster that waits", () => {
    const message = "the new one was given up in m1";
    const copies = [copy("m1", "WaitingForRollout", message), copy("m2", "WaitingForRollout", message)];
    const wordsOf = (reason: "Failed" | "InvalidRollout" | "Progressing" | "Paused") =>
      prunedWords(
        objectStatus({ ...none, failure: null, copies, rollout: { status: "False", reason, message } }),
        {},
      );
    assert.deepEqual(wordsOf("Failed"), [{ reason: "RolloutFailed", message }]);
    assert.deepEqual(wordsOf("InvalidRollout"), [{ reason: "InvalidRollout", message }]);
    assert.deepEqual([...wordsOf("Progressing"), ...wordsOf("Paused")], []);
  });
});
