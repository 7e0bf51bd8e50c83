/** The ingress proxy: a request goes to the cluster whose address DNS answers for its host, and that cluster answers. */
import assert from "node:assert/strict";
import { request as httpRequest } from "node:http";
import { after, before, describe, test } from "node:test";
import { startApiServer } from "../../src/sandbox/api-server.ts";
import type { ApiServer } from "../../src/sandbox/api-server.ts";
import { startIngressProxy } from "../../src/sandbox/edge/ingress-proxy.ts";
import type { IngressProxy } from "../../src/sandbox/edge/ingress-proxy.ts";
import { sampleEdgeManifests } from "../../src/sandbox/sample-edge.ts";
import { gateway, ingress, pool, route } from "./edge-objects.ts";

type Got = { readonly code: number; readonly cluster: string | undefined; readonly text: string };

function get(port: number, path: string, host: string, method: string = "GET"): Promise<Got> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(
      { host: "127.0.0.1", port, path, method, agent: false, headers: { host } },
      (response) => {
        let text = "";
        response.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
        response.on("end", () => {
          const cluster = response.headers["x-cluster"];
          resolve({
            code: response.statusCode ?? 0,
            cluster: Array.isArray(cluster) ? cluster[0] : cluster,
            text,
          });
        });
      },
    );
    request.on("error", reject).end();
  });
}

