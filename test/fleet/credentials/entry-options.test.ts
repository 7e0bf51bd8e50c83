/** The options of a kubeconfig entry, compared with client-node's KubeConfig. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import type { RequestOptions } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { KubeConfig } from "@kubernetes/client-node";
import { entryOptions } from "../../../src/fleet/credentials/entry-options.ts";
import { isRecord } from "../../../src/fleet/kube/kube-error.ts";
import { parseKubeconfig } from "../../../src/fleet/credentials/kubeconfig-entry.ts";

const directory = mkdtempSync(join(tmpdir(), "fedns-entry-"));
test.after(() => rmSync(directory, { recursive: true }));
writeFileSync(join(directory, "ca.crt"), "certificate of the authority");
const server = "https://127.0.0.1:6443";
const encoded = (text: string): string => Buffer.from(text).toString("base64");

type Settings = Readonly<Record<string, unknown>>;

async function asClientNode(cluster: Settings, user: Settings): Promise<RequestOptions> {
  const config = new KubeConfig();
  const text = {
    clusters: [{ name: "it", cluster }],
    users: [{ name: "it", user }],
    contexts: [{ name: "it", context: { cluster: "it", user: "it" } }],
    "current-context": "it",
  };
  config.loadFromString(JSON.stringify(text));
  config.makePathsAbsolute(directory);
  const options: RequestOptions = {};
  await config.applyToHTTPSOptions(options);
  return options;
}

const entries: readonly { readonly what: string; readonly cluster: Settings; readonly user: Settings }[] = [
  { what: "nothing but a server", cluster: { server }, user: {} },
  { what: "a token", cluster: { server }, user: { token: "abc" } },
  { what: "a name and a password", cluster: { server }, user: { username: "me", password: "p:w" } },
  { what: "a certificate as data", cluster: { server }, user: { "client-certificate-data": encoded("c") } },
  { what: "a key as data", cluster: { server }, user: { "client-key-data": encoded("k") } },
  { what: "an authority in a file", cluster: { server, "certificate-authority": "ca.crt" }, user: {} },
  { what: "an authority as data", cluster: { server, "certificate-authority-data": encoded("a") }, user: {} },
  { what: "another server name", cluster: { server, "tls-server-name": "kubernetes" }, user: {} },
  { what: "no verification", cluster: { server, "insecure-skip-tls-verify": true }, user: {} },
];

for (const { what, cluster, user } of entries) {
  test(`an entry with ${what} gives the same options as client-node`, async () => {
    const ours = await entryOptions(cluster, user, (_field, path) => readFile(join(directory, path)));
    const theirs = await asClientNode(cluster, user);
    const headers = isRecord(theirs.headers) ? theirs.headers : {};
    const basic = typeof theirs.auth === "string" ? `Basic ${encoded(theirs.auth)}` : null;
    assert.deepEqual(ours, {
      ca: theirs.ca ?? null,
      cert: theirs.cert ?? null,
      key: theirs.key ?? null,
      servername: theirs.servername ?? null,
      rejectUnauthorized: theirs.rejectUnauthorized !== false,
      authorization: headers["Authorization"] ?? basic,
    });
  });
}

test("the last of two equal keys counts, as with kubectl", () => {
  const document = parseKubeconfig("current-context: one\ncurrent-context: two\n", "k");
  assert.deepEqual(document, { "current-context": "two" });
});

test("nested aliases are refused before they expand", () => {
  const lines = ["a0: &a0 [x, x]"];
  for (let i = 1; i < 40; i++) lines.push(`a${i}: &a${i} [*a${i - 1}, *a${i - 1}]`);
  assert.throws(() => parseKubeconfig(lines.join("\n"), "bomb.yaml"), /bomb\.yaml has more YAML aliases/);
});
