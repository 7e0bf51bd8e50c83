/** `fedns member-kubeconfig`: from deploy/member.yaml to a file that fedns reads, with a token that lasts, or that ends when it says. */
import assert from "node:assert/strict";
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { parse, parseAllDocuments, stringify } from "yaml";
import { expiryOfToken } from "../../src/fleet/credentials/bearer-token.ts";
import { loadKubeconfig } from "../../src/fleet/credentials/kubeconfig.ts";
import { KubeError } from "../../src/fleet/kube/kube-error.ts";
import { Transport } from "../../src/fleet/kube/transport.ts";
import { systemClock } from "../../src/kernel/clock.ts";
import { httpProxy } from "../support/proxies.ts";
import { type Rig, startRig } from "./clusters/rig.ts";

const MEMBER = join(import.meta.dirname, "..", "..", "deploy", "member.yaml");

async function rigWith(t: TestContext, { hasSecret = true } = {}): Promise<Rig> {
  const rig = await startRig(t, ["us-west"]);
  const server = rig.servers["us-west"];
  assert.ok(server !== undefined);
  for (const document of parseAllDocuments(readFileSync(MEMBER, "utf8"))) {
    const manifest = document.toJS();
    if (hasSecret || manifest.kind !== "Secret") server.objects.put(manifest);
  }
  await server.settled();
  return rig;
}

/** Status codes of a read that the account may do, and of one that it may not. */
async function readWith(file: string): Promise<readonly number[]> {
  const transport = new Transport({ clock: systemClock, random: Math.random });
  transport.adopt(await loadKubeconfig({ path: file }, systemClock));
  const { signal } = new AbortController();
  const statusOf = (path: string): Promise<number> =>
    transport.request({ path, signal }).then(
      ({ status }) => status,
      (error: unknown) => (error instanceof KubeError ? error.status : -1),
    );
  const found = [await statusOf("/api/v1/services"), await statusOf("/api/v1/secrets")];
  transport.close();
  return found;
}

describe("fedns member-kubeconfig", () => {
  it("makes a file for its owner alone, with which the member is read and nothing else", async (t) => {
    const rig = await rigWith(t);
    const file = join(rig.folder, "made");
    const { code, out, err } = await rig.fedns("member-kubeconfig", "us-west", "-o", file);
    assert.deepEqual([code, out, err], [0, `${file} written, with the context us-west\n`, ""]);
    assert.equal(statSync(file).mode & 0o777, 0o600);
    assert.deepEqual(await readWith(file), [200, 403]);
    const made = parse(readFileSync(file, "utf8"));
    assert.equal(made["current-context"], "us-west");
    assert.equal(expiryOfToken(made.users[0].user.token), null);
  });

  it("keeps the proxy of the kubeconfig, and none of the person's environment", async (t) => {
    const rig = await rigWith(t);
    const server = rig.servers["us-west"];
    assert.ok(server !== undefined);
    const { port } = await httpProxy(t, { target: server.port });
    const given = parse(readFileSync(rig.kubeconfig, "utf8"));
    const proxy = `http://127.0.0.1:${port}`;
    given.clusters[0].cluster["proxy-url"] = proxy;
    writeFileSync(rig.kubeconfig, stringify(given));
    const { code, out, err } = await rig.fedns("member-kubeconfig", "us-west");
    assert.equal(code, 0, err);
    assert.equal(new URL(parse(out).clusters[0].cluster["proxy-url"]).origin, proxy);
  });

  it("prints it, with a token that ends when it is asked for one, and another address", async (t) => {
    const rig = await rigWith(t);
    const { code, out, err } = await rig.fedns(
      "member-kubeconfig",
      "us-west",
      "--token-duration",
      "1h",
      "--api-endpoint",
      "https://192.0.2.10:6443/",
    );
    assert.equal(code, 0, err);
    const made = parse(out);
    assert.equal(made.clusters[0].cluster.server, "https://192.0.2.10:6443");
    const expiresMs = expiryOfToken(made.users[0].user.token);
    assert.ok(expiresMs !== null && expiresMs < Date.now() + 7_200_000);
    assert.match(err, /^its token expires at \S+Z, and is not renewed: make a new one before\n$/);
  });

  it("has a token issued where the account has no Secret", async (t) => {
    const rig = await rigWith(t, { hasSecret: false });
    const { code, out, err } = await rig.fedns("member-kubeconfig", "us-west");
    assert.equal(code, 0, err);
    const file = join(rig.folder, "printed");
    writeFileSync(file, out);
    assert.deepEqual(await readWith(file), [200, 403]);
    assert.match(err, /^its token expires at /);
  });

  it("says how the account is made where there is none", async (t) => {
    const rig = await startRig(t, ["us-west"]);
    const { code, out, err } = await rig.fedns("member-kubeconfig", "us-west");
    assert.deepEqual([code, out], [1, ""]);
    assert.equal(
      err,
      "fedns: us-west: ServiceAccount fedns-system/fedns-reader: there is none; create it: kubectl --context us-west create -f deploy/member.yaml, or name another one with --account\n",
    );
  });

  it("does not overwrite anything where the file cannot be written", async (t) => {
    const rig = await rigWith(t);
    const { code, err } = await rig.fedns("member-kubeconfig", "us-west", "-o", join(rig.kubeconfig, "x"));
    assert.equal(code, 1);
    assert.match(err, /^fedns: cannot .*kubeconfig: .*\n$/);
  });
});
