/** Faults on demand: refusals, slow and late writes, cut connections, and what a client sees of each. */
import assert from "node:assert/strict";
import { request as httpsRequest } from "node:https";
import { afterEach, describe, test } from "node:test";
import { FakeClock } from "../support/fake-clock.ts";
import { until } from "../support/until.ts";
import type { Answer } from "./client.ts";
import { configMap, configMaps } from "./client.ts";
import { startServer } from "./server.ts";

const clock = new FakeClock();
const { server, client } = await startServer({ clock });
const isThere = (name: string): boolean =>
  server.objects.get({ apiVersion: "v1", kind: "ConfigMap", namespace: "default", name }) !== undefined;
const path = (name: string, timeout = ""): string => `${configMaps}?fieldManager=x&name=${name}${timeout}`;
/** A write that waits in the server, with its deadline and the delay of a fault. */
const waiting = async (name: string, timeout: string): Promise<{ readonly answer: Promise<Answer> }> => {
  const timers = clock.pendingTimers;
  const answer = client.create(path(name, timeout), configMap(name));
  await until("the request waits", () => clock.pendingTimers >= timers + 2);
  return { answer };
};

afterEach(() => server.faults.clear());

describe("a fault on demand", () => {
  test("refuses as throttling does: in plain text, with Retry-After and the headers of priority and fairness", async () => {
    server.faults.add({ effect: { kind: "refuse", code: 429, retryAfterSeconds: 2 }, times: 1 });
    const { code, body, headers } = await client.call(configMaps);
    assert.deepEqual([code, body], [429, "Too many requests, please try again later.\n"]);
    assert.equal(headers["retry-after"], "2");
    assert.ok(headers["x-kubernetes-pf-flowschema-uid"] && headers["x-kubernetes-pf-prioritylevel-uid"]);
    assert.equal((await client.call(configMaps)).code, 200, "once only");
  });

  test("refuses with a conflict, an internal error or unavailability, for the requests that it names", async () => {
    for (const [code, reason] of [
      [409, "Conflict"],
      [500, "InternalError"],
      [503, "ServiceUnavailable"],
    ] as const) {
      const remove = server.faults.add({ effect: { kind: "refuse", code }, when: ({ isWrite }) => isWrite });
      const { code: got, body } = await client.create(configMaps, configMap("refused"));
      assert.deepEqual([got, body.reason, body.kind], [code, reason, "Status"]);
      assert.equal((await client.call(configMaps)).code, 200);
      remove();
    }
    assert.equal(isThere("refused"), false);
  });

  test("delays a write, which does not land after its deadline", async () => {
    server.faults.add({ effect: { kind: "delay", ms: 4000 }, when: ({ isWrite }) => isWrite });
    const { answer } = await waiting("slow", "&timeout=2s");
    clock.advance(2000);
    const { code, headers, body } = await answer;
    assert.equal(code, 504);
    assert.match(String(headers["content-type"]), /^text\/plain/);
    assert.deepEqual(JSON.parse(body), {
      metadata: {},
      status: "Failure",
      message: "Timeout: request did not complete within the allotted timeout",
      reason: "Timeout",
      details: {},
      code: 504,
    });
    clock.advance(10_000);
    server.faults.clear();
    await client.call(configMaps);
    assert.equal(isThere("slow"), false);
  });

  test("makes a write late: it lands although its client got 504 or is gone", async () => {
    server.faults.add({ effect: { kind: "late", ms: 4000 }, when: ({ isWrite }) => isWrite });
    const { answer } = await waiting("late", "&timeout=1s");
    clock.advance(1000);
    assert.deepEqual([(await answer).code, isThere("late")], [504, false]);
    clock.advance(3000);
    await until("the write lands", () => isThere("late"));
  });

  test("lets a late write land without its client, and a slow one not", async () => {
    for (const [name, kind] of [
      ["deserted", "delay"],
      ["orphaned", "late"],
    ] as const) {
      const remove = server.faults.add({ effect: { kind, ms: 4000 }, when: ({ isWrite }) => isWrite });
      const timers = clock.pendingTimers;
      const headers = { authorization: `Bearer ${server.token}`, "content-type": "application/json" };
      const options = { method: "POST", ca: server.caPem, agent: false, headers } as const;
      const request = httpsRequest(`${server.url}${configMaps}`, options);
      request.on("error", () => undefined).end(JSON.stringify(configMap(name)));
      await until("the request waits", () => clock.pendingTimers > timers);
      request.destroy();
      // A delay ends when the client has gone, which removes its timer.
      if (kind === "delay") await until("the server notices", () => clock.pendingTimers === timers);
      clock.advance(4000);
      if (kind === "late") await until("the write lands", () => isThere(name));
      remove();
    }
    assert.deepEqual([isThere("deserted"), isThere("orphaned")], [false, true]);
  });

  test("cuts the connection before a write or after it", async () => {
    for (const [name, isExecuted] of [
      ["lost", false],
      ["landed", true],
    ] as const) {
      server.faults.add({ effect: { kind: "cut", isExecuted }, when: ({ isWrite }) => isWrite, times: 1 });
      await assert.rejects(client.create(configMaps, configMap(name)));
      await until("the server has handled it", () => isThere(name) === isExecuted);
    }
  });
});

describe("a deadline", () => {
  test("that is no duration is refused", async () => {
    for (const value of ["soon", "5", "-1s", "1s2"]) {
      const { code, body } = await client.call(`${configMaps}?timeout=${value}`);
      assert.equal(code, 400, value);
      assert.equal(
        body.message,
        `invalid timeout specified in the request URL: time: invalid duration "${value}"`,
      );
    }
    for (const value of ["1m30s", "500ms", "1.5h", "0"])
      assert.equal((await client.call(`${configMaps}?timeout=${value}`)).code, 200, value);
  });
});

describe("a quota", () => {
  const quota = (name: string, hard: object): object => ({ metadata: { name }, spec: { hard } });
  const quotas = "/api/v1/namespaces/tight/resourcequotas";
  const at = (plural: string): string => `/api/v1/namespaces/tight/${plural}`;

  test("refuses one object too many, and its status says what is used", async () => {
    await client.create("/api/v1/namespaces", { metadata: { name: "tight" } });
    await server.settled();
    await client.create(quotas, quota("few", { "count/configmaps": "2", "services.nodeports": "1" }));
    assert.equal((await client.create(at("configmaps"), { metadata: { name: "one" } })).code, 201);
    const { code, body } = await client.create(at("configmaps"), { metadata: { name: "two" } });
    assert.deepEqual([code, body.reason, "causes" in body.details], [403, "Forbidden", false]);
    assert.equal(
      body.message,
      'configmaps "two" is forbidden: exceeded quota: few, requested: count/configmaps=1, used: count/configmaps=2, limited: count/configmaps=2',
    );
    const ports = [1, 2].map((port) => ({ name: `p${port}`, port }));
    const service = { metadata: { name: "s" }, spec: { type: "NodePort", ports } };
    assert.match(
      (await client.create(at("services"), service)).body.message,
      /exceeded quota: few, requested: services\.nodeports=2/,
    );
    await server.settled();
    const { body: few } = await client.call(`${quotas}/few`);
    assert.deepEqual(few.status.used, { "count/configmaps": "2", "services.nodeports": "0" });
    await client.call(`${at("configmaps")}/one`, { method: "DELETE" });
    assert.equal((await client.create(at("configmaps"), { metadata: { name: "two" } })).code, 201);
  });
});
