/** Admin HTTP: its pages, its clients, and the requests that it refuses. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { request, type IncomingHttpHeaders } from "node:http";
import { connect } from "node:net";
import { afterEach, describe, it } from "node:test";
import { Registry, Gauge } from "prom-client";
import { isOurHost } from "../../../src/run/admin/host-check.ts";
import { joinMetrics } from "../../../src/run/metrics/join.ts";
import {
  SOURCE_TIMEOUT_MS,
  startAdminServer,
  type AdminServer,
  type AdminSources,
} from "../../../src/run/admin/server.ts";
import { silentLog } from "../../../src/kernel/log.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { until } from "../../support/until.ts";

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

const calm: AdminSources = {
  isReady: () => ({ ready: true, reasons: [], notes: [] }),
  status: () => Promise.resolve({ clusters: [] }),
  metrics: () => Promise.resolve("# TYPE a gauge\na 1\n"),
};

async function start(
  sources: Partial<AdminSources> = {},
  clock: FakeClock = new FakeClock(),
): Promise<AdminServer> {
  const server = await startAdminServer({
    address: "127.0.0.1",
    port: 0,
    hosts: () => ["fedns.example"],
    sources: { ...calm, ...sources },
    log: silentLog,
    clock,
  });
  closing.push(() => server.close());
  return server;
}

type Reply = {
  readonly status: number | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
};

function get(
  server: AdminServer,
  path: string,
  options: { readonly method?: string; readonly host?: string } = {},
): Promise<Reply> {
  const { method = "GET", host = "localhost" } = options;
  return new Promise((resolve, reject) => {
    const query = request(
      { host: server.address, port: server.port, path, method, headers: { host }, agent: false },
      (response) => {
        const chunks: string[] = [];
        response.setEncoding("utf8").on("data", (chunk: string) => chunks.push(chunk));
        response.on("end", () => {
          resolve({ status: response.statusCode, headers: response.headers, body: chunks.join("") });
        });
      },
    );
    query.on("error", reject);
    query.end();
  });
}

describe("startAdminServer", () => {
  it("says that it lives and that it is ready, with what is not known", async () => {
    const server = await start();
    assert.deepEqual(await get(server, "/livez").then(({ status, body }) => [status, body]), [200, "ok\n"]);
    assert.equal((await get(server, "/readyz")).body, "ok\n");
    const notes = ["cluster west was never read"];
    const noting = await start({ isReady: () => ({ ready: true, reasons: [], notes }) });
    const { status, body } = await get(noting, "/readyz?verbose");
    assert.deepEqual([status, body], [200, "ok\n- cluster west was never read\n"]);
  });

  it("answers 503 with the reasons and with what is not known while it is not ready", async () => {
    const server = await start({
      isReady: () => ({ ready: false, reasons: ["no picture yet"], notes: ["west is missing"] }),
    });
    const { status, body } = await get(server, "/readyz");
    assert.deepEqual([status, body], [503, "not ready\n- no picture yet\n- west is missing\n"]);
    assert.equal((await get(server, "/livez")).status, 200);
  });

  it("gives the status as JSON and the metrics as Prometheus reads them, never cached", async () => {
    const server = await start();
    const status = await get(server, "/status");
    assert.equal(status.headers["content-type"], "application/json");
    assert.deepEqual(JSON.parse(status.body), { clusters: [] });
    const metrics = await get(server, "/metrics");
    assert.equal(metrics.headers["content-type"], "text/plain; version=0.0.4; charset=utf-8");
    assert.equal(metrics.body, "# TYPE a gauge\na 1\n");
    assert.equal(metrics.headers["cache-control"], "no-store");
  });

  it("lists its pages at /, and says 404 elsewhere", async () => {
    const server = await start();
    assert.match((await get(server, "/")).body, /\/readyz/);
    assert.equal((await get(server, "/quux")).status, 404);
  });

  it("answers HEAD with the headers alone", async () => {
    const server = await start();
    const { status, headers, body } = await get(server, "/livez", { method: "HEAD" });
    assert.deepEqual([status, headers["content-length"], body], [200, "3", ""]);
  });

  for (const method of ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"]) {
    it(`refuses ${method}`, async () => {
      const { status, headers } = await get(await start(), "/livez", { method });
      assert.deepEqual([status, headers.allow], [405, "GET, HEAD"]);
    });
  }

  it("refuses a Host that is not its own, before all else", async () => {
    const server = await start();
    for (const host of [
      "evil.example",
      "127.0.0.1.evil.example",
      "localhost.evil.example",
      "192.0.2.1",
      "a b",
      "[::1",
    ]) {
      assert.equal((await get(server, "/status", { host })).status, 403, host);
    }
    assert.equal((await get(server, "/status", { host: "evil.example", method: "POST" })).status, 403);
    for (const host of ["localhost", "LOCALHOST:1", "127.0.0.1:9353", "[::1]:80", "fedns.example:443"]) {
      assert.equal((await get(server, "/status", { host })).status, 200, host);
    }
  });

  it("answers 503, without a word of the cause, when a source fails", async () => {
    const server = await start({
      metrics: () => Promise.reject(new Error("secret")),
      status: () => {
        throw new Error("secret");
      },
    });
    for (const path of ["/metrics", "/status"]) {
      const { status, body } = await get(server, path);
      assert.deepEqual([status, body], [503, "not available now\n"]);
    }
  });

  it("does not wait for a source for ever", async () => {
    const clock = new FakeClock();
    const server = await start({ metrics: () => new Promise(() => undefined) }, clock);
    const reply = get(server, "/metrics");
    await until("the source is asked", () => clock.pendingTimers === 1);
    clock.advance(SOURCE_TIMEOUT_MS);
    assert.equal((await reply).status, 503);
    assert.equal((await get(server, "/status")).status, 200);
    // The page is kept for a second.
    clock.advance(1000);
    assert.equal(clock.pendingTimers, 0);
  });

  it("makes a large page once a second, however many ask for it", async () => {
    const clock = new FakeClock();
    let made = 0;
    const server = await start({ status: async () => ({ made: ++made }) }, clock);
    const ask = async (): Promise<unknown> => JSON.parse((await get(server, "/status")).body);
    assert.deepEqual(await Promise.all([ask(), ask(), ask()]), [{ made: 1 }, { made: 1 }, { made: 1 }]);
    clock.advance(999);
    assert.deepEqual(await ask(), { made: 1 });
    clock.advance(1);
    assert.deepEqual(await ask(), { made: 2 });
  });

  it("refuses headers of 10 KB, and octets that are no HTTP", async () => {
    const server = await start();
    for (const octets of [
      `GET /livez HTTP/1.1\r\nHost: localhost\r\nX: ${"x".repeat(10_000)}\r\n\r\n`,
      "\u0000\u0001\u0002\r\n\r\n",
    ]) {
      const socket = connect(server.port, server.address);
      socket.setEncoding("latin1").end(octets, "latin1");
      const [reply] = await once(socket, "data");
      assert.match(String(reply), /^HTTP\/1\.1 4\d\d /);
      socket.destroy();
    }
    assert.equal((await get(server, "/livez")).status, 200);
  });

  it("says that its port is taken", async () => {
    const { address, port } = await start();
    await assert.rejects(startAdminServer({ address, port, sources: calm, log: silentLog }), {
      name: "OperationalError",
      code: "ADMIN_LISTEN",
      message: new RegExp(
        `^admin HTTP cannot listen on 127\\.0\\.0\\.1 port ${port}: process ${process.pid} \\(.*node.*\\) has the port; end it, or choose another port \\(admin\\.port\\)$`,
      ),
    });
  });
});

describe("isOurHost", () => {
  it("takes any literal address when bound beyond loopback, and no foreign name", () => {
    const rule = { address: "0.0.0.0", hosts: [] };
    assert.ok(isOurHost("192.0.2.1:9353", rule) && isOurHost("[2001:db8::1]", rule));
    assert.ok(!isOurHost("evil.example", rule) && !isOurHost(undefined, rule));
    assert.ok(!isOurHost("192.0.2.1", { address: "::1", hosts: [] }));
    assert.ok(isOurHost("127.0.0.2", { address: "127.0.0.2", hosts: [] }));
  });
});

describe("joinMetrics", () => {
  it("makes one family of each name, told apart by process", async () => {
    const texts = await Promise.all(
      [1, 2].map(async (value) => {
        const registry = new Registry();
        new Gauge({ name: "g", help: "A gauge.", labelNames: ["a"], registers: [registry] }).set(
          { a: 'x"}' },
          value,
        );
        new Gauge({ name: "h", help: "Another.", registers: [registry] }).set(value);
        return registry.metrics();
      }),
    );
    assert.equal(
      joinMetrics([
        { process: "serve", text: texts[0] ?? "" },
        { process: "control", text: texts[1] ?? "" },
      ]),
      `# HELP g A gauge.
# TYPE g gauge
g{process="serve",a="x\\"}"} 1
g{process="control",a="x\\"}"} 2
# HELP h Another.
# TYPE h gauge
h{process="serve"} 1
h{process="control"} 2
`,
    );
  });
});
