/** What a view tells of itself, and when it says that it may be otherwise now. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { silentLog } from "../../../src/kernel/log.ts";
import { FieldsTable } from "../../../src/propagate/copies/fields-table.ts";
import { MemberView } from "../../../src/propagate/reconcile/member-view.ts";
import { Chance } from "../../simulation/chance.ts";
import { SimServer } from "../../simulation/propagate/sim-server.ts";
import { SimTime } from "../../simulation/propagate/sim-time.ts";
import { SimTransport } from "../../simulation/propagate/sim-transport.ts";
import { typeOf } from "../../simulation/propagate/types.ts";

describe("the view of a member", () => {
  const nothing = (): void => undefined;
  const time = new SimTime();
  const chance = new Chance(1);
  const life = time.life();
  const server = new SimServer({ name: "m1", time, chance, resources: [], onWritten: nothing });
  let views = 0;
  const view = new MemberView({
    transport: new SimTransport({
      time,
      life,
      chance,
      server,
      instance: "p1",
      onStage: nothing,
      onSent: nothing,
      reshape: (request) => request,
    }),
    type: typeOf("configmaps"),
    ownership: { owner: "test", manager: "fedns" },
    fields: new FieldsTable(),
    rows: { take: () => 0, find: () => 0, keyOf: () => null, isKnown: () => false, onList: () => undefined },
    sink: { onCopy: nothing, onView: () => (views += 1) },
    clock: life.clock,
    random: () => chance.next(),
    log: silentLog,
  });

  it("is listed in the end", async () => {
    void view.run(new AbortController().signal);
    assert.equal(view.state, "not-listed");
    await time.advance(5_000);
    assert.equal(view.state, "listed");
    await time.advance(1_000);
    assert.equal(views, 1, "all copies are looked at each time");
  });
  it("says nothing while nothing changes", async () => {
    const before = views;
    await time.advance(10_000);
    assert.equal(views, before);
  });
  it("says that it is back to whom it told that it was not, however short that was", async () => {
    const before = views;
    // Away for a few milliseconds, between two looks at its state.
    await time.advance(250 - (time.nowMs % 250) + 10);
    server.cut();
    let told = view.state;
    for (let i = 0; i < 30 && told === "listed"; i++) {
      await time.advance(1);
      told = view.state;
    }
    assert.equal(told, "not-seen");
    await time.advance(5_000);
    assert.equal(view.state, "listed");
    assert.ok(views > before);
  });
});
