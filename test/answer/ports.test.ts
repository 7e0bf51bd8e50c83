/** SRV of a port comes with its target's addresses, as a query for the target would get them (src/answer/target.ts). */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { POLICIES } from "../../src/federation/policy/policies.ts";
import type { Message, Record } from "../support/decode.ts";
import { cachedUntilIn, ask, change, type Front, openFront } from "../support/worker-context.ts";
import { askAs, CHI_SQUARE_P001, chiSquare, type Client, place, plannerOf } from "../support/traffic.ts";

const A = 1;
const AAAA = 28;
const SRV = 33;
const DRAWS = 200;

const TARGET = "hello.demo.myfed.svc.example.com";
const PORT = `_http._tcp.${TARGET}`;
const FLEET = `
cluster a r1/z1
  demo/hello ready=10 port=http/tcp/80 192.0.1.1 192.0.1.2 2001:db8::1:1
cluster b r2/z2
  demo/hello ready=10 192.0.2.1
`;

const textOf = ({ name, type, ttl, data }: Record): string => `${name} ${ttl} ${type} ${data}`;

/** Every set of records that comes in some answer, of one type, in a fixed order. */
function setsOf(
  front: Front,
  name: string,
  client: Client = {},
): { answer: string[]; additional: string[] }[] {
  const seen = new Map<string, { answer: string[]; additional: string[] }>();
  for (let i = 0; i < DRAWS; i++) {
    const message = askAs(front, { name, type: SRV }, client);
    assert.deepEqual([message.rcode, message.tc], [0, false]);
    const one = { answer: message.answer.map(textOf), additional: message.additional.map(textOf).sort() };
    seen.set(JSON.stringify(one), one);
  }
  return [...seen.values()];
}

function datasOf(records: readonly Record[], type: number): string {
  return records
    .filter((record) => record.type === type)
    .map(({ name, ttl, data }) => `${name} ${ttl} ${data}`)
    .sort()
    .join(", ");
}

/** What may come for the target beside SRV and when it is asked for itself: the same. */
function assertAsAsked(front: Front, port: string, target: string, client: Client = {}): void {
  for (const type of [A, AAAA]) {
    const beside = new Set<string>();
    const asked = new Set<string>();
    for (let i = 0; i < DRAWS; i++) {
      beside.add(datasOf(askAs(front, { name: port, type: SRV }, client).additional, type));
      asked.add(datasOf(askAs(front, { name: target, type }, client).answer, type));
    }
    assert.deepEqual([...beside].sort(), [...asked].sort());
  }
}

const weighted = (weights: { readonly [cluster: string]: number }): ReturnType<typeof plannerOf> =>
  plannerOf({
    plan: { policy: POLICIES.weighted.number },
    placements: Object.fromEntries(Object.entries(weights).map(([name, weight]) => [name, { weight }])),
    capacity: {},
  });

describe("beside SRV", () => {
  it("stand the target's addresses of both families, of one drawn cluster each", () => {
    const front = openFront(FLEET);
    const sets = setsOf(front, PORT).map(({ additional }) => additional.join(", "));
    const [a1, a2, a6] = ["1 192.0.1.1", "1 192.0.1.2", "28 2001:db8::1:1"].map(
      (data) => `${TARGET}. 30 ${data}`,
    );
    assert.deepEqual(sets.sort(), [`${a1}, ${a2}, ${a6}`, `${TARGET}. 30 1 192.0.2.1, ${a6}`]);
    assertAsAsked(front, PORT, TARGET);
    assertAsAsked(
      front,
      `_http._tcp.hello.demo.myfed.svc.z2.r2.example.com`,
      `hello.demo.myfed.svc.z2.r2.example.com`,
    );
  });

  it("clusters get the parts that they have of queries for the target", () => {
    const front = openFront(FLEET, 2 << 20, weighted({ a: 3, b: 1 }));
    const counts = [0, 0];
    for (let i = 0; i < 8000; i++) {
      const [first] = ask(front, { name: PORT, type: SRV }).additional;
      (counts[Number(first?.data.split(".")[2]) - 1] as number)++;
    }
    assert.ok(chiSquare(counts, [3, 1]) <= (CHI_SQUARE_P001[1] as number), counts.join(" "));
  });

  it("the owner is the target in the letters of the question, pointed at, also behind an alias of ours", () => {
    const front = openFront(FLEET);
    const { answer, additional } = ask(front, {
      name: "_HTTP._tcp.HELLO.demo.myfed.svc.Example.com",
      type: SRV,
    });
    assert.equal(answer[0]?.data, `0 0 80 ${TARGET}.`);
    assert.equal(additional[0]?.name, "HELLO.demo.myfed.svc.Example.com.");
    change(front, `record short.example.com CNAME ${PORT}.`);
    const aliased = ask(front, { name: "short.example.com", type: SRV });
    assert.deepEqual(
      aliased.answer.map(({ type }) => type),
      [5, SRV],
    );
    assert.deepEqual(new Set(aliased.additional.map(({ name }) => name)), new Set([`${TARGET}.`]));
  });

  it("nothing stands where the port has no SRV, and for other types", () => {
    const front = openFront(FLEET);
    for (const [name, type] of [
      [PORT, A],
      [PORT, 255],
      [PORT, 16],
      [`_tcp.${TARGET}`, SRV],
      [TARGET, SRV],
    ] as const)
      assert.deepEqual(ask(front, { name, type }).additional, [], `${name} ${type}`);
  });
});

