/** Events: kubectl finds them, each is written once, and every refusal of an API server is understood. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { join } from "node:path";
import { before, describe, it } from "node:test";
import { systemClock } from "../../../src/kernel/clock.ts";
import { SOURCES } from "../../../src/fleet/sources/source-table.ts";
import { eventOf, isEventKind, writeEvent, type EventWarning } from "../../../src/fleet/objects/event.ts";
import { loadKubeconfig } from "../../../src/fleet/credentials/kubeconfig.ts";
import { Transport } from "../../../src/fleet/kube/transport.ts";
import { type ApiServer, startApiServer } from "../../../src/sandbox/api-server.ts";
import { temporaryFolder } from "../../support/fedns.ts";
import { atEnd, needs, run, type Scope, suiteScope } from "../../support/programs.ts";
import { statusOf } from "../../support/kube-wire.ts";
import { credentialsFor } from "../kube/watched-server.ts";

const warning: EventWarning = {
  kind: "Service",
  namespace: "demo",
  name: "hello",
  reason: "InvalidAnnotation",
  message: 'fedns.io/policy "best" must be one of geo, nearest, weighted, failover, all',
};
const options = { wallMs: Date.UTC(2026, 10, 21, 12), signal: new AbortController().signal };

describe("an event", () => {
  const scope = suiteScope();
  let server: ApiServer;
  let kubeconfig = "";
  let transport: Transport;
  before(async () => {
    server = await startApiServer();
    atEnd(scope, () => server.close());
    kubeconfig = join(await temporaryFolder(scope), "kubeconfig");
    await writeFile(kubeconfig, server.kubeconfig(), { mode: 0o600 });
    transport = new Transport({ clock: systemClock, random: Math.random });
    atEnd(scope, () => transport.close());
    transport.adopt(await loadKubeconfig({ path: kubeconfig }, systemClock));
    for (const manifest of [
      { apiVersion: "v1", kind: "Namespace", metadata: { name: "demo" } },
      {
        apiVersion: "v1",
        kind: "Service",
        metadata: { name: "hello", namespace: "demo" },
        spec: { ports: [{ port: 80 }] },
      },
    ])
      server.objects.put(manifest);
  });
  const events = (): readonly any[] => server.objects.list("v1", "Event");

  it("is written about the current object, and only once", async () => {
    const uid = server.objects.get({ apiVersion: "v1", kind: "Service", namespace: "demo", name: "hello" })
      ?.metadata.uid;
    assert.equal(await writeEvent(transport, warning, options), "written");
    assert.equal(
      await writeEvent(transport, warning, { ...options, wallMs: options.wallMs + 1_000 }),
      "written",
    );
    assert.equal(events().length, 1);
    const [{ involvedObject, type, reason, message, lastTimestamp, count, reportingComponent }] = events();
    assert.deepEqual(involvedObject, {
      apiVersion: "v1",
      kind: "Service",
      namespace: "demo",
      name: "hello",
      uid,
    });
    assert.deepEqual([type, reason, message], ["Warning", warning.reason, warning.message]);
    assert.deepEqual([lastTimestamp, count, reportingComponent], ["2026-11-21T12:00:00Z", 1, "fedns"]);
    assert.equal(await writeEvent(transport, { ...warning, message: "another" }, options), "written");
    assert.equal(events().length, 2);
  });

  it("is shown by kubectl describe", needs("kubectl", "kubernetes-client"), async () => {
    const { out, err } = await run("kubectl", [
      "--kubeconfig",
      kubeconfig,
      "describe",
      "service",
      "hello",
      "-n",
      "demo",
    ]);
    assert.match(out, /Warning\s+InvalidAnnotation\s+.*fedns\s+fedns\.io\/policy "best" must be/, out + err);
  });

  it("about a namespace is in the namespace default", async () => {
    const about: EventWarning = { ...warning, kind: "Namespace", namespace: "", name: "demo" };
    assert.equal(await writeEvent(transport, about, options), "written");
    const event = events().find(({ involvedObject }) => involvedObject.kind === "Namespace");
    assert.deepEqual([event.metadata.namespace, event.involvedObject.name], ["default", "demo"]);
  });

  it("about an object whose uid is known needs no right to read it", async () => {
    const about: EventWarning = {
      ...warning,
      kind: "HTTPRoute",
      name: "web",
      uid: "6d1f",
      reason: "NotServed",
    };
    assert.equal(await writeEvent(transport, about, options), "written");
    const event = events().find(({ involvedObject }) => involvedObject.kind === "HTTPRoute");
    const { apiVersion, name, uid } = event.involvedObject;
    assert.deepEqual([apiVersion, name, uid], ["gateway.networking.k8s.io/v1", "web", "6d1f"]);
  });

  it("is not written about an object that has gone", async () => {
    const known = events().length;
    assert.equal(await writeEvent(transport, { ...warning, name: "gone" }, options), "gone");
    assert.equal(events().length, known);
  });
});

it("may be about every kind that declares names", () => {
  const kinds = Object.values(SOURCES).flatMap(({ resources }) => Object.keys(resources));
  assert.deepEqual(
    kinds.filter((kind) => !isEventKind(kind)),
    [],
  );
});

describe("an API server that refuses an event", () => {
  const forbidden = statusOf({ status: 403, reason: "Forbidden" });
  const lost = statusOf({ status: 404, reason: "NotFound" });
  const details = { causes: [{ reason: "NamespaceTerminating" }] };
  const cases = [
    ["refuses for good", 403, forbidden, "refused"],
    ["refuses because the namespace is going", 403, { ...(forbidden as object), details }, "gone"],
    [
      "has lost the namespace",
      404,
      { ...(lost as object), details: { kind: "namespaces", name: "demo" } },
      "gone",
    ],
    ["has the event already", 409, statusOf({ status: 409, reason: "AlreadyExists" }), "written"],
  ] as const;
  for (const [what, status, body, delivery] of cases)
    it(`${what}: ${delivery}`, async (t) => {
      assert.equal(await writeEvent(await answering(t, status, body), warning, options), delivery);
    });

  it("fails with 500: an error, to be retried", async (t) => {
    const broken = await answering(t, 500, statusOf({ status: 500 }));
    await assert.rejects(writeEvent(broken, warning, options), /500/);
  });
});

it("the name of an event is valid and its message within the limit, whatever it is about", () => {
  const long = { ...warning, name: "a".repeat(63), message: "x".repeat(5_000) };
  const event = eventOf(long, "", 0);
  assert.match(event.metadata.name, /^a{63}\.[0-9a-f]{16}$/);
  assert.equal(event.message.length, 1024);
});

/** Gives any object, and answers so to what is written. */
async function answering(scope: Scope, status: number, body: unknown): Promise<Transport> {
  const server = createServer((request, response) => {
    request.resume();
    response.setHeader("content-type", "application/json");
    if (request.method === "GET")
      response.end('{"metadata":{"name":"hello","uid":"1","resourceVersion":"5"}}');
    else response.writeHead(status).end(JSON.stringify(body));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  atEnd(scope, () => server.close());
  const address = server.address();
  const port = typeof address === "object" ? address?.port : 0;
  const transport = new Transport({ clock: systemClock, random: Math.random });
  atEnd(scope, () => transport.close());
  transport.adopt(credentialsFor(`http://127.0.0.1:${port}`));
  return transport;
}
