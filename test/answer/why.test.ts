/** An explanation says what is done: held against the answers themselves, over fleets in any state. */
import assert from "node:assert/strict";
import { describe, it, test } from "node:test";
import * as fc from "fast-check";
import { POLICIES } from "../../src/federation/policy/policies.ts";
import { change, type Front, openFront, setHealth } from "../support/worker-context.ts";
import type { Message } from "../support/decode.ts";
import { askAs, type Client, type Plans, place, plannerOf } from "../support/traffic.ts";

const NAME = "hello.demo.myfed.svc.example.com";
const LOOPBACK = "127.0.0.1";
const CHAOS = 3;
const TXT = 16;

/** The lines of an explanation; a string of a TXT record each. */
function linesOf({ answer }: Message): string[] {
  return answer.map(({ data }) =>
    data.replaceAll(/\\(\d{3})/g, (_, code) => String.fromCharCode(Number(code))).replace(/^"(.*)"$/, "$1"),
  );
}

function why(front: Front, name: string, type: number, client: Client = {}): string[] {
  const label = type === 1 ? "why" : "why-aaaa";
  return linesOf(
    askAs(
      front,
      { name: `${label}.${name}`, type: TXT, class: CHAOS },
      { from: LOOPBACK, isStream: true, ...client },
    ),
  );
}

test("an explanation says of an address which other cluster has it, and how long its look-up holds", () => {
  const front = openFront(
    "cluster west r/a\n  demo/hello ready=1 192.0.2.5\ncluster east r/b\n  demo/hello ready=1 192.0.2.5 192.0.2.6",
    2 << 20,
    plannerOf({ plan: { policy: POLICIES.all.number, draws: 1 }, placements: {}, capacity: {} }),
  );
  const backend = front.federation.member("west")?.backends.get("demo/hello") ?? assert.fail();
  front.federation.setBackend("west", "demo/hello", {
    ...backend,
    freshUntil: new Map([[0xc0000205, 1007]]),
  });
  front.publisher.flush();
  const lines = (nowSeconds: number): string => {
    front.context.nowSeconds = nowSeconds;
    return why(front, NAME, 1).join("\n");
  };
  const text = lines(1000);
  assert.match(
    text,
    /^west: in every answer; [^]*\n {2}192\.0\.2\.5 in: [^;]*; looked up, holds for 7s more; east has it too: an answer has it once/m,
  );
  assert.match(text, /^east: [^]*\n {2}192\.0\.2\.5 in: [^;]*; west has it too: an answer has it once/m);
  assert.doesNotMatch(text, /192\.0\.2\.6 .*has it too/);
  assert.match(lines(1010), /the next look-up is 3s late/);
});

const NAMES = ["c0", "c1", "c2", "c3"];
const octet = fc.integer({ min: 1, max: 3 });
const clusterFacts = fc.record({
  region: fc.constantFrom("r1", "r2"),
  ready: fc.integer({ min: 0, max: 4 }),
  v4: fc.uniqueArray(octet, { maxLength: 3 }),
  v6: fc.uniqueArray(octet, { maxLength: 2 }),
  weight: fc.integer({ min: 0, max: 5 }),
  tier: fc.integer({ min: 0, max: 2 }),
  capacity: fc.option(fc.integer({ min: 1, max: 9 })),
  share: fc.constantFrom(255, 255, 255, 80, 0),
  healths: fc.array(fc.constantFrom(255, 255, 0, 60), { minLength: 6, maxLength: 6 }),
  longitude: fc.integer({ min: 0, max: 30 }),
});
const fleet = fc.record({
  clusters: fc.array(clusterFacts, { minLength: 1, maxLength: 4 }),
  policy: fc.constantFrom(...Object.values(POLICIES).map(({ number }) => number)),
  draws: fc.constantFrom(1, 1, 2),
});

type Fleet = typeof fleet extends fc.Arbitrary<infer T> ? T : never;