describe("health counts beside SRV as for the target", () => {
  it("what is down is not there", () => {
    const front = openFront(FLEET);
    change(front, "down 192.0.1.1");
    change(front, "down 192.0.2.1");
    const [only, ...rest] = setsOf(front, PORT);
    assert.deepEqual(rest, []);
    assert.deepEqual(only?.additional, [`${TARGET}. 30 1 192.0.1.2`, `${TARGET}. 30 28 2001:db8::1:1`]);
    assertAsAsked(front, PORT, TARGET);
  });

  it("up the ladder the addresses are those of the level where there are some", () => {
    const front = openFront(FLEET);
    const zone = "_http._tcp.hello.demo.myfed.svc.z2.r2.example.com";
    change(front, "down 192.0.2.1");
    const [only, ...rest] = setsOf(front, zone);
    assert.deepEqual(rest, []);
    assert.deepEqual(only?.answer.length, 3);
    assert.deepEqual(
      only?.additional,
      ["1 192.0.1.1", "1 192.0.1.2", "28 2001:db8::1:1"].map((data) => `${TARGET}. 30 ${data}`),
    );
  });

  it("with nothing in health at the top, all is as good as any", () => {
    const front = openFront(FLEET);
    for (const address of ["192.0.1.1", "192.0.1.2", "192.0.2.1", "2001:db8::1:1"])
      change(front, `down ${address}`);
    assert.equal(setsOf(front, PORT).length, 2);
    assertAsAsked(front, PORT, TARGET);
  });

  it("an address that goes down while the answer is made leaves no torn set", () => {
    for (let moment = 0; moment < 20; moment++) {
      const front = openFront(FLEET);
      const { picture } = front.context;
      const read = picture.health.bind(picture);
      let reads = 0;
      picture.health = (endpoint) => (reads++ < moment ? read(endpoint) : 0);
      const { rcode, answer, authority } = ask(front, { name: PORT, type: SRV });
      assert.deepEqual([rcode, answer.length, authority.length], [0, 1, 0]);
    }
  });
});

describe("for want of room", () => {
  const many = (count: number): Front =>
    openFront(`
answers 100
cluster a r1/z1
  demo/hello ready=9 port=http/tcp/80 ${Array.from({ length: count }, (_, i) => `192.0.2.${i + 1}`).join(" ")} ${Array.from({ length: count }, (_, i) => `2001:db8::${(i + 1).toString(16)}`).join(" ")}
`);

  it("a whole family is left out, and the answer is never truncated for it", () => {
    const kinds = new Set<string>();
    for (let count = 1; count <= 60; count++) {
      for (const udpOctets of [undefined, 512, 900, 1232]) {
        const front = many(count);
        const edns = udpOctets === undefined ? {} : { edns: { udpOctets } };
        const message: Message = ask(front, { name: PORT, type: SRV, ...edns });
        assert.deepEqual([message.tc, message.answer.length], [false, 1]);
        assert.ok(message.octets <= (udpOctets ?? 512));
        const [v4, v6] = [A, AAAA].map(
          (type) => message.additional.filter((one) => one.type === type).length,
        );
        assert.ok((v4 === 0 || v4 === count) && (v6 === 0 || v6 === count), `${v4} and ${v6} of ${count}`);
        kinds.add(`${v4 === 0 ? "-" : "A"}${v6 === 0 ? "-" : "6"}`);
      }
      const { additional } = ask(many(count), { name: PORT, type: SRV }, true);
      assert.equal(additional.length, 2 * count);
    }
    assert.deepEqual([...kinds].sort(), ["--", "A-", "A6"]);
  });

  it("the SRV record itself is truncated as ever", () => {
    const front = openFront(FLEET);
    const label = (letter: string): string => letter.repeat(63);
    const first = `${label("y")}.${label("y")}.${"y".repeat(15)}.example.com`;
    const kinds = new Set<string>();
    for (let n = 1; n <= 48; n++) {
      const second = `${"x".repeat(n)}.${label("x")}.${label("x")}.${label("x")}.example.com`;
      change(front, `record ${first} CNAME ${second}.`);
      change(front, `record ${second} CNAME ${PORT}.`);
      const { tc, answer, additional } = ask(front, { name: first, type: SRV });
      assert.deepEqual([answer.length, tc && additional.length > 0], [tc ? 0 : 3, false]);
      kinds.add(tc ? "truncated" : additional.length > 0 ? "with addresses" : "without");
      change(front, `record ${second}`);
    }
    assert.deepEqual([...kinds], ["with addresses", "without", "truncated"]);
  });
});

