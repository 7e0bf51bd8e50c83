/** NS delegation with real resolvers: knowing only the root, they find fedns through its parent, and everything below it. */
import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { dataOf, type Dig, dig, type DigTarget } from "../support/dig.ts";
import { suiteScope } from "../support/programs.ts";
import { type Network, NETWORKS } from "./delegation-network.ts";
import { growTree, reasonToSkip, RESOLVERS, runInside, type Tree } from "./delegation-tree.ts";
import { inLong } from "../suite/scale.ts";

const FEDERATION = "myfed.svc.example.com";
const HELLO = `hello.demo.${FEDERATION}`;
const WEST = ["192.0.2.10", "192.0.2.11"];
/** The global name may be answered with any one of the members, with all of its addresses. */
const WORLD = [WEST, ["198.51.100.10", "198.51.100.11"], ["203.0.113.10", "203.0.113.11"]];

/** The data of the answer, in any order; several where each of them is right. */
type Expected = { readonly status: string; readonly data: readonly (readonly string[])[] };
type Case = readonly [question: readonly string[], expected: Expected];

const found = (...data: string[]): Expected => ({ status: "NOERROR", data: [data.toSorted()] });
/** The aliases of the chain, and then the addresses of the global name. */
const foundWorld = (...aliases: string[]): Expected => ({
  status: "NOERROR",
  data: WORLD.map((addresses) => [...aliases, ...addresses].toSorted()),
});
const nothing: Expected = { status: "NOERROR", data: [[]] };
const noName: Expected = { status: "NXDOMAIN", data: [[]] };

/** Every level of the ladder, and every kind of negative answer. */
const CASES: Readonly<Record<string, Case>> = {
  "the global name": [[HELLO], foundWorld()],
  "the name of a region": [["hello.demo.myfed.svc.us-west.example.com"], found(...WEST)],
  "the name of a zone": [["hello.demo.myfed.svc.a.us-west.example.com"], found(...WEST)],
  "IPv6 addresses": [["hello.demo.myfed.svc.us-west.example.com", "AAAA"], found("2001:db8:1::a")],
  "a region without ready endpoints": [
    ["checkout.shop.myfed.svc.us-west.example.com"],
    found(`checkout.shop.${FEDERATION}.`, "198.51.100.12", "198.51.100.13"),
  ],
  "a zone without ready endpoints": [
    ["checkout.shop.myfed.svc.b.us-west.example.com"],
    found(
      "checkout.shop.myfed.svc.us-west.example.com.",
      `checkout.shop.${FEDERATION}.`,
      "198.51.100.12",
      "198.51.100.13",
    ),
  ],
  "no data": [[HELLO, "MX"], nothing],
  "an empty non-terminal": [[`demo.${FEDERATION}`], nothing],
  "no such service": [[`nobody.demo.${FEDERATION}`], noName],
  "no such region": [["hello.demo.myfed.svc.nowhere.example.com"], noName],
  "the name servers": [["example.com", "NS"], found("ns1.example.com.", "ns2.example.com.")],
  "a wildcard of a zone file": [["some.thing.wild.local.com"], found("192.0.2.77")],
  "an alias into the federation": [["www.local.com"], foundWorld(`${HELLO}.`)],
  "a DNAME into the federation": [["hello.old.local.com"], foundWorld(`demo.${FEDERATION}.`, `${HELLO}.`)],
  "a name that fedns delegates on": [["deep.child.local.com"], found("192.0.2.88")],
  "a missing name where fedns delegates on": [["gone.child.local.com"], noName],
};

/** Numbers of texts of 90 octets: 30 exceed any UDP answer, and 8 exceed the UDP answer for unknown clients. */
const LONG: Readonly<Record<string, number>> = { "long.local.com": 30, "fat.local.com": 8 };

/** A DNAME and its synthesised CNAME have different targets, so no datum is expected twice. */
function isAs(reply: Dig, { status, data }: Expected): boolean {
  const seen = JSON.stringify(dataOf(reply).toSorted());
  return reply.status === status && data.some((one) => JSON.stringify(one) === seen);
}

/** The client subnet in answers: the network and the scope. The services are not answered by place, so the scope is 0. */
const SUBNETS: readonly { readonly sent: string; readonly name: string; readonly echoed: string }[] = [
  {
    sent: "198.51.100.0/24",
    name: "legacy.shop.myfed.svc.us-west.example.com",
    echoed: "198.51.100.0/24/0",
  },
  {
    sent: "2001:db8:1200::/56",
    name: "hello.demo.myfed.svc.us-west.example.com",
    echoed: "2001:db8:1200::/56/0",
  },
];

const INSIDE = "FEDNS_DELEGATION_INSIDE";
const inside = process.env[INSIDE];

if (inside === undefined) {
  describe("a delegation, in a network of its own", { skip: reasonToSkip() }, () => {
    for (const [family, network] of Object.entries(NETWORKS)) {
      it(
        `lets resolvers follow referrals from the root through fedns, over ${family} alone`,
        inLong,
        async (t) => {
          const { code, out, err } = await runInside(import.meta.filename, network, { [INSIDE]: family });
          t.diagnostic(/tests (\d+)/.exec(out)?.[0] ?? "no tests");
          assert.equal(code, 0, out + err);
          assert.match(out, /pass \d{3}/);
        },
      );
    }
  });
} else {
  const network = Object.entries(NETWORKS).find(([family]) => family === inside)?.[1];
  assert.ok(network !== undefined, inside);
  describe(`a delegation over ${inside}`, () => delegation(network));
}

