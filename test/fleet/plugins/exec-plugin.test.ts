/** Exec plug-ins: their input, their output, how often they run, and how they fail. */
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { systemClock } from "../../../src/kernel/clock.ts";
import type { Clock } from "../../../src/kernel/clock.ts";
import { NO_TRUST, termsOf } from "../../../src/fleet/credentials/kubeconfig-trust.ts";
import { ExecPlugin, type PluginTerms, runExec } from "../../../src/fleet/plugins/exec-plugin.ts";
import { type ExecSpec, parseExecSpec } from "../../../src/fleet/plugins/plugin-spec.ts";
import { loadKubeconfig } from "../../../src/fleet/credentials/kubeconfig.ts";
import { createAuthority } from "../../../src/sandbox/tls/authority.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { FaultyApiServer } from "../../support/faulty-api-server.ts";
import { until } from "../../support/until.ts";
import { ask, folder, load, writeKubeconfig, writeScript } from "../credentials/kubeconfig-folder.ts";

const V1 = "client.authentication.k8s.io/v1";

function printing(status: unknown, apiVersion: string = V1): string {
  return `echo '${JSON.stringify({ apiVersion, kind: "ExecCredential", status })}'`;
}

function specOf(command: string, more: Partial<ExecSpec> = {}): ExecSpec {
  return { apiVersion: V1, command, args: [], env: {}, installHint: "", cluster: null, ...more };
}

/** As a server whose settings allow this command. */
function termsFor(spec: ExecSpec, clock: Clock): PluginTerms {
  return { commands: [spec.command], env: process.env, onComplaint: () => undefined, clock };
}

function run(spec: ExecSpec, clock: Clock = systemClock): ReturnType<typeof runExec> {
  return runExec(spec, termsFor(spec, clock));
}

function pluginOf(spec: ExecSpec, clock: Clock): ExecPlugin {
  return new ExecPlugin(spec, termsFor(spec, clock));
}

/** A script that counts its runs in a file and prints a token that tells the runs apart. */
function countingScript(
  directory: string,
  expires: string = "",
): { readonly command: string; readonly runs: () => number } {
  const log = join(directory, "runs");
  const status = `{"token":"run-'$(wc -l < ${log} | tr -d ' ')'"${expires === "" ? "" : `,"expirationTimestamp":"${expires}"`}}`;
  const command = writeScript(
    directory,
    "plugin",
    `echo run >> ${log}\necho '{"apiVersion":"${V1}","kind":"ExecCredential","status":${status}}'`,
  );
  return { command, runs: () => (existsSync(log) ? readFileSync(log, "utf8").split("\n").length - 1 : 0) };
}

describe("parseExecSpec", () => {
  it("resolves a command with a slash relative to the kubeconfig, and others from PATH", () => {
    assert.equal(
      parseExecSpec({ apiVersion: V1, command: "bin/login" }, "/etc/kube", null).command,
      "/etc/kube/bin/login",
    );
    assert.equal(parseExecSpec({ apiVersion: V1, command: "aws" }, "/etc/kube", null).command, "aws");
  });

  it("refuses what is not supported, with the reason", () => {
    const refused = (exec: unknown, sentence: RegExp): void => {
      assert.throws(() => parseExecSpec(exec, "/", null), sentence);
    };
    refused({ apiVersion: V1 }, /has no command/);
    refused(
      { apiVersion: "client.authentication.k8s.io/v1alpha1", command: "x" },
      /known are .*v1 and .*v1beta1/,
    );
    refused({ apiVersion: V1, command: "x", interactiveMode: "Always" }, /never gives it a terminal/);
  });
});

