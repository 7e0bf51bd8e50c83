/** A temporary folder with kubeconfigs in it, and one request made with what was loaded from them. */
import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import type { IncomingMessage } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { systemClock } from "../../../src/kernel/clock.ts";
import type { Credentials } from "../../../src/fleet/kube/credentials.ts";
import { type KubeconfigTrust, NO_TRUST, termsOf } from "../../../src/fleet/credentials/kubeconfig-trust.ts";
import { loadKubeconfig } from "../../../src/fleet/credentials/kubeconfig.ts";
import { Transport } from "../../../src/fleet/kube/transport.ts";
import type { FaultyApiServer } from "../../support/faulty-api-server.ts";
import { SERVICES } from "../kube/watched-server.ts";

export type Settings = Readonly<Record<string, unknown>>;

/** Removed after the test. */
export function folder(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), "fedns-kube-"));
  t.after(() => {
    rmSync(path, { recursive: true, force: true });
  });
  return path;
}

/** JSON is YAML. One context "it", which is the current one; returns the path. */
export function writeKubeconfig(directory: string, cluster: Settings, user: Settings): string {
  const path = join(directory, "kubeconfig");
  const content = {
    clusters: [{ name: "c", cluster }],
    users: [{ name: "u", user }],
    contexts: [{ name: "it", context: { cluster: "c", user: "u" } }],
    "current-context": "it",
  };
  writeFileSync(path, JSON.stringify(content));
  return path;
}

export function writeScript(directory: string, name: string, body: string): string {
  const path = join(directory, name);
  writeFileSync(path, `#!/bin/sh\n${body}\n`);
  chmodSync(path, 0o755);
  return path;
}

/** Lists once with these credentials; gives the request as the server saw it. */
export async function ask(server: FaultyApiServer, credentials: Credentials): Promise<IncomingMessage> {
  const transport = new Transport({ clock: systemClock, random: Math.random });
  transport.adopt(credentials);
  try {
    await transport.request({ path: SERVICES, signal: AbortSignal.timeout(5_000) });
  } finally {
    transport.close();
  }
  const last = server.seen.at(-1);
  if (last === undefined) throw new Error("the server saw nothing");
  return last.request;
}

/** Without `trust`, as a server whose settings allow nothing. */
export function load(
  path: string,
  context?: string,
  trust: Partial<KubeconfigTrust> = {},
): Promise<Credentials> {
  return loadKubeconfig({ path, context }, systemClock, termsOf({ ...NO_TRUST, ...trust }));
}

/** Loading fails with this code and these sentences, none of which repeats a secret or spans lines. Returns the message. */
export async function refused(path: string, code: string, ...sentences: RegExp[]): Promise<string> {
  let message = "";
  await assert.rejects(load(path), (error: Error) => {
    assert.equal(Reflect.get(error, "code"), code, error.message);
    for (const sentence of sentences) assert.match(error.message, sentence);
    assert.doesNotMatch(error.message, /hunter2|\p{Cc}/u);
    ({ message } = error);
    return true;
  });
  return message;
}
