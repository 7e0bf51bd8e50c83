/** The model of the chaos run notices what is wrong, and allows what the promises allow. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Message } from "../support/decode.ts";
import { faultOf } from "./check.ts";
import { Truth } from "./truth.ts";

const [NOERROR, SERVFAIL, NXDOMAIN, REFUSED] = [0, 2, 3, 5];
const [WEST, WEST_NEXT, EAST] = ["10.100.0.1", "10.100.0.2", "10.101.0.1"];
const NOW_MS = 100_000;

/** West has "web", and "new" since half a minute; east has "web". */
function truth(): Truth {
  const made = new Truth(["west", "east"]);
  made.set("west", "web", [WEST], 0);
  made.set("east", "web", [EAST], 0);
  made.set("west", "new", [WEST_NEXT], NOW_MS - 30_000);
  return made;
}

function fault(made: Truth, name: string, rcode: number, addresses: readonly string[] = []): string | null {
  const [service = "", cluster = null] = name.split(".");
  const records = addresses.map((data) => ({ name: "", type: 1, class: 1, ttl: 1, data }));
  const answer = { rcode, answer: records } as unknown as Message;
  return faultOf(made, { service, cluster, askedMs: NOW_MS }, answer);
}

describe("with everything read", () => {
  it("only what each cluster has is right", () => {
    assert.equal(fault(truth(), "web", NOERROR, [EAST, WEST]), null);
    assert.match(fault(truth(), "web", NOERROR, [EAST]) ?? "", /of west \[\]/);
    assert.match(fault(truth(), "web.west", NOERROR, [WEST, EAST]) ?? "", /other clusters/);
    assert.match(fault(truth(), "web", NOERROR, [WEST, WEST, EAST]) ?? "", /twice/);
    assert.match(fault(truth(), "web", NOERROR, ["192.0.2.1"]) ?? "", /no cluster has/);
  });

  it("a name that exists is neither denied nor refused nor failed", () => {
    assert.match(fault(truth(), "web", NXDOMAIN) ?? "", /declared it/);
    assert.match(fault(truth(), "web", REFUSED) ?? "", /RCODE 5/);
    assert.match(fault(truth(), "web", SERVFAIL) ?? "", /has been read/);
    assert.equal(fault(truth(), "none", NXDOMAIN), null);
  });

  it("a state of before is right for as long as a change may take, or the cluster is hidden", () => {
    const made = truth();
    made.set("west", "web", [WEST_NEXT], NOW_MS - 1_000);
    assert.equal(fault(made, "web.west", NOERROR, [WEST]), null);
    const late = truth();
    late.set("west", "web", [WEST_NEXT], NOW_MS - 10_000);
    assert.match(fault(late, "web.west", NOERROR, [WEST]) ?? "", /but it was/);
    late.hide("west", NOW_MS - 20_000);
    assert.equal(fault(late, "web.west", NOERROR, [WEST]), null);
    late.reveal("west");
    late.hide("west", NOW_MS - 20_000, "new");
    assert.match(fault(late, "web.west", NOERROR, [WEST]) ?? "", /but it was/, "another service is hidden");
  });
});

it("a commit that does not end makes SERVFAIL right, and nothing else", () => {
  const made = truth();
  made.isUnsettled = true;
  assert.equal(fault(made, "web", SERVFAIL), null);
  assert.match(fault(made, "web", NXDOMAIN) ?? "", /declared it/);
});

it("a service that cannot be published may fail, and is not denied once it is declared", () => {
  const made = truth();
  made.hide("west", NOW_MS - 60_000, "new");
  made.keptBack = "new";
  assert.equal(fault(made, "new", SERVFAIL), null);
  assert.match(fault(made, "new", NXDOMAIN) ?? "", /kept back/);
  assert.match(fault(made, "web", SERVFAIL) ?? "", /has been read/);
});

it("what a cluster over its quota adds may fail, and nothing else", () => {
  const made = truth();
  made.hide("west", NOW_MS - 60_000);
  made.overQuota = "west";
  assert.equal(fault(made, "new", SERVFAIL), null);
  assert.match(fault(made, "none", SERVFAIL) ?? "", /has been read/);
});

it("while a cluster was never read, what it may declare is not denied, and what others have is answered", () => {
  const made = truth();
  made.hide("west", 0);
  made.unread.add("west");
  assert.equal(fault(made, "none", SERVFAIL), null);
  assert.equal(fault(made, "none", NXDOMAIN), null, "it may have been read a moment ago");
  assert.match(fault(made, "new", NXDOMAIN) ?? "", /before it was read/);
  made.unreadable = "west";
  assert.match(fault(made, "none", NXDOMAIN) ?? "", /may declare it/);
  assert.equal(fault(made, "web", NOERROR, [EAST]), null);
  assert.match(fault(made, "web", SERVFAIL) ?? "", /was known/);
});

it("after a start from a copy, what was added since may fail and is not denied; what the copy has is answered", () => {
  const made = truth();
  made.hide("west", NOW_MS - 60_000);
  made.outdated.add("west");
  assert.equal(fault(made, "new", SERVFAIL), null);
  assert.match(fault(made, "new", NXDOMAIN) ?? "", /after the copy/);
  assert.equal(fault(made, "new", NOERROR, [WEST_NEXT]), null);
  assert.match(fault(made, "web", SERVFAIL) ?? "", /was known/);
  made.reveal("west");
  assert.match(fault(made, "new", SERVFAIL) ?? "", /has been read/);
});
