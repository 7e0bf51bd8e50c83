/** The members among which replicas are distributed: those of which nothing can be read are members all the same. */
import assert from "node:assert/strict";
import { it } from "node:test";
import { silentLog } from "../../../src/kernel/log.ts";
import { ScheduledMembers } from "../../../src/propagate/workloads/scheduled-members.ts";
import { FakeClock } from "../../support/fake-clock.ts";

const withheld = (name: string, labels: Readonly<Record<string, string>> = {}) =>
  ({ name, labels, access: { kind: "withheld" } }) as const;

it("a member without credentials is waited for, and counts no more after 20 seconds", () => {
  const clock = new FakeClock();
  const members = new ScheduledMembers({
    onCopy: () => undefined,
    onPresence: () => undefined,
    onAutoscaler: () => undefined,
    onAutoscalers: () => undefined,
    clock,
    random: () => 0.5,
    log: silentLog,
  });
  const counts = (): readonly (boolean | null)[] =>
    members.see("deployments.apps", "shop/web").map((one) => one.counts);
  assert.deepEqual(members.set([withheld("m1"), withheld("m2")]), { hasChanged: true, gone: [] });
  assert.deepEqual(members.set([withheld("m1"), withheld("m2")]), { hasChanged: false, gone: [] });
  assert.deepEqual([counts(), members.look()], [[null, null], false]);
  clock.advance(20_000);
  assert.deepEqual([members.look(), counts()], [true, [false, false]]);
  assert.equal(members.look(), false);
  assert.equal(members.set([withheld("m1", { tier: "gold" })]).hasChanged, true);
  assert.deepEqual(members.names, ["m1"]);
});
