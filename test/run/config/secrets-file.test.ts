/** The secrets of cookies from a file of their own, as a mounted Secret is one. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { loadConfig } from "../../../src/run/config/file.ts";

const SETTINGS = `
federations: [{ name: myfed, domain: example.com }]
nameservers: [{ name: ns.example.net }]
cookies: { secretsFile: ./cookies }
`;
const [ONE, TWO] = ["00".repeat(16), "AB".repeat(16)] as const;

/** The path of the settings and that of the secrets. */
async function folder(t: TestContext): Promise<readonly [settings: string, secrets: string]> {
  const path = await mkdtemp(join(tmpdir(), "fedns-config-"));
  t.after(() => rm(path, { recursive: true }));
  await writeFile(join(path, "fedns.yaml"), SETTINGS);
  return [join(path, "fedns.yaml"), join(path, "cookies")];
}

async function isRefused(settings: string, sentence: RegExp): Promise<void> {
  const result = await loadConfig(settings);
  assert.ok(result.kind === "problems");
  const [problem = assert.fail(), ...more] = result.problems;
  assert.deepEqual(more, []);
  assert.deepEqual([problem.line, problem.column, problem.path], [4, 12, "cookies.secretsFile"]);
  assert.match(problem.message, sentence);
  assert.doesNotMatch(problem.message, /password/, "what was meant as a secret stays one");
}

describe("cookies.secretsFile", () => {
  for (const [what, text, secrets] of [
    ["one secret", `${ONE}\n`, [ONE]],
    ["two, with blanks, and without an end of line", `\n ${TWO} \r\n${ONE}`, [TWO, ONE]],
    ["none yet", "", []],
  ] as const)
    it(`may have ${what}`, async (t) => {
      const [settings, path] = await folder(t);
      await writeFile(path, text);
      const result = await loadConfig(settings);
      assert.ok(result.kind === "config");
      assert.deepEqual(result.config.cookies, { secrets, secretsFile: path });
      assert.ok(Object.isFrozen(result.config) && Object.isFrozen(result.config.cookies.secrets));
    });

  for (const [what, text, sentence] of [
    ["three secrets", `${ONE}\n${ONE}\n${TWO}`, /cookies has 3 lines; it must have 2 lines at most/],
    ["something else", "password", /line 1 of \S+ is no secret; .* openssl rand -hex 16/],
    ["something else after a secret", `${ONE}\npassword\n`, /line 2 of \S+ is no secret; /],
    ["far too much", "0".repeat(5000), /is no file of secrets/],
  ] as const)
    it(`must not have ${what}`, async (t) => {
      const [settings, path] = await folder(t);
      await writeFile(path, text);
      await isRefused(settings, sentence);
    });

  it("must be there, and must be a file: nothing waits for a pipe", async (t) => {
    const [settings, path] = await folder(t);
    await isRefused(settings, /^cannot read \S+cookies: there is no such file; mount the Secret there/);
    execFileSync("mkfifo", [path]);
    await isRefused(settings, /is no file of secrets/);
  });
});
