/** `fedns sandbox`: its files and its output; a second one changes nothing. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, it } from "node:test";
import { main } from "../../src/cli/program.ts";
import type { Programs } from "../../src/cli/session/session.ts";
import type { Config } from "../../src/run/config/config.ts";
import { claimDirectory } from "../../src/cli/sandbox/own-directory.ts";
import { SANDBOX_MARK } from "../../src/cli/sandbox/sandbox-config.ts";
import { lockStateDirectory } from "../../src/run/supervise/state-directory.ts";
import { until } from "../support/until.ts";
import { fakeSession, fakeSupervisor } from "./fake-session.ts";

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), "fedns-sandbox-"));
  closing.push(() => rm(path, { recursive: true }));
  return path;
}

/** Clusters that exist by name only. */
function fakeSandbox(events: string[]): Pick<Programs, "startSandbox"> {
  return {
    startSandbox({ directory }) {
      events.push("started");
      const kubeconfigPath = join(directory, "kubeconfig");
      const place = { latitude: 50.1, longitude: 8.7 };
      return Promise.resolve({
        clusters: ["us-west", "eu-central"].map((name) => ({
          name,
          kubeconfigPath,
          context: name,
          isInHost: name === "eu-central",
          ...place,
        })),
        host: { kubeconfigPath: join(directory, "host.kubeconfig"), context: "host" },
        kubeconfigPath,
        close: () => {
          events.push("closed");
          return Promise.resolve();
        },
      });
    },
  };
}

