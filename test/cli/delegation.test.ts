/** `fedns delegation check` against a parent zone in NSD, nameservers in Knot and BIND, and a resolver in Unbound. */
import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { before, describe, it } from "node:test";
import { main } from "../../src/cli/program.ts";
import { atEnd, needs, suiteScope } from "../support/programs.ts";
import { BIND, KNOT, NOWHERE, NSD, startServers } from "./delegation-servers.ts";
import { fakeSession, type FakeSession } from "./fake-session.ts";

type Options = {
  readonly serial?: number;
  readonly ttl?: number;
  readonly names?: string;
  readonly addresses?: string;
};

const both = `@ NS ns1\n@ NS ns2`;
const bothAddresses = `ns1 A ${KNOT}\nns2 A ${BIND}`;

const zone = (origin: string, options: Options = {}): string => {
  const { serial = 7, ttl = 3600, names = both, addresses = bothAddresses } = options;
  return `$ORIGIN ${origin}.\n$TTL ${ttl}\n@ SOA ns1 hostmaster ${serial} 3600 600 604800 60\n${names}\n${addresses}\n`;
};

const delegation = (name: string, servers: Readonly<Record<string, string>>, more = ""): string =>
  Object.entries(servers)
    .map(
      ([ns, address]) => `${name} NS ${ns}.${name}\n${address === "" ? "" : `${ns}.${name} A ${address}\n`}`,
    )
    .join("") + more;

const usual = { ns1: KNOT, ns2: BIND };

const com = [
  delegation("good", usual),
  delegation("lame", usual),
  delegation("silent", { ns1: KNOT, ns2: NOWHERE }),
  delegation("bare", { ns1: KNOT, ns2: "" }),
  delegation("signed", usual, "signed DS 12345 13 2 " + "ab".repeat(32) + "\n"),
  delegation("apart", usual),
  delegation("fewer", { ns1: KNOT }),
  delegation("more", { ...usual, ns3: NSD }),
  delegation("moved", { ns1: KNOT, ns2: NOWHERE }),
  `slow 604800 NS ns1.slow\nslow 604800 NS ns2.slow\nns1.slow A ${KNOT}\nns2.slow A ${BIND}\n`,
  `alias NS ns1.alias\nalias NS www\nns1.alias A ${KNOT}\nwww CNAME ns\n`,
].join("");

const everywhere = ["good", "silent", "bare", "signed", "fewer", "more", "moved", "slow", "alias"];
const zonesOf = (names: readonly string[]): Record<string, string> =>
  Object.fromEntries(names.map((name) => [`${name}.com`, zone(`${name}.com`)]));

const programs = ["nsd", "knotd", "named", "unbound"].map(
  (program) => needs(program, program === "named" ? "bind9" : program.replace("knotd", "knot")).skip,
);

