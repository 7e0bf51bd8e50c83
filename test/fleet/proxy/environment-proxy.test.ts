/** The proxy that the environment names: the rules of kubectl, row by row. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { environmentProxy } from "../../../src/fleet/proxy/environment-proxy.ts";
import { declaredProxy, parseProxyUrl, shownProxy } from "../../../src/fleet/proxy/proxy.ts";

type Env = Readonly<Record<string, string>>;
const P = "http://proxy:3128";

function shown(server: string, env: Env): string {
  const proxy = environmentProxy(new URL(server), env);
  return proxy === null ? "none" : `${proxy.url.href} ${proxy.source}`;
}

describe("environmentProxy", () => {
  const rows: readonly (readonly [string, Env, string])[] = [
    ["https://api.test", { HTTPS_PROXY: P }, `${P}/ HTTPS_PROXY`],
    ["https://api.test", { https_proxy: P }, `${P}/ https_proxy`],
    ["https://api.test", { HTTPS_PROXY: P, https_proxy: "http://other" }, `${P}/ HTTPS_PROXY`],
    ["https://api.test", { HTTPS_PROXY: "", https_proxy: P }, `${P}/ https_proxy`],
    ["https://api.test", { HTTP_PROXY: P }, "none"],
    ["https://api.test", { ALL_PROXY: P, all_proxy: P }, "none"],
    ["http://api.test", { HTTPS_PROXY: P }, "none"],
    ["http://api.test", { http_proxy: P }, `${P}/ http_proxy`],
    ["https://api.test", { HTTPS_PROXY: "proxy:3128" }, `${P}/ HTTPS_PROXY`],
    ["https://api.test", { HTTPS_PROXY: "me:pw@proxy:3128" }, "http://me:pw@proxy:3128/ HTTPS_PROXY"],
    ["https://api.test", { HTTPS_PROXY: "https://proxy" }, "https://proxy/ HTTPS_PROXY"],
    ["https://api.test", { HTTPS_PROXY: "socks5://proxy:1080" }, "socks5://proxy:1080 HTTPS_PROXY"],
    ["https://api.test", { HTTPS_PROXY: "socks5h://proxy" }, "socks5://proxy HTTPS_PROXY"],
    // Never for this machine.
    ["https://localhost:6443", { HTTPS_PROXY: P }, "none"],
    ["https://LOCALHOST.:6443", { HTTPS_PROXY: P }, "none"],
    ["https://127.0.0.1:6443", { HTTPS_PROXY: P }, "none"],
    ["https://127.8.9.1:6443", { HTTPS_PROXY: P }, "none"],
    ["https://[::1]:6443", { HTTPS_PROXY: P }, "none"],
    ["https://[::ffff:127.0.0.1]:6443", { HTTPS_PROXY: P }, "none"],
    ["https://localhost.example.com", { HTTPS_PROXY: P }, `${P}/ HTTPS_PROXY`],
  ];
  for (const [server, env, expected] of rows)
    it(`leads to ${server} by ${expected} with ${JSON.stringify(env)}`, () => {
      assert.equal(shown(server, env), expected);
    });

  const exempt: readonly (readonly [string, string, boolean])[] = [
    ["https://api.test", "*", true],
    ["https://api.test", "other, * ", true],
    ["https://api.test", "*:443", false],
    ["https://api.test", "", false],
    ["https://api.test", "api.test", true],
    ["https://API.test", " Api.TEST ", true],
    ["https://api.test", "test", true],
    ["https://api.test", "est", false],
    ["https://api.test", ".test", true],
    ["https://api.test", "*.test", true],
    ["https://test", ".test", false],
    ["https://test", "*.test", false],
    ["https://api.test", "api.test:443", true],
    ["https://api.test", "api.test:6443", false],
    ["https://api.test:6443", "test:6443", true],
    ["https://api.test", "other.test api.test", false],
    ["https://10.1.2.3:6443", "10.0.0.0/8", true],
    ["https://11.1.2.3:6443", "10.0.0.0/8", false],
    ["https://10.1.2.3:6443", "10.1.2.3", true],
    ["https://10.1.2.3:6443", "10.1.2.3:6443", true],
    ["https://10.1.2.3:6443", "10.1.2.3:443", false],
    ["https://10.1.2.3:6443", "10.1.2", false],
    ["https://10.1.2.3", "10.0.0.0/33", false],
    ["https://[2001:db8::7]", "2001:db8::/32", true],
    ["https://[2001:db8::7]", "2001:0db8:0::7", true],
    ["https://[2001:db8::7]:6443", "[2001:db8::7]:6443", true],
    ["https://[2001:db8::7]:6443", "[2001:db8::7]", true],
    ["https://[2001:db8::7]:6443", "[2001:db8::8]:6443", false],
    ["https://api.test", ":443", false],
    ["https://api.test", "[", false],
    ["https://kubernetes.default.svc", "localhost,.svc,.cluster.local", true],
  ];
  for (const [server, list, isExempt] of exempt)
    for (const name of ["NO_PROXY", "no_proxy"])
      it(`${isExempt ? "leaves out" : "uses the proxy for"} ${server} with ${name}=${list}`, () => {
        const isUsed = shown(server, { HTTPS_PROXY: P, HTTP_PROXY: P, [name]: list }) !== "none";
        assert.equal(isUsed, !isExempt);
      });

  it("refuses a variable that is no proxy, by its name and without its value", () => {
    for (const value of [
      "ftp://me:hunter2@proxy",
      "http://me:hunter2@",
      "http://%zz:hunter2@proxy",
      "http://me:hunter2@a b",
    ])
      assert.throws(
        () => environmentProxy(new URL("https://api.test"), { https_proxy: value }),
        (error: Error) => {
          assert.match(error.message, /^the variable https_proxy /);
          assert.doesNotMatch(error.message, /hunter2/);
          assert.equal(Reflect.get(error, "code"), "KUBE_CONFIG");
          return true;
        },
      );
  });

  it("is shown without its login and path", () => {
    const proxy = environmentProxy(new URL("https://api.test"), {
      HTTPS_PROXY: "http://me:hunter2@proxy:3128/x",
    });
    assert.equal(proxy === null ? "" : shownProxy(proxy), "the proxy http://proxy:3128 (HTTPS_PROXY)");
  });

  it("is not written down for others, as that of a kubeconfig is", () => {
    const server = new URL("https://api.test");
    assert.equal(declaredProxy(environmentProxy(server, { HTTPS_PROXY: P })), null);
    const own = { url: new URL(P), source: "proxy-url", isFromEnvironment: false };
    assert.equal(declaredProxy(own), `${P}/`);
    assert.equal(declaredProxy(null), null);
  });

  it("has no text that is too long", () => {
    assert.ok("problem" in parseProxyUrl(`http://${"a".repeat(3000)}`));
  });
});
