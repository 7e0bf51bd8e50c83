/** Names that exist and cannot be published are not denied: SERVFAIL, while names that do not exist are NXDOMAIN. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { WorkerContext } from "../../../src/answer/context/worker-context.ts";
import { nameOf } from "../../../src/dns/message/name.ts";
import { generatedZone } from "../../../src/dns/zone/generated.ts";
import { keptBackRecord } from "../../../src/picture/content/kept-back.ts";
import { NONE } from "../../../src/picture/format/memory.ts";
import { Picture } from "../../../src/picture/format/picture.ts";
import { reasonToRefuse } from "../../../src/picture/verify/verify.ts";
import type { PictureWriter } from "../../../src/picture/write/writer.ts";
import { EQUAL_SHARES } from "../../../src/picture/publish/traffic-planner.ts";
import { parseFleet } from "../../support/fleet.ts";
import { copyOf, openPicture } from "../../support/picture.ts";
import { publishFleet } from "../../support/published.ts";
import { ask, change, type Front, openFront, storeOf } from "../../support/worker-context.ts";

const NOERROR = 0;
const SERVFAIL = 2;
const NXDOMAIN = 3;
const [A, TXT] = [1, 16];
const FLEET = `
  zone example.com
  ns ns1.example.com 192.0.2.53
  zone apps.test
  ns ns1.apps.test 192.0.2.53
  federation myfed example.com
  rule example.com
  rule apps.test
  cluster west us-west/a
    demo/hello ready=1 192.0.2.17
    host known.apps.test ready=1 192.0.2.18`;

const rcode = (front: Pick<Front, "context">, name: string, type: number = A): number =>
  ask(front, { name, type }).rcode;
const isDenied = ({ picture }: Front): boolean => keptBackRecord(picture.memory.u32) === NONE;

/** From now on, what `isBad` accepts cannot be put. Returns how it ends. */
function refuse(
  { picture }: Front,
  method: "putPool" | "putNode",
  isBad: (subject: string) => boolean,
): () => void {
  const { writer } = picture;
  const original = writer[method].bind(writer) as (...args: unknown[]) => unknown;
  const guarded = (...args: unknown[]): unknown => {
    const [first, second] = args as [{ name: Uint8Array }, Uint8Array];
    const subject = Buffer.from(method === "putPool" ? second : first.name).toString("latin1");
    if (isBad(subject)) throw new RangeError("too long");
    return original(...args);
  };
  Object.assign(writer, { [method]: guarded } as Partial<PictureWriter>);
  return () => Object.assign(writer, { [method]: original });
}

const has = (label: string) => (subject: string) => subject.includes(label);

describe("a new service that cannot be published", () => {
  const FRESH = "fresh.new.myfed.svc.example.com";

  it("is SERVFAIL at all levels, with its namespace and ports, and nothing else is", () => {
    const front = openFront(FLEET);
    const end = refuse(front, "putPool", has("fresh"));
    change(front, "put west new/fresh ready=1 192.0.2.20");
    for (const name of [
      FRESH,
      "fresh.new.myfed.svc.us-west.example.com",
      "fresh.new.myfed.svc.a.us-west.example.com",
      "new.myfed.svc.example.com",
      "_http._tcp.fresh.new.myfed.svc.example.com",
    ])
      assert.equal(rcode(front, name), SERVFAIL, name);
    for (const name of [
      "other.new.myfed.svc.example.com",
      "fresh.demo.myfed.svc.example.com",
      "old.myfed.svc.example.com",
      "_http._tcp.hello.demo.myfed.svc.example.com",
      "fresh.example.com",
    ])
      assert.equal(rcode(front, name), NXDOMAIN, name);
    assert.equal(rcode(front, "hello.demo.myfed.svc.example.com"), NOERROR);
    end();
    front.clock.advance(2_000);
    assert.equal(ask(front, { name: FRESH, type: A }).answer[0]?.data, "192.0.2.20");
    assert.ok(isDenied(front));
  });

  it("is NXDOMAIN as soon as no member declares it any more", () => {
    const front = openFront(FLEET);
    refuse(front, "putPool", has("fresh"));
    change(front, "put west new/fresh ready=1 192.0.2.20");
    assert.equal(rcode(front, FRESH), SERVFAIL);
    change(front, "delete west new/fresh");
    assert.equal(rcode(front, FRESH), NXDOMAIN);
    assert.ok(isDenied(front));
  });

  it("is SERVFAIL even if only the commit has shown that it cannot be published", () => {
    const front = openFront(FLEET);
    const { writer } = front.picture;
    const commit = writer.commit.bind(writer);
    const key = Buffer.from("\x05fresh\x03new");
    Object.assign(writer, {
      commit: (stamp: { wallSeconds: number }) => {
        if (writer.poolOf(0, key) !== null) throw new RangeError("no");
        return commit(stamp);
      },
    });
    front.federation.setBackend("west", "new/fresh", {
      ...front.federation.member("west")!.backends.get("demo/hello")!,
    });
    front.clock.advance(10);
    assert.equal(rcode(front, FRESH), SERVFAIL);
  });

  it("is still SERVFAIL in the next life of control, until all members have been read", () => {
    const front = openFront(FLEET);
    refuse(front, "putPool", has("fresh"));
    change(front, "put west new/fresh ready=1 192.0.2.20");
    const picture = openPicture(copyOf(front.picture.memory));
    const parts = { store: storeOf(picture), plannerFor: () => EQUAL_SHARES, clock: front.clock };
    const { publisher } = publishFleet(parseFleet(`unsynced\n${FLEET}\nread west`), parts);
    const context = new WorkerContext(new Picture(picture.memory), { seed: 7 });
    assert.equal(rcode({ context }, FRESH), SERVFAIL);
    assert.equal(rcode({ context }, "other.new.myfed.svc.example.com"), NXDOMAIN);
    publisher.complete();
    publisher.flush();
    assert.equal(rcode({ context }, FRESH), NXDOMAIN, "no member declares it in this life");
  });
});

