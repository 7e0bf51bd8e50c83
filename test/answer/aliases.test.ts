/** Services that lead to names: who is sent where, how far one answer goes, and what the picture keeps of it. */
import assert from "node:assert/strict";
import { describe, it, test } from "node:test";
import { Federation } from "../../src/federation/members/federation.ts";
import { readSaved, restore } from "../../src/picture/publish/saved.ts";
import { POLICIES } from "../../src/federation/policy/policies.ts";
import type { Message } from "../support/decode.ts";
import { cachedUntilIn, ask, change, type Front, openFront } from "../support/worker-context.ts";
import { askAs, CHI_SQUARE_P001, chiSquare, place, plannerOf } from "../support/traffic.ts";

const [A, CNAME, TXT, AAAA, SRV, RRSIG, ANY] = [1, 5, 16, 28, 33, 46, 255];
const NAME = "hello.demo.myfed.svc.example.com";
const FLEET = `
cluster a r1/z1
  demo/hello ready=1 alias=lb-a.example.net. port=http/tcp/80 192.0.1.1
cluster b r2/z2
  demo/hello ready=1 alias=lb-b.example.net. 192.0.2.1
`;

function datasOf({ answer }: Message): string[] {
  return answer.map(({ name, type, data }) => `${name} ${type} ${data}`);
}

function get(front: Front, type: number, name: string = NAME): string[] {
  return datasOf(ask(front, { name, type }));
}

describe("a service that leads to names", () => {
  it("answers every type with the name of one cluster", () => {
    const front = openFront(FLEET);
    const names = new Set<string>();
    for (const type of [A, AAAA, TXT, CNAME, ANY, A, AAAA, TXT, A, A, A, A]) {
      const [record = "", ...more] = get(front, type);
      assert.deepEqual(more, []);
      names.add(record);
    }
    assert.deepEqual([...names].sort(), [`${NAME}. 5 lb-a.example.net.`, `${NAME}. 5 lb-b.example.net.`]);
  });

  it("has nothing for what an alias itself may have", () => {
    const message = ask(openFront(FLEET), { name: NAME, type: RRSIG });
    assert.deepEqual([message.rcode, message.answer.length, message.authority.length], [0, 0, 1]);
  });

  it("has no ports: the target of an SRV record may be no alias", () => {
    const message = ask(openFront(FLEET), { name: `_http._tcp.${NAME}`, type: SRV });
    assert.deepEqual([message.rcode, message.answer.length], [3, 0]);
  });

  it("sends clients by weight", () => {
    const placements = { a: { tier: 0, weight: 3 }, b: { tier: 0, weight: 1 } };
    const plan = { policy: POLICIES.weighted.number };
    const front = openFront(FLEET, undefined, plannerOf({ plan, placements, capacity: {} }));
    const counts = [0, 0];
    for (let i = 0; i < 4000; i++) counts[Number(get(front, A)[0]?.endsWith("lb-b.example.net."))]!++;
    assert.equal(counts[0]! + counts[1]!, 4000);
    assert.ok(chiSquare(counts, [3, 1]) < (CHI_SQUARE_P001[1] as number), String(counts));
  });

  it("leads to addresses as soon as one cluster has no name", () => {
    const front = openFront(FLEET);
    change(front, "put b demo/hello ready=1 192.0.2.1");
    const answers = new Set(Array.from({ length: 50 }, () => get(front, A).join()));
    assert.deepEqual([...answers].sort(), [`${NAME}. 1 192.0.1.1`, `${NAME}. 1 192.0.2.1`]);
    change(front, "put b demo/hello ready=1 alias=lb-b.example.net.");
    assert.match(get(front, A).join(), / 5 lb-[ab]/);
  });

  it("is not held to a name by a cluster that has nothing yet", () => {
    const front = openFront(FLEET);
    change(front, "put b demo/hello ready=0");
    assert.deepEqual(get(front, A), [`${NAME}. 5 lb-a.example.net.`]);
  });

  it("leaves a cluster that has nothing ready", () => {
    const front = openFront(FLEET);
    change(front, "put a demo/hello ready=0 alias=lb-a.example.net.");
    for (let i = 0; i < 20; i++) assert.deepEqual(get(front, A), [`${NAME}. 5 lb-b.example.net.`]);
  });
});

