/** Watches over one HTTP/2 connection: how many there are, and what ends them. */
import assert from "node:assert/strict";
import { once } from "node:events";
import {
  createSecureServer,
  type Http2SecureServer,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from "node:http2";
import { createServer as createHttpsServer } from "node:https";
import { type AddressInfo, createServer as createTcpServer, connect, type Socket } from "node:net";
import { before, describe, it, type TestContext } from "node:test";
import { type Credentials, tlsMaterial } from "../../../src/fleet/kube/credentials.ts";
import { Transport } from "../../../src/fleet/kube/transport.ts";
import { type Clock, systemClock } from "../../../src/kernel/clock.ts";
import { createAuthority } from "../../../src/sandbox/tls/authority.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { until } from "../../support/until.ts";
import { credentialsFor } from "./watched-server.ts";

type Tls = { readonly cert: string; readonly key: string; readonly ca: string };
let tls: Tls;

before(async () => {
  const authority = await createAuthority();
  const { certificatePem, keyPem } = await authority.issueServer("watched");
  tls = { cert: certificatePem, key: keyPem, ca: authority.caPem };
});

type WatchServer = {
  readonly port: number;
  readonly sessions: ServerHttp2Session[];
  readonly streams: ServerHttp2Stream[];
};

/** Accepts every watch, and says nothing. */
async function watchServer(t: TestContext, maxConcurrentStreams = 250): Promise<WatchServer> {
  const server: Http2SecureServer = createSecureServer({ ...tls, settings: { maxConcurrentStreams } });
  const sessions: ServerHttp2Session[] = [];
  const streams: ServerHttp2Stream[] = [];
  server.on("session", (session) => sessions.push(session.on("error", () => undefined)));
  server.on("stream", (stream, headers) => {
    stream.on("error", () => undefined);
    if (headers[":path"]?.startsWith("/refused") === true) {
      stream.respond({ ":status": 403, "content-type": "application/json" });
      stream.end('{"kind":"Status","reason":"Forbidden","message":"no"}');
      return;
    }
    streams.push(stream);
    stream.respond({ ":status": 200 });
    stream.write(`{"path":"${headers[":path"] ?? ""}"}\n`);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    for (const session of sessions) session.destroy();
    server.close();
  });
  return { port: (server.address() as AddressInfo).port, sessions, streams };
}

function transportTo(t: TestContext, port: number, clock: Clock = systemClock): Transport {
  const transport = new Transport({ clock, random: Math.random });
  const material = tlsMaterial({
    ca: Buffer.from(tls.ca),
    cert: null,
    key: null,
    passphrase: null,
    servername: null,
    ignoresName: false,
    rejectUnauthorized: true,
  });
  const url = `https://127.0.0.1:${port}`;
  const credentials: Credentials = {
    ...credentialsFor(url),
    tls: material,
    authenticate: () =>
      Promise.resolve({ tls: material, headers: ["Impersonate-Group", "a", "Impersonate-Group", "b"] }),
  };
  transport.adopt(credentials);
  t.after(() => transport.close());
  return transport;
}

const seconds = { shared: 300, single: 30 };
const { signal } = new AbortController();
const watch = (transport: Transport, path: string, stop: AbortSignal = signal) =>
  transport.watchLines({ path, query: { watch: true }, seconds, signal: stop });

async function firstLine(lines: AsyncGenerator<Buffer>): Promise<string> {
  const { value } = await lines.next();
  return String(value);
}

describe("watches of a server that offers HTTP/2", { timeout: 30_000 }, () => {
  it("share one connection, last long, and carry all headers", async (t) => {
    const server = await watchServer(t);
    const transport = transportTo(t, server.port);
    const all = await Promise.all(Array.from({ length: 120 }, (_, count) => watch(transport, `/${count}`)));
    assert.deepEqual([server.sessions.length, server.streams.length], [1, 120]);
    assert.equal(all[7]?.timeoutSeconds, 300);
    assert.equal(
      await firstLine((all[7] as (typeof all)[0]).lines),
      '{"path":"/7?watch=true&timeoutSeconds=300"}',
    );
    assert.deepEqual(server.streams[0]?.sentHeaders?.[":status"], 200);
  });

  it("use a second connection when the server takes no more streams", async (t) => {
    const server = await watchServer(t, 10);
    const transport = transportTo(t, server.port);
    for (let count = 0; count < 25; count += 1) await watch(transport, `/${count}`);
    assert.deepEqual([server.sessions.length, server.streams.length], [3, 25]);
  });

  it("go on when the server sends GOAWAY, and new ones use another connection", async (t) => {
    const server = await watchServer(t);
    const transport = transportTo(t, server.port);
    const { lines } = await watch(transport, "/old");
    await firstLine(lines);
    server.sessions[0]?.goaway(0);
    // Until the frame has arrived, watches still use the old connection.
    while (server.sessions.length === 1) await watch(transport, "/new");
    server.streams[0]?.end('{"last":1}\n');
    assert.equal(await firstLine(lines), '{"last":1}');
    assert.equal((await lines.next()).done, true);
  });

  it("end with the caller's reason when aborted, and the others go on", async (t) => {
    const server = await watchServer(t);
    const transport = transportTo(t, server.port);
    const stop = new AbortController();
    const first = await watch(transport, "/a", stop.signal);
    const second = await watch(transport, "/b");
    await firstLine(first.lines);
    const next = first.lines.next();
    stop.abort(new Error("no longer wanted"));
    await assert.rejects(next, /no longer wanted/);
    await until("the server knows", () => server.streams[0]?.closed === true);
    assert.equal(server.streams[1]?.closed, false);
    await firstLine(second.lines);
  });

  it("end with an error that has a sentence when the connection breaks", async (t) => {
    const server = await watchServer(t);
    const transport = transportTo(t, server.port);
    const { lines } = await watch(transport, "/a");
    await firstLine(lines);
    const next = lines.next();
    server.sessions[0]?.socket.destroy();
    await assert.rejects(next, { code: "KUBE_UNREACHABLE", message: /the connection broke: ./ });
    await watch(transport, "/b");
    assert.equal(server.sessions.length, 2);
  });

  it("are refused as requests are", async (t) => {
    const server = await watchServer(t);
    const transport = transportTo(t, server.port);
    await assert.rejects(watch(transport, "/refused"), { status: 403, reason: "Forbidden" });
  });

  it("end when the peer does not answer a ping", async (t) => {
    const clock = new FakeClock();
    const server = await watchServer(t);
    const line = await silentLine(t, server.port);
    const transport = transportTo(t, line.port, clock);
    const { lines } = await watch(transport, "/a");
    await firstLine(lines);
    const next = lines.next();
    line.fallSilent();
    clock.advance(15_000);
    clock.advance(10_000);
    await assert.rejects(next, { code: "KUBE_UNREACHABLE", message: /does not answer pings/ });
  });

  it("close their connection when there have been none for a while", async (t) => {
    const clock = new FakeClock();
    const server = await watchServer(t);
    const transport = transportTo(t, server.port, clock);
    const stop = new AbortController();
    await watch(transport, "/a", stop.signal);
    stop.abort();
    await until("it has ended", () => server.streams[0]?.closed === true);
    clock.advance(15_000);
    clock.advance(15_000);
    await until("it is closed", () => server.sessions[0]?.destroyed === true);
  });
});

it("watches of a server without HTTP/2 have a connection each, and are short", async (t) => {
  const server = createHttpsServer(tls, (_request, response) => {
    response.writeHead(200);
    response.write("{}\n");
  });
  let connections = 0;
  server.on("connection", () => (connections += 1));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const transport = transportTo(t, (server.address() as AddressInfo).port);
  const stop = new AbortController();
  const opened = [await watch(transport, "/a", stop.signal), await watch(transport, "/b", stop.signal)];
  assert.deepEqual(
    opened.map(({ timeoutSeconds }) => timeoutSeconds),
    [30, 30],
  );
  // One more asked for HTTP/2.
  assert.equal(connections, 3);
  stop.abort();
});

/** A line to the server that can fall silent without an end. */
async function silentLine(t: TestContext, port: number): Promise<{ port: number; fallSilent: () => void }> {
  const sockets: Socket[] = [];
  const proxy = createTcpServer((inner) => {
    const outer = connect(port, "127.0.0.1");
    sockets.push(inner, outer);
    for (const socket of [inner, outer]) socket.on("error", () => undefined);
    inner.pipe(outer).pipe(inner);
  });
  proxy.listen(0, "127.0.0.1");
  await once(proxy, "listening");
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    proxy.close();
  });
  return {
    port: (proxy.address() as AddressInfo).port,
    fallSilent: () => {
      for (const socket of sockets) socket.unpipe().removeAllListeners("data").pause();
    },
  };
}