describe("an address beside SRV", () => {
  it("is noted as handed out, for its TTL, and only that", () => {
    const front = openFront(FLEET, 2 << 20, weighted({ a: 1, b: 0 }));
    change(front, "down 192.0.1.2");
    front.context.nowSeconds = 1_800_000_000;
    const { additional } = ask(front, { name: PORT, type: SRV });
    assert.deepEqual(
      additional.map(({ data }) => data),
      ["192.0.1.1", "2001:db8::1:1"],
    );
    const cachedUntil = (cluster: string): { [address: string]: number } =>
      Object.fromEntries(
        cachedUntilIn(front)
          .of("demo/hello", cluster)
          .map((one) => [String(one.address), one.cachedUntil]),
      );
    assert.deepEqual(
      Object.values(cachedUntil("a")).toSorted((a, b) => a - b),
      [0, 1_800_000_030, 1_800_000_030],
    );
    assert.deepEqual(Object.values(cachedUntil("b")), [0]);
  });
});

describe("where the client is", () => {
  const near: Client = { subnet: "c62900/24" };
  const located = (policy: number): Front => {
    const front = openFront(FLEET, 2 << 20, plannerOf({ plan: { policy }, placements: {}, capacity: {} }));
    place(
      front,
      { "198.41.0.0/20": "b" },
      { a: { latitude: 37, longitude: -122 }, b: { latitude: 50, longitude: 30 } },
    );
    return front;
  };
  const scopeOf = (message: Message): number =>
    Number.parseInt(message.opt?.options.find(({ code }) => code === 8)?.hex.slice(6, 8) ?? "ff", 16);

  it("by its subnet: SRV for everybody, and no addresses where they would go by it", () => {
    for (const policy of [POLICIES.geo.number, POLICIES.nearest.number]) {
      const message = askAs(located(policy), { name: PORT, type: SRV }, near);
      assert.deepEqual([message.answer.length, message.additional.length, scopeOf(message)], [1, 0, 0]);
      const [only] = setsOf(located(policy), PORT, { subnet: "/0", from: "198.41.0.9" });
      assert.ok(
        only?.additional.includes(`${TARGET}. 30 1 192.0.2.1`),
        "a subnet of no octets tells nothing",
      );
    }
  });

  it("by its subnet: addresses for everybody where the policy asks for no place", () => {
    for (const policy of [POLICIES.weighted.number, POLICIES.failover.number, POLICIES.all.number]) {
      const message = askAs(located(policy), { name: PORT, type: SRV }, near);
      assert.ok(message.additional.length > 0);
      assert.equal(scopeOf(message), 0);
    }
  });

  it("by its subnet: a chain to SRV is not cut at its first link, for all of it is for everybody", () => {
    const front = located(POLICIES.geo.number);
    change(front, `record short.example.com CNAME ${PORT}.`);
    const message = askAs(front, { name: "short.example.com", type: SRV }, near);
    assert.deepEqual([message.answer.map(({ type }) => type), scopeOf(message)], [[5, SRV], 0]);
    assert.deepEqual(message.additional, []);
  });

  it("by its address: as for the target", () => {
    const front = located(POLICIES.nearest.number);
    assertAsAsked(front, PORT, TARGET, { from: "198.41.0.9" });
    const [only] = setsOf(front, PORT, { from: "198.41.0.9" });
    assert.deepEqual(
      only?.additional.filter((text) => text.includes(" 1 ")),
      [`${TARGET}. 30 1 192.0.2.1`],
    );
  });
});
