/** Runs `fedns check` on settings that are written for it, in a folder with a sound kubeconfig and a file that is none. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { main } from "../../src/cli/program.ts";
import { temporaryFolder } from "../support/fedns.ts";
import { fakeSession } from "./fake-session.ts";

const SOUND = {
  federations: [{ name: "myfed", domain: "example.com" }],
  nameservers: [{ name: "ns.example.net" }],
  listen: [{ address: "127.0.0.1", port: 0 }],
  admin: { port: 0 },
  locate: { database: "none" },
};

export const KUBECONFIG = `clusters: [{ name: x, cluster: { server: "https://127.0.0.1:1" } }]
users: [{ name: x, user: { token: abc } }]
contexts: [{ name: x, context: { cluster: x, user: x } }]
current-context: x
`;

type Outcome = { readonly code: number; readonly out: string; readonly file: string };

/** The settings beside SOUND, one a line, so that lines tell them apart. */
export async function check(
  t: TestContext,
  settings: object,
  ...options: readonly string[]
): Promise<Outcome> {
  const folder = await temporaryFolder(t);
  writeFileSync(join(folder, "good.kubeconfig"), KUBECONFIG);
  writeFileSync(join(folder, "text.kubeconfig"), "no kubeconfig\n");
  return checkIn(folder, settings, ...options);
}

export async function checkIn(
  folder: string,
  settings: object,
  ...options: readonly string[]
): Promise<Outcome> {
  const file = join(folder, "fedns.yaml");
  const lines = Object.entries({ ...SOUND, ...settings }).map(
    ([key, value]) => `${key}: ${JSON.stringify(value)}`,
  );
  writeFileSync(file, `${lines.join("\n")}\n`);
  const session = fakeSession();
  const code = await main(["check", "-c", file, ...options], session);
  assert.equal(session.complained(), "");
  return { code, out: session.printed().replaceAll(`${folder}/`, ""), file };
}
