/** Transport: limits on time, bytes and connections; error answers; one retry after a 401. */
import assert from "node:assert/strict";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, it, type TestContext } from "node:test";
import { setImmediate } from "node:timers/promises";
import { systemClock } from "../../../src/kernel/clock.ts";
import type { Credentials } from "../../../src/fleet/kube/credentials.ts";
import { KubeError } from "../../../src/fleet/kube/kube-error.ts";
import { Transport, type RequestOptions } from "../../../src/fleet/kube/transport.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { FaultyApiServer } from "../../support/faulty-api-server.ts";
import { until } from "../../support/until.ts";
import { credentialsFor, service, SERVICES } from "./watched-server.ts";

const signal = new AbortController().signal;

async function serve(t: TestContext, listener: RequestListener): Promise<Transport> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const transport = transportTo(
    t,
    credentialsFor(`http://127.0.0.1:${(server.address() as AddressInfo).port}`),
  );
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return transport;
}

function transportTo(t: TestContext, credentials: Credentials, clock = systemClock): Transport {
  const transport = new Transport({ clock, random: Math.random });
  transport.adopt(credentials);
  t.after(() => transport.close());
  return transport;
}

function watchOptions(resourceVersion: string, signal: AbortSignal) {
  return {
    path: SERVICES,
    query: { watch: true, resourceVersion },
    seconds: { shared: 300, single: 30 },
    signal,
  };
}

describe("Transport.request", { timeout: 20_000 }, () => {
  it("sends method, query, body and content type, and returns status, headers and JSON", async (t) => {
    const transport = await serve(t, (request, response) => {
      let body = "";
      request.on("data", (chunk: Buffer) => (body += chunk.toString()));
      request.on("end", () => {
        const { method, url, headers } = request;
        response.writeHead(201, { "content-type": "application/json", "x-flow": "a" });
        response.end(JSON.stringify({ method, url, type: headers["content-type"], body }));
      });
    });
    const options: RequestOptions = {
      method: "PATCH",
      path: "/api/v1/namespaces/demo/services/a",
      query: { fieldManager: "fedns", force: true, dryRun: undefined },
      body: { spec: {} },
      contentType: "application/apply-patch+yaml",
      signal,
    };
    const { status, headers, json } = await transport.request(options);
    assert.deepEqual([status, headers["x-flow"]], [201, "a"]);
    const url = `${options.path}?fieldManager=fedns&force=true`;
    assert.deepEqual(json, { method: "PATCH", url, type: options.contentType, body: '{"spec":{}}' });
  });

  it("turns a Status body into an error with code, reason, message and Retry-After", async (t) => {
    const server = await FaultyApiServer.start();
    t.after(() => server.close());
    server.refuseNext({ status: 429, reason: "TooManyRequests", retryAfterSeconds: 1e9 - 1 });
    await assert.rejects(
      transportTo(t, credentialsFor(server.url)).request({ path: SERVICES, signal }),
      (error) => {
        assert.ok(error instanceof KubeError);
        assert.deepEqual([error.status, error.reason, error.retryAfterMs], [429, "TooManyRequests", 30_000]);
        assert.equal(
          error.message,
          "the API server answered 429 TooManyRequests: refused with 429 for a test",
        );
        return true;
      },
    );
  });

  it("shortens an error page of a proxy", async (t) => {
    const transport = await serve(t, (_request, response) => {
      response.writeHead(502).end(`<html>${"x".repeat(10_000)}`);
    });
    await assert.rejects(transport.request({ path: "/", signal }), (error: Error) => {
      assert.match(error.message, /^the API server answered 502: <html>xxx/);
      return error.message.length < 600;
    });
  });

  it("accepts neither a redirect nor invalid JSON", async (t) => {
    const transport = await serve(t, (request, response) => {
      if (request.url === "/away") response.writeHead(302, { location: "http://127.0.0.1:1/" }).end();
      else response.writeHead(200, { "content-type": "application/json" }).end('{"half":');
    });
    await assert.rejects(transport.request({ path: "/away", signal }), /answered 302/);
    await assert.rejects(transport.request({ path: "/", signal }), { code: "KUBE_BAD_BODY" });
  });

  it("stops reading an endless answer", async (t) => {
    const transport = await serve(t, (_request, response) => {
      const chunk = Buffer.alloc(1024 * 1024);
      const more = (): void => {
        if (response.destroyed) return;
        response.write(chunk, more);
      };
      more();
    });
    await assert.rejects(transport.request({ path: "/", signal }), { code: "KUBE_BODY_TOO_LARGE" });
  });

  it("times out, and then uses new connections", async (t) => {
    const clock = new FakeClock();
    const server = await FaultyApiServer.start();
    t.after(() => server.close());
    const transport = transportTo(t, credentialsFor(server.url), clock);
    await transport.request({ path: SERVICES, signal });
    // Undici frees the connection one turn after the end of an answer.
    await setImmediate();
    server.goHalfOpen();
    const late = assert.rejects(transport.request({ path: SERVICES, timeoutMs: 700, signal }), {
      code: "KUBE_TIMEOUT",
      message: `no complete answer to GET ${SERVICES} within 700 ms`,
    });
    await until("it is under way", () => server.seen.length === 2);
    clock.advance(700);
    await late;
    await transport.request({ path: SERVICES, signal });
    assert.equal(server.connections, 2, "a dead connection is not used twice");
  });

  it("ends with the caller's reason when aborted", async (t) => {
    const transport = await serve(t, () => undefined);
    const abort = new AbortController();
    const request = transport.request({ path: "/", signal: abort.signal });
    abort.abort(new Error("no longer wanted"));
    await assert.rejects(request, /no longer wanted/);
  });

  it("uses few connections for many requests", async (t) => {
    const server = await FaultyApiServer.start();
    t.after(() => server.close());
    const transport = transportTo(t, credentialsFor(server.url));
    for (let round = 0; round < 3; round += 1)
      await Promise.all(Array.from({ length: 100 }, () => transport.request({ path: SERVICES, signal })));
    assert.ok(server.connections <= 8, `${server.connections} connections`);
  });

  it("retries once after a 401, only with renewed credentials", async (t) => {
    const server = await FaultyApiServer.start();
    t.after(() => server.close());
    server.tokens = new Set(["new"]);
    let token = "old";
    let next = "old";
    const base = credentialsFor(server.url, () => token);
    const renew = (): Promise<boolean> => {
      const isNew = token !== next;
      token = next;
      return Promise.resolve(isNew);
    };
    const transport = transportTo(t, { ...base, renew });
    await assert.rejects(transport.request({ path: SERVICES, signal }), /answered 401/);
    assert.equal(server.seen.length, 1);
    next = "new";
    assert.equal((await transport.request({ path: SERVICES, signal })).status, 200);
    assert.equal(server.seen.length, 3);
  });

  it("says why it has no credentials", async () => {
    const transport = new Transport({ clock: systemClock, random: Math.random });
    await assert.rejects(transport.request({ path: "/", signal }), /not loaded yet/);
    transport.explain(new Error("kubeconfig /x does not exist"));
    await assert.rejects(transport.request({ path: "/", signal }), {
      code: "KUBE_NO_CREDENTIALS",
      message: /\/x does not/,
    });
    transport.close();
    await assert.rejects(transport.request({ path: "/", signal }), { code: "KUBE_CLOSED" });
  });
});

