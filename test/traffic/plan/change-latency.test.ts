/** From what a member declares to what is published, in batches: a flood of one member delays the change of another by one. */
import { deepEqual, equal, ok } from "node:assert/strict";
import { describe, it } from "node:test";
import type { Backend } from "../../../src/federation/members/backend.ts";
import { Federation } from "../../../src/federation/members/federation.ts";
import { PublishQueue } from "../../../src/picture/publish/publish-queue.ts";
import type { Publisher } from "../../../src/picture/publish/publisher.ts";
import { AwaitedMembers } from "../../../src/picture/nodes/awaited-members.ts";
import { ChangeFeed } from "../../../src/traffic/plan/change-feed.ts";
import { ChangeRouter } from "../../../src/traffic/plan/change-router.ts";
import type { Planner } from "../../../src/traffic/plan/planner.ts";
import { FakeClock } from "../../support/fake-clock.ts";

const FLOOD = 20_000;

function backend(readyEndpoints: number): Backend {
  const annotations = { createdAt: 0, values: {} } as unknown as Backend["annotations"];
  return { readyEndpoints, wantedEndpoints: 1, annotations, ipv4: [1], ipv6: [] };
}

function rig() {
  const clock = new FakeClock();
  const batches: (readonly string[])[] = [];
  const queue = new PublishQueue({
    clock,
    write: (keys) => void batches.push(keys),
    onFailure: () => undefined,
    onRefused: () => undefined,
  });
  const changes = new ChangeFeed();
  const federation = new Federation(changes, 4);
  const publisher = {
    touchService: (key: string, member: string) => queue.add(key, member),
    touchStructure: () => undefined,
  } as unknown as Publisher;
  const planner = { refresh: () => undefined } as unknown as Planner;
  const orders = (): never => {
    throw new Error("there are no orders");
  };
  changes.subscribe(new ChangeRouter({ federation, orders, planner, publisher, clock }));
  federation.join("greedy");
  federation.join("calm");
  const flood = (ready: number): void => {
    for (let i = 0; i < FLOOD; i++) federation.setBackend("greedy", `demo/s${i}`, backend(ready));
  };
  return { clock, batches, queue, federation, flood };
}

describe("while a member changes 20,000 services", () => {
  it("a service that another declares is in the next batch", () => {
    const { clock, batches, federation, flood } = rig();
    flood(1);
    federation.setBackend("calm", "demo/mine", backend(1));
    clock.advance(1);
    ok(batches[0]?.includes("demo/mine"));
  });

  it("again and again, so is each change of a service that both have", () => {
    const { clock, batches, federation, flood } = rig();
    for (let ready = 1; ready <= 5; ready++) {
      flood(ready);
      const before = batches.length;
      federation.setBackend("calm", `demo/s${FLOOD - 1}`, backend(ready));
      clock.advance(1);
      ok(batches[before]?.includes(`demo/s${FLOOD - 1}`));
    }
  });

  it("because it annotates their namespace, so is a service that another declares", () => {
    const { clock, batches, federation, flood } = rig();
    flood(1);
    federation.setNamespace("greedy", "demo", { createdAt: 0, values: { a: "b" } } as never);
    federation.setBackend("calm", "demo/mine", backend(1));
    clock.advance(1);
    ok(batches[0]?.includes("demo/mine"));
  });

  it("because it leaves, so is a service that another declares", () => {
    const { clock, batches, federation, flood } = rig();
    flood(1);
    clock.advance(100);
    const before = batches.length;
    federation.leave("greedy");
    federation.setBackend("calm", "demo/mine", backend(1));
    clock.advance(1);
    ok(batches[before]?.includes("demo/mine"));
  });

  it("what was read of another is complete when its own changes are written", () => {
    const { clock, queue, federation, flood } = rig();
    const awaited = new AwaitedMembers();
    awaited.expect({ unread: new Set(["greedy", "calm"]), outdated: new Set() });
    flood(1);
    federation.setBackend("calm", "demo/mine", backend(1));
    awaited.read("greedy");
    awaited.read("calm");
    clock.advance(1);
    awaited.written((member) => !queue.hasOf(member));
    deepEqual([...awaited.inPicture.unread], ["greedy"]);
    clock.advance(100);
    awaited.written((member) => !queue.hasOf(member));
    equal(awaited.inPicture.unread.size, 0);
  });
});
