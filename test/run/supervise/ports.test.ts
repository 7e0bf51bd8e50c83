/** A port has one owner: a start that cannot have it, over UDP or TCP, says so in one line and ends. */
import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { createServer } from "node:net";
import { describe, it } from "node:test";
import { closeSockets, openSockets } from "../../../src/run/supervise/sockets.ts";
import { failToStart, startFedns } from "../../support/fedns.ts";
import { atEnd, type Scope } from "../../support/programs.ts";

type Where = { readonly address: string; readonly port: number };

function open(t: Scope, places: readonly Where[], workers = 1): readonly number[] {
  const listen = places.map((place) => ({ ...place, proxyProtocol: [] }));
  const sockets = openSockets({ listen, serve: { udp: "auto", workers, drainSeconds: 0, tcp: TCP } });
  atEnd(t, () => closeSockets(sockets));
  return sockets.tcp.map(({ port }) => port);
}

async function takeUdp(t: Scope, address: string): Promise<number> {
  const socket = createSocket(address.includes(":") ? { type: "udp6", ipv6Only: true } : { type: "udp4" });
  socket.bind(0, address);
  await once(socket, "listening");
  atEnd(t, () => socket.close());
  return socket.address().port;
}

async function takeTcp(t: Scope, host: string): Promise<number> {
  const server = createServer().listen({ port: 0, host, ipv6Only: host.includes(":") });
  await once(server, "listening");
  atEnd(t, () => server.close());
  const address = server.address();
  return typeof address === "object" ? (address?.port ?? 0) : 0;
}

const TCP = { maxConnections: 1, maxConnectionsPerClient: 1, idleSeconds: 1, messageSeconds: 1 };

const PAIRS = [
  ["127.0.0.1", "127.0.0.1"],
  ["0.0.0.0", "127.0.0.1"],
  ["127.0.0.1", "0.0.0.0"],
  ["::1", "::1"],
  ["::", "::1"],
  ["::1", "::"],
] as const;

/** The message names the holder with its command line. */
function takenBy(place: string, pid: number): RegExp {
  const where = place.replaceAll(/[[\].()]/g, String.raw`\$&`);
  return new RegExp(
    `cannot listen on ${where}: process ${pid} \\(.*node.*\\) has the port; end it, or choose another port \\(listen\\)`,
  );
}

describe("a port that is taken", () => {
  for (const [taken, wanted] of PAIRS) {
    const place = (port: number): string =>
      wanted.includes(":") ? `[${wanted}]:${port}` : `${wanted}:${port}`;

    it(`is refused: UDP on ${taken} for ${wanted}`, async (t) => {
      const port = await takeUdp(t, taken);
      assert.throws(() => open(t, [{ address: wanted, port }], 2), {
        code: "EADDRINUSE",
        message: takenBy(`${place(port)} (UDP)`, process.pid),
      });
    });

    it(`is refused: TCP on ${taken} for ${wanted}`, async (t) => {
      const port = await takeTcp(t, taken);
      assert.throws(() => open(t, [{ address: wanted, port }], 2), {
        code: "EADDRINUSE",
        message: takenBy(`${place(port)} (TCP)`, process.pid),
      });
    });
  }

  it("is refused when it is our own, on any of several addresses", (t) => {
    const [port = 0] = open(t, [{ address: "127.0.0.1", port: 0 }], 4);
    for (const address of ["127.0.0.1", "0.0.0.0"]) {
      const listen = [
        { address: "::1", port: 0 },
        { address, port },
      ];
      assert.throws(() => open(t, listen, 4), { code: "EADDRINUSE" });
    }
  });

  it("leaves nothing open where the start failed", async (t) => {
    const port = await takeTcp(t, "127.0.0.1");
    for (let i = 0; i < 3; i++) assert.throws(() => open(t, [{ address: "127.0.0.1", port }], 4));
    // UDP of the same port is free still: a socket left open would be in the way.
    const socket = createSocket("udp4").bind(port, "127.0.0.1");
    await once(socket, "listening");
    socket.close();
  });

  it("does not stop IPv6 and IPv4 from having the same number", (t) => {
    const [port = 0] = open(t, [{ address: "0.0.0.0", port: 0 }]);
    assert.deepEqual(open(t, [{ address: "::", port }]), [port]);
  });

  it("ends a second fedns with one clear line and code 1, and the first goes on", async (t) => {
    const first = await startFedns(t, { settings: { serve: { drainSeconds: 0, workers: 2 } } });
    const samePort = await failToStart(t, { settings: { listen: [...first.listen] } });
    assert.equal(samePort.code, 1);
    assert.match(samePort.text, takenBy(`127.0.0.1:${first.port} (UDP)`, first.pid));
    assert.equal(samePort.text.trimEnd().split("\n").length, 1);
    const sameState = await failToStart(t, { directory: first.directory });
    assert.equal(sameState.code, 1);
    assert.match(sameState.text, /^fedns: another fedns uses this state directory .*\n$/);
    assert.equal((await first.status()).ready, true);
  });
});

describe("a free port", () => {
  it("is the same for UDP and TCP, even if the first choice is taken over TCP", (t) => {
    const ports = open(
      t,
      Array.from({ length: 40 }, () => ({ address: "127.0.0.1", port: 0 })),
    );
    assert.equal(new Set(ports).size, 40);
  });

  it("is not looked for with more threads than the board has room for", (t) => {
    assert.throws(() => open(t, [{ address: "127.0.0.1", port: 0 }], 256), {
      code: "WORKERS",
      message: "1 addresses with 256 workers each need 257 threads; at most 256 are possible",
    });
  });
});
