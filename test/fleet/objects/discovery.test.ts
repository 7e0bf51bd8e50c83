/** Discovery: both forms, kept and read again, and never "not served" for what is merely unknown. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, it, type TestContext } from "node:test";
import { Transport } from "../../../src/fleet/kube/transport.ts";
import { Discovery } from "../../../src/fleet/objects/discovery.ts";
import { systemClock } from "../../../src/kernel/clock.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { credentialsFor } from "../kube/watched-server.ts";
import { connectedServer } from "./connected-server.ts";

const { signal } = new AbortController();
type Answer = { readonly code?: number; readonly etag?: string; readonly body?: unknown };

const WIDGETS = {
  resource: "widgets",
  responseKind: { group: "test.example", version: "v1", kind: "Widget" },
  scope: "Namespaced",
  verbs: ["get", "list"],
  shortNames: ["w"],
  subresources: [{ subresource: "status", verbs: ["get"] }],
};
const aggregated = (...items: readonly unknown[]): Answer => ({
  etag: '"1"',
  body: { kind: "APIGroupDiscoveryList", apiVersion: "apidiscovery.k8s.io/v2", items },
});
const group = (name: string, versions: readonly unknown[]) => ({ metadata: { name }, versions });

/** A server whose answers a test changes, and a Discovery of it. */
async function discovered(t: TestContext, answers: Record<string, Answer>) {
  const asked: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    asked.push(request);
    const { code = 200, etag, body } = answers[request.url ?? ""] ?? { code: 404 };
    const isKnown = etag !== undefined && request.headers["if-none-match"] === etag;
    response.writeHead(isKnown ? 304 : code, { "content-type": "application/json", ...(etag && { etag }) });
    response.end(isKnown ? "" : JSON.stringify(body ?? {}));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const transport = new Transport({ clock: systemClock, random: Math.random });
  transport.adopt(credentialsFor(`http://127.0.0.1:${(server.address() as AddressInfo).port}`));
  t.after(() => {
    transport.close();
    server.closeAllConnections();
    server.close();
  });
  const clock = new FakeClock();
  return { asked, clock, discovery: new Discovery({ transport, clock, signal }) };
}

describe("discovery", () => {
  it("finds the kinds of an API server by kind or plural, with versions, verbs and subresources", async (t) => {
    const { transport } = await connectedServer(t);
    const discovery = new Discovery({ transport, clock: systemClock, signal });
    const found = await discovery.find("apps", "Deployment");
    assert.ok(found.state === "served");
    const { versions, ...kind } = found.served;
    assert.deepEqual(kind, {
      group: "apps",
      kind: "Deployment",
      plural: "deployments",
      isNamespaced: true,
      shortNames: ["deploy"],
    });
    assert.equal(versions[0]?.version, "v1");
    assert.ok(versions[0].verbs.includes("patch") && versions[0].subresources.includes("status"));
    const node = await discovery.find("", "nodes");
    assert.ok(node.state === "served" && !node.served.isNamespaced);
    assert.equal((await discovery.find("none.example", "Thing")).state, "not-served");
  });

  it("reads the aggregated form with two requests, and keeps it", async (t) => {
    const { asked, clock, discovery } = await discovered(t, {
      "/api": aggregated(),
      "/apis": aggregated(group("test.example", [{ version: "v1", resources: [WIDGETS] }])),
    });
    const found = await discovery.find("test.example", "Widget");
    assert.deepEqual(found, {
      state: "served",
      served: {
        group: "test.example",
        kind: "Widget",
        plural: "widgets",
        isNamespaced: true,
        shortNames: ["w"],
        versions: [{ version: "v1", verbs: ["get", "list"], subresources: ["status"] }],
      },
    });
    await discovery.find("test.example", "widgets");
    assert.equal(asked.length, 2);
    clock.advance(600_000);
    await discovery.find("test.example", "widgets");
    assert.deepEqual([asked.length, asked.at(-1)?.headers["if-none-match"]], [4, '"1"']);
  });

  it("reads the classic form where the server has no other", async (t) => {
    const name = "test.example/v1";
    const { discovery } = await discovered(t, {
      "/api": { body: { kind: "APIVersions", versions: ["v1"] } },
      "/apis": {
        body: {
          groups: [
            {
              name: "test.example",
              versions: [{ groupVersion: "test.example/v1beta1" }, { groupVersion: name }],
              preferredVersion: { groupVersion: name },
            },
            { name: "down.example", versions: [{ groupVersion: "down.example/v1" }] },
          ],
        },
      },
      "/api/v1": {
        body: { resources: [{ name: "nodes", kind: "Node", namespaced: false, verbs: ["get"] }] },
      },
      [`/apis/${name}`]: {
        body: {
          resources: [{ name: "widgets", kind: "Widget", namespaced: true }, { name: "widgets/scale" }],
        },
      },
      "/apis/test.example/v1beta1": {
        body: { resources: [{ name: "widgets", kind: "Widget", namespaced: true }] },
      },
      "/apis/down.example/v1": { code: 503 },
    });
    const found = await discovery.find("test.example", "Widget");
    assert.ok(found.state === "served");
    assert.deepEqual(
      found.served.versions.map(({ version, subresources }) => [version, subresources]),
      [
        ["v1", ["scale"]],
        ["v1beta1", []],
      ],
    );
    assert.equal((await discovery.find("", "Node")).state, "served");
    assert.equal((await discovery.find("down.example", "Thing")).state, "unknown");
    assert.equal((await discovery.find("gone.example", "Thing")).state, "not-served");
  });

  it("asks again for a missing kind, but not for each look-up, and at once when it was told to", async (t) => {
    const answers = { "/api": aggregated(), "/apis": aggregated() };
    const { asked, clock, discovery } = await discovered(t, answers);
    for (let count = 0; count < 3; count += 1)
      assert.equal((await discovery.find("test.example", "Widget")).state, "not-served");
    assert.equal(asked.length, 2);
    const items = [group("test.example", [{ version: "v1", resources: [WIDGETS] }])];
    answers["/apis"] = { ...aggregated(...items), etag: '"2"' };
    clock.advance(2_000);
    assert.equal((await discovery.find("test.example", "Widget")).state, "served");
    answers["/apis"] = { ...aggregated(), etag: '"3"' };
    discovery.invalidate();
    assert.equal((await discovery.find("test.example", "Widget")).state, "not-served");
  });

  it("calls a kind unknown while its aggregated API server is stale, or discovery fails", async (t) => {
    const answers: Record<string, Answer> = {
      "/api": aggregated(),
      "/apis": aggregated(group("metrics.example", [{ version: "v1", freshness: "Stale" }])),
    };
    const { discovery } = await discovered(t, answers);
    assert.equal((await discovery.find("metrics.example", "PodMetrics")).state, "unknown");
    answers["/apis"] = { code: 500 };
    discovery.invalidate();
    assert.equal((await discovery.find("test.example", "Widget")).state, "unknown");
    answers["/apis"] = { body: "no list" };
    assert.equal((await discovery.find("test.example", "Widget")).state, "unknown");
  });

  it("goes on with what it knows while the server fails", async (t) => {
    const answers: Record<string, Answer> = {
      "/api": aggregated(),
      "/apis": aggregated(group("test.example", [{ version: "v1", resources: [WIDGETS] }])),
    };
    const { discovery } = await discovered(t, answers);
    await discovery.find("test.example", "Widget");
    answers["/apis"] = { code: 500 };
    discovery.invalidate();
    assert.equal((await discovery.find("test.example", "Widget")).state, "served");
    assert.equal((await discovery.find("test.example", "Other")).state, "unknown");
  });
});