describe("fedns sandbox", () => {
  it("writes a valid configuration, prints what runs and what to try, and ends at a signal", async () => {
    const directory = join(await folder(), "box");
    const events: string[] = [];
    const configs: Config[] = [];
    const session = fakeSession({ ...fakeSandbox(events), ...fakeSupervisor(configs) });
    const ended = main(
      ["sandbox", "--directory", directory, "--port", "0", "--admin-port", "0", "--http-port", "0"],
      session,
    );
    await until("it greets", () => session.printed() !== "");
    process.emit("SIGINT");
    assert.equal(await ended, 0, session.complained());
    assert.deepEqual(events, ["started", "closed"]);
    assert.deepEqual(
      configs[0]?.clusters.map(({ name, kubeconfig, context, location }) => ({
        name,
        kubeconfig,
        context,
        location,
      })),
      [
        {
          name: "us-west",
          kubeconfig: join(directory, "kubeconfig"),
          context: "us-west",
          location: { latitude: 50.1, longitude: 8.7 },
        },
      ],
    );
    assert.deepEqual(configs[0]?.host, {
      kubeconfig: join(directory, "host.kubeconfig"),
      inCluster: false,
      context: "host",
      namespace: "kube-federation-system",
      dnsEndpoints: "none",
    });
    assert.equal(configs[0]?.serve.drainSeconds, 0);
    const text = session.printed();
    assert.match(text, /test double and a demo, never a store for production/);
    assert.match(text, /\n {2}dig @127\.0\.0\.1 -p 0 hello\.demo\.myfed\.svc\.example\.com\n/);
    assert.match(text, /\n {2}kubectl --kubeconfig \S+ --context us-west get svc -A\n/);
    assert.match(
      text,
      /\n {2}(fedns|npm run -s fedns --) ask hello\.demo\.myfed\.svc\.eu-central\.example\.com AAAA --server 127\.0\.0\.1:0\n/,
    );
    for (const line of [
      / explain hello\.demo\.myfed\.svc\.example\.com --server 127\.0\.0\.1:0\n/,
      / status --config \S+fedns\.yaml\n/,
      / drain us-west --config \S+fedns\.yaml\n/,
    ])
      assert.match(text, line);
  });

  it("ends when its terminal is closed", async () => {
    const events: string[] = [];
    const session = fakeSession({ ...fakeSandbox(events), ...fakeSupervisor([]) });
    const ports = ["--port", "0", "--admin-port", "0", "--http-port", "0"];
    const ended = main(["sandbox", "--directory", join(await folder(), "box"), ...ports], session);
    await until("it greets", () => session.printed() !== "");
    process.emit("SIGHUP");
    assert.equal(await ended, 0, session.complained());
    assert.deepEqual(events, ["started", "closed"]);
    assert.equal(process.listenerCount("SIGHUP"), 0);
  });

  it("refuses a port that is taken, before it starts or writes anything", async () => {
    const taken = createServer().listen(0, "127.0.0.1");
    await once(taken, "listening");
    closing.push(async () => {
      taken.close();
      await once(taken, "close");
    });
    const address = taken.address();
    assert.ok(typeof address === "object" && address !== null);
    const directory = join(await folder(), "box");
    const options = ["--port", "--admin-port", "--http-port"];
    for (const option of options) {
      const session = fakeSession();
      const ports: string[] = options.flatMap((one): string[] => [
        one,
        one === option ? String(address.port) : "0",
      ]);
      assert.equal(await main(["sandbox", "-d", directory, ...ports], session), 1);
      assert.match(
        session.complained(),
        new RegExp(
          `^fedns: cannot listen on 127\\.0\\.0\\.1 port ${address.port} \\(tcp\\): process ${process.pid} \\(.*node.*\\) has the port; end it, or choose another port \\(${option}\\)\n$`,
        ),
      );
    }
    assert.equal(existsSync(directory), false);
  });

  it("starts without the orders and the answers of an earlier one, and keeps what is as true now", async () => {
    const directory = await folder();
    await writeFile(join(directory, "fedns.yaml"), `${SANDBOX_MARK}\n`);
    await mkdir(join(directory, "state"));
    for (const name of ["orders", "picture", "clients"]) await writeFile(join(directory, "state", name), "");
    claimDirectory(directory, join(directory, "fedns.yaml")).release();
    assert.equal(existsSync(join(directory, "state", "orders")), false);
    assert.equal(existsSync(join(directory, "state", "picture")), false);
    assert.equal(existsSync(join(directory, "state", "clients")), true);
  });

  it("refuses the directory of a running one, with other ports too, and writes nothing there", async () => {
    const directory = join(await folder(), "box");
    const ports = ["-p", "0", "--admin-port", "0", "--http-port", "0"];
    const first = claimDirectory(directory, join(directory, "fedns.yaml"));
    const events: string[] = [];
    const session = fakeSession({ ...fakeSandbox(events), ...fakeSupervisor([]) });
    assert.equal(await main(["sandbox", "-d", directory, ...ports], session), 1);
    assert.match(
      session.complained(),
      new RegExp(
        `^fedns: another sandbox uses the directory ${directory}: process ${process.pid} on host .*; end it, or choose another --directory\n$`,
      ),
    );
    assert.deepEqual([events, await readdir(directory)], [[], ["sandbox.lock"]]);
    first.release();
  });

  it("empties no state that is not its own, nor that of a running fedns", async () => {
    const directory = await folder();
    const config = join(directory, "fedns.yaml");
    await mkdir(join(directory, "state"));
    await writeFile(join(directory, "state", "orders"), "");
    assert.throws(() => claimDirectory(directory, config), { code: "SANDBOX_FOREIGN_FILE" });
    await writeFile(config, SANDBOX_MARK);
    const lock = lockStateDirectory(join(directory, "state"));
    assert.throws(() => claimDirectory(directory, config), { code: "SANDBOX_BUSY" });
    lock.release();
    assert.equal(existsSync(join(directory, "state", "orders")), true);
    claimDirectory(directory, config).release();
  });

  it("overwrites its own configuration only", async () => {
    const directory = await folder();
    const file = join(directory, "fedns.yaml");
    await writeFile(file, "federations: []\n");
    const session = fakeSession();
    assert.equal(
      await main(["sandbox", "-d", directory, "-p", "0", "--admin-port", "0", "--http-port", "0"], session),
      1,
    );
    assert.match(
      session.complained(),
      /was not written by a sandbox and would be overwritten; choose another --directory\n$/,
    );
    assert.equal(await readFile(file, "utf8"), "federations: []\n");
    await writeFile(file, "# Written by `fedns sandbox` at each start: changes here are lost.\nold: true\n");
    const again = fakeSession({ ...fakeSandbox([]), ...fakeSupervisor([]) });
    const ended = main(
      ["sandbox", "-d", directory, "-p", "0", "--admin-port", "0", "--http-port", "0"],
      again,
    );
    await until("it greets", () => again.printed() !== "");
    process.emit("SIGTERM");
    assert.equal(await ended, 0);
    assert.doesNotMatch(await readFile(file, "utf8"), /old/);
  });
});