describe("a new host that cannot be published", () => {
  for (const method of ["putPool", "putNode"] as const) {
    it(`is SERVFAIL, with the names above it that exist because of it (${method})`, () => {
      const front = openFront(FLEET);
      const end = refuse(front, method, has("fresh"));
      change(front, "put west fresh.sub.apps.test ready=1 192.0.2.20");
      assert.deepEqual(
        ["fresh.sub.apps.test", "sub.apps.test", "other.apps.test", "apps.test", "known.apps.test"].map(
          (name) => rcode(front, name),
        ),
        [SERVFAIL, method === "putNode" ? NOERROR : SERVFAIL, NXDOMAIN, NOERROR, NOERROR],
      );
      assert.equal(rcode(front, "fresh.sub.apps.test", TXT), SERVFAIL);
      end();
      front.clock.advance(2_000);
      assert.equal(rcode(front, "fresh.sub.apps.test"), NOERROR);
      assert.ok(isDenied(front));
    });

    it(`is SERVFAIL where its name has no records yet, or is below a wildcard (${method})`, () => {
      const front = openFront(FLEET);
      change(front, "put west a.fresh.apps.test ready=1 192.0.2.21");
      change(front, "put west *.wild.apps.test ready=1 192.0.2.22");
      assert.equal(rcode(front, "fresh.apps.test"), NOERROR);
      refuse(front, method, (name) => name.startsWith("\x05fresh"));
      change(front, "put west fresh.apps.test ready=1 192.0.2.20");
      change(front, "put west fresh.wild.apps.test ready=1 192.0.2.23");
      assert.deepEqual(
        ["fresh.apps.test", "a.fresh.apps.test", "fresh.wild.apps.test", "other.wild.apps.test"].map((name) =>
          rcode(front, name),
        ),
        [SERVFAIL, NOERROR, SERVFAIL, NOERROR],
      );
    });
  }

  it("as a wildcard makes all names below its parent SERVFAIL, except those that are there", () => {
    const front = openFront(FLEET);
    refuse(front, "putPool", has("\x01*"));
    change(front, "put west *.apps.test ready=1 192.0.2.20");
    assert.deepEqual(
      ["a.apps.test", "b.a.apps.test", "known.apps.test", "apps.test", "a.example.com"].map((name) =>
        rcode(front, name),
      ),
      [SERVFAIL, SERVFAIL, NOERROR, NOERROR, NXDOMAIN],
    );
  });

  it("keeps what it had when it is not new", () => {
    const front = openFront(FLEET);
    refuse(front, "putPool", has("known"));
    change(front, "put west known.apps.test ready=1 192.0.2.99");
    const { answer } = ask(front, { name: "known.apps.test", type: A });
    assert.deepEqual([answer[0]?.data, rcode(front, "known.apps.test", TXT)], ["192.0.2.18", NOERROR]);
  });
});