function build({ clusters, policy, draws }: Fleet): Front {
  const lines = clusters.map(({ region, ready, v4, v6 }, i) => {
    const addresses = [...v4.map((n) => `198.18.${i}.${n}`), ...v6.map((n) => `2001:db8::${i + 1}:${n}`)];
    return `cluster ${NAMES[i]} ${region}/z\n  demo/hello ready=${ready} ${addresses.join(" ")}`;
  });
  const plans: Plans = { plan: { policy, draws }, placements: {}, capacity: {} };
  const placements: Record<string, { weight: number; tier: number }> = {};
  const capacity: Record<string, number> = {};
  clusters.forEach((one, i) => {
    placements[NAMES[i] as string] = { weight: one.weight, tier: one.tier };
    if (one.capacity !== null) capacity[NAMES[i] as string] = one.capacity;
  });
  const front = openFront(`${lines.join("\n")}\n`, 2 << 20, plannerOf({ ...plans, placements, capacity }));
  const at = (longitude: number): { latitude: number; longitude: number } => ({ latitude: 50, longitude });
  place(
    front,
    { "127.0.0.0/8": at(3) },
    Object.fromEntries(clusters.map(({ longitude }, i) => [NAMES[i] as string, at(longitude)])),
  );
  clusters.forEach(({ share, v4, v6, healths }, i) => {
    front.publisher.setShare(NAMES[i] as string, share);
    v4.forEach((n, at4) => setHealth(front, `198.18.${i}.${n}`, healths[at4] as number));
    v6.forEach((n, at6) => setHealth(front, `2001:db8::${i + 1}:${n}`, healths[3 + at6] as number));
  });
  return front;
}

/** From the lines: which addresses are said to be in, and each cluster's part in percent. */
function readLines(lines: readonly string[]): {
  readonly addresses: ReadonlySet<string>;
  readonly parts: Map<string, number>;
} {
  const addresses = new Set<string>();
  const parts = new Map<string, number>();
  // Only the last level is answered from.
  const last = lines.findLastIndex((line) => line.startsWith("level "));
  for (const line of lines.slice(last + 1)) {
    const address = /^ {2}(\S+) in:/.exec(line)?.[1];
    if (address !== undefined) addresses.add(address);
    const [, name, part] = /^(c\d): (?:less than )?([\d.]+) %/.exec(line) ?? [];
    if (name !== undefined) parts.set(name, Number(part));
  }
  return { addresses, parts };
}

test("who is said to be in is answered, who is not is not, and each as often as it is said", () => {
  const DRAWS = 800;
  fc.assert(
    fc.property(fleet, fc.constantFrom(1, 28), fc.constantFrom("", "z.r1."), (facts, type, level) => {
      const front = build(facts);
      const name = NAME.replace("svc.", `svc.${level}`);
      const lines = why(front, name, type);
      assert.doesNotMatch(lines.join("\n"), /\b(tier|rank|class)\b/, "words of the inside");
      const first = askAs(front, { name, type }, { from: LOOPBACK });
      if (first.rcode !== 0) return assert.deepEqual(lines, []);
      const { addresses, parts } = readLines(lines);
      const seen = new Map<string, number>();
      const counts = new Map<string, number>();
      for (let i = 0; i < DRAWS; i++) {
        const { answer } = askAs(front, { name, type }, { from: LOOPBACK });
        const found = answer.filter((record) => record.type === type).map(({ data }) => data);
        for (const address of found) seen.set(address, 1);
        const [one] = found;
        const cluster =
          one === undefined
            ? undefined
            : `c${type === 1 ? one.split(".")[2] : Number(one.split(":")[3]) - 1}`;
        if (cluster !== undefined) counts.set(cluster, (counts.get(cluster) ?? 0) + 1);
      }
      for (const address of seen.keys())
        assert.ok(addresses.has(address), `${address} is answered\n${lines.join("\n")}`);
      if (facts.policy === POLICIES.all.number || facts.draws > 1) return undefined;
      for (const [cluster, part] of parts) {
        const share = (100 * (counts.get(cluster) ?? 0)) / DRAWS;
        assert.ok(Math.abs(share - part) < 8, `${cluster} has ${share}, not ${part}\n${lines.join("\n")}`);
      }
      for (const cluster of counts.keys())
        assert.ok(parts.has(cluster), `${cluster} has no part\n${lines.join("\n")}`);
      return undefined;
    }),
    { numRuns: 60 },
  );
});

/** What draining the first cluster leaves of the tier is less than it, so that some clients go to the next one. */
const SPILLS = {
  clusters: [0, 0, 1].map((tier) => ({
    region: "r1" as const,
    ready: 1,
    v4: [1],
    v6: [],
    weight: 1,
    tier,
    capacity: null,
    share: 255 as const,
    healths: Array<255>(6).fill(255),
    longitude: 0,
  })),
  policy: 0,
  draws: 1 as const,
};