describe("runExec", { timeout: 20_000 }, () => {
  it("passes arguments, environment and KUBERNETES_EXEC_INFO", async (t) => {
    const directory = folder(t);
    const script = `echo "$1 $WHO $KUBERNETES_EXEC_INFO" > ${directory}/given\n${printing({ token: "t" })}`;
    const cluster = { server: "https://it.test", config: { audience: "dns" } };
    const spec = specOf(writeScript(directory, "plugin", script), {
      args: ["login"],
      env: { WHO: "ada" },
      cluster,
    });
    assert.equal((await run(spec)).token, "t");
    const [, given] = /^login ada (.*)\n$/.exec(readFileSync(join(directory, "given"), "utf8")) ?? [];
    assert.deepEqual(JSON.parse(given ?? ""), {
      apiVersion: V1,
      kind: "ExecCredential",
      spec: { interactive: false, cluster },
    });
  });

  const failures: readonly (readonly [string, string, RegExp])[] = [
    [
      "it fails",
      "echo 'please log in' >&2; exit 3",
      /plugin ended with 3; the log of fedns has what it said$/,
    ],
    ["it prints no JSON", "echo hello", /printed no JSON/],
    [
      "it answers in another version",
      printing({ token: "t" }, "client.authentication.k8s.io/v1beta1"),
      /no ExecCredential of .*\/v1$/,
    ],
    ["it gives nothing", printing({}), /neither token nor certificate/],
    ["it gives a certificate without a key", printing({ clientCertificateData: "x" }), /half a certificate/],
    ["its expiry is no time", printing({ token: "t", expirationTimestamp: "soon" }), /is no time/],
    ["it prints without end", "yes '{'", /more than 1048576 bytes/],
  ];
  for (const [claim, script, sentence] of failures)
    it(`reports that ${claim}`, async (t) => {
      await assert.rejects(run(specOf(writeScript(folder(t), "plugin", script))), sentence);
    });

  it("shows the install hint when the command does not exist", async () => {
    const spec = specOf("/nowhere/plugin", { installHint: "install it with care" });
    await assert.rejects(run(spec), /cannot be started: there is no such command; install it with care/);
  });

  it("kills a command that hangs, and its child processes", async (t) => {
    const directory = folder(t);
    const clock = new FakeClock();
    const command = writeScript(directory, "plugin", `sleep 60 &\necho $! > ${directory}/child\nwait`);
    const running = assert.rejects(run(specOf(command), clock), /did not end within 30 s/);
    const child = join(directory, "child");
    await until("it started", () => existsSync(child) && readFileSync(child, "utf8").endsWith("\n"));
    await clock.advanceAsync(30_000);
    await running;
    const pid = Number(readFileSync(child, "utf8"));
    await until("the child is gone", () => !isRunning(pid));
  });
});

function isRunning(pid: number): boolean {
  try {
    return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return false;
  }
}

describe("ExecPlugin", { timeout: 20_000 }, () => {
  it("runs once for concurrent requests, and not again while the credential is valid", async (t) => {
    const { command, runs } = countingScript(folder(t));
    const plugin = pluginOf(specOf(command), new FakeClock());
    const credentials = await Promise.all(Array.from({ length: 10 }, () => plugin.credential()));
    assert.deepEqual(new Set(credentials.map(({ token }) => token)), new Set(["run-1"]));
    await plugin.credential();
    assert.equal(runs(), 1);
  });

  it("runs again shortly before the credential expires", async (t) => {
    const clock = new FakeClock();
    const { command, runs } = countingScript(folder(t), new Date(clock.wallMs() + 600_000).toISOString());
    const plugin = pluginOf(specOf(command), clock);
    await plugin.credential();
    clock.advance(560_000);
    assert.equal((await plugin.credential()).token, "run-1");
    clock.advance(15_000);
    assert.equal((await plugin.credential()).token, "run-2");
    assert.equal(runs(), 2);
  });

  it("keeps a credential until it expires while new runs fail", async (t) => {
    const clock = new FakeClock();
    const directory = folder(t);
    const command = writeScript(
      directory,
      "plugin",
      `test -e ${directory}/once && exit 1\ntouch ${directory}/once\n${printing({ token: "t", expirationTimestamp: new Date(clock.wallMs() + 60_000).toISOString() })}`,
    );
    const plugin = pluginOf(specOf(command), clock);
    await plugin.credential();
    clock.advance(45_000);
    assert.equal((await plugin.credential()).token, "t");
    clock.advance(20_000);
    await assert.rejects(plugin.credential(), /ended with 1/);
  });

  it("does not run a failing command with every request", async (t) => {
    const clock = new FakeClock();
    const directory = folder(t);
    const command = writeScript(directory, "plugin", `echo run >> ${directory}/runs; exit 1`);
    const plugin = pluginOf(specOf(command), clock);
    for (let seconds = 0; seconds < 120; seconds += 1) {
      await assert.rejects(plugin.credential(), /ended with 1/);
      clock.advance(1_000);
    }
    const runs = readFileSync(join(directory, "runs"), "utf8").split("\n").length - 1;
    assert.ok(runs >= 5 && runs <= 10, `${runs} runs in two minutes`);
  });

  it("runs again after a 401, but not after every one", async (t) => {
    const clock = new FakeClock();
    const { command, runs } = countingScript(folder(t));
    const plugin = pluginOf(specOf(command), clock);
    await plugin.credential();
    clock.advance(1_000);
    assert.equal(await plugin.renew(), true);
    assert.equal(await plugin.renew(), false);
    assert.equal((await plugin.credential()).token, "run-2");
    assert.equal(runs(), 2);
  });
});

