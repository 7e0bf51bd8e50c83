/** What cannot be published keeps nothing else back: services, hosts, nodes and members over their quota. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { nameOf } from "../../../src/dns/message/name.ts";
import { OperationalError } from "../../../src/kernel/error.ts";
import { unreadRecord } from "../../../src/picture/content/unread.ts";
import { NONE } from "../../../src/picture/format/memory.ts";
import { serviceKey } from "../../../src/picture/nodes/pool-key.ts";
import { reasonToRefuse } from "../../../src/picture/verify/verify.ts";
import { PictureFull } from "../../../src/picture/write/writer-options.ts";
import { parseBackend } from "../../support/fleet.ts";
import { ask, change, type Front, openFront } from "../../support/worker-context.ts";

const FLEET = `
  cluster west us-west/a
    demo/hello ready=1 192.0.2.17
  cluster east us-east/a`;

function addressOf(front: Front, service: string): string | undefined {
  return ask(front, { name: `${service}.demo.myfed.svc.example.com`, type: 1 }).answer.at(-1)?.data;
}

function put(front: Front, service: string, address: string): void {
  front.federation.setBackend("west", `demo/${service}`, parseBackend(["ready=1", address]));
}

/** From now on, pools of these services cannot be put. Returns how it ends. */
function refusePools(front: Front, services: readonly string[], error: Error): () => void {
  const { writer } = front.picture;
  const putPool = writer.putPool.bind(writer);
  const keys = services.map((name) => String(serviceKey({ namespace: "demo", name })));
  writer.putPool = (federation, key, ...rest) => {
    if (keys.includes(String(key))) throw error;
    return putPool(federation, key, ...rest);
  };
  return () => {
    writer.putPool = putPool;
  };
}

/** From now on, a commit fails while `isWrong`. */
function refuseCommits(front: Front, error: Error, isWrong: (front: Front) => boolean): () => void {
  let isOver = false;
  const watch = (): void => {
    const { writer } = front.picture;
    const commit = writer.commit.bind(writer);
    writer.commit = (stamp) => {
      if (isOver || !isWrong(front)) return commit(stamp);
      throw error;
    };
  };
  watch();
  const { picture } = front;
  let { writer } = picture;
  // The store gives another writer after such a failure.
  Object.defineProperty(picture, "writer", {
    get: () => writer,
    set: (next: typeof writer) => {
      writer = next;
      watch();
    },
  });
  return () => {
    isOver = true;
  };
}

function keptBack(front: Front): readonly string[] {
  return front.publisher.health.keptBack.first.map(({ key }) => key);
}

describe("a service that cannot be published", () => {
  for (const error of [new PictureFull({ of: "words", count: 9 }), new RangeError("too long")])
    it(`keeps what it had, and no other waits (${error.constructor.name})`, () => {
      const front = openFront(FLEET);
      const end = refusePools(front, ["hello", "s7"], error);
      for (let i = 0; i < 1200; i++) put(front, `s${i}`, "192.0.2.20");
      put(front, "hello", "192.0.2.18");
      front.clock.advance(10);
      assert.deepEqual([...keptBack(front)].sort(), ["demo/hello", "demo/s7"]);
      assert.equal(front.publisher.health.pending, 0);
      assert.equal(front.publisher.health.problem, null);
      assert.equal(addressOf(front, "hello"), "192.0.2.17", "the last good one stays");
      for (const i of [0, 6, 8, 1199]) assert.equal(addressOf(front, `s${i}`), "192.0.2.20");
      end();
      front.clock.advance(2000);
      assert.deepEqual(front.publisher.health.keptBack, { count: 0, first: [] });
      assert.equal(addressOf(front, "hello"), "192.0.2.18");
      assert.equal(addressOf(front, "s7"), "192.0.2.20");
    });

  it("does not keep the picture from being complete", () => {
    const front = openFront(`unsynced\n${FLEET}`);
    assert.notEqual(unreadRecord(front.picture.memory.u32), NONE);
    refusePools(front, ["bad"], new Error("no"));
    put(front, "bad", "192.0.2.20");
    front.publisher.complete();
    front.clock.advance(5);
    assert.equal(unreadRecord(front.picture.memory.u32), NONE);
  });

  it("keeps the numbers of members that have left, which it may still name in the picture", () => {
    const front = openFront(FLEET);
    const end = refusePools(front, ["hello"], new Error("no"));
    front.federation.setBackend("east", "demo/hello", parseBackend(["ready=1", "192.0.2.33"]));
    front.federation.leave("west");
    front.clock.advance(10);
    assert.deepEqual(keptBack(front), ["demo/hello"]);
    assert.equal(front.federation.join("south").index, 2);
    end();
    front.clock.advance(60_000);
    assert.deepEqual(keptBack(front), []);
    assert.equal(front.federation.join("north").index, 0);
  });

  it("is tried less and less often, and at once when it has changed", () => {
    const front = openFront(FLEET);
    const end = refusePools(front, ["bad"], new Error("no"));
    put(front, "bad", "192.0.2.20");
    front.clock.advance(3_600_000);
    const [entry] = front.publisher.health.keptBack.first;
    assert.ok(entry !== undefined && entry.attempts > 15 && entry.attempts < 25, String(entry?.attempts));
    end();
    put(front, "bad", "192.0.2.21");
    front.clock.advance(2);
    assert.equal(addressOf(front, "bad"), "192.0.2.21");
    assert.equal(front.publisher.health.keptBack.count, 0);
  });

  it("is found even if only the commit tells, and what was put with it is put again", () => {
    const front = openFront(FLEET);
    const bad = serviceKey({ namespace: "demo", name: "s77" });
    const end = refuseCommits(front, new Error("no"), () => front.picture.writer.poolOf(0, bad) !== null);
    for (let i = 0; i < 300; i++) put(front, `s${i}`, "192.0.2.20");
    front.clock.advance(100);
    assert.deepEqual(keptBack(front), ["demo/s77"]);
    for (const i of [0, 76, 78, 299]) assert.equal(addressOf(front, `s${i}`), "192.0.2.20");
    assert.equal(addressOf(front, "s77"), undefined);
    end();
    front.clock.advance(5000);
    assert.equal(addressOf(front, "s77"), "192.0.2.20");
    assert.equal(reasonToRefuse(front.picture.memory), null);
  });
});