describe("where the name is in a zone of ours", () => {
  const inside = (front: Front): void => {
    for (const cluster of ["a", "b"])
      change(front, `put ${cluster} demo/hello ready=1 alias=lb.example.com.`);
    change(front, "put a lb.example.com ready=1 198.51.100.7");
  };

  it("what it leads to is in the same answer", () => {
    const front = openFront(FLEET);
    inside(front);
    assert.deepEqual(get(front, A), [`${NAME}. 5 lb.example.com.`, "lb.example.com. 1 198.51.100.7"]);
  });

  it("it stands alone when the query has a client subnet", () => {
    const front = openFront(FLEET);
    inside(front);
    const message = askAs(front, { name: NAME, type: A }, { subnet: "c00002/24" });
    assert.deepEqual(datasOf(message), [`${NAME}. 5 lb.example.com.`]);
  });

  it("a name that leads to itself is followed once", () => {
    const front = openFront(FLEET);
    for (const cluster of ["a", "b"]) change(front, `put ${cluster} demo/hello ready=1 alias=${NAME}.`);
    assert.deepEqual(get(front, A), [`${NAME}. 5 ${NAME}.`]);
  });

  it("two services that lead to each other end", () => {
    const front = openFront(FLEET);
    const other = NAME.replace("hello", "other");
    for (const cluster of ["a", "b"]) {
      change(front, `put ${cluster} demo/hello ready=1 alias=${other}.`);
      change(front, `put ${cluster} demo/other ready=1 alias=${NAME}.`);
    }
    assert.deepEqual(get(front, A), [`${NAME}. 5 ${other}.`, `${other}. 5 ${NAME}.`]);
  });
});

test("a restart believes the names that the last run believed", () => {
  const { picture } = openFront(FLEET);
  const nothing = (): void => undefined;
  const federation = new Federation({ onService: nothing, onLocality: nothing, onNamespace: nothing }, 128);
  const saved = readSaved(picture.memory);
  assert.ok(saved !== null);
  restore(picture.memory, saved, federation);
  assert.deepEqual(federation.member("a")?.backends.get("demo/hello"), {
    readyEndpoints: 1,
    wantedEndpoints: 1,
    annotations: null,
    ipv4: [],
    ipv6: [],
    alias: "lb-a.example.net.",
  });
});

test("a name that was handed out may be cached as addresses are", () => {
  const front = openFront(FLEET);
  change(front, "put b demo/hello ready=0");
  get(front, A);
  const [cached, ...more] = cachedUntilIn(front).of("demo/hello", "a");
  assert.deepEqual([cached?.address, more.length], ["lb-a.example.net.", 0]);
  // The context's clock stands at 0; the TTL is 30.
  assert.equal(cached?.cachedUntil, 30);
});

test("an explanation names the names", () => {
  const front = openFront(FLEET);
  const asked = { name: `why.${NAME}`, type: TXT, class: 3 };
  const lines = datasOf(askAs(front, asked, { from: "127.0.0.1", isStream: true }))
    .join("\n")
    .replaceAll(/\\(\d{3})/g, (_, code) => String.fromCharCode(Number(code)));
  assert.match(lines, /CNAME, whatever is asked for/);
  assert.match(lines, /lb-a\.example\.net\. in/);
  assert.match(lines, /lb-b\.example\.net\. in/);
});

test("by place, clients are sent to the name of the nearest cluster, and the scope says for whom that holds", () => {
  const front = openFront(FLEET);
  const near = { latitude: 50, longitude: 8 };
  const far = { latitude: -33, longitude: 151 };
  place(front, { "192.0.2.0/24": near, "198.51.100.0/24": far }, { a: near, b: far });
  for (const [subnet, name] of [
    ["c00002/24", "lb-a"],
    ["c63364/24", "lb-b"],
  ] as const) {
    const message = askAs(front, { name: NAME, type: A }, { subnet });
    assert.deepEqual(datasOf(message), [`${NAME}. 5 ${name}.example.net.`]);
    assert.equal(message.opt?.options.find(({ code }) => code === 8)?.hex.slice(0, 8), "00011818");
  }
});