test("an explanation without a cluster is that of a drained one", () => {
  const parts = (lines: readonly string[]): string => {
    const read = readLines(lines);
    return JSON.stringify([[...read.addresses], [...read.parts]]);
  };
  fc.assert(
    fc.property(
      fleet,
      fc.constantFrom(1, 28),
      fc.constantFrom("", "z.r1."),
      fc.boolean(),
      (facts, type, level, isTwo) => {
        const front = build(facts);
        const name = NAME.replace("svc.", `svc.${level}`);
        const left = isTwo ? ["c0", "C1"] : ["c0"];
        const asked = why(front, `${left.map((one) => `_without.${one}`).join(".")}.${name}`, type);
        for (const one of left)
          if (NAMES.indexOf(one.toLowerCase()) < facts.clusters.length)
            front.publisher.setShare(one.toLowerCase(), 0);
        const drained = why(front, name, type);
        if (drained.length > 0)
          assert.equal(asked[0], `${drained[0]}, without ${left.join(", ").toLowerCase()}`);
        assert.equal(parts(asked), parts(drained), `${asked.join("\n")}\n\n${drained.join("\n")}`);
        assert.deepEqual(
          asked.filter((line) => /^(level|host)/.test(line)),
          drained.filter((line) => /^(level|host)/.test(line)),
        );
      },
    ),
    { numRuns: 200, examples: [[SPILLS, 1, "", false]] },
  );
});

describe("an explanation", () => {
  const front = openFront(`
cluster west us-west/a
  demo/hello ready=3 192.0.2.17 192.0.2.18 2001:db8::17
cluster east us-east/a
  demo/hello ready=0 192.0.2.33
`);

  it("goes up the ladder as the answer does, and says what is out and why", () => {
    setHealth(front, "192.0.2.17", 0);
    front.context.nowSeconds = front.clock.wallMs() / 1000;
    for (const name of ["west", "east"]) front.publisher.setLastSeen(name, front.clock.wallMs());
    assert.deepEqual(why(front, "hello.demo.myfed.svc.us-east.example.com", 1), [
      "hello.demo.myfed.svc.us-east.example.com. A",
      "level myfed.svc.us-east.example.com.: no cluster has a healthy endpoint: CNAME to the level above",
      "east: out: no endpoint is ready; 0 ready of 0 for 0s, policy geo, API seen now",
      "  192.0.2.33 out: not probed",
      "level myfed.svc.example.com. (top): 1 of 2 can answer",
      "west: 100 % of answers; 3 ready of 3 for 0s, policy geo, API seen now",
      "  192.0.2.17 out: not probed, health 0 %",
      "  192.0.2.18 in: not probed",
      "east: out: no endpoint is ready; 0 ready of 0 for 0s, policy geo, API seen now",
      "  192.0.2.33 out: not probed",
    ]);
  });

  it("has no lines for a name that does not exist", () => {
    const message = askAs(front, { name: `why.no.${NAME}`, type: TXT, class: CHAOS }, { from: LOOPBACK });
    assert.deepEqual([message.rcode, message.answer], [3, []]);
  });

  it("of a name in no zone says so, and not that this client may not ask", () => {
    const [line, ...more] = why(front, "www.example.org", 1);
    assert.match(line ?? "", /^www\.example\.org\.: not below any zone that this server answers for; /);
    assert.deepEqual(more, []);
  });

  it("says in plain words which choice a cluster is, and how heavy", () => {
    const later = build({ ...SPILLS, clusters: SPILLS.clusters.map((one) => ({ ...one, weight: 3 })) });
    const lines = why(later, NAME, 1).filter((line) => /^c\d: /.test(line));
    assert.match(
      lines.join("\n"),
      /, weight 3, choice 2: for clients that the choices before it cannot take,/,
    );
  });

  it("is not told to clients that may not ask why", () => {
    const message = askAs(front, { name: `why.${NAME}`, type: TXT, class: CHAOS }, { from: "192.0.2.99" });
    assert.deepEqual([message.rcode, message.answer], [5, []]);
  });

  it("follows what changes", () => {
    change(front, "delete west demo/hello");
    front.publisher.flush();
    assert.match(why(front, NAME, 1)[1] ?? "", /no cluster has an endpoint: no data/);
  });
});

test("a name under a wildcard is explained by it, unless it has the labels of a service's", () => {
  const front = openFront(`
  cluster west us-west/a
    demo/hello ready=1 192.0.2.9
    host *.example.com ready=1 192.0.2.1`);
  const [first = "", second = ""] = why(front, "hello.demo.other.svc.eu-typo.example.com", 1);
  assert.match(first, /^hello\.demo\.other\.svc\.eu-typo\.example\.com\.? A$/);
  assert.match(second, /^host \(top\): 1 of 1/);
  assert.deepEqual(why(front, "hello.demo.myfed.svc.eu-typo.example.com", 1), []);
});
