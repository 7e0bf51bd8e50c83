/** DNS over UDP: the same tests for both engines. */
import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { decode, hex } from "../../support/decode.ts";
import { isInstalled, isRoot, run, suiteScope } from "../../support/programs.ts";
import { encodeQuery } from "../../support/query.ts";
import { until } from "../../support/until.ts";
import { type DataPlane, ENGINES, HELLO, startDataPlane, WIDE } from "./data-plane.ts";
import { idOf, UdpClient } from "./udp-client.ts";

const A = 1;
const AAAA = 28;
const FORMERR = 1;
/** More than one batch, and not a multiple of it. */
const BURST = 64 * 5 + 13;

for (const engine of ENGINES) {
  describe(`UDP, ${engine}`, () => {
    const scope = suiteScope();
    let plane: DataPlane;
    before(async () => {
      plane = await startDataPlane(scope, { engine, addresses: ["127.0.0.1", "::1"], workers: 2 });
    });
    const open = (t: Parameters<typeof UdpClient.open>[0], address = "127.0.0.1"): Promise<UdpClient> =>
      UdpClient.open(t, { port: plane.portAt(address), address });

    it("answers over IPv4 and IPv6", async (t) => {
      for (const address of ["127.0.0.1", "::1"]) {
        const client = await open(t, address);
        const { rcode, aa, answer } = await client.ask({ name: HELLO, type: A });
        assert.deepEqual([rcode, aa, answer.map(({ data }) => data)], [0, true, ["192.0.2.1"]]);
        assert.equal(client.replies[0]?.from.port, plane.portAt(address));
        assert.equal(client.replies[0]?.from.address, address);
      }
    });

    it("answers all queries of a burst with empty and malformed datagrams in it", async (t) => {
      const client = await open(t);
      const expected = new Map<number, string>();
      for (let id = 1; id <= BURST; id++) {
        const { bytes, result } = burstMessage(id);
        expected.set(id, result);
        client.send(bytes);
      }
      const answered = [...expected].filter(([, result]) => result !== "silent");
      await until("all are answered", () => client.replies.length >= answered.length);
      // Whatever comes too late, or was not to come at all, is here before the answer to one question more.
      await client.ask({ name: HELLO, type: A, id: BURST + 1 });
      const came = client.replies.slice(0, -1).map(({ bytes }) => [idOf(bytes), verdictOf(bytes)] as const);
      assert.deepEqual(
        came.toSorted(([a], [b]) => a - b),
        answered,
      );
    });

    it("does not answer empty datagrams, ones without a header, or responses", async (t) => {
      const client = await open(t);
      const whole = encodeQuery({ name: HELLO, type: A });
      for (let octets = 0; octets < 12; octets++) client.send(whole.subarray(0, octets));
      for (const flags of [0x8000, 0x8100, 0x8180]) client.send(encodeQuery({ name: HELLO, type: A, flags }));
      await client.ask({ name: HELLO, type: A, id: 7 });
      assert.equal(client.replies.length, 1);
    });

    it("answers trailing octets of any length with FORMERR, and goes on", async (t) => {
      const client = await open(t);
      const octets = [...Array(20).keys()].map((i) => 12 + i * 80);
      for (const size of [...octets, 1280, 1281, 1472, 1500, 9000, 65_507]) {
        const noise = new Uint8Array(size).fill(0xff);
        noise.set([size >>> 8, size, 0, 0]);
        client.send(noise);
        await until(`FORMERR for ${size} octets`, () => client.withId(size).length === 1);
        assert.equal(decode(client.withId(size)[0]?.bytes ?? noise).rcode, FORMERR, `${size} octets`);
      }
      assert.equal((await client.ask({ name: HELLO, type: A })).rcode, 0);
    });

    it("answers a valid query of any length up to 1232 octets", async (t) => {
      const client = await open(t);
      const bare = encodeQuery({ name: HELLO, type: A, edns: { options: [{ code: 12, hex: "" }] } }).length;
      for (const size of [bare, 511, 512, 513, 1231, 1232]) {
        const edns = { options: [{ code: 12, hex: "00".repeat(size - bare) }] };
        const { rcode, answer } = await client.ask({ name: HELLO, type: A, id: size, edns });
        assert.deepEqual([rcode, answer.length], [0, 1], `${size} octets`);
      }
    });

    it("answers longer queries too, and tells clients whose query is cut to come by TCP", async (t) => {
      const client = await open(t);
      const bare = encodeQuery({ name: HELLO, type: A, edns: { options: [{ code: 12, hex: "" }] } }).length;
      for (const [size, isWhole] of [
        [1281, true],
        [4096, true],
        [9000, engine === "dgram"],
      ] as const) {
        const edns = { options: [{ code: 12, hex: "00".repeat(size - bare) }] };
        const { rcode, tc, answer, question } = await client.ask({ name: HELLO, type: A, id: size, edns });
        assert.deepEqual([rcode, tc, answer.length], [0, !isWhole, isWhole ? 1 : 0], `${size} octets`);
        assert.equal(question?.name, `${HELLO}.`);
      }
    });

    it("truncates an answer to what the client accepts, and sets TC", async (t) => {
      const client = await open(t);
      const sizes = [
        [undefined, 512, true],
        [512, 512, true],
        [1232, 1232, false],
        [65_535, 1232, false],
      ] as const;
      for (const [index, [udpOctets, most, isCut]] of sizes.entries()) {
        const edns = udpOctets === undefined ? {} : { edns: { udpOctets } };
        const { tc, octets, answer } = await client.ask({ name: WIDE, type: A, id: index, ...edns });
        assert.ok(octets <= most, `${octets} octets for a client that takes ${most}`);
        assert.deepEqual([tc, answer.length], [isCut, isCut ? 0 : 40]);
      }
    });

    it("gives each of many clients its own answers", async (t) => {
      const clients = await Promise.all(Array.from({ length: 60 }, () => open(t)));
      for (let id = 0; id < 10; id++) {
        for (const client of clients) client.send(encodeQuery({ name: HELLO, type: id % 2 ? A : AAAA, id }));
      }
      await until("all are answered", () => clients.every(({ replies }) => replies.length === 10));
      for (const { replies } of clients) {
        const ids = replies.map(({ bytes }) => idOf(bytes)).toSorted((a, b) => a - b);
        assert.deepEqual(ids, [...Array(10).keys()]);
      }
    });

    it("answers the next query from a published change", async (t) => {
      const client = await open(t);
      for (let i = 1; i <= 50; i++) {
        plane.setBackend("eu-central", "demo/moving", `ready=1 203.0.113.${i}`);
        const { answer } = await client.ask({ name: "moving.demo.myfed.svc.example.com", type: A, id: i });
        assert.deepEqual(
          answer.map(({ data }) => data),
          [`203.0.113.${i}`],
        );
      }
      plane.setBackend("eu-central", "demo/moving", null);
      assert.equal((await client.ask({ name: "moving.demo.myfed.svc.example.com", type: A })).rcode, 3);
    });

    it(
      "goes on after a query that comes from port 0",
      { skip: isRoot && isInstalled("python3") ? false : "raw sockets need root and python3" },
      async (t) => {
        const client = await open(t);
        const good = [...Array(40).keys()].map((id) => hex(encodeQuery({ name: HELLO, type: A, id })));
        const { port } = client.socket.address();
        // One process sends both kinds, so that they lie in one batch.
        const { code, err } = await run("python3", [
          "-c",
          PORT_ZERO,
          String(plane.port),
          String(port),
          ...good,
        ]);
        assert.equal(code, 0, err);
        await until("all are answered", () => client.replies.length >= good.length);
        assert.deepEqual(
          client.replies.map(({ bytes }) => idOf(bytes)).toSorted((a, b) => a - b),
          [...Array(40).keys()],
        );
      },
    );
  });
}

