/** Requests to API servers through proxies: reads, writes and watches, by CONNECT, SOCKS and whole URLs. */
import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import type { Transport } from "../../../src/fleet/kube/transport.ts";
import { FaultyApiServer } from "../../support/faulty-api-server.ts";
import { httpProxy, socksProxy, type TestProxy } from "../../support/proxies.ts";
import { apiServer, credentialsBy, NAME, openAuthority, signal, transportBy, type Way } from "./proxy-rig.ts";

const { authority, own } = await openAuthority();

async function exercise(transport: Transport): Promise<void> {
  await transport.request({ path: "/api/v1/services", signal });
  const contentType = "application/apply-patch+yaml";
  await transport.request({ method: "PATCH", path: "/api/v1/x", body: {}, contentType, signal });
  const options = { query: { watch: true }, seconds: { shared: 300, single: 30 }, signal };
  for (const path of ["/one", "/two"]) {
    const { lines } = await transport.watchLines({ ...options, path });
    assert.equal(String((await lines.next()).value), '{"type":"ADDED"}');
  }
}

const EXERCISE = [
  "GET /api/v1/services 1.1",
  "PATCH /api/v1/x 1.1",
  "GET /one?watch=true&timeoutSeconds=300 2.0",
  "GET /two?watch=true&timeoutSeconds=300 2.0",
];

