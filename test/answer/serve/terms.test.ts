/** The terms of service over real sockets: both UDP engines and TCP know the client's address. */
import assert from "node:assert/strict";
import { before, describe, it, type TestContext } from "node:test";
import { Counter } from "../../../src/answer/terms/counter.ts";
import { decode } from "../../support/decode.ts";
import { isRoot, suiteScope } from "../../support/programs.ts";
import { type Asked, encodeQuery } from "../../support/query.ts";
import { optionOf } from "../../support/terms.ts";
import { until } from "../../support/until.ts";
import { type DataPlane, ENGINES, HELLO, startDataPlane, WIDE } from "./data-plane.ts";
import { TcpClient } from "./tcp-client.ts";
import { UdpClient } from "./udp-client.ts";

const COOKIE = 10;
const CLIENT = "2464c4abcf10c957";
const RATE = 40;
/** 2.5 seconds' worth, and what comes while the test sends. */
const BURST = 2.5 * RATE;
const SENT = 400;

function withCookie(hex: string, asked: Asked = { name: HELLO, type: 1 }): Asked {
  return { ...asked, edns: { udpOctets: 1232, options: [{ code: COOKIE, hex }] } };
}

for (const engine of ENGINES) {
  describe(`terms of service over UDP (${engine}) and TCP`, () => {
    const scope = suiteScope();
    let plane: DataPlane;
    before(async () => {
      plane = await startDataPlane(scope, {
        engine,
        addresses: ["127.0.0.1", "::1"],
        terms: {
          allowQuery: ["127.0.0.1/32", "127.0.0.2/32", "::1/128"],
          rateLimit: { responsesPerSecond: RATE, slip: 1, exempt: ["127.0.0.2/32"] },
          maxAmplification: 4,
          minimalResponses: false,
        },
      });
    });
    const udp = (t: TestContext, localAddress: string, localPort = 0): Promise<UdpClient> => {
      const address = localAddress.includes(":") ? "::1" : "127.0.0.1";
      return UdpClient.open(t, { port: plane.portAt(address), address, localAddress, localPort });
    };
    const counted = (slot: number): number => plane.board.totals()[slot] ?? 0;

    it("a cookie is good for the address it was made for, from any port and over UDP and TCP", async (t) => {
      for (const address of ["127.0.0.1", "::1"]) {
        const client = await udp(t, address);
        const cookie = optionOf(await client.ask(withCookie(CLIENT)), COOKIE) ?? "";
        assert.equal(cookie.length, 48);
        const seconds = Number.parseInt(cookie.slice(24, 32), 16);
        assert.ok(Math.abs(seconds - Date.now() / 1000) < 5, "its time is the time of day");
        const earlier = counted(Counter.CookieGood);
        assert.equal(optionOf(await (await udp(t, address)).ask(withCookie(cookie)), COOKIE), cookie);
        const stream = await TcpClient.open(t, { port: plane.portAt(address), address });
        assert.equal(optionOf(await stream.ask(withCookie(cookie)), COOKIE), cookie);
        assert.equal(counted(Counter.CookieGood), earlier + 2);
      }
      const wide = withCookie(CLIENT, { name: WIDE, type: 1 });
      const client = await udp(t, "127.0.0.1");
      const first = await client.ask({ ...wide, id: 1 });
      const second = withCookie(optionOf(first, COOKIE) ?? "", { name: WIDE, type: 1, id: 2 });
      assert.deepEqual([first.tc, (await client.ask(second)).answer.length], [true, 40]);
      const foreign = await (await udp(t, "127.0.0.2")).ask(second);
      assert.deepEqual([foreign.tc, foreign.answer.length], [true, 0]);
    });

    it("a client that may not ask is refused over UDP and TCP", async (t) => {
      const asked = { name: HELLO, type: 1, edns: {} };
      const port = plane.portAt("127.0.0.1");
      const stranger = await TcpClient.open(t, { port, localAddress: "127.0.0.9" });
      for (const message of [await (await udp(t, "127.0.0.9")).ask(asked), await stranger.ask(asked)])
        assert.deepEqual([message.rcode, optionOf(message, 15)], [5, "0012"]);
    });

    it("answers over the rate limit are truncated, except for exempt clients and over TCP", async (t) => {
      const outcomes = async (address: string): Promise<readonly number[]> => {
        const client = await udp(t, address);
        const bytes = encodeQuery({ name: HELLO, type: 1 });
        for (let i = 0; i < SENT; i++) client.send(bytes);
        await until("all are answered", () => client.replies.length === SENT);
        const messages = client.replies.map((reply) => decode(reply.bytes));
        const limited = messages.filter(({ tc }) => tc);
        assert.ok(limited.every(({ answer }) => answer.length === 0));
        return [SENT - limited.length, limited.length];
      };
      assert.deepEqual(await outcomes("127.0.0.2"), [SENT, 0]);
      const [whole = 0] = await outcomes("127.0.0.1");
      assert.ok(whole > BURST / 2 && whole < 2 * BURST, `${whole} whole answers`);
      const stream = await TcpClient.open(t, { port: plane.portAt("127.0.0.1") });
      for (let i = 0; i < SENT; i++) stream.send({ name: HELLO, type: 1 });
      assert.ok((await stream.saw(SENT)).every(({ answer }) => answer.length === 1));
    });

    it(
      "ports of services that answer everything get silence",
      { skip: !isRoot && "needs low ports" },
      async (t) => {
        const clients = await Promise.all([7, 13, 17, 19, 37].map((port) => udp(t, "127.0.0.2", port)));
        const earlier = counted(Counter.Ignored);
        for (const client of clients) client.send(encodeQuery({ name: HELLO, type: 1 }));
        await until("all are ignored", () => counted(Counter.Ignored) === earlier + clients.length);
        assert.deepEqual(
          clients.flatMap(({ replies }) => replies),
          [],
        );
        assert.equal((await (await udp(t, "127.0.0.2", 53)).ask({ name: HELLO, type: 1 })).rcode, 0);
      },
    );
  });
}
