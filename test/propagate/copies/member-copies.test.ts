import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { MemberCopies, type SeenCopy } from "../../../src/propagate/copies/member-copies.ts";

const SEEN: SeenCopy = {
  uid: "0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9",
  resourceVersion: "120",
  owner: "us",
  isOptedOut: false,
  isAdopted: true,
  isDeleting: false,
  isSharedWithKubefed: true,
  applied: "00ff00ff00ff00ff",
  fieldsHash: 7n,
  leftOut: null,
};

function copies(copy: Partial<SeenCopy> = {}): MemberCopies {
  const all = new MemberCopies();
  all.see(3, { ...SEEN, ...copy });
  return all;
}

describe("the copies of a member", () => {
  it("have what was seen", () => {
    const all = copies();
    assert.deepEqual(all.live(3, true), {
      kind: "present",
      owner: "us",
      isOptedOut: false,
      isAdopted: true,
      isDeleting: false,
      applied: "00ff00ff00ff00ff",
      isCovered: false,
      isSharedWithKubefed: true,
    });
    assert.equal(all.uid(3), SEEN.uid);
    assert.equal(all.resourceVersion(3), "120");
  });
  for (const owner of ["nobody", "us", "kubefed", "another-federation"] as const)
    it(`keep the owner ${owner}`, () => {
      const live = copies({ owner, isOptedOut: true, isDeleting: true }).live(3, true);
      assert.equal(live.kind === "present" && live.owner, owner);
    });
  it("are unknown until they were listed, and absent after that", () => {
    assert.deepEqual(copies().live(4, false), { kind: "unknown" });
    assert.deepEqual(copies().live(4, true), { kind: "absent" });
  });
  it("do not go back to an older state", () => {
    const all = copies();
    assert.equal(all.see(3, { ...SEEN, resourceVersion: "119", applied: null }), false);
    assert.equal(all.isDoubtful(3), true);
    assert.equal(all.see(3, { ...SEEN, resourceVersion: "121", applied: null }), true);
    assert.equal(all.isDoubtful(3), false);
  });
  it("go back to an older state that was read", () => {
    assert.equal(copies().see(3, { ...SEEN, resourceVersion: "9" }, true), true);
  });
  it("do not come back by an answer that was sent before their end was seen", () => {
    const all = copies();
    all.ask(3);
    all.gone(3);
    assert.equal(all.see(3, { ...SEEN, isDeleting: true }, true), false);
    assert.equal(all.isPresent(3), false);
    assert.equal(all.isDoubtful(3), true);
    all.ask(3);
    all.gone(3, true);
    assert.equal(all.isDoubtful(3), false);
  });
  it("do not go by an answer that was sent before they were seen", () => {
    const all = copies();
    all.ask(3);
    all.see(3, { ...SEEN, resourceVersion: "121" });
    all.gone(3, true);
    assert.equal(all.isPresent(3), true);
    assert.equal(all.isDoubtful(3), true);
  });
  it("are as an answer shows them that is later than all that was seen", () => {
    const all = copies();
    all.ask(3);
    all.see(3, { ...SEEN, resourceVersion: "121" });
    assert.equal(all.see(3, { ...SEEN, resourceVersion: "122" }, true), true);
    assert.equal(all.isDoubtful(3), false);
  });
  it("take every state of a server whose versions are no revisions", () => {
    const all = copies({ resourceVersion: "b-9" });
    assert.equal(all.resourceVersion(3), null);
    assert.equal(all.see(3, { ...SEEN, resourceVersion: "a-1" }), true);
  });
  it("are covered as long as our fields are those that were verified", () => {
    const all = copies();
    all.verified(3);
    assert.equal(all.isVerified(3), true);
    all.see(3, { ...SEEN, resourceVersion: "121", fieldsHash: 8n });
    assert.equal(all.isVerified(3), false);
  });
  it("are not covered when we own nothing", () => {
    const all = copies({ fieldsHash: 0n });
    all.verified(3);
    assert.equal(all.isVerified(3), false);
  });
  it("keep their rows when there are many", () => {
    const all = copies();
    all.see(70_000, { ...SEEN, uid: "ffffffff-ffff-ffff-ffff-ffffffffffff" });
    assert.equal(all.uid(3), SEEN.uid);
    assert.equal(all.uid(70_000), "ffffffff-ffff-ffff-ffff-ffffffffffff");
  });
  it("have no uid that is not a UUID", () => {
    assert.equal(copies({ uid: "strange" }).uid(3), "");
  });
  it("know no label of another writer", () => {
    const live = copies({ applied: "hello" }).live(3, true);
    assert.notEqual(live.kind === "present" && live.applied, "hello");
  });
});

