/** TCP, HTTP and TLS probes against real sockets: what is good, what is bad and why, and that nothing stays open. */
import assert from "node:assert/strict";
import { createServer as createHttps } from "node:https";
import { createServer as createNet } from "node:net";
import { before, describe, it } from "node:test";
import type { ProbeOutcome } from "../../../src/traffic/probe/outcome.ts";
import { createProber } from "../../../src/traffic/probe/prober.ts";
import { ask, meet, patienceMs, probe, question, shortMs } from "../tracker/meeting.ts";
import {
  http,
  identity,
  type Identity,
  onConnection,
  resetting,
  silent,
  startServer,
  tls,
} from "./servers.ts";

async function closedPort(): Promise<number> {
  const server = await startServer(createNet());
  await server.close();
  return server.port;
}

describe("a TCP probe", () => {
  it("is good when the connection is accepted", async () => {
    assert.equal(await meet(silent(), "tcp://:PORT"), "good");
  });

  it("is bad when it is refused", async () => {
    const outcome = await ask(question(`tcp://:${await closedPort()}`));
    assert.deepEqual(outcome, { kind: "bad", reason: "connection refused" });
  });

  it("reaches an IPv6 address, or says that we could not ask", async () => {
    const server = silent();
    const canListen = await new Promise<boolean>((resolve) => {
      server.once("error", () => resolve(false));
      server.listen(0, "::1", () => resolve(true));
    });
    if (!canListen) return;
    const { port } = server.address() as { port: number };
    assert.deepEqual(await ask(question(`tcp://:${port}`), "::1"), { kind: "good" });
    await new Promise((resolve) => server.close(resolve));
  });

  it("ends at once when its signal has aborted before", async () => {
    const outcome = await probe(question("tcp://:1"), "127.0.0.1", AbortSignal.abort());
    assert.equal(outcome.kind, "bad");
  });

  it("says that we could not ask where we have no route", async () => {
    // RFC 3849: 2001:db8::/32 is not routed, and a machine without IPv6 has no route at all.
    const outcome = await ask(question("tcp://:1"), "2001:db8::1", shortMs);
    assert.notEqual(outcome.kind, "good");
  });
});

