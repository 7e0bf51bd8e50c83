/** Completion scripts: every command and option of fedns is offered, and bash itself completes lines with its script. */
import assert from "node:assert/strict";
import { execFile, spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, it } from "node:test";
import { main } from "../../src/cli/program.ts";
import { temporaryFolder } from "../support/fedns.ts";
import { fakeSession } from "./fake-session.ts";

async function script(shell: string): Promise<string> {
  const session = fakeSession();
  assert.equal(await main(["completion", shell], session), 0);
  return session.printed();
}

const CASES: readonly (readonly [line: string, offered: string | readonly string[]])[] = [
  ["dra", ["drain"]],
  ["re", ["reload", "restart", "resume"]],
  ["forget cl", ["cluster"]],
  ["drain --ov", ["--over"]],
  ["drain us-west --reason x --wa", ["--wait"]],
  ["check -c fedns.yaml --zo", ["--zones"]],
  ["config --format ", ["markdown", "schema", "text"]],
  ["completion --h", ["--help"]],
  // Files, which the shell offers itself.
  ["check --config ", []],
  ["drain us", []],
];

describe("the completion script", () => {
  let text = "";
  before(async () => {
    text = await script("bash");
  });

  for (const [line, offered] of CASES)
    it(`for bash completes: fedns ${line}`, async (t) => {
      const file = join(await temporaryFolder(t), "fedns.bash");
      const words = `fedns ${line}`.split(" ");
      writeFileSync(
        file,
        `${text}\nCOMP_WORDS=(${words.map((word) => `'${word}'`).join(" ")})\nCOMP_CWORD=${words.length - 1}\n_fedns\nprintf '%s\\n' "\${COMPREPLY[@]}" | sort\n`,
      );
      const { stdout, stderr } = spawnSync("bash", ["--norc", file], { encoding: "utf8" });
      assert.equal(stderr, "");
      assert.deepEqual(
        stdout.split("\n").filter((word) => word !== ""),
        offered,
      );
    });

  for (const shell of ["bash", "zsh", "fish"])
    it(`for ${shell} has every command and option, and the shell can read it`, async (t) => {
      const made = await script(shell);
      const help = fakeSession();
      await main(["--help"], help);
      const commands = [...help.printed().matchAll(/^ {2}([a-z][a-z-]+) /gm)].map(([, name]) => String(name));
      assert.ok(commands.length > 30);
      for (const command of commands) assert.match(made, new RegExp(`\\b${command}\\b`));
      for (const option of ["over", "drift", "host-context", "admin-port"])
        assert.match(made, new RegExp(`\\b${option}\\b`));
      const file = join(await temporaryFolder(t), "script");
      writeFileSync(file, made);
      await new Promise<void>((resolve, reject) => {
        execFile(shell, ["-n", file], (error) => {
          const isMissing = error !== null && error.code === "ENOENT";
          if (isMissing) t.diagnostic(`${shell} is not installed: its script is not read by it`);
          if (error === null || isMissing) resolve();
          else reject(error);
        });
      });
    });

  it("is refused for a shell that is not known", async () => {
    const session = fakeSession();
    assert.equal(await main(["completion", "ksh"], session), 2);
    assert.match(session.complained(), /Allowed choices are bash, zsh, fish/);
  });
});
