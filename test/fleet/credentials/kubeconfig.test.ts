/** loadKubeconfig: every way to authenticate, against a server that checks; and errors that say what to fix. */
import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage } from "node:http";
import { connect, type AddressInfo } from "node:net";
import { join } from "node:path";
import { before, describe, it, type TestContext } from "node:test";
import { TLSSocket } from "node:tls";
import { systemClock } from "../../../src/kernel/clock.ts";
import { loadKubeconfig } from "../../../src/fleet/credentials/kubeconfig.ts";
import { createAuthority, type Authority, type Credential } from "../../../src/sandbox/tls/authority.ts";
import { FaultyApiServer } from "../../support/faulty-api-server.ts";
import { ask, folder, load, writeKubeconfig, type Settings } from "./kubeconfig-folder.ts";

let authority: Authority;
let own: Credential;

before(async () => {
  authority = await createAuthority();
  own = await authority.issueServer("server");
});

function base64(text: string): string {
  return Buffer.from(text).toString("base64");
}

async function plainServer(t: TestContext): Promise<FaultyApiServer> {
  const server = await FaultyApiServer.start();
  t.after(() => server.close());
  return server;
}

async function tlsServer(t: TestContext): Promise<FaultyApiServer> {
  const tls = {
    cert: own.certificatePem,
    key: own.keyPem,
    ca: authority.caPem,
    requestCert: true,
    rejectUnauthorized: false,
  };
  const server = await FaultyApiServer.start({ tls });
  t.after(() => server.close());
  return server;
}

function tlsOf(request: IncomingMessage): TLSSocket {
  assert.ok(request.socket instanceof TLSSocket);
  return request.socket;
}

describe("loadKubeconfig authenticates", { timeout: 30_000 }, () => {
  const headerOf = async (t: TestContext, user: Settings): Promise<string[]> => {
    const server = await plainServer(t);
    return (await ask(server, await load(writeKubeconfig(folder(t), { server: server.url }, user))))
      .rawHeaders;
  };
  const valuesOf = (headers: readonly string[], name: string): string[] =>
    headers.filter((_value, index) => index % 2 === 1 && headers[index - 1]?.toLowerCase() === name);

  it("with a token, also over plain http", async (t) => {
    assert.deepEqual(valuesOf(await headerOf(t, { token: "secret" }), "authorization"), ["Bearer secret"]);
  });

  it("with a user name and password", async (t) => {
    const headers = await headerOf(t, { username: "ada", password: "l0ve" });
    assert.deepEqual(valuesOf(headers, "authorization"), [`Basic ${base64("ada:l0ve")}`]);
  });

  it("anonymously, if there is no user", async (t) => {
    assert.deepEqual(valuesOf(await headerOf(t, {}), "authorization"), []);
  });

  it("as an impersonated user, with one header for each group", async (t) => {
    const user = {
      token: "secret",
      as: "jane",
      "as-uid": "7",
      "as-groups": ["dev", "ops"],
      "as-user-extra": { "a/b": ["1", "2"] },
    };
    const headers = await headerOf(t, user);
    assert.deepEqual(valuesOf(headers, "impersonate-user"), ["jane"]);
    assert.deepEqual(valuesOf(headers, "impersonate-uid"), ["7"]);
    assert.deepEqual(valuesOf(headers, "impersonate-group"), ["dev", "ops"]);
    assert.deepEqual(valuesOf(headers, "impersonate-extra-a%2fb"), ["1", "2"]);
  });

  it("with a token file relative to the kubeconfig, which is read again to renew", async (t) => {
    const server = await plainServer(t);
    const directory = folder(t);
    writeFileSync(join(directory, "token"), "first\n");
    const credentials = await load(
      writeKubeconfig(directory, { server: server.url }, { tokenFile: "token", token: "ignored" }),
    );
    assert.equal((await ask(server, credentials)).headers.authorization, "Bearer first");
    assert.equal(await credentials.renew(), false);
    writeFileSync(join(directory, "token"), "second\n");
    server.tokens = new Set(["second"]);
    assert.equal((await ask(server, credentials)).headers.authorization, "Bearer second");
    assert.ok(credentials.files.includes(join(directory, "token")));
  });

  it("with a client certificate, from data or from files relative to the kubeconfig", async (t) => {
    const server = await tlsServer(t);
    const { certificatePem, keyPem } = await authority.issueClient("ada", ["dev"]);
    const directory = folder(t);
    for (const [name, text] of Object.entries({
      "ca.pem": authority.caPem,
      "me.pem": certificatePem,
      "me.key": keyPem,
    }))
      writeFileSync(join(directory, name), text);
    const inFiles = [
      { server: server.url, "certificate-authority": "ca.pem" },
      { "client-certificate": "me.pem", "client-key": "me.key" },
    ] as const;
    const inData = [
      {
        server: server.url,
        "certificate-authority-data": base64(authority.caPem),
        "certificate-authority": "not-there",
      },
      { "client-certificate-data": base64(certificatePem), "client-key-data": base64(keyPem) },
    ] as const;
    for (const [cluster, user] of [inFiles, inData]) {
      const socket = tlsOf(await ask(server, await load(writeKubeconfig(directory, cluster, user))));
      assert.equal(socket.authorized, true);
      assert.equal(socket.getPeerCertificate().subject.CN, "ada");
    }
  });
});