describe("an HTTP probe", () => {
  const status = (code: number): ReturnType<typeof http> =>
    http((_, response) => response.writeHead(code).end("body"));

  for (const [code, outcome] of [
    [200, "good"],
    [204, "good"],
    [301, "good"],
    [404, "bad: status 404"],
    [500, "bad: status 500"],
    [503, "bad: status 503"],
  ] as const) {
    it(`finds ${code} ${outcome.replace(/:.*/, "")}`, async () => {
      assert.equal(await meet(status(code), "http://:PORT/"), outcome);
    });
  }

  it("takes the codes it is told", async () => {
    assert.equal(await meet(status(418), "http://:PORT/", { asked: { codes: "418" } }), "good");
    assert.equal(await meet(status(200), "http://:PORT/", { asked: { codes: "418" } }), "bad: status 200");
  });

  it("asks the path with the host it was told, or the address, and closes", async () => {
    const seen: unknown[] = [];
    const server = (): ReturnType<typeof http> =>
      http(({ url, headers, method }, response) => {
        seen.push([method, url, headers.host?.replace(/\d+$/, "PORT"), headers.connection]);
        response.end();
      });
    assert.equal(await meet(server(), "http://shop.example:PORT/ok?x=1"), "good");
    assert.equal(await meet(server(), "http://:PORT"), "good");
    assert.deepEqual(seen, [
      ["GET", "/ok?x=1", "shop.example:PORT", "close"],
      ["GET", "/", "127.0.0.1:PORT", "close"],
    ]);
  });

  it("does not follow a redirect", async () => {
    let asked = 0;
    const server = http((_, response) => {
      asked += 1;
      response.writeHead(302, { location: "/again" }).end();
    });
    assert.equal(await meet(server, "http://:PORT/"), "good");
    assert.equal(asked, 1);
  });

  it("finds a text in the first 5,120 octets of the body, also over the edge of two chunks", async () => {
    const halves = http((_, response) => {
      response.write("x".repeat(5000) + "all is");
      setImmediate(() => response.end(" well"));
    });
    assert.equal(await meet(halves, "http://:PORT/", { asked: { body: "all is well" } }), "good");
    const late = http((_, response) => response.end("x".repeat(5115) + "all is well"));
    assert.equal(
      await meet(late, "http://:PORT/", { asked: { body: "all is well" } }),
      "bad: the text is not in the body",
    );
    const other = http((_, response) => response.end("all is lost"));
    assert.equal(
      await meet(other, "http://:PORT/", { asked: { body: "all is well" } }),
      "bad: the text is not in the body",
    );
  });

  it("stops reading an endless body", async () => {
    let written = 0;
    const endless = http((_, response) => {
      const more = (): void => {
        while (!response.destroyed && response.write("y".repeat(65_536))) written += 65_536;
      };
      response.on("drain", more);
      more();
    });
    assert.equal(
      await meet(endless, "http://:PORT/", { asked: { body: "z" } }),
      "bad: the text is not in the body",
    );
    assert.ok(written < 64e6, `${written} octets were taken`);
  });

  it("is bad when there is silence, a reset, nonsense, too much header or half a body", async () => {
    const raw = (text: string): ReturnType<typeof onConnection> =>
      onConnection((socket) => socket.once("data", () => socket.end(text)));
    assert.equal(await meet(silent(), "http://:PORT/", { withinMs: shortMs }), "bad: timed out");
    assert.equal(await meet(resetting(), "http://:PORT/"), "bad: connection reset");
    assert.match(await meet(raw("SSH-2.0-x\r\n"), "http://:PORT/"), /^bad: failed \(HPE_/);
    assert.match(await meet(raw(""), "http://:PORT/"), /^bad: connection reset/);
    const long = `HTTP/1.1 200 OK\r\nx: ${"y".repeat(20_000)}\r\n\r\n`;
    assert.equal(await meet(raw(long), "http://:PORT/"), "bad: failed (HPE_HEADER_OVERFLOW)");
    const half = "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf";
    assert.equal(
      await meet(raw(half), "http://:PORT/", { asked: { body: "whole" } }),
      "bad: the body broke off",
    );
    const upgrade = "HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n";
    assert.equal(await meet(raw(upgrade), "http://:PORT/"), "bad: status 101");
  });

  it("is bad when the body comes too slowly", async () => {
    const slow = http((_, response) => void response.write("almost"));
    const asked = { body: "almost there" };
    assert.equal(await meet(slow, "http://:PORT/", { asked, withinMs: shortMs }), "bad: timed out");
  });

  it("is bad when interim responses never end", async () => {
    const interim = onConnection((socket) => {
      const more = (): void => {
        while (!socket.destroyed && socket.write("HTTP/1.1 102 Processing\r\n\r\n".repeat(100)));
      };
      socket.on("drain", more);
      socket.once("data", more);
    });
    assert.match(await meet(interim, "http://:PORT/"), /^bad: (too much before the status|connection reset)/);
  });
});

describe("a probe over TLS", () => {
  let own: Identity;
  before(async () => {
    own = await identity();
  });
  const secure = (): ReturnType<typeof tls> => tls(own, [], (socket) => socket.resume());

  it("is good after the handshake, with any certificate", async () => {
    assert.equal(await meet(secure(), "tls://:PORT"), "good");
    assert.equal(await meet(secure(), "tls://shop.example:PORT"), "good");
  });

  it("sends the host it was told as SNI, and never an address", async () => {
    const seen: unknown[] = [];
    const listening = (): ReturnType<typeof tls> =>
      tls(own, [], (socket) => {
        seen.push(socket.servername);
        socket.resume();
      });
    await meet(listening(), "tls://shop.example:PORT");
    await meet(listening(), "tls://:PORT");
    assert.deepEqual(seen, ["shop.example", false]);
  });

  it("is bad, when asked to verify, with an authority or a name that is wrong", async () => {
    const asked = { verify: "true" };
    assert.match(
      await meet(secure(), "tls://localhost:PORT", { asked }),
      /^bad: the certificate is of an unknown authority$/,
    );
    const server = await startServer(secure());
    const knowing = createProber({ denialOf: () => null, authorities: [own.authorityPem] });
    const verified = (host: string): Promise<ProbeOutcome> =>
      knowing(question(`tls://${host}:${server.port}`, asked), "127.0.0.1", AbortSignal.timeout(patienceMs));
    assert.deepEqual(await verified("localhost"), { kind: "good" });
    assert.deepEqual(await verified("shop.example"), {
      kind: "bad",
      reason: "the certificate is for another name",
    });
    await server.close();
  });

  it("is bad when the other side speaks no TLS, resets, or is silent", async () => {
    assert.match(
      await meet(
        http(() => undefined),
        "tls://:PORT",
      ),
      /^bad: (it does not speak TLS|connection)/,
    );
    assert.equal(await meet(resetting(), "tls://:PORT"), "bad: connection reset");
    assert.equal(await meet(silent(), "tls://:PORT", { withinMs: shortMs }), "bad: timed out");
  });

  it("asks HTTPS as it asks HTTP", async () => {
    const server = (): ReturnType<typeof createHttps> =>
      createHttps({ cert: own.certificatePem, key: own.keyPem }, ({ headers }, response) =>
        response.writeHead(headers.host?.startsWith("shop.example:") === true ? 200 : 421).end("well"),
      );
    assert.equal(await meet(server(), "https://shop.example:PORT/", { asked: { body: "well" } }), "good");
    assert.equal(await meet(server(), "https://:PORT/"), "bad: status 421");
  });

  it("is bad for gRPC when the other side does not agree on HTTP/2", async () => {
    const outcome = await meet(secure(), "grpcs://:PORT");
    assert.equal(outcome, "bad: does not speak HTTP/2");
  });
});
