/** Proxies that fail: the error names the proxy and who named it, never its password. And the proxy of a KubeFedCluster. */
import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { MemberCredentials } from "../../../src/fleet/credentials/member-credentials.ts";
import { systemClock } from "../../../src/kernel/clock.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { httpProxy, oddProxy, silentProxy, socksProxy } from "../../support/proxies.ts";
import { until } from "../../support/until.ts";
import { NAME, signal, transportBy } from "./proxy-rig.ts";

describe("a proxy that fails", { timeout: 30_000 }, () => {
  type Failure = readonly [string, (t: TestContext) => Promise<number>, string, RegExp];
  const failures: readonly Failure[] = [
    ["is not there", () => Promise.resolve(1), "http", /the proxy failed: connect ECONNREFUSED/],
    ["is not there, with SOCKS", () => Promise.resolve(1), "socks5", /the proxy failed: .*ECONNREFUSED/],
    [
      "wants a login",
      async (t) => (await httpProxy(t, { target: 1, login: "you:other" })).port,
      "http",
      /the proxy answered 407: it wants a user name and a password/,
    ],
    [
      "wants another login, with SOCKS",
      async (t) => (await socksProxy(t, { target: 1, login: "you:other" })).port,
      "socks5",
      /the proxy failed: Socks5 Authentication failed/,
    ],
    [
      "does not allow the server",
      async (t) => (await httpProxy(t, { target: 1, status: 403 })).port,
      "http",
      /the proxy answered 403: it does not allow this server/,
    ],
    [
      "does not reach the server, with SOCKS",
      async (t) => (await socksProxy(t, { target: 1, reply: 4 })).port,
      "socks5",
      /the proxy failed: .*HostUnreachable/,
    ],
    [
      "speaks something else",
      (t) => oddProxy(t, "220 mail.test ESMTP\r\n"),
      "http",
      /the proxy failed: Parse Error/,
    ],
    [
      "speaks something else than SOCKS",
      (t) => oddProxy(t, "HTTP/1.1 400 Bad\r\n\r\n"),
      "socks5",
      /the proxy failed/,
    ],
    ["closes", (t) => oddProxy(t, ""), "http", /the proxy failed: socket hang up/],
    [
      "sends headers without end",
      (t) => oddProxy(t, `HTTP/1.1 200 OK\r\n${"x: y\r\n".repeat(20_000)}`),
      "http",
      /the proxy failed: .*[Hh]eader/,
    ],
  ];
  for (const [what, open, scheme, sentence] of failures)
    it(`since it ${what} is named, with who named it and without its password`, async (t) => {
      const url = `${scheme}://me:hunter2@127.0.0.1:${await open(t)}`;
      const fromFile = /\(proxy-url of context it of \/\S+\)/;
      for (const [way, source] of [
        [{ env: { https_proxy: url } }, /\(https_proxy\)/],
        [{ cluster: { "proxy-url": url } }, fromFile],
      ] as const) {
        const transport = await transportBy(t, way);
        const query = { watch: true };
        const requests = [
          () => transport.request({ path: "/", signal }),
          () => transport.watchLines({ path: "/", query, seconds: { shared: 9, single: 9 }, signal }),
        ];
        for (const send of requests)
          await assert.rejects(send(), (error: Error) => {
            assert.equal(Reflect.get(error, "code"), "KUBE_UNREACHABLE");
            assert.match(
              error.message,
              new RegExp(`^cannot reach https://${NAME} through the proxy ${scheme}://127`),
            );
            assert.match(error.message, source);
            assert.match(error.message, sentence);
            for (let one: unknown = error; one instanceof Error; one = one.cause)
              assert.doesNotMatch(JSON.stringify(one, Object.getOwnPropertyNames(one)), /hunter2|aHVudGVyMg/);
            return true;
          });
      }
    });

  it("since it says nothing is waited for no longer than for a server", async (t) => {
    const clock = new FakeClock();
    const proxy = await silentProxy(t);
    const way = { env: { HTTPS_PROXY: `http://127.0.0.1:${proxy.port}` } };
    const transport = await transportBy(t, way, clock);
    const failing = assert.rejects(
      transport.request({ path: "/", signal }),
      /\(HTTPS_PROXY\): the proxy did not answer within 3000 ms/,
    );
    await until("it was asked", () => proxy.asked.length > 0);
    await clock.advanceAsync(3_000);
    await failing;
  });
});

describe("a KubeFedCluster", () => {
  const endpoint = { caBundle: null, disabledTLSValidations: [] };
  const proxyOf = async (proxyURL: string | null, apiEndpoint: string, env: Record<string, string>) => {
    const own = { ...endpoint, apiEndpoint, proxyURL };
    const rereadSeed = (): Promise<void> => Promise.resolve();
    const member = new MemberCredentials({
      name: "KubeFedCluster a",
      endpoint: own,
      rereadSeed,
      clock: systemClock,
      env,
    });
    member.setSeed("t");
    const { proxy } = (await member.load()).credentials;
    return proxy === null ? null : `${proxy.url.href} ${proxy.source}`;
  };

  it("is reached by its own proxy, or else by that of the environment", async () => {
    const env = { HTTPS_PROXY: "http://proxy:3128", NO_PROXY: ".internal" };
    assert.equal(await proxyOf(null, "https://a.test", env), "http://proxy:3128/ HTTPS_PROXY");
    assert.equal(await proxyOf(null, "https://a.internal", env), null);
    const named = await proxyOf("socks5://own:1080", "https://a.internal", env);
    assert.equal(named, "socks5://own:1080 spec.proxyURL of KubeFedCluster a");
    await assert.rejects(proxyOf(null, "https://a.test", { HTTPS_PROXY: "ftp://x" }), /variable HTTPS_PROXY/);
  });
});