describe("loadKubeconfig reaches the server", { timeout: 30_000 }, () => {
  const ca = (): Settings => ({ "certificate-authority-data": base64(authority.caPem) });

  it("only if its certificate is signed by the CA, unless verification is off", async (t) => {
    const server = await tlsServer(t);
    const stranger = { "certificate-authority-data": base64((await createAuthority()).caPem) };
    const reach = async (cluster: Settings): Promise<unknown> =>
      ask(server, await load(writeKubeconfig(folder(t), { server: server.url, ...cluster }, {})));
    await reach(ca());
    await assert.rejects(reach(stranger), { code: "KUBE_UNREACHABLE" });
    await reach({ ...stranger, "insecure-skip-tls-verify": true });
  });

  it("by tls-server-name instead of its address", async (t) => {
    const server = await tlsServer(t);
    const reach = async (name: string): Promise<IncomingMessage> =>
      ask(
        server,
        await load(writeKubeconfig(folder(t), { server: server.url, ...ca(), "tls-server-name": name }, {})),
      );
    assert.equal(Reflect.get(tlsOf(await reach("localhost")), "servername"), "localhost");
    await assert.rejects(reach("elsewhere.test"), /elsewhere\.test/);
  });

  it("with the path of a server behind a gateway", async (t) => {
    const server = await plainServer(t);
    const request = await ask(
      server,
      await load(writeKubeconfig(folder(t), { server: `${server.url}/k8s/clusters/c-1/` }, {})),
    );
    assert.equal(request.url, "/k8s/clusters/c-1/api/v1/services");
  });

  it("through an http proxy", async (t) => {
    const server = await tlsServer(t);
    const tunnels: (string | undefined)[] = [];
    const proxy = createServer().on("connect", (request, socket) => {
      tunnels.push(request.url);
      const target = connect(Number(request.url?.split(":")[1]), "127.0.0.1", () => {
        socket.write("HTTP/1.1 200 OK\r\n\r\n");
        socket.pipe(target).pipe(socket);
      });
      for (const end of [socket, target]) end.on("error", () => end.destroy());
    });
    await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
    t.after(() => proxy.close());
    const { port } = proxy.address() as AddressInfo;
    const cluster = { server: server.url, ...ca(), "proxy-url": `http://127.0.0.1:${port}` };
    await ask(server, await load(writeKubeconfig(folder(t), cluster, {})));
    assert.deepEqual(tunnels, [server.url.replace("https://", "")]);
  });

  it("from inside a cluster, with the service account", async (t) => {
    const server = await tlsServer(t);
    const directory = folder(t);
    writeFileSync(join(directory, "ca.crt"), authority.caPem);
    writeFileSync(join(directory, "token"), "pod");
    const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = process.env;
    await assert.rejects(
      loadKubeconfig({ inCluster: true, directory }, systemClock),
      /KUBERNETES_SERVICE_HOST is not set/,
    );
    process.env["KUBERNETES_SERVICE_HOST"] = "127.0.0.1";
    process.env["KUBERNETES_SERVICE_PORT"] = new URL(server.url).port;
    t.after(() => {
      for (const [name, value] of Object.entries({
        KUBERNETES_SERVICE_HOST: host,
        KUBERNETES_SERVICE_PORT: port,
      }))
        if (value === undefined) delete process.env[name];
        else process.env[name] = value;
    });
    const credentials = await loadKubeconfig({ inCluster: true, directory }, systemClock);
    assert.equal((await ask(server, credentials)).headers.authorization, "Bearer pod");
  });
});

