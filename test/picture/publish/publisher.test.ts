/** The bridge: what the federation believes is in the picture soon, whole, and again after a failure. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { EQUAL_SHARES } from "../../../src/picture/publish/traffic-planner.ts";
import { Header } from "../../../src/picture/format/layout.ts";
import { ask, change, type Front, openFront } from "../../support/worker-context.ts";
import { parseBackend } from "../../support/fleet.ts";

const fleet = `
  cluster west us-west/a
    demo/hello ready=1 192.0.2.17
  cluster east us-east/a`;
const hello = { name: "hello.demo.myfed.svc.example.com", type: 1 };

function addressOf(front: Front): string | undefined {
  return ask(front, hello).answer.at(-1)?.data;
}

function serial(front: Front): number {
  return Number(ask(front, { name: "example.com", type: 6 }).answer[0]?.data.split(" ")[2]);
}

test("a change is in the picture one millisecond later, without a flush", () => {
  const front = openFront(fleet);
  front.federation.setBackend("west", "demo/hello", parseBackend(["ready=1", "192.0.2.18"]));
  assert.equal(addressOf(front), "192.0.2.17");
  front.clock.advance(1);
  assert.equal(addressOf(front), "192.0.2.18");
});

test("changes of one moment are one commit", () => {
  const front = openFront(fleet);
  const { commits } = front.publisher.health;
  for (let i = 0; i < 400; i++)
    front.federation.setBackend("west", `demo/s${i}`, parseBackend(["ready=1", "192.0.2.18"]));
  front.clock.advance(5);
  const { commits: now, pending, problem } = front.publisher.health;
  assert.deepEqual({ now, pending, problem }, { now: commits + 1, pending: 0, problem: null });
});

test("a look-up that finds the same addresses again prolongs them at once, without a commit", () => {
  const front = openFront(fleet);
  const backend = parseBackend(["ready=1", "192.0.2.17"]);
  const freshFor = (seconds: number): void => {
    const until = Math.floor(front.clock.wallMs() / 1000) + seconds;
    front.federation.setBackend("west", "demo/hello", {
      ...backend,
      freshUntil: new Map([[0xc0000211, until]]),
    });
  };
  const ttl = (): number | undefined => {
    front.context.nowSeconds = Math.floor(front.clock.wallMs() / 1000);
    return ask(front, hello).answer.at(-1)?.ttl;
  };
  assert.equal(ttl(), 30);
  freshFor(20);
  front.publisher.flush();
  assert.equal(ttl(), 20);
  const { commits } = front.publisher.health;
  front.clock.advance(15_000);
  assert.equal(ttl(), 5);
  freshFor(20);
  assert.equal(ttl(), 20);
  front.publisher.flush();
  front.clock.advance(10);
  assert.equal(front.publisher.health.commits, commits);
  // A change of the addresses comes with its times; an address that is announced after all has none.
  front.federation.setBackend("west", "demo/hello", parseBackend(["ready=1", "192.0.2.17"]));
  front.publisher.flush();
  assert.equal(ttl(), 30);
});

test("very many changes come in several commits, and all of them come", () => {
  const front = openFront(fleet);
  const { commits } = front.publisher.health;
  for (let i = 0; i < 1700; i++)
    front.federation.setBackend("west", `demo/s${i}`, parseBackend(["ready=1", "192.0.2.18"]));
  front.clock.advance(20);
  assert.equal(front.publisher.health.pending, 0);
  assert.ok(front.publisher.health.commits >= commits + 4);
  for (const i of [0, 499, 500, 1699])
    assert.equal(ask(front, { name: `s${i}.demo.myfed.svc.example.com`, type: 1 }).answer.length, 1);
});

test("names are known not to exist only with the last of what was waiting", () => {
  const front = openFront(`unsynced\n${fleet}`);
  for (let i = 0; i < 1200; i++)
    front.federation.setBackend("west", `demo/s${i}`, parseBackend(["ready=1", "192.0.2.18"]));
  front.publisher.complete();
  for (let ms = 0; ms < 10; ms++) {
    const { rcode } = ask(front, { name: "s1199.demo.myfed.svc.example.com", type: 1 });
    assert.ok(rcode === 0 || rcode === 2, `never rcode ${rcode}`);
    front.clock.advance(1);
  }
  assert.equal(ask(front, { name: "none.demo.myfed.svc.example.com", type: 1 }).rcode, 3);
});

test("what did not change is not written", () => {
  const front = openFront(fleet);
  front.publisher.flush();
  const end = front.picture.memory.u32[Header.ArenaEnd];
  front.federation.setBackend("west", "demo/hello", parseBackend(["ready=1", "192.0.2.17"]));
  front.publisher.touchService("demo/hello");
  const { commits } = front.publisher.health;
  front.publisher.flush();
  assert.deepEqual(
    [front.picture.memory.u32[Header.ArenaEnd], front.publisher.health.commits],
    [end, commits],
  );
});

test("the serial of the SOA is the current minute, whatever changes in it, and never goes back", () => {
  const front = openFront(fleet);
  front.publisher.keepSerial();
  const minute = (): number => Math.floor(front.clock.wallMs() / 60_000) * 60;
  const first = serial(front);
  assert.equal(first, minute());
  change(front, "put west demo/hello ready=1 192.0.2.18");
  assert.equal(serial(front), first, "replicas that saw the change later must not differ");
  front.clock.advance(60_001);
  assert.equal(serial(front), minute(), "without any change");
  assert.ok(serial(front) > first);
  front.picture.memory.u32[Header.SoaSerial] = minute() + 500;
  front.clock.advance(60_000);
  assert.equal(serial(front), minute() - 60 + 500, "a clock that was set back");
});

test("a cluster that leaves is out of every answer at once, before its many services are rewritten", () => {
  const front = openFront(fleet);
  for (let i = 0; i < 2000; i++)
    front.federation.setBackend("east", `demo/s${i}`, parseBackend(["ready=1", "192.0.2.33"]));
  front.publisher.flush();
  front.federation.leave("east");
  front.clock.advance(1);
  for (const i of [0, 1999])
    assert.equal(ask(front, { name: `s${i}.demo.myfed.svc.example.com`, type: 1 }).answer.length, 0);
});

test("a cluster that takes the place of one that left never answers with its addresses, not even for a moment", () => {
  const front = openFront(fleet);
  for (let i = 0; i < 2000; i++)
    front.federation.setBackend("east", `demo/s${i}`, parseBackend(["ready=1", "192.0.2.33"]));
  front.publisher.flush();
  front.federation.leave("east");
  front.federation.join("south");
  front.federation.setLocality("south", {
    places: [{ region: "us-south", zone: null }],
    latitude: null,
    longitude: null,
  });
  for (let ms = 0; ms < 10; ms++) {
    front.clock.advance(1);
    const { answer } = ask(front, { name: "s1999.demo.myfed.svc.us-south.example.com", type: 1 });
    assert.deepEqual(
      answer.filter(({ type }) => type === 1),
      [],
    );
  }
});

test("a cluster that joins without a place answers for the global names", () => {
  const front = openFront(fleet);
  front.federation.join("nowhere");
  front.federation.setBackend("nowhere", "demo/new", parseBackend(["ready=1", "192.0.2.99"]));
  front.clock.advance(5);
  assert.equal(ask(front, { name: "new.demo.myfed.svc.example.com", type: 1 }).answer.length, 1);
});

test("an address that was down is not up before the commit that takes its cluster away", () => {
  let isDown = true;
  const down = { health: 0, reason: 1, since: 1 };
  const front = openFront(fleet, undefined, {
    ...EQUAL_SHARES,
    endpointStatesOf: () => (isDown ? () => down : null),
  });
  const regional = { name: "hello.demo.myfed.svc.us-west.example.com", type: 1 };
  const leads = (): string | undefined => ask(front, regional).answer[0]?.data;
  assert.equal(leads(), `${hello.name}.`);
  const { writer } = front.picture;
  const commit = writer.commit.bind(writer);
  const before: (string | undefined)[] = [];
  writer.commit = (stamp) => {
    before.push(leads());
    return commit(stamp);
  };
  isDown = false;
  front.federation.setBackend("west", "demo/hello", parseBackend(["ready=0", "192.0.2.17"]));
  front.clock.advance(1);
  assert.deepEqual(before, [`${hello.name}.`]);
  front.federation.setBackend("west", "demo/hello", parseBackend(["ready=1", "192.0.2.17"]));
  front.clock.advance(1);
  assert.equal(leads(), "192.0.2.17");
});
