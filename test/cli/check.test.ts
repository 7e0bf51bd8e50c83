/** `fedns check`: whatever `fedns serve` would meet on this machine, with --online in the clusters too; never "valid" and then an error. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdirSync, readFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { describe, it } from "node:test";
import { lockStateDirectory } from "../../src/run/supervise/state-directory.ts";
import { temporaryFolder } from "../support/fedns.ts";
import { check, checkIn } from "./check-rig.ts";

const cluster = (kubeconfig: string, more: object = {}): object => ({
  clusters: [{ name: "a", kubeconfig, ...more }],
});

const FOUND: readonly (readonly [what: string, settings: object, code: number, line: RegExp])[] = [
  [
    "nothing in sound settings",
    cluster("good.kubeconfig"),
    0,
    /^fedns\.yaml is valid: myfed in example\.com; 1 cluster; DNS on 127\.0\.0\.1 port 0\.\n$/,
  ],
  [
    "a kubeconfig that is not there yet",
    cluster("none.kubeconfig"),
    0,
    /^fedns\.yaml:6:\d+: warning: clusters\[0\]\.kubeconfig: none\.kubeconfig is not there; .*\nfedns\.yaml is valid: .*; 1 warning\.\n$/,
  ],
  [
    "a file that is no kubeconfig",
    cluster("text.kubeconfig"),
    1,
    /^fedns\.yaml:6:\d+: clusters\[0\]\.kubeconfig: kubeconfig text\.kubeconfig is empty or not a kubeconfig\nfedns\.yaml has 1 error\.\n$/,
  ],
  [
    "a context that does not exist",
    cluster("good.kubeconfig", { context: "west" }),
    1,
    /kubeconfig good\.kubeconfig has no context named "west"; it has: x\n/,
  ],
  [
    "a kubeconfig of the host that is none",
    { host: { kubeconfig: "text.kubeconfig" } },
    1,
    /: host\.kubeconfig: kubeconfig text\.kubeconfig is empty/,
  ],
  [
    "a location database that is not there",
    { locate: { database: "./city.mmdb" } },
    0,
    /^fedns\.yaml:5:\d+: warning: locate\.database: city\.mmdb is not there; create it, or name another one/,
  ],
  [
    "replicas without a key of cookies",
    { replicas: 2 },
    0,
    /^fedns\.yaml:6:1: warning: replicas: replicas do not take the cookies of each other, .* into cookies\.secretsFile, or/,
  ],
  [
    "nothing in replicas with a key",
    { replicas: 2, cookies: { secrets: ["00".repeat(16)] } },
    0,
    /^fedns\.yaml is valid/,
  ],
  [
    "a domain within another",
    {
      federations: [
        { name: "a", domain: "example.com" },
        { name: "b", domain: "eu.example.com" },
      ],
    },
    0,
    /: warning: federations\[1\]\.domain: eu\.example\.com lies within example\.com/,
  ],
  [
    "a domain where services are",
    {
      federations: [
        { name: "a", domain: "example.com" },
        { name: "b", domain: "svc.example.com" },
      ],
    },
    1,
    /\d: federations\[1\]\.domain: svc\.example\.com lies within/,
  ],
  [
    "an address that this machine has not",
    { listen: [{ address: "192.0.2.9", port: 5353 }] },
    1,
    /: listen\[0\]: cannot listen on 192\.0\.2\.9 port 5353 \(udp\): this machine has no such address; .*\n/,
  ],
  [
    "a state directory that is a file",
    { stateDirectory: "./good.kubeconfig" },
    1,
    /: stateDirectory: good\.kubeconfig cannot be used: it is a file and no directory; or choose another stateDirectory\n/,
  ],
  [
    "a path that begins with ~",
    { stateDirectory: "~/state" },
    1,
    /: stateDirectory: begins with ~, which only a shell knows; write the whole path, like \/.*\/state\n$/,
  ],
  [
    "a kubeconfig in ~",
    cluster("~/.kube/config"),
    1,
    /: clusters\[0\]\.kubeconfig: begins with ~, which only a shell knows/,
  ],
  [
    "true for a source",
    { sources: { gateways: true } },
    1,
    /: sources\.gateways: must be a group, not true; write gateways: \{ enabled: true \}\n$/,
  ],
];

describe("fedns check finds", () => {
  for (const [what, settings, expected, line] of FOUND)
    it(what, async (t) => {
      const { code, out } = await check(t, settings);
      assert.match(out, line);
      assert.equal(code, expected);
      assert.equal(/is valid/.test(out), code === 0);
    });

  it("a port that another program has, and says which", async (t) => {
    const server = createServer().listen(0, "127.0.0.1");
    t.after(() => server.close());
    await once(server, "listening");
    const { port } = server.address() as { readonly port: number };
    const { code, out } = await check(t, { admin: { port } });
    assert.match(
      out,
      new RegExp(`: admin: cannot listen on .* port ${port} \\(tcp\\): process ${process.pid} \\(`),
    );
    assert.equal(code, 1);
  });

  it("no ports taken where a fedns with these settings runs, and leaves its lock alone", async (t) => {
    const folder = await temporaryFolder(t);
    const state = join(folder, "state");
    const lock = lockStateDirectory(state);
    const note = readFileSync(join(state, "lock"), "utf8");
    const { code, out } = await checkIn(folder, { listen: [{ address: "192.0.2.9", port: 5353 }] });
    assert.match(
      out,
      new RegExp(`: note: stateDirectory: a fedns runs with it \\(process ${process.pid} on host`),
    );
    assert.equal(code, 0);
    assert.equal(readFileSync(join(state, "lock"), "utf8"), note);
    lock.release();
  });

  it("leaves nothing behind", async (t) => {
    const folder = await temporaryFolder(t);
    mkdirSync(join(folder, "state"));
    await checkIn(folder, {});
    assert.throws(() => readFileSync(join(folder, "state", "lock")));
  });
});

it("warnings fail with --strict", async (t) => {
  const { code, out } = await check(t, cluster("none.kubeconfig"), "--strict");
  assert.match(out, /; 1 warning\.\n$/);
  assert.equal(code, 1);
});

it("-o json has every finding with its place", async (t) => {
  const { code, out } = await check(t, cluster("text.kubeconfig"), "-o", "json");
  const { file, isSound, errors, warnings, findings } = JSON.parse(out);
  assert.deepEqual([file, isSound, errors, warnings, code], ["fedns.yaml", false, 1, 0, 1]);
  assert.deepEqual(findings, [
    {
      severity: "error",
      message: "kubeconfig text.kubeconfig is empty or not a kubeconfig",
      file: "fedns.yaml",
      line: 6,
      column: 24,
      setting: "clusters[0].kubeconfig",
    },
  ]);
});
