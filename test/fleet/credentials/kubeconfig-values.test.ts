/** Values of a kubeconfig that end in headers of requests and in TLS: checked when it is read, not with each request. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { FaultyApiServer } from "../../support/faulty-api-server.ts";
import { createAuthority } from "../../../src/sandbox/tls/authority.ts";
import { ask, folder, load, refused, type Settings, writeKubeconfig } from "./kubeconfig-folder.ts";

const cluster = { server: "https://127.0.0.1:1" };

function base64(text: string): string {
  return Buffer.from(text).toString("base64");
}

describe("a kubeconfig makes no header of its own", { timeout: 30_000 }, () => {
  const injected = "jane\r\nImpersonate-Group: system:masters";
  const users: readonly (readonly [Settings, RegExp])[] = [
    [{ token: "hunter2\r\nX: y" }, /: token holds no token for an HTTP header/],
    [{ token: "hunter2\0" }, /: token holds no token/],
    [{ token: "t", as: injected }, /: as has a control character/],
    [{ token: "t", as: "a", "as-uid": injected }, /: as-uid has a control/],
    [{ token: "t", as: "a", "as-groups": ["b", injected] }, /: as-groups has a control/],
    [{ token: "t", as: "a", "as-user-extra": { b: [injected] } }, /: as-user-extra has a control/],
    [{ token: "t", as: "a", "as-user-extra": { "\ud800": ["x"] } }, /has a key that is no text/],
    [{ token: "t", "as-groups": ["system:masters"] }, /need "as"/],
  ];
  for (const [user, sentence] of users)
    it(`with ${JSON.stringify(user)}`, async (t) => {
      await refused(writeKubeconfig(folder(t), cluster, user), "KUBE_CONFIG", sentence);
    });

  it("nor sends the kubeconfig of another cluster as a token", async (t) => {
    const directory = folder(t);
    writeFileSync(join(directory, "other"), '{"users":[{"user":{"token":"hunter2"}}]}');
    const path = writeKubeconfig(directory, cluster, { tokenFile: "other" });
    await refused(path, "KUBE_CONFIG", /holds no token but an object in JSON/);
  });

  it("by a token file of several lines", async (t) => {
    const directory = folder(t);
    writeFileSync(join(directory, "token"), "hunter2\nX: y\n");
    const path = writeKubeconfig(directory, cluster, { tokenFile: "token" });
    await refused(path, "KUBE_CONFIG", /tokenFile holds no token/);
  });

  it("and a key of the extras is encoded, and a user beyond ASCII arrives", async (t) => {
    const server = await FaultyApiServer.start();
    t.after(() => server.close());
    const user = { token: "t", as: "Jürgen", "as-user-extra": { "a:b(c)\r\nd": ["1"] } };
    const { rawHeaders } = await ask(
      server,
      await load(writeKubeconfig(folder(t), { server: server.url }, user)),
    );
    const valueOf = (name: string): string | undefined =>
      rawHeaders[rawHeaders.findIndex((one) => one.toLowerCase() === name) + 1];
    assert.equal(Buffer.from(valueOf("impersonate-user") ?? "", "latin1").toString(), "Jürgen");
    assert.equal(valueOf("impersonate-extra-a%3ab%28c%29%0d%0ad"), "1");
  });
});

describe("certificates of a kubeconfig", { timeout: 30_000 }, () => {
  it("that are none are an error when it is read, not with each request", async (t) => {
    const { caPem } = await createAuthority();
    const der = Buffer.from(caPem.replaceAll(/-----[^-]+-----|\s/g, ""), "base64").toString("base64");
    const authorities = ["%%%", base64("hunter2"), der, base64(`${caPem.slice(0, 200)}\n`)];
    for (const data of authorities)
      await refused(
        writeKubeconfig(folder(t), { ...cluster, "certificate-authority-data": data }, {}),
        "KUBE_CONFIG",
        /certificate-authority holds no certificate/,
      );
    const user = { "client-certificate-data": base64("hunter2"), "client-key-data": base64("hunter2") };
    await refused(writeKubeconfig(folder(t), cluster, user), "KUBE_CONFIG", /do not work together/);
  });

  const unsafe: readonly (readonly [Settings, RegExp | null])[] = [
    [{ server: "https://127.0.0.1:1" }, null],
    [{ server: "http://127.0.0.1:1" }, /^http:\/\/127\.0\.0\.1:1 is not encrypted/],
    [{ ...cluster, "insecure-skip-tls-verify": true }, /is not checked: everybody on the way/],
    [{ ...cluster, "tls-server-name": "k8s" }, /any authority that the system trusts/],
  ];
  for (const [own, warning] of unsafe)
    it(`and the way to ${JSON.stringify(own)} is called ${warning === null ? "safe" : "unsafe"}`, async (t) => {
      const { warnings } = await load(writeKubeconfig(folder(t), own, {}));
      assert.equal(warnings.length, warning === null ? 0 : 1);
      if (warning !== null) assert.match(warnings[0] ?? "", warning);
    });

  it("a server that is no URL is quoted without its password", async (t) => {
    await refused(
      writeKubeconfig(folder(t), { server: "ftp://me:hunter2@host" }, {}),
      "KUBE_CONFIG",
      /server is "ftp:\/\/…@host"/,
    );
  });
});