describe("Transport.watchLines", { timeout: 20_000 }, () => {
  it("refuses more watches than there are connections of their own", async (t) => {
    const server = await FaultyApiServer.start();
    t.after(() => server.close());
    server.put(SERVICES, service("a", "red"));
    const transport = transportTo(t, credentialsFor(server.url));
    const abort = new AbortController();
    const watch = (signal: AbortSignal) => transport.watchLines(watchOptions(server.resourceVersion, signal));
    for (let count = 0; count < 128; count += 1) await watch(abort.signal);
    await assert.rejects(watch(abort.signal), { code: "KUBE_TOO_MANY_WATCHES" });
    assert.equal((await transport.request({ path: SERVICES, signal })).status, 200, "requests do not starve");
    abort.abort();
    await until("they are gone", () => server.openWatches === 0);
    const again = new AbortController();
    await watch(again.signal);
    again.abort();
  });

  it("times out when the server does not accept the watch", async (t) => {
    const clock = new FakeClock();
    const server = await FaultyApiServer.start();
    t.after(() => server.close());
    const transport = transportTo(t, credentialsFor(server.url), clock);
    await assert.rejects(
      (async () => {
        const abort = new AbortController();
        const first = await transport.watchLines(watchOptions("1", abort.signal));
        server.endWatches();
        for await (const line of first.lines) assert.fail(line.toString());
        server.goHalfOpen();
        const late = transport.watchLines(watchOptions("1", abort.signal));
        await until("it was asked", () => server.seen.length === 2);
        clock.advance(8_000);
        await late;
      })(),
      { code: "KUBE_TIMEOUT" },
    );
  });
});
