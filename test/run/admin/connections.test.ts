/** The connections of admin HTTP: who opens many, keeps them idle or reads slowly takes them from himself. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { test, type TestContext } from "node:test";
import { CONNECTIONS_MAX, PEER_CONNECTIONS_MAX, peerOf } from "../../../src/run/admin/connections.ts";
import { type AdminServer, startAdminServer } from "../../../src/run/admin/server.ts";
import { silentLog } from "../../../src/kernel/log.ts";
import { until } from "../../support/until.ts";

async function start(
  t: TestContext,
  status: () => Promise<unknown> = async () => ({}),
): Promise<AdminServer> {
  const server = await startAdminServer({
    address: "127.0.0.1",
    port: 0,
    sources: {
      isReady: () => ({ ready: true, reasons: [], notes: [] }),
      status,
      metrics: () => Promise.resolve(""),
    },
    log: silentLog,
  });
  t.after(() => server.close());
  return server;
}

/** From 127.0.0.`host`, which is a peer of its own. */
async function open(t: TestContext, { port }: AdminServer, host: number): Promise<Socket> {
  const socket = connect({ host: "127.0.0.1", port, localAddress: `127.0.0.${host}` });
  socket.on("error", () => undefined);
  t.after(() => socket.destroy());
  await once(socket, "connect");
  return socket;
}

async function openAll(t: TestContext, server: AdminServer, hosts: readonly number[]): Promise<Socket[]> {
  const sockets: Socket[] = [];
  for (const host of hosts) sockets.push(await open(t, server, host));
  return sockets;
}

async function ask(socket: Socket, path = "/livez"): Promise<string> {
  socket.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
  const [data] = await once(socket, "data");
  return String(data);
}

const filled = (count: number, host: (index: number) => number): readonly number[] =>
  Array.from({ length: count }, (_, index) => host(index));

test("idle connections of many peers do not keep a probe out", async (t) => {
  const server = await start(t);
  const idle = await openAll(
    t,
    server,
    filled(2 * CONNECTIONS_MAX, (index) => 10 + (index % 20)),
  );
  for (let probe = 0; probe < 3; probe++) assert.match(await ask(await open(t, server, 9)), /^HTTP\/1.1 200/);
  await until("the oldest were closed", () => idle.filter((one) => one.closed).length >= CONNECTIONS_MAX);
});

test("a peer with many connections loses its own, the one that is idle for longest first", async (t) => {
  const server = await start(t);
  const other = await open(t, server, 2);
  assert.match(await ask(other), /200 OK/);
  const many = await openAll(
    t,
    server,
    filled(PEER_CONNECTIONS_MAX + 3, () => 3),
  );
  await until("three were closed", () => many.filter((one) => one.closed).length === 3);
  assert.deepEqual(
    many.map(({ closed }) => closed),
    many.map((_, index) => index < 3),
  );
  assert.match(await ask(other), /200 OK/);
});

test("half a request is no request: its connection goes first", async (t) => {
  const server = await start(t);
  const [half, ...others] = await openAll(
    t,
    server,
    filled(PEER_CONNECTIONS_MAX, () => 3),
  );
  assert.ok(half !== undefined);
  half.write("GET /livez HTTP/1.1\r\n");
  for (const other of others) assert.match(await ask(other), /200 OK/);
  await open(t, server, 3);
  await until("it was closed", () => half.closed);
  assert.ok(others.every(({ closed }) => !closed));
});

test("requests that are being answered go last", async (t) => {
  const held = Promise.withResolvers<object>();
  const server = await start(t, () => held.promise);
  const [asking, ...idle] = await openAll(
    t,
    server,
    filled(PEER_CONNECTIONS_MAX, () => 3),
  );
  assert.ok(asking !== undefined);
  const reply = ask(asking, "/status");
  await until("it was sent", () => asking.bytesWritten > 0 && asking.writableLength === 0);
  assert.match(await ask(idle[0] as Socket), /200 OK/);
  await openAll(
    t,
    server,
    filled(PEER_CONNECTIONS_MAX - 1, () => 3),
  );
  held.resolve({ is: "here" });
  assert.match(await reply, /200 OK/);
  await until("the idle ones went", () => idle.every(({ closed }) => closed));
});

test("a new connection gets in where all others of its peer are being answered", async (t) => {
  const held = Promise.withResolvers<object>();
  const server = await start(t, () => held.promise);
  const asking = await openAll(
    t,
    server,
    filled(PEER_CONNECTIONS_MAX, () => 3),
  );
  for (const one of asking) one.write("GET /status HTTP/1.1\r\nHost: localhost\r\n\r\n");
  await until("they were sent", () => asking.every(({ writableLength }) => writableLength === 0));
  assert.match(await ask(await open(t, server, 4)), /200 OK/);
  assert.match(await ask(await open(t, server, 3)), /200 OK/);
  held.resolve({});
});

test("an IPv6 host is one peer, whatever its address", () => {
  const cases: readonly (readonly [string, string])[] = [
    ["192.0.2.1", "192.0.2.1"],
    ["::ffff:192.0.2.1", "::ffff:192.0.2.1"],
    ["2001:db8::1", "2001:db8:0:0"],
    ["2001:db8:0:0:1:2:3:4", "2001:db8:0:0"],
    ["2001:db8::3:4:5:6:7", "2001:db8:0:3"],
    ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2"],
  ];
  for (const [address, peer] of cases) assert.equal(peerOf(address), peer, address);
});