/** Every third one good, every third one silent, every third one nonsense; silent ones have an ID too. */
function burstMessage(id: number): { readonly bytes: Uint8Array; readonly result: string } {
  if (id % 3 === 0) return { bytes: encodeQuery({ name: HELLO, type: A, id }), result: "answer" };
  if (id % 3 === 1) {
    return { bytes: encodeQuery({ name: HELLO, type: A, id, counts: [2, 0, 0, 0] }), result: "FORMERR" };
  }
  const flags = 0x8000;
  const short = Uint8Array.of(id >>> 8, id, 1, 0);
  return { bytes: id % 2 ? short : encodeQuery({ name: HELLO, type: A, id, flags }), result: "silent" };
}

function verdictOf(bytes: Uint8Array): string {
  const { rcode, answer } = decode(bytes);
  return rcode === FORMERR ? "FORMERR" : answer.length === 1 ? "answer" : "?";
}

/** A UDP header of our own making: each good query is sent from the client's port and again from port 0. */
const PORT_ZERO = `
import socket, struct, sys
server, client = int(sys.argv[1]), int(sys.argv[2])
raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_UDP)
for text in sys.argv[3:]:
    query = bytes.fromhex(text)
    for source in (0, client):
        raw.sendto(struct.pack("!HHHH", source, server, 8 + len(query), 0) + query, ("127.0.0.1", 0))
`;