describe("fedns delegation check", { skip: programs.find((reason) => reason !== false) ?? false }, () => {
  const scope = suiteScope();
  let port = 0;
  let resolver = "";
  let parent = "";
  before(async () => {
    const started = await startServers(scope, {
      com,
      knot: { ...zonesOf([...everywhere, "lame"]), "apart.com": zone("apart.com") },
      bind: {
        ...zonesOf(everywhere),
        "apart.com": zone("apart.com", { serial: 9, names: "@ NS ns1" }),
      },
    });
    ({ port, resolver, parent } = started);
  });

  const check = async (...args: string[]): Promise<FakeSession & { readonly code: number }> => {
    const session = fakeSession();
    const fixed = ["--port", String(port), "--resolver", resolver, "--timeout", "1"];
    const code = await main(["delegation", "check", ...args, ...fixed], session);
    return Object.assign(session, { code });
  };
  /** Lines about errors and warnings, without cures. */
  const found = ({ printed }: FakeSession): string[] =>
    printed()
      .split("\n")
      .filter((line) => /^(error|warning): /.test(line));

  it("finds the parent zone through the resolver, and has nothing to say about a sound delegation", async () => {
    const result = await check("good.com");
    assert.equal(
      result.printed(),
      `good.com, delegated by com (asked ${parent}):
  ns1.good.com ${KNOT}: serial 7, UDP, TCP, EDNS
  ns2.good.com ${BIND}: serial 7, UDP, TCP, EDNS
no problem found
`,
    );
    assert.equal(result.code, 0);
  });

  for (const [zoneName, code, lines] of [
    [
      "lame.com",
      1,
      [
        `error: ns2.lame.com (${BIND}) does not serve lame.com (lame delegation): it answers REFUSED`,
        "warning: only one address answers for the zone: when it fails, nobody does",
      ],
    ],
    [
      "bare.com",
      1,
      [
        "error: the parent zone has no glue for ns2.bare.com, which is inside bare.com: no resolver can find its address",
      ],
    ],
    [
      "signed.com",
      1,
      [
        "error: the parent zone has DS records for signed.com, which is not signed: validating resolvers refuse its answers",
      ],
    ],
    [
      "apart.com",
      1,
      [
        `warning: the servers have different serial numbers: ns1.apart.com (${KNOT}) 7, ns2.apart.com (${BIND}) 9`,
        `error: ns2.apart.com (${BIND}) has the NS records ns1.apart.com, and ns1.apart.com (${KNOT}) has ns1.apart.com, ns2.apart.com`,
      ],
    ],
    ["fewer.com", 0, ["warning: no resolver uses ns2.fewer.com: the parent zone does not name it"]],
    [
      "more.com",
      1,
      [
        "warning: the parent zone names ns3.more.com, which the NS records of the zone do not have",
        `error: ns3.more.com (${NSD}) does not serve more.com (lame delegation): its answer is not authoritative`,
      ],
    ],
    [
      "slow.com",
      0,
      [
        `warning: the NS records in the parent zone (PARENT) have a TTL of 604800 s: resolvers keep asking a server for that long after it has moved`,
      ],
    ],
    ["nothing.com", 1, ["error: the server PARENT of the parent zone has no NS records for nothing.com"]],
  ] as const)
    it(`reports what is wrong with ${zoneName}, each with a cure`, async () => {
      const result = await check(zoneName);
      const expected = lines.map((line) => line.replace("PARENT", parent));
      assert.deepEqual(found(result).toSorted(), expected.toSorted(), result.printed());
      assert.equal(result.printed().split("\n  cure: ").length - 1, lines.length);
      assert.equal(result.code, code);
    });

  it("tells a silent server from a lame one", async () => {
    const result = await check("silent.com");
    assert.equal(result.code, 1);
    const why = `no answer from ${NOWHERE}:${port} over udp: connection refused`;
    assert.ok(found(result).includes(`error: ns2.silent.com (${NOWHERE}) does not answer: ${why}`));
  });

  it("reports a nameserver whose name is an alias", async () => {
    const result = await check("alias.com");
    assert.ok(
      found(result).includes(
        "error: the nameserver www.com is an alias (CNAME), which resolvers do not follow for NS records",
      ),
      result.printed(),
    );
  });

  it("compares glue with the addresses of the settings", async () => {
    const folder = await mkdtemp(join(tmpdir(), "fedns-delegation-"));
    atEnd(scope, () => rm(folder, { recursive: true }));
    const file = join(folder, "fedns.yaml");
    await writeFile(
      file,
      `federations: [{ name: myfed, domain: moved.com }]
nameservers:
  - { name: ns1.moved.com, addresses: [${KNOT}] }
  - { name: ns2.moved.com, addresses: [${BIND}] }
`,
    );
    const result = await check("--config", file, "--parent-server", parent);
    assert.equal(result.code, 1);
    const lines = found(result);
    assert.deepEqual(lines.slice(0, 2), [
      `error: the glue of ns2.moved.com in the parent zone has ${NOWHERE}, which the settings do not have`,
      `warning: the glue of ns2.moved.com in the parent zone lacks ${BIND}`,
    ]);
  });

  it("prints facts and findings as JSON for scripts", async () => {
    const result = await check("lame.com", "-o", "json");
    const [{ facts, findings }] = JSON.parse(result.printed());
    assert.equal(facts.zone, "lame.com");
    assert.deepEqual(Object.keys(findings[0]), ["level", "text", "cure"]);
    assert.equal(result.code, 1);
  });

  it("says how to go on when the parent zone cannot be found", async () => {
    const session = fakeSession();
    const args = ["delegation", "check", "good.com", "--resolver", `${NOWHERE}:${port}`, "--timeout", "1"];
    assert.equal(await main(args, session), 1);
    assert.match(
      session.printed(),
      /^error: the zone above good\.com cannot be found: the resolver fails: .*refused\n {2}cure: name one of its servers with --parent-server/m,
    );
  });
});
