/** `fedns ask`: its query, its output and its exit codes. */
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import { main } from "../../src/cli/program.ts";
import { parseSubnet } from "../../src/cli/arguments/subnet.ts";
import {
  a,
  aaaa,
  cname,
  fakeResolvers,
  nameOctets,
  reply,
  startFakeResolver,
} from "../support/fake-resolver.ts";
import { temporaryFolder } from "../support/fedns.ts";
import { fakeSession, type FakeSession } from "./fake-session.ts";

const server = fakeResolvers();

async function ask(
  args: readonly string[],
): Promise<{ readonly code: number; readonly session: FakeSession }> {
  const session = fakeSession();
  return { code: await main(["ask", ...args], session), session };
}

/** An OPT record with options, to put behind an answer that has none in its header's count. */
function withOpt(message: Buffer, options: Buffer): Buffer {
  const whole = Buffer.concat([
    message,
    Buffer.from([0, 0, 41, 0x04, 0xd0, 0, 0, 0, 0, options.length >> 8, options.length & 255]),
    options,
  ]);
  whole.writeUInt16BE(1, 10);
  return whole;
}

describe("fedns ask", () => {
  it("prints the answer as zone files have it, below a line about it", async () => {
    const { port } = await server((asked) => [
      reply(
        asked,
        [cname(asked.name, 30, "b.example"), aaaa("b.example", 30, [0x2001, 0xdb8, 0, 0, 0, 0, 0, 1])],
        { isAuthoritative: true },
      ),
    ]);
    const { code, session } = await ask(["a.example.", "aaaa", "--server", `127.0.0.1:${port}`]);
    assert.equal(code, 0);
    const [first, ...rest] = session.printed().split("\n");
    assert.match(
      first ?? "",
      new RegExp(`^;; a\\.example AAAA, from 127\\.0\\.0\\.1:${port} over udp, \\d+ octets in \\d+ ms$`),
    );
    assert.deepEqual(rest, [
      ";; NOERROR, flags: qr aa ra",
      ";; answer",
      "a.example.\t30\tIN\tCNAME\tb.example.",
      "b.example.\t30\tIN\tAAAA\t2001:db8::1",
      "",
    ]);
  });

  it("asks without recursion, with an OPT record of 1232 octets", async () => {
    const dns = await server((asked) => [reply(asked, [a(asked.name, 1, "192.0.2.1")])]);
    await ask(["a.example", "--server", dns.server]);
    const query = dns.asked[0]?.query ?? Buffer.alloc(0);
    assert.equal((query[2] ?? 1) & 1, 0);
    assert.equal(query.subarray(-11).toString("hex"), "00002904d0000000000000");
  });

  for (const [claim, rcode, word] of [
    ["no such name", 3, "NXDOMAIN"],
    ["no such records", 0, "NOERROR"],
    ["refused", 5, "REFUSED"],
  ] as const) {
    it(`returns 1 for ${claim}`, async () => {
      const dns = await server((asked) => [reply(asked, [], { rcode })]);
      const { code, session } = await ask(["a.example", "--server", dns.server]);
      assert.equal(code, 1);
      assert.match(session.printed(), new RegExp(`;; ${word}, flags`));
    });
  }

  it("returns 2, and says so, when nothing listens", async () => {
    const dns = await startFakeResolver(() => []);
    await dns.close();
    for (const tcp of [[], ["--tcp"]]) {
      const { code, session } = await ask(["a.example", "--server", dns.server, ...tcp]);
      assert.equal(code, 2);
      assert.match(
        session.complained(),
        /^fedns: no answer from 127\.0\.0\.1:\d+ over (udp|tcp): connection refused\n$/,
      );
    }
  });

  it("returns 2 when the server stays silent", async () => {
    const dns = await server(() => []);
    const { code, session } = await ask(["a.example", "--server", dns.server, "--timeout", "1"]);
    assert.equal(code, 2);
    assert.match(session.complained(), /over udp: it took too long\n$/);
  });

  it("uses TCP on request, and when the answer was truncated", async () => {
    const dns = await server((asked) => [
      reply(asked, [a(asked.name, 1, "192.0.2.1")], { isTruncated: asked.transport === "udp" }),
    ]);
    for (const args of [[], ["--tcp"]]) {
      const { code, session } = await ask(["a.example", "--server", dns.server, ...args]);
      assert.equal(code, 0);
      assert.match(session.printed(), /over tcp/);
    }
    assert.deepEqual(
      dns.asked.map(({ transport }) => transport),
      ["udp", "tcp", "tcp"],
    );
  });

  it("sends a client subnet, and shows the scope of the answer and the extended error", async () => {
    const ecs = Buffer.from("0008000b000238302001 0db8 0001 02".replaceAll(" ", ""), "hex");
    const ede = Buffer.concat([Buffer.from("000f0009000e", "hex"), Buffer.from("waiting")]);
    const dns = await server((asked) => [withOpt(reply(asked, [], { rcode: 2 }), Buffer.concat([ede, ecs]))]);
    const { session } = await ask(["a.example", "--server", dns.server, "--subnet", "2001:db8:1:2ff::/56"]);
    assert.match(dns.asked[0]?.query.toString("hex") ?? "", /0008000b0002380020010db8000102$/);
    assert.match(session.printed(), /\n;; client subnet of length 56: good for all of length 48\n/);
    assert.match(session.printed(), /\n;; extended error 14 \(not ready\): waiting\n/);
  });

  it("shows unknown types as in RFC 3597, and control characters as ?", async () => {
    const dns = await server((asked) => [
      reply(asked, [
        { name: asked.name, type: 65, ttl: 5, octets: Buffer.from([0, 1, 0, 0, 3, 0, 2, 1, 187]) },
        { name: asked.name, type: 257, ttl: 5, octets: Buffer.from("\u0000\u0005issueca.example") },
        { name: asked.name, type: 65_280, ttl: 5, octets: Buffer.from([0, 1, 0]) },
        { name: asked.name, type: 16, ttl: 5, octets: Buffer.from("\u0005a\u001b[2J") },
        { name: asked.name, type: 2, ttl: 5, octets: nameOctets("ns.example") },
      ]),
    ]);
    const { session } = await ask(["a.example", "TYPE65", "--server", dns.server]);
    assert.match(session.printed(), /\na\.example\.\t5\tIN\tHTTPS\t1 \. port=443\n/);
    assert.match(session.printed(), /\tCAA\t0 issue "ca\.example"\n/);
    assert.match(session.printed(), /\na\.example\.\t5\tIN\tTYPE65280\t\\# 3 000100\n/);
    assert.match(session.printed(), /TXT\t"a\?\[2J"\n/);
    assert.match(session.printed(), /NS\tns\.example\.\n/);
  });

  it("asks where the configuration listens, by loopback when that is everywhere", async (t) => {
    const dns = await server((asked) => [reply(asked, [a(asked.name, 1, "192.0.2.1")])]);
    const file = join(await temporaryFolder(t), "fedns.yaml");
    await writeFile(
      file,
      `federations: [{ name: f, domain: b.c }]\nnameservers: [{ name: n.o }]\nlisten: [{ address: 0.0.0.0, port: ${dns.port} }]\n`,
    );
    const { code } = await ask(["a.example", "--config", file]);
    assert.equal(code, 0);
  });

  for (const args of [
    ["a..b"],
    ["x".repeat(64)],
    ["a.example", "QUUX"],
    ["a.example", "--server", "localhost"],
    ["a.example", "--subnet", "1.2.3.4/33"],
  ]) {
    it(`refuses ${args.join(" ").slice(0, 40)} with code 2`, async () => {
      const { code, session } = await ask(args);
      assert.equal(code, 2);
      assert.match(session.complained(), /^fedns: /);
    });
  }
});

describe("parseSubnet", () => {
  for (const [text, address, length] of [
    ["192.0.2.77/24", "192.0.2.0", 24],
    ["192.0.2.77", "192.0.2.0", 24],
    ["192.0.2.255/29", "192.0.2.248", 29],
    ["192.0.2.77/0", "0.0.0.0", 0],
    ["2001:db8:0:ffff::1", "2001:db8:0:ff00:0:0:0:0", 56],
    ["::ffff:192.0.2.1/128", "0:0:0:0:0:ffff:c000:201", 128],
    ["::/0", "0:0:0:0:0:0:0:0", 0],
  ] as const) {
    it(`reads ${text} as ${address}/${length}`, () => {
      const subnet = parseSubnet(text);
      assert.equal(`${subnet.address}/${subnet.length}`, `${address}/${length}`);
    });
  }
});