describe("an API server behind a proxy", { timeout: 30_000 }, () => {
  const ways: readonly (readonly [
    string,
    (t: TestContext, target: number) => Promise<TestProxy>,
    (port: number) => Way,
    string,
    string,
  ])[] = [
    [
      "HTTPS_PROXY",
      (t, target) => httpProxy(t, { target }),
      (port) => ({ env: { HTTPS_PROXY: `http://127.0.0.1:${port}` } }),
      `CONNECT ${NAME}`,
      "",
    ],
    [
      "https_proxy with a login",
      (t, target) => httpProxy(t, { target, login: "me:p@ss" }),
      (port) => ({ env: { https_proxy: `me:p%40ss@127.0.0.1:${port}` } }),
      `CONNECT ${NAME}`,
      `Basic ${Buffer.from("me:p@ss").toString("base64")}`,
    ],
    [
      "HTTPS_PROXY that is a SOCKS proxy",
      (t, target) => socksProxy(t, { target }),
      (port) => ({ env: { HTTPS_PROXY: `socks5://127.0.0.1:${port}` } }),
      NAME,
      "",
    ],
    [
      "proxy-url, although NO_PROXY names the server",
      (t, target) => httpProxy(t, { target }),
      (port) => ({
        cluster: { "proxy-url": `http://127.0.0.1:${port}` },
        env: { NO_PROXY: "*", HTTPS_PROXY: "http://127.0.0.1:1" },
      }),
      `CONNECT ${NAME}`,
      "",
    ],
    [
      "proxy-url that is a SOCKS proxy with a login",
      (t, target) => socksProxy(t, { target, login: "me:p@ss" }),
      (port) => ({ cluster: { "proxy-url": `socks5://me:p%40ss@127.0.0.1:${port}` } }),
      NAME,
      "me:p@ss",
    ],
  ];
  for (const [what, open, way, asked, login] of ways)
    it(`is read, written and watched by ${what}`, async (t) => {
      const server = await apiServer(t);
      const proxy = await open(t, server.port);
      await exercise(await transportBy(t, way(proxy.port)));
      assert.deepEqual(server.seen, EXERCISE);
      assert.equal(server.sessions(), 1);
      assert.deepEqual(new Set(proxy.asked), new Set([asked]));
      assert.equal(proxy.logins.at(-1) ?? "", login);
    });

  it("is reached by a proxy with TLS, whose certificate the system trusts", async (t) => {
    const server = await apiServer(t);
    const tls = { cert: own.certificatePem, key: own.keyPem };
    const proxy = await httpProxy(t, { target: server.port, tls });
    const way = { env: { HTTPS_PROXY: `https://localhost:${proxy.port}` } };
    const stranger = await transportBy(t, way);
    await assert.rejects(
      stranger.request({ path: "/", signal }),
      /through the proxy https:\/\/localhost:\d+ \(HTTPS_PROXY\): the proxy failed: .*certificate/,
    );
    const known = getCACertificates();
    setDefaultCACertificates([...known, authority.caPem]);
    t.after(() => setDefaultCACertificates(known));
    await exercise(await transportBy(t, way));
    assert.deepEqual(server.seen, EXERCISE);
    await exercise(await transportBy(t, { env: { HTTPS_PROXY: `https://127.0.0.1:${proxy.port}` } }));
    const plain = await FaultyApiServer.start();
    t.after(() => plain.close());
    const asked = await httpProxy(t, { target: Number(new URL(plain.url).port), tls });
    const cluster = { server: "http://api.cluster.test", "proxy-url": `https://localhost:${asked.port}` };
    await (await transportBy(t, { cluster })).request({ path: "/api/v1/services", signal });
    assert.deepEqual(asked.asked, ["GET http://api.cluster.test/api/v1/services"]);
  });

  it("is asked for by its address of IPv6", async (t) => {
    const server = await apiServer(t);
    const [http, socks] = [
      await httpProxy(t, { target: server.port }),
      await socksProxy(t, { target: server.port }),
    ];
    const cluster = { server: "https://[2001:db8::7]" };
    for (const scheme of [`http://127.0.0.1:${http.port}`, `socks5://127.0.0.1:${socks.port}`])
      await exercise(await transportBy(t, { cluster: { ...cluster, "proxy-url": scheme } }));
    assert.deepEqual(
      [http.asked[0], socks.asked[0]],
      ["CONNECT [2001:db8::7]:443", "20010db8000000000000000000000007:443"],
    );
  });

  it("on this machine is reached without one, unless the kubeconfig names it", async (t) => {
    const server = await apiServer(t);
    const proxy = await httpProxy(t, { target: server.port });
    const url = `http://127.0.0.1:${proxy.port}`;
    const cluster = { server: `https://127.0.0.1:${server.port}` };
    await exercise(await transportBy(t, { cluster, env: { HTTPS_PROXY: url, HTTP_PROXY: url } }));
    assert.deepEqual(proxy.asked, []);
    await exercise(await transportBy(t, { cluster: { ...cluster, "proxy-url": url } }));
    assert.equal(proxy.asked[0], `CONNECT 127.0.0.1:${server.port}`);
  });

  it("without TLS gets the requests that the proxy got, without the proxy's login", async (t) => {
    const server = await FaultyApiServer.start();
    t.after(() => server.close());
    const proxy = await httpProxy(t, { target: Number(new URL(server.url).port), login: "me:hunter2" });
    const cluster = { server: "http://api.cluster.test:8080/prefix" };
    const way = { cluster, env: { HTTP_PROXY: `http://me:hunter2@127.0.0.1:${proxy.port}` } };
    const transport = await transportBy(t, way);
    await transport.request({ path: "/api/v1/services", signal });
    assert.deepEqual(proxy.asked, ["GET http://api.cluster.test:8080/prefix/api/v1/services"]);
    const seen = server.seen[0]?.request;
    assert.equal(seen?.headers.host, "api.cluster.test:8080");
    assert.equal(seen?.headers.authorization, "Bearer t");
    const stranger = await transportBy(t, { cluster, env: { HTTP_PROXY: `http://127.0.0.1:${proxy.port}` } });
    await assert.rejects(
      stranger.request({ path: "/", signal }),
      /cannot reach http:\/\/api\.cluster\.test:8080 through the proxy .* \(HTTP_PROXY\): the proxy answered 407: it wants/,
    );
  });

  it("without TLS is reached by SOCKS", async (t) => {
    const server = await FaultyApiServer.start();
    t.after(() => server.close());
    const proxy = await socksProxy(t, { target: Number(new URL(server.url).port) });
    const cluster = { server: "http://api.cluster.test", "proxy-url": `socks5://127.0.0.1:${proxy.port}` };
    await (await transportBy(t, { cluster })).request({ path: "/api/v1/services", signal });
    assert.deepEqual(proxy.asked, ["api.cluster.test:80"]);
  });

  it("is reached by the new proxy when the kubeconfig names another", async (t) => {
    const server = await apiServer(t);
    const [one, two] = [
      await httpProxy(t, { target: server.port }),
      await httpProxy(t, { target: server.port }),
    ];
    const way = ({ port }: TestProxy): Way => ({ cluster: { "proxy-url": `http://127.0.0.1:${port}` } });
    const transport = await transportBy(t, way(one));
    await transport.request({ path: "/", signal });
    transport.adopt(await credentialsBy(t, way(two)));
    await transport.request({ path: "/", signal });
    assert.deepEqual([one.asked.length, two.asked.length], [1, 1]);
  });
});
