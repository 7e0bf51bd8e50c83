/** `fedns explain`: its query, its output and its exit codes. */
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { describe, it } from "node:test";
import { main } from "../../src/cli/program.ts";
import { fakeResolvers, type Record, reply, startFakeResolver } from "../support/fake-resolver.ts";
import { startFakeServer } from "./fake-server.ts";
import { fakeSession, type FakeSession } from "./fake-session.ts";

const server = fakeResolvers();

async function explain(
  args: readonly string[],
): Promise<{ readonly code: number; readonly session: FakeSession }> {
  const session = fakeSession();
  return { code: await main(["explain", ...args], session), session };
}

/** A TXT record with these strings. */
function txt(name: string, ...texts: readonly string[]): Record {
  const octets = Buffer.concat(
    texts.map((text) => Buffer.concat([Buffer.from([Buffer.byteLength(text)]), Buffer.from(text)])),
  );
  return { name, type: 16, ttl: 0, octets };
}

describe("fedns explain", () => {
  it("asks for why.NAME, class CHAOS, over TCP, and prints the lines in order", async () => {
    const dns = await server((asked) => [
      reply(asked, [txt(asked.name, "pool demo/hello"), txt(asked.name, "  us-west", "  drained \u001b[2J")]),
    ]);
    const { code, session } = await explain(["hello.example.", "--server", dns.server]);
    assert.equal(code, 0);
    assert.equal(session.printed(), "pool demo/hello\n  us-west\n  drained ?[2J\n");
    const [asked] = dns.asked;
    assert.deepEqual([asked?.name, asked?.type, asked?.transport], ["why.hello.example", 16, "tcp"]);
    assert.equal(asked?.question.subarray(-2).toString("hex"), "0003");
  });

  for (const [args, label] of [
    [[], "why"],
    [["A"], "why"],
    [["aaaa"], "why-aaaa"],
  ] as const) {
    it(`asks for ${label} when the type is ${args[0] ?? "not given"}`, async () => {
      const dns = await server((asked) => [reply(asked, [txt(asked.name, "x")])]);
      await explain(["a.example", ...args, "--server", dns.server]);
      assert.equal(dns.asked[0]?.name, `${label}.a.example`);
    });
  }

  for (const [client, option] of [
    ["192.0.2.7", "0008000800012000c0000207"],
    ["192.0.2.7/24", "0008000700011800c00002"],
    ["2001:db8::1", "000800140002800020010db8000000000000000000000001"],
  ] as const) {
    it(`asks on behalf of ${client}`, async () => {
      const dns = await server((asked) => [reply(asked, [txt(asked.name, "x")])]);
      await explain(["a.example", "--client", client, "--server", dns.server]);
      assert.ok(dns.asked[0]?.query.toString("hex").endsWith(option), dns.asked[0]?.query.toString("hex"));
    });
  }

  for (const [rcode, sentence] of [
    [
      3,
      "there is no such name: no member declares it, as far as they have been read; fedns status says what is refused, and why",
    ],
    [5, "the server explains to the networks of its setting allowWhy alone, or is not fedns"],
    [0, "there is no choice of addresses at this name"],
    [2, "SERVFAIL"],
  ] as const) {
    it(`returns 1 for rcode ${rcode} without lines`, async () => {
      const dns = await server((asked) => [reply(asked, [], { rcode })]);
      const { code, session } = await explain(["a.example", "--server", dns.server]);
      assert.equal(code, 1);
      assert.equal(session.complained(), `fedns: ${dns.server} cannot explain a.example: ${sentence}\n`);
    });
  }

  it("lists what objects declare about the name and is not served, where fedns runs here", async (t) => {
    const admin = await startFakeServer(t);
    admin.claims = {
      "web.example.com": [
        { object: "HTTPRoute shop/web", cluster: "west", sentence: "no listener \u001b[2J fits", extra: 1 },
        { object: 7 },
      ],
    };
    const config = join(dirname(admin.path), "fedns.yaml");
    await writeFile(config, `stateDirectory: ${dirname(admin.path)}\n`);
    const told = "not served as declared:\n  HTTPRoute shop/web in west: no listener ?[2J fits\n";
    const gone = await server((asked) => [reply(asked, [], { rcode: 3 })]);
    const missing = await explain(["web.example.com", "--server", gone.server, "--config", config]);
    assert.deepEqual([missing.code, missing.session.printed()], [1, told]);
    const there = await server((asked) => [reply(asked, [txt(asked.name, "pool")])]);
    const served = await explain(["web.example.com", "--server", there.server, "--config", config]);
    assert.deepEqual([served.code, served.session.printed()], [0, `pool\n${told}`]);
    await admin.stop();
    const alone = await explain(["web.example.com", "--server", there.server, "--config", config]);
    assert.deepEqual([alone.code, alone.session.printed()], [0, "pool\n"]);
  });

  it("ignores an answer of another class", async () => {
    const dns = await server((asked) => {
      const answer = reply(asked, [txt(asked.name, "x")]);
      answer.writeUInt16BE(1, 12 + asked.question.length - 2);
      return [answer];
    });
    assert.equal((await explain(["a.example", "--server", dns.server])).code, 2);
  });

  it("returns 2 when nothing listens", async () => {
    const dns = await startFakeResolver(() => []);
    await dns.close();
    const { code, session } = await explain(["a.example", "--server", dns.server]);
    assert.equal(code, 2);
    assert.match(session.complained(), /connection refused\n$/);
  });

  for (const args of [
    ["a..b"],
    ["a.example", "MX"],
    ["a.example", "--client", "here"],
    [`${"a.".repeat(125)}b`],
  ]) {
    it(`refuses ${args.join(" ").slice(0, 30)} with code 2`, async () => {
      const { code, session } = await explain(args);
      assert.equal(code, 2);
      assert.match(session.complained(), /^fedns: /);
    });
  }
});
