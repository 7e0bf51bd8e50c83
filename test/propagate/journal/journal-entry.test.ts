/** The table of what becomes of an entry, and entries that others wrote. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { LiveCopy } from "../../../src/propagate/apply/decide.ts";
import { isDropped, type JournalEntry, parseEntry } from "../../../src/propagate/journal/journal-entry.ts";

const ENTRY: JournalEntry = {
  type: "deployments.apps",
  key: "shop/web",
  cluster: "us-west",
  clusterUid: "u1",
  objectUid: "o1",
  orphan: null,
  deleteOptions: { propagation: "Foreground" },
  since: "2026-01-31T12:00:00.000Z",
};

function present(owner: "us" | "kubefed" | "another-federation" | "nobody"): LiveCopy {
  const not = { isOptedOut: false, isAdopted: false, isDeleting: false, isCovered: false };
  return { kind: "present", owner, ...not, applied: null, isSharedWithKubefed: false };
}

describe("an entry of the journal", () => {
  const rows: readonly [string, boolean, string | null, LiveCopy, boolean][] = [
    ["the host has the object again", true, "u1", present("us"), true],
    ["another cluster has its name", false, "u2", present("us"), true],
    ["the cluster is not identified yet", false, null, present("us"), false],
    ["the member is not listed yet", false, "u1", { kind: "unknown" }, false],
    ["the copy is ours", false, "u1", present("us"), false],
    ["the copy lost our label", false, "u1", present("kubefed"), true],
    ["the object is a stranger's", false, "u1", present("nobody"), true],
    ["the object is another federation's", false, "u1", present("another-federation"), true],
    ["there is no copy", false, "u1", { kind: "absent" }, true],
  ];
  for (const [what, hasObject, clusterUid, live, isGone] of rows)
    it(`is ${isGone ? "dropped" : "kept"} when ${what}`, () => {
      assert.equal(isDropped(ENTRY, { hasObject, clusterUid, live }), isGone);
    });

  it("is read as it was written", () => {
    assert.deepEqual(parseEntry(JSON.stringify(ENTRY)), ENTRY);
  });
  for (const text of ["", "{", "[]", "null", '{"type":"a"}', JSON.stringify({ ...ENTRY, key: "web" })])
    it(`is none when it is ${text}`, () => {
      assert.equal(parseEntry(text), null);
    });
  it("is none when it is no text", () => {
    assert.equal(parseEntry(7), null);
  });
});