function delegation(network: Network): void {
  const { com, fedns, resolvers, stub } = network;
  const scope = suiteScope();
  let tree: Tree;
  before(async () => {
    tree = await growTree(scope, network);
  });

  it("is in the parent with glue, and authoritative in fedns", async () => {
    const parent = await dig({ port: 53, address: com }, "+norec", HELLO);
    assert.deepEqual([parent.status, parent.answer, parent.flags.includes("aa")], ["NOERROR", [], false]);
    const names = parent.authority.map((record) => record.split(" ").at(-1));
    assert.deepEqual(names, ["ns1.example.com.", "ns2.example.com."]);
    for (const address of fedns) {
      const own = await dig({ port: 53, address }, "+norec", "example.com", "NS");
      assert.deepEqual([dataOf(own), own.flags.includes("aa")], [names, true], own.text);
    }
  });

  for (const [index, { name }] of RESOLVERS.entries()) {
    describe(`followed by unbound that sends ${name}`, () => {
      const target = (): DigTarget => ({ port: 53, address: resolvers[index] as string });
      caches(target, () => tree);
      resolves(target);
    });
  }

  describe("with dnsmasq as a stub before the resolver", () => {
    resolves(() => ({ port: 53, address: stub }));
  });

  it("has name servers with addresses of one family", async () => {
    for (const [type, data] of [
      ["A", network.family === 4 ? [fedns[1]] : []],
      ["AAAA", network.family === 6 ? [fedns[1]] : []],
    ] as const) {
      const reply = await dig({ port: 53, address: resolvers[0] as string }, "ns2.example.com", type);
      assert.deepEqual([reply.status, dataOf(reply)], ["NOERROR", data], reply.text);
    }
  });

  for (const { sent, name, echoed } of SUBNETS) {
    it(`passes the client's subnet ${sent} on, and returns the scope of the answer`, async () => {
      const address = resolvers[RESOLVERS.findIndex((kind) => kind.name.includes("subnet"))] as string;
      const reply = await dig({ port: 53, address }, `+subnet=${sent}`, name);
      assert.equal(reply.status, "NOERROR");
      assert.equal(reply.answer.length, 2, reply.text);
      assert.ok(reply.text.includes(`CLIENT-SUBNET: ${echoed}`), reply.text);
    });
  }

  it("is answered within the limits for unknown clients", async () => {
    const limited = (await tree.fedns.metrics()).match(/^fedns_rate_limited_total\S* (\d+)$/gm);
    assert.ok(limited !== null);
    for (const line of limited) assert.match(line, / 0$/);
  });
}

function resolves(target: () => DigTarget): void {
  for (const [what, [question, expected]] of Object.entries(CASES)) {
    it(`resolves ${what}`, async () => {
      const reply = await dig(target(), "+time=4", ...question);
      assert.ok(isAs(reply, expected), `${JSON.stringify(expected)}\n${reply.text}`);
    });
  }

  for (const [name, texts] of Object.entries(LONG)) {
    it(`resolves ${texts} texts of ${name}, which exceed a UDP answer`, async () => {
      const reply = await dig(target(), "+tcp", "+time=4", name, "TXT");
      assert.deepEqual([reply.status, reply.answer.length], ["NOERROR", texts], reply.text);
    });
  }
}

function caches(target: () => DigTarget, tree: () => Tree): void {
  // Before any other client asks: the resolver does not fetch records that it has cached.
  for (const [name, texts] of Object.entries(LONG)) {
    it(`makes the resolver retry over TCP for ${name}`, async () => {
      const [udp, tcp] = [await tree().queries("udp"), await tree().queries("tcp")];
      const reply = await dig(target(), "+tcp", "+time=4", name, "TXT");
      assert.equal(reply.answer.length, texts, reply.text);
      assert.ok((await tree().queries("udp")) > udp, "it did not try UDP");
      assert.ok((await tree().queries("tcp")) > tcp, "it did not come over TCP");
    });
  }

  for (const [what, question, status] of [
    ["NXDOMAIN", [`never.demo.${FEDERATION}`], "NXDOMAIN"],
    ["NODATA", [HELLO, "CAA"], "NOERROR"],
  ] as const) {
    it(`lets the resolver cache ${what} for the negative TTL of the SOA`, async () => {
      const earlier = await tree().queries();
      const first = await dig(target(), ...question);
      const between = await tree().queries();
      const second = await dig(target(), ...question);
      assert.deepEqual([first.status, second.status], [status, status]);
      assert.deepEqual([first.answer, second.answer], [[], []]);
      assert.ok(between > earlier, "the first answer came from elsewhere");
      assert.equal(await tree().queries(), between, "fedns was asked again");
      const [soa = ""] = second.authority;
      const [owner, ttl, , type] = soa.split(" ");
      assert.deepEqual([owner, type], ["example.com.", "SOA"], second.text);
      assert.ok(Number(ttl) <= 20, soa);
    });
  }
}