describe("loadKubeconfig reports the problem", { timeout: 30_000 }, () => {
  const good = { server: "https://127.0.0.1:1" };
  const failsWith = async (path: string, sentence: RegExp, context?: string): Promise<void> => {
    await assert.rejects(load(path, context), (error: Error) => {
      assert.match(error.message, sentence);
      assert.equal(Reflect.get(error, "code"), "KUBE_CONFIG");
      assert.doesNotMatch(error.message, /hunter2/);
      return true;
    });
  };

  it("when the file is missing or a directory", async (t) => {
    const directory = folder(t);
    await failsWith(
      join(directory, "nowhere"),
      /^kubeconfig .*nowhere cannot be read: there is no such file$/,
    );
    mkdirSync(join(directory, "kubeconfig"));
    await failsWith(join(directory, "kubeconfig"), /it is a directory/);
  });

  it("when it is not YAML, without quoting the secrets in it", async (t) => {
    const path = join(folder(t), "kubeconfig");
    writeFileSync(path, "users:\n- token: 'hunter2\n  x: ]");
    await failsWith(path, /is not YAML \(line \d+\)/);
    writeFileSync(path, "");
    await failsWith(path, /is empty or not a kubeconfig/);
  });

  it("when the context is unknown or missing, with the names that exist", async (t) => {
    const path = writeKubeconfig(folder(t), good, { token: "hunter2" });
    await failsWith(path, /has no context named "us-west"; it has: it$/, "us-west");
    const contexts = ["east", "west"].map((name) => ({ name, context: { cluster: "c" } }));
    writeFileSync(path, JSON.stringify({ clusters: [{ name: "c", cluster: good }], contexts }));
    await failsWith(path, /has no current-context; set "context" to one of: east, west$/);
    writeFileSync(path, JSON.stringify({ contexts, clusters: [] }));
    await failsWith(path, /has no cluster named "c"; it has none$/, "east");
    assert.equal(
      (await load(writeKubeconfig(folder(t), good, {}), "it")).server.href,
      "https://127.0.0.1:1/",
    );
  });

  it("when the server is not a URL", async (t) => {
    await failsWith(
      writeKubeconfig(folder(t), { server: "cluster.local:6443" }, {}),
      /context it of .* server is "cluster.local:6443", not an/,
    );
    await failsWith(writeKubeconfig(folder(t), {}, {}), /server is missing/);
  });

  it("when a file that it names cannot be read", async (t) => {
    await failsWith(
      writeKubeconfig(folder(t), { ...good, "certificate-authority": "ca.pem" }, {}),
      /context it of .*: certificate-authority .*ca\.pem cannot be read: there is no such file/,
    );
    await failsWith(
      writeKubeconfig(folder(t), good, { tokenFile: "token" }),
      /: tokenFile .* there is no such file/,
    );
    const directory = folder(t);
    writeFileSync(join(directory, "token"), "\n");
    await failsWith(writeKubeconfig(directory, good, { tokenFile: "token" }), /holds no token/);
  });

  it("when a certificate is invalid or does not belong to the key", async (t) => {
    await failsWith(
      writeKubeconfig(folder(t), { ...good, "certificate-authority-data": base64("rubbish") }, {}),
      /certificate-authority holds no certificate/,
    );
    const [one, other] = [await authority.issueClient("a", []), await authority.issueClient("b", [])];
    const cert = { "client-certificate-data": base64(one.certificatePem) };
    await failsWith(writeKubeconfig(folder(t), good, cert), /need each other/);
    await failsWith(
      writeKubeconfig(folder(t), good, { ...cert, "client-key-data": base64(other.keyPem) }),
      /do not work together/,
    );
  });

  it("when the proxy is not supported", async (t) => {
    await failsWith(
      writeKubeconfig(folder(t), { ...good, "proxy-url": "socks4://me:hunter2@127.0.0.1:1080" }, {}),
      /proxy-url has the scheme socks4:\/\/; there are http, https and socks5/,
    );
    await failsWith(
      writeKubeconfig(folder(t), { ...good, "proxy-url": "nonsense" }, {}),
      /proxy-url is no URL/,
    );
  });
});
