/** MemberConnection: broken files at the start, credentials that change while running, and whether the server answers. */
import assert from "node:assert/strict";
import { existsSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { TLSSocket } from "node:tls";
import type {
  CredentialsSource,
  LoadedCredentials,
} from "../../../src/fleet/credentials/credentials-source.ts";
import { loadKubeconfig } from "../../../src/fleet/credentials/kubeconfig.ts";
import { OperationalError } from "../../../src/kernel/error.ts";
import { KubeconfigFile } from "../../../src/fleet/credentials/kubeconfig-file.ts";
import { systemClock } from "../../../src/kernel/clock.ts";
import {
  MemberConnection,
  type MemberConnectionOptions,
} from "../../../src/fleet/members/member-connection.ts";
import { Reflector } from "../../../src/fleet/watch/reflector.ts";
import { silentLog } from "../../../src/kernel/log.ts";
import { createAuthority } from "../../../src/sandbox/tls/authority.ts";
import { FaultyApiServer, type FaultyOptions } from "../../support/faulty-api-server.ts";
import { httpProxy } from "../../support/proxies.ts";
import { until } from "../../support/until.ts";
import { folder, writeKubeconfig, writeScript } from "../credentials/kubeconfig-folder.ts";
import { project, service, SERVICES, type Kept } from "../kube/watched-server.ts";

async function startServer(t: TestContext, options: FaultyOptions = {}): Promise<FaultyApiServer> {
  const server = await FaultyApiServer.start(options);
  t.after(() => server.close());
  server.put(SERVICES, service("a", "red"));
  return server;
}

/** A connection and one reflector over it, running until the end of the test. */
function follow(t: TestContext, path: string, more: Partial<MemberConnectionOptions> = {}) {
  const common = { clock: systemClock, random: Math.random, log: silentLog };
  const connection = new MemberConnection({
    ...common,
    source: new KubeconfigFile({ path }, systemClock),
    stampPollMs: 20,
    ...more,
  });
  const reflector = new Reflector<Kept>({
    ...common,
    transport: connection.transport,
    resource: { group: "", version: "v1", plural: "services" },
    project,
    equal: (before, after) => before.color === after.color,
    sink: { onChange: () => undefined, onSynced: () => undefined },
  });
  const abort = new AbortController();
  const running = Promise.all([connection.run(abort.signal), reflector.run(abort.signal)]);
  t.after(async () => {
    abort.abort();
    await running;
  });
  return { connection, reflector };
}

/** As a Secret is: it says that it has changed, and nothing needs to poll it. */
class ManualSource implements CredentialsSource {
  readonly name = "Secret two";
  readonly #path: string;
  #isComplete = false;
  #listener = (): void => undefined;

  constructor(path: string) {
    this.#path = path;
  }

  complete(): void {
    this.#isComplete = true;
    this.#listener();
  }

  stamp(): Promise<string> {
    return Promise.resolve(String(this.#isComplete));
  }

  async load(): Promise<LoadedCredentials> {
    const stamp = await this.stamp();
    if (!this.#isComplete) throw new OperationalError("KUBE_CONFIG", "Secret two is not there yet");
    return { stamp, credentials: await loadKubeconfig({ path: this.#path }, systemClock) };
  }

  subscribe(listener: () => void): () => void {
    this.#listener = listener;
    return () => (this.#listener = () => undefined);
  }
}

const watches = ({ reflector }: ReturnType<typeof follow>): boolean => reflector.health.state === "watching";

describe("MemberConnection", { timeout: 30_000 }, () => {
  it("reports a missing kubeconfig, and loads it once it exists", async (t) => {
    const server = await startServer(t);
    const directory = folder(t);
    const followed = follow(t, join(directory, "kubeconfig"));
    await until("the reflector knows why", () =>
      /there is no such file/.test(followed.reflector.health.lastError ?? ""),
    );
    assert.equal(followed.connection.health.credentials, "broken");
    assert.match(followed.connection.health.problem ?? "", /kubeconfig .* there is no such file/);
    writeKubeconfig(directory, { server: server.url }, {});
    await until("it watches", () => watches(followed));
    assert.equal(followed.connection.health.credentials, "loaded");
    assert.equal(followed.connection.health.problem, null);
  });

  it("moves to another server when the kubeconfig changes, and lists there", async (t) => {
    const [one, other] = [await startServer(t), await startServer(t)];
    other.put(SERVICES, service("b", "blue"));
    const directory = folder(t);
    const followed = follow(t, writeKubeconfig(directory, { server: one.url }, {}));
    await until("it watches", () => watches(followed));
    writeKubeconfig(directory, { server: other.url }, {});
    await until("it sees the other", () => followed.reflector.store.size === 2 && watches(followed));
    assert.equal(followed.connection.health.server, other.url);
    await until("the old watch is gone", () => one.openWatches === 0);
  });

  it("keeps the last good kubeconfig when the new one is broken, and reports that", async (t) => {
    const server = await startServer(t);
    const directory = folder(t);
    const followed = follow(t, writeKubeconfig(directory, { server: server.url }, {}));
    await until("it watches", () => watches(followed));
    writeFileSync(join(directory, "kubeconfig"), "{");
    await until("the problem is told", () => /not YAML/.test(followed.connection.health.problem ?? ""));
    server.put(SERVICES, service("b", "blue"));
    await until("it still follows", () => followed.reflector.store.size === 2);
    assert.equal(followed.connection.health.credentials, "loaded");
    assert.equal(followed.reflector.health.restarts, 0);
    writeKubeconfig(directory, { server: server.url }, { token: "t" });
    await until("the problem is over", () => followed.connection.health.problem === null);
    assert.equal(followed.connection.health.reloads, 1);
  });

  it("keeps the last good kubeconfig when it is replaced by one with a command, which does not run", async (t) => {
    const server = await startServer(t);
    const directory = folder(t);
    const followed = follow(t, writeKubeconfig(directory, { server: server.url }, {}));
    await until("it watches", () => watches(followed));
    const command = writeScript(directory, "trap", `touch ${directory}/mark`);
    const exec = { apiVersion: "client.authentication.k8s.io/v1", command };
    writeKubeconfig(directory, { server: server.url }, { exec });
    await until("the setting is told", () =>
      (followed.connection.health.problem ?? "").endsWith(`kubeconfigs: { commands: [${command}] }`),
    );
    server.put(SERVICES, service("b", "blue"));
    await until("it still follows", () => followed.reflector.store.size === 2);
    assert.equal(existsSync(join(directory, "mark")), false);
  });

  it("says what others on the way can do, and which proxy is there, without its password", async (t) => {
    const server = await startServer(t);
    const proxy = await httpProxy(t, { target: Number(new URL(server.url).port), login: "me:hunter2" });
    const cluster = { server: server.url, "proxy-url": `http://me:hunter2@127.0.0.1:${proxy.port}` };
    const followed = follow(t, writeKubeconfig(folder(t), cluster, {}));
    await until("it watches", () => watches(followed));
    const { health } = followed.connection;
    assert.match(health.warnings.join(), /is not encrypted/);
    assert.match(health.proxy ?? "", /^the proxy http:\/\/127\.0\.0\.1:\d+ \(proxy-url of context it of /);
    assert.doesNotMatch(JSON.stringify(health), /hunter2/);
  });

  it("takes credentials from another source, and keeps the old ones while that has none", async (t) => {
    const [one, other] = [await startServer(t), await startServer(t)];
    other.put(SERVICES, service("b", "blue"));
    const followed = follow(t, writeKubeconfig(folder(t), { server: one.url }, {}), {
      stampPollMs: 3_600_000,
    });
    await until("it watches", () => watches(followed));
    const second = new ManualSource(writeKubeconfig(folder(t), { server: other.url }, {}));
    followed.connection.useSource(second);
    await until("the problem is told", () => /not there yet/.test(followed.connection.health.problem ?? ""));
    assert.equal(followed.connection.health.credentials, "loaded");
    assert.equal(followed.connection.health.source, "Secret two");
    one.put(SERVICES, service("c", "green"));
    await until("it still follows the first", () => followed.reflector.store.size === 2);
    second.complete();
    await until("it moves", () => followed.connection.health.server === other.url && watches(followed));
    assert.equal(followed.connection.health.problem, null);
    await until("the old watch is gone", () => one.openWatches === 0);
  });

  it("uses a new token file without interrupting watches", async (t) => {
    const server = await startServer(t);
    const directory = folder(t);
    writeFileSync(join(directory, "token"), "first");
    const followed = follow(t, writeKubeconfig(directory, { server: server.url }, { tokenFile: "token" }));
    await until("it watches", () => watches(followed));
    writeFileSync(join(directory, "next"), "second");
    renameSync(join(directory, "next"), join(directory, "token"));
    await until("it was loaded again", () => followed.connection.health.reloads === 1);
    assert.equal(followed.reflector.health.restarts, 0);
    server.tokens = new Set(["second"]);
    server.resetConnections();
    await until(
      "it watches with the new one",
      () => followed.reflector.health.restarts === 1 && watches(followed),
    );
    assert.equal(server.seen.at(-1)?.request.headers.authorization, "Bearer second");
  });

  it("follows an update of a mounted Secret to a new client certificate, and reopens its watches", async (t) => {
    const authority = await createAuthority();
    const own = await authority.issueServer("server");
    const tls = { cert: own.certificatePem, key: own.keyPem, ca: authority.caPem, requestCert: true };
    const server = await startServer(t, { tls });
    const directory = folder(t);
    const mount = async (version: string, user: string): Promise<void> => {
      const { certificatePem, keyPem } = await authority.issueClient(user, []);
      mkdirSync(join(directory, version));
      writeFileSync(join(directory, version, "tls.crt"), certificatePem);
      writeFileSync(join(directory, version, "tls.key"), keyPem);
      symlinkSync(version, join(directory, "next"));
      renameSync(join(directory, "next"), join(directory, "..data"));
    };
    await mount("v1", "first");
    for (const name of ["tls.crt", "tls.key"]) symlinkSync(join("..data", name), join(directory, name));
    const cluster = {
      server: server.url,
      "certificate-authority-data": Buffer.from(authority.caPem).toString("base64"),
    };
    const user = { "client-certificate": "tls.crt", "client-key": "tls.key" };
    const followed = follow(t, writeKubeconfig(directory, cluster, user));
    await until("it watches", () => watches(followed));
    await mount("v2", "second");
    rmSync(join(directory, "v1"), { recursive: true });
    await until("it watches again", () => followed.reflector.health.restarts === 1 && watches(followed));
    const socket = server.seen.filter(({ kind }) => kind === "watch").at(-1)?.request.socket;
    assert.equal(socket instanceof TLSSocket && socket.getPeerCertificate().subject.CN, "second");
    assert.equal(followed.reflector.health.relists, 0);
  });

  it("reports whether the server is ready, refuses us, or does not answer", async (t) => {
    const server = await startServer(t);
    const path = writeKubeconfig(folder(t), { server: server.url }, {});
    const kindNow = async (claim: string): Promise<string> => {
      const { connection } = follow(t, path);
      await until(claim, () => connection.health.reachability.kind !== "unknown");
      return connection.health.reachability.kind;
    };
    assert.equal(await kindNow("ready"), "ready");
    server.outage({ status: 500 });
    assert.equal(await kindNow("not ready"), "not-ready");
    server.outage({ status: 403 });
    assert.equal(await kindNow("refused"), "refused");
    await server.close();
    assert.equal(await kindNow("unreachable"), "unreachable");
    await server.listen();
  });
});
