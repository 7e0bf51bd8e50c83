/** `fedns stub` with settings for two federations, and what it prints. */
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { main } from "../../src/cli/program.ts";
import { temporaryFolder } from "../support/fedns.ts";
import { fakeSession } from "./fake-session.ts";

export const SETTINGS = `federations: [{ name: myfed, domain: example.com }, { name: other, domain: fed.example.org }]
nameservers: [{ name: ns1.example.com, addresses: [192.0.2.53, "2001:db8::53"] }]
clusters:
  - { name: us-west, kubeconfig: ./k }
  - { name: eu-central, kubeconfig: ./k, region: eu-central, zones: [b, a] }
`;

type CommandResult = { readonly code: number; readonly out: string; readonly err: string };

export async function stub(
  t: TestContext,
  line: string,
  settings: string = SETTINGS,
): Promise<CommandResult> {
  const folder = await temporaryFolder(t);
  await writeFile(join(folder, "fedns.yaml"), settings);
  const session = fakeSession();
  const code = await main(["stub", ...line.split(" "), "--config", join(folder, "fedns.yaml")], session);
  return { code, out: session.printed(), err: session.complained() };
}

export async function printed(t: TestContext, line: string): Promise<string> {
  const { code, out, err } = await stub(t, line);
  assert.deepEqual([code, err], [0, ""]);
  const comments = out.split("\n").filter((one) => /^[#;]/.test(one));
  assert.ok(comments.length > 0 && comments.every((one) => one.length <= 100), out);
  return out;
}