describe("the ingress proxy", () => {
  /** The answers of DNS, set by the tests. */
  const names = new Map<string, readonly string[]>();
  let near: ApiServer;
  let far: ApiServer;
  let proxy: IngressProxy;
  let drawn = 0;
  before(async () => {
    near = await startApiServer({ name: "near", loadBalancer: pool });
    far = await startApiServer({
      name: "far",
      loadBalancer: { ...pool, ipv4Prefix: "198.51.100.", ipv6Prefix: "2001:db8:2::" },
    });
    for (const { objects } of [near, far]) {
      for (const manifest of sampleEdgeManifests.filter(({ kind }) => /Definition|Class/.test(kind)))
        objects.put(manifest);
      for (const name of ["web", "api"]) {
        const template = {
          metadata: { labels: { app: name } },
          spec: { containers: [{ name, image: "i" }] },
        };
        const selector = { matchLabels: { app: name } };
        const metadata = { name, namespace: "default" };
        objects.put({ apiVersion: "apps/v1", kind: "Deployment", metadata, spec: { selector, template } });
        objects.put({
          apiVersion: "v1",
          kind: "Service",
          metadata,
          spec: { selector: { app: name }, ports: [{ port: 80 }] },
        });
      }
      objects.put(ingress("front", "shop.example.com", {}));
      objects.put(
        ingress(
          "api",
          "shop.example.com",
          {},
          { path: "/api", backend: { service: { name: "api", port: { number: 80 } } } },
        ),
      );
      objects.put(ingress("exact", "shop.example.com", {}, { path: "/api/exact", pathType: "Exact" }));
      objects.put(ingress("wild", "*.example.com", {}));
      objects.put(
        ingress(
          "empty",
          "empty.example.com",
          {},
          { backend: { service: { name: "none", port: { number: 80 } } } },
        ),
      );
      objects.put(
        gateway("g", [{ name: "http", protocol: "HTTP", port: 80, hostname: "*.apps.example.com" }]),
      );
      const parentRefs = [{ name: "g" }];
      objects.put(route("shop", { parentRefs, hostnames: ["shop.apps.example.com"] }));
      const backendRefs = [
        { name: "web", port: 80, weight: 1 },
        { name: "api", port: 80, weight: 3 },
      ];
      const matches = [{ path: { type: "PathPrefix", value: "/split" } }, { method: "POST" }];
      objects.put(
        route("split", {
          parentRefs,
          hostnames: ["shop.apps.example.com"],
          rules: [{ matches, backendRefs }],
        }),
      );
      objects.put(
        route("broken", {
          parentRefs,
          hostnames: ["broken.apps.example.com"],
          rules: [{ backendRefs: [{ name: "none", port: 80 }] }],
        }),
      );
    }
    await Promise.all([near.settled(), far.settled()]);
    const resolve = (host: string): Promise<readonly string[]> => Promise.resolve(names.get(host) ?? []);
    proxy = await startIngressProxy({ clusters: [near, far], resolve, port: 0, random: () => drawn });
  });
  after(async () => {
    await Promise.all([proxy.close(), near.close(), far.close()]);
  });

  const addressOf = (server: ApiServer, apiVersion: string, kind: string, name: string): string => {
    const { status } = server.objects.get({ apiVersion, kind, namespace: "default", name }) as any;
    return status.addresses?.[0].value ?? status.loadBalancer.ingress[0].ip;
  };
  const ingressAt = (server: ApiServer): string =>
    addressOf(server, "networking.k8s.io/v1", "Ingress", "front");
  const gatewayAt = (server: ApiServer): string =>
    addressOf(server, "gateway.networking.k8s.io/v1", "Gateway", "g");

  test("sends a host to the cluster that DNS names now, as a server and as a proxy", async () => {
    for (const server of [near, far]) {
      names.set("shop.example.com", [ingressAt(server)]);
      const asServer = await get(proxy.port, "/x?y=z", `shop.example.com:${proxy.port}`);
      const asProxy = await get(proxy.port, "http://shop.example.com/x?y=z", "shop.example.com");
      assert.deepEqual(asServer, asProxy);
      assert.deepEqual([asServer.code, asServer.cluster], [200, server.name]);
      assert.match(
        asServer.text,
        new RegExp(`^cluster ${server.name}\naddress ${ingressAt(server)}\nby ingress default/front\n`),
      );
      assert.match(
        asServer.text,
        /to service default\/web port 80\nfrom pod web-\S+\nfor GET shop\.example\.com\/x\n$/,
      );
    }
  });

  test("sends an address to its cluster, whatever DNS answers for the host", async () => {
    const { code, cluster } = await get(proxy.port, `http://${ingressAt(near)}/`, "shop.example.com");
    assert.deepEqual([code, cluster], [200, "near"]);
  });

  const choices: readonly (readonly [host: string, path: string, by: string])[] = [
    ["shop.example.com", "/", "front"],
    ["shop.example.com", "/api", "api"],
    ["shop.example.com", "/api/more", "api"],
    ["shop.example.com", "/apis", "front"],
    ["shop.example.com", "/api/exact", "exact"],
    ["other.example.com", "/", "wild"],
    ["SHOP.example.com", "/", "front"],
  ];
  for (const [host, path, by] of choices) {
    test(`routes ${host}${path} by Ingress ${by}: the most specific host, then the most specific path`, async () => {
      const { text } = await get(proxy.port, `http://${ingressAt(near)}${path}`, host);
      assert.match(text, new RegExp(`\nby ingress default/${by}\n`));
    });
  }

  test("follows the routes of Gateways, and chooses among weighted backends", async () => {
    const at = gatewayAt(near);
    const plain = await get(proxy.port, `http://${at}/`, "shop.apps.example.com");
    assert.match(plain.text, /\nby route default\/shop of gateway default\/g\nto service default\/web /);
    drawn = 0.2;
    assert.match(
      (await get(proxy.port, `http://${at}/split/x`, "shop.apps.example.com")).text,
      /service default\/web /,
    );
    drawn = 0.3;
    assert.match(
      (await get(proxy.port, `http://${at}/split/x`, "shop.apps.example.com")).text,
      /service default\/api /,
    );
    assert.match(
      (await get(proxy.port, `http://${at}/`, "shop.apps.example.com", "POST")).text,
      /route default\/split /,
    );
    drawn = 0;
  });

  const dead: readonly (readonly [
    what: string,
    url: () => string,
    host: string,
    code: number,
    text: RegExp,
  ])[] = [
    [
      "a host without a rule",
      () => `http://${ingressAt(near)}/`,
      "x.y.example.com",
      404,
      /no rule for x\.y\.example\.com\//,
    ],
    [
      "a host without a route",
      () => `http://${gatewayAt(near)}/`,
      "none.apps.example.com",
      404,
      /gateway default\/g has no rule/,
    ],
    [
      "a Service that does not exist",
      () => `http://${ingressAt(near)}/`,
      "empty.example.com",
      503,
      /no ready endpoint/,
    ],
    [
      "a route to a missing backend",
      () => `http://${gatewayAt(near)}/`,
      "broken.apps.example.com",
      500,
      /leads nowhere: Service default\/none not found/,
    ],
    [
      "a port without a listener",
      () => `http://${gatewayAt(near)}:81/`,
      "shop.apps.example.com",
      502,
      /no cluster has \S+ on port 81/,
    ],
    [
      "an address of no cluster",
      () => "http://203.0.113.1/",
      "shop.example.com",
      502,
      /no cluster has 203\.0\.113\.1/,
    ],
    [
      "a name without addresses",
      () => "http://nowhere.example.com/",
      "nowhere.example.com",
      502,
      /no address in the federation's DNS/,
    ],
    ["no HTTP", () => "ftp://shop.example.com/", "shop.example.com", 400, /names no host/],
  ];
  for (const [what, url, host, code, text] of dead) {
    test(`answers ${code} for ${what}, with the reason`, async () => {
      const got = await get(proxy.port, url(), host);
      assert.equal(got.code, code, got.text);
      assert.match(got.text, text);
    });
  }

  test("answers 503 while a Service has no endpoints", async () => {
    const web = { apiVersion: "apps/v1", kind: "Deployment", namespace: "default", name: "web" };
    near.objects.patch(web, { spec: { replicas: 0 } });
    await near.settled();
    assert.equal((await get(proxy.port, `http://${ingressAt(near)}/`, "shop.example.com")).code, 503);
    assert.equal((await get(proxy.port, `http://${ingressAt(far)}/`, "shop.example.com")).code, 200);
  });

  test("fails with an OperationalError on a port that is taken", async () => {
    const options = { clusters: [], resolve: () => Promise.resolve([]), random: () => 0 };
    await assert.rejects(startIngressProxy({ ...options, port: proxy.port }), {
      name: "OperationalError",
      code: "SANDBOX_LISTEN",
    });
  });
});