it("on a full disk no service is at fault: all wait, and come when there is room again", () => {
  const front = openFront(FLEET);
  const full = new OperationalError("STATE_DIRECTORY", "no space left");
  const end = refuseCommits(front, full, () => true);
  for (let i = 0; i < 1200; i++) put(front, `s${i}`, "192.0.2.20");
  front.clock.advance(5000);
  assert.equal(front.publisher.health.problem, full.message);
  assert.equal(front.publisher.health.keptBack.count, 0);
  assert.equal(front.publisher.health.pending, 1200);
  end();
  front.clock.advance(1100);
  assert.equal(front.publisher.health.pending, 0);
  assert.equal(addressOf(front, "s1199"), "192.0.2.20");
});

it("a node that cannot be put keeps no other node back, and comes later", () => {
  const front = openFront(FLEET);
  const { writer } = front.picture;
  const putNode = writer.putNode.bind(writer);
  const bad = String(nameOf("bad.example.com"));
  writer.putNode = (node, origin) => {
    if (String(node.name) === bad) throw new RangeError("too long");
    return putNode(node, origin);
  };
  change(front, "put west bad.example.com ready=1 192.0.2.30");
  change(front, "put west good.example.com ready=1 192.0.2.31");
  assert.deepEqual(keptBack(front), ["node bad.example.com."]);
  assert.equal(ask(front, { name: "good.example.com", type: 1 }).answer[0]?.data, "192.0.2.31");
  writer.putNode = putNode;
  front.clock.advance(2000);
  assert.equal(front.publisher.health.keptBack.count, 0);
  assert.equal(ask(front, { name: "bad.example.com", type: 1 }).answer[0]?.data, "192.0.2.30");
});

describe("a full picture", () => {
  it("refuses what does not fit, follows what is there, and tells how full it is", () => {
    const front = openFront(FLEET, 1 << 20);
    for (let i = 0; i < 20_000; i++) put(front, `s${i}`, "192.0.2.20");
    front.clock.advance(1000);
    const { keptBack: kept, fullness, pending } = front.publisher.health;
    assert.ok(kept.count > 1000 && fullness.words > 0.5, `${kept.count} ${fullness.words}`);
    assert.match(kept.first[0]?.problem ?? "", /the picture is full: \d+ words more are needed; .*quota/);
    assert.equal(pending, 0);
    put(front, "hello", "192.0.2.99");
    put(front, "s0", "192.0.2.98");
    front.clock.advance(2);
    assert.equal(addressOf(front, "hello"), "192.0.2.99");
    assert.equal(addressOf(front, "s0"), "192.0.2.98");
    assert.equal(reasonToRefuse(front.picture.memory), null);
  });

  it("has its endpoint indexes back from pools that could not be put", () => {
    const front = openFront(FLEET);
    const { freeEndpoints } = front.picture.writer;
    const many = Array.from({ length: 70_000 }, (_, i) => i);
    const key = serviceKey({ namespace: "demo", name: "big" });
    const member = {
      cluster: 0,
      tier: 0,
      weight: 1,
      readyEndpoints: 1,
      wantedEndpoints: 1,
      since: 0,
      ipv6: [],
    };
    const small = { ...member, cluster: 1, ipv4: [1, 2, 3] };
    assert.throws(
      () => front.picture.writer.putPool(0, key, [small, { ...member, ipv4: many }]),
      (error) => error instanceof PictureFull && error.missing.of === "endpoints",
    );
    assert.equal(front.picture.writer.freeEndpoints, freeEndpoints);
    assert.equal(front.picture.writer.poolOf(0, key), null);
  });
});