describe("a kubeconfig with an exec plug-in", { timeout: 20_000 }, () => {
  it("sends the token of the plug-in, and a new one after a 401", async (t) => {
    const server = await FaultyApiServer.start();
    t.after(() => server.close());
    const directory = folder(t);
    countingScript(directory);
    const exec = { apiVersion: V1, command: "./plugin", interactiveMode: "IfAvailable" };
    const clock = new FakeClock();
    const credentials = await loadKubeconfig(
      { path: writeKubeconfig(directory, { server: server.url }, { exec }) },
      clock,
      termsOf({ ...NO_TRUST, commands: [join(directory, "plugin")] }),
    );
    assert.equal((await ask(server, credentials)).headers.authorization, "Bearer run-1");
    server.tokens = new Set(["run-2"]);
    clock.advance(1_000);
    assert.equal((await ask(server, credentials)).headers.authorization, "Bearer run-2");
  });

  it("uses the certificate of the plug-in, and passes it the cluster", async (t) => {
    const authority = await createAuthority();
    const [own, mine] = [await authority.issueServer("server"), await authority.issueClient("robot", [])];
    const tls = { cert: own.certificatePem, key: own.keyPem, ca: authority.caPem, requestCert: true };
    const server = await FaultyApiServer.start({ tls });
    t.after(() => server.close());
    const directory = folder(t);
    const status = { clientCertificateData: mine.certificatePem, clientKeyData: mine.keyPem };
    writeScript(
      directory,
      "plugin",
      `echo "$KUBERNETES_EXEC_INFO" > ${directory}/info\n${printing(status).replaceAll("\\n", "\\\\n").replace("echo", "printf")}`,
    );
    const cluster = {
      server: server.url,
      "certificate-authority-data": Buffer.from(authority.caPem).toString("base64"),
      extensions: [{ name: "client.authentication.k8s.io/exec", extension: { audience: "dns" } }],
    };
    const exec = { apiVersion: V1, command: "./plugin", provideClusterInfo: true };
    const allowed = { commands: [join(directory, "plugin")] };
    const request = await ask(
      server,
      await load(writeKubeconfig(directory, cluster, { exec }), "it", allowed),
    );
    assert.equal(Reflect.get(request.socket, "authorized"), true);
    const info = JSON.parse(readFileSync(join(directory, "info"), "utf8"));
    assert.equal(info.spec.cluster.server, server.url);
    assert.equal(info.spec.cluster["certificate-authority-data"], cluster["certificate-authority-data"]);
    assert.deepEqual(info.spec.cluster.config, { audience: "dns" });
  });
});