describe("the report of a copy", () => {
  const failed = { status: "CreationFailed", message: "exceeded quota", code: 403 } as const;
  const good = { status: "", message: null, code: null } as const;
  it("has the time at which its status changed", () => {
    const all = copies();
    assert.equal(all.report(3, failed, 2, 1000), true);
    assert.equal(all.report(3, failed, 2, 2000), false);
    assert.equal(all.report(3, { ...failed, message: "another" }, 2, 3000), true);
    assert.deepEqual(all.reportOf(3), { ...failed, message: "another", sinceMs: 1000, generation: 2 });
    assert.equal(all.report(3, good, 3, 4000), true);
    assert.deepEqual(all.reportOf(3), { ...good, sinceMs: 4000, generation: 3 });
  });
  it("ends when nothing is to be said", () => {
    const all = copies();
    assert.equal(all.reportOf(3), null);
    all.report(3, failed, 2, 1000);
    assert.equal(all.forgetReport(3), true);
    assert.equal(all.forgetReport(3), false);
    assert.equal(all.reportOf(3), null);
  });
  it("is found out once for each object", () => {
    const all = copies();
    assert.equal(all.isWorked(3), false);
    all.begin(3);
    assert.equal(all.worked(3), true);
    all.begin(3);
    assert.equal(all.worked(3), false);
    all.report(3, failed, 2, 1000);
    all.forgetReport(3);
    assert.equal(all.isWorked(3), true);
    assert.equal(all.reportOf(3), null);
    all.clear(3);
    assert.equal(all.isWorked(3), false);
  });
  it("is found out anew when its object changes, also while it is worked on", () => {
    const all = copies();
    all.begin(3);
    all.outdate(3);
    assert.equal(all.worked(3), false);
    assert.equal(all.isWorked(3), false);
    all.begin(3);
    assert.equal(all.worked(3), true);
    all.report(3, failed, 2, 1000);
    all.outdate(3);
    assert.equal(all.isWorked(3), false);
    assert.equal(all.reportOf(3)?.status, failed.status);
  });
  it("does not pass to the next object of the row", () => {
    const all = copies();
    all.report(3, failed, 2, 1000);
    all.clear(3);
    assert.equal(all.reportOf(3), null);
    assert.deepEqual(all.live(3, true), { kind: "absent" });
    assert.equal(all.see(3, { ...SEEN, resourceVersion: "1" }), true);
  });

  it("knows an echo by uid and revision", () => {
    const all = new MemberCopies();
    assert.equal(all.isKnown(3, SEEN), false, "nothing is known yet");
    all.see(3, SEEN);
    assert.equal(all.isKnown(3, SEEN), true);
    assert.equal(all.isKnown(3, { ...SEEN, resourceVersion: "999" }), false);
    assert.equal(all.isKnown(3, { ...SEEN, uid: "00000000-0000-4000-8000-00000000abcd" }), false);
    all.see(4, { ...SEEN, resourceVersion: "opaque" });
    assert.equal(all.isKnown(4, { ...SEEN, resourceVersion: "opaque" }), false, "no revision is kept of it");
    all.see(3, { ...SEEN, resourceVersion: "1" });
    assert.equal(all.isKnown(3, SEEN), false, "it is in doubt");
    all.see(3, SEEN, true);
    all.gone(3);
    assert.equal(all.isKnown(3, SEEN), false, "it is gone");
  });
});
