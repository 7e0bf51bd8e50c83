/** Readiness: when fedns is ready, why not, and the notes about members that were never read. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { InitialSync, UnreadMember } from "../../../src/run/control/initial-sync.ts";
import type { ProcessHealth } from "../../../src/run/children/process-supervisor.ts";
import { readiness, type ReadinessSources } from "../../../src/run/supervise/readiness.ts";

const running = { state: "running" } as ProcessHealth;
const calm: ReadinessSources = {
  isDraining: () => false,
  processes: () => ({ serve: running, control: running }),
  liveness: { problems: [] },
  isRestored: false,
  initialSync: () => null,
  settings: () => ({ unreadMembers: "bounded", syncBoundSeconds: 30 }),
};
const west: UnreadMember = { cluster: "west", problem: "services: connect ECONNREFUSED" };
const NOTE =
  "cluster west has not been read (services: connect ECONNREFUSED): what only it could declare, and the picture does not have, is SERVFAIL until it is read; for one that is gone: fedns forget cluster west, or take it out of the settings";

function judge(
  sync: Partial<InitialSync> | null,
  more: Partial<ReadinessSources> = {},
): ReturnType<typeof readiness> {
  const whole = sync === null ? null : { isDone: false, unread: [], unknown: [], zones: null, ...sync };
  return readiness({ ...calm, initialSync: () => whole, ...more });
}

describe("a new replica", () => {
  for (const [setting, reason] of [
    ["wait", /^1 cluster has not been read, and a new replica waits for that \(unreadMembers: wait\)$/],
    ["bounded", /^1 cluster has not been read, .* or for 30 s \(unreadMembers: bounded\)$/],
    ["ignore", /^what was read is not in the picture yet$/],
  ] as const)
    it(`is not ready before control says so, and names the missing member and the cure (${setting})`, () => {
      const settings = () => ({ unreadMembers: setting, syncBoundSeconds: 30 });
      const { ready, reasons, notes } = judge({ unread: [west] }, { settings });
      assert.equal(ready, false);
      assert.match(reasons.join("\n"), reason);
      assert.deepEqual(notes, [NOTE]);
      assert.equal(judge({ unread: [west], isDone: true }, { settings }).ready, true);
    });

  it("says that the zone files, or the control process, are missing", () => {
    assert.deepEqual(judge({ zones: "the folder is away" }).reasons, ["the folder is away"]);
    assert.match(judge(null).reasons.join(), /^there is no picture of an earlier run, and the control/);
  });
});

it("a member that was never read is a note in all other cases", () => {
  assert.deepEqual(judge({ unread: [west], isDone: true }), { ready: true, reasons: [], notes: [NOTE] });
  assert.deepEqual(judge({ unread: [west] }, { isRestored: true }), {
    ready: true,
    reasons: [],
    notes: [NOTE],
  });
  const stopping = judge({ unread: [west], isDone: true }, { isDraining: () => true });
  assert.deepEqual(stopping, { ready: false, reasons: ["fedns is stopping"], notes: [NOTE] });
});

it("a source of clusters that has not said which it has is named", () => {
  const { reasons, notes } = judge({ unknown: ["clusters of the host"] });
  assert.match(reasons.join(), /^the clusters of the host have not been read, and a new replica waits/);
  assert.match(notes.join(), /^the clusters of the host are not known: .* SERVFAIL until they are$/);
});

it("the notes are bounded", () => {
  const unread = Array.from({ length: 100 }, (_, i) => ({ cluster: `c${i}`, problem: "no" }));
  const { notes } = judge({ unread, isDone: true });
  assert.deepEqual([notes.length, notes.at(-1)], [21, "and 80 more clusters"]);
});