it("a level that cannot be published makes all names at it SERVFAIL, and no others", () => {
  const front = openFront(FLEET);
  const end = refuse(front, "putNode", has("\x05myfed\x03svc\x07us-east"));
  change(front, "join east");
  change(front, "move east us-east/b");
  assert.deepEqual(
    [
      "hello.demo.myfed.svc.us-east.example.com",
      "hello.demo.myfed.svc.b.us-east.example.com",
      "myfed.svc.us-east.example.com",
      "hello.demo.myfed.svc.us-west.example.com",
      "hello.demo.myfed.svc.us-south.example.com",
    ].map((name) => rcode(front, name)),
    [SERVFAIL, SERVFAIL, SERVFAIL, NOERROR, NXDOMAIN],
  );
  end();
  front.clock.advance(2_000);
  assert.equal(rcode(front, "hello.demo.myfed.svc.us-east.example.com"), NOERROR);
});

it("a zone whose top cannot be published is SERVFAIL as a whole, and the picture stays sound", () => {
  const front = openFront(FLEET);
  const apex = parseFleet(FLEET).zones[1]!;
  const zones = [...parseFleet(FLEET).zones, { ...apex, origin: nameOf("new.test") }].map(generatedZone);
  zones[2]?.put(nameOf("www.new.test"), { type: TXT, ttlSeconds: 60, rdatas: [Uint8Array.of(1, 65)] });
  const end = refuse(front, "putNode", (name) => name === "\x03new\x04test\0");
  front.publisher.setZones(zones, []);
  front.clock.advance(10);
  assert.equal(reasonToRefuse(front.picture.memory), null);
  assert.deepEqual(
    ["www.new.test", "new.test", "none.new.test", "known.apps.test"].map((name) => rcode(front, name, TXT)),
    [SERVFAIL, SERVFAIL, SERVFAIL, NOERROR],
  );
  end();
  front.clock.advance(2_000);
  assert.deepEqual(
    ["www.new.test", "none.new.test"].map((name) => rcode(front, name, TXT)),
    [NOERROR, NXDOMAIN],
  );
});

it("of more names than the picture tells apart, none is denied where members add names", () => {
  const front = openFront(FLEET);
  refuse(front, "putPool", has("many"));
  for (let i = 0; i < 1500; i++)
    front.federation.setBackend(
      "west",
      `new/many${i}`,
      front.federation.member("west")!.backends.get("demo/hello")!,
    );
  front.publisher.flush();
  assert.deepEqual(
    ["many7.new.myfed.svc.example.com", "many1499.new.myfed.svc.example.com", "none.apps.test"].map((name) =>
      rcode(front, name),
    ),
    [SERVFAIL, SERVFAIL, SERVFAIL],
  );
  assert.equal(rcode(front, "hello.demo.myfed.svc.example.com"), NOERROR);
  assert.equal(reasonToRefuse(front.picture.memory), null);
});

it("a name over the quota of its member is SERVFAIL, and what is beyond what the picture can hold is denied", () => {
  const front = openFront(FLEET);
  front.federation.setQuota({ names: 2, endpoints: 2 });
  change(front, "put west demo/fresh ready=1 192.0.2.20");
  change(front, "put west fresh.apps.test ready=1 192.0.2.21");
  const names = ["fresh.demo.myfed.svc.example.com", "fresh.apps.test", "none.demo.myfed.svc.example.com"];
  const rcodes = (): number[] => names.map((name) => rcode(front, name));
  assert.deepEqual(rcodes(), [SERVFAIL, SERVFAIL, NXDOMAIN]);
  change(front, "delete west demo/fresh");
  assert.deepEqual(rcodes(), [NXDOMAIN, SERVFAIL, NXDOMAIN]);
  change(front, "delete west demo/hello");
  assert.deepEqual(rcodes(), [NXDOMAIN, NOERROR, NXDOMAIN]);
  for (let i = 0; i < 1500; i++)
    front.federation.setBackend(
      "west",
      `n/s${i}`,
      front.federation.member("west")!.backends.get("known.apps.test")!,
    );
  front.publisher.flush();
  assert.deepEqual(
    [0, 1499].map((i) => rcode(front, `s${i}.n.myfed.svc.example.com`)),
    [SERVFAIL, NXDOMAIN],
  );
  assert.deepEqual(rcodes(), [NXDOMAIN, NOERROR, NXDOMAIN]);
});
