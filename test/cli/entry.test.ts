/** The command as npm installs it: any Node.js can read it, an older one hands over, and the package has what it runs. */
import assert from "node:assert/strict";
import { execFile, execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { VERSION } from "../../src/kernel/version.ts";
import { ownCommand } from "../../src/cli/commands/sandbox.ts";

const top = join(import.meta.dirname, "..", "..");
const launcher = join(top, "src", "cli", "launch.js");
const manifest = JSON.parse(readFileSync(join(top, "package.json"), "utf8"));

function runWith(
  node: string,
  ...args: readonly string[]
): Promise<{ readonly code: unknown; readonly text: string }> {
  return new Promise((resolve) => {
    execFile(node, [launcher, ...args], (error, out, err) =>
      resolve({ code: error?.code ?? 0, text: out + err }),
    );
  });
}

/** A Node.js on this machine that fedns itself cannot run on. */
function olderNode(): string | null {
  for (const node of ["/usr/bin/node", "/usr/local/bin/node"])
    try {
      const [, major] = /^v(\d+)/.exec(execFileSync(node, ["--version"], { encoding: "utf8" })) ?? [];
      if (Number(major) < 24) return node;
    } catch {
      // There is none.
    }
  return null;
}

describe("src/cli/launch.js", () => {
  it("is what npm links, is in the package, and the package is built before it is packed", () => {
    assert.equal(manifest.bin.fedns, "src/cli/launch.js");
    assert.ok(manifest.files.includes("src/cli/launch.js") && manifest.files.includes("dist/src"));
    assert.match(manifest.scripts.prepack, /build/);
  });

  it("runs the sources of a checkout", async () => {
    const { code, text } = await runWith(process.execPath, "version");
    assert.equal(
      text,
      `fedns ${VERSION} on Node.js ${process.versions.node}, ${process.platform}-${process.arch}\n`,
    );
    assert.equal(code, 0);
  });

  it("hands over to the Node.js that was installed with fedns, and ends as it ends", async (t) => {
    const node = olderNode();
    if (node === null) {
      t.diagnostic("no Node.js older than 24 is installed: nothing to hand over from");
      return;
    }
    const { code, text } = await runWith(node, "version", "-o", "json");
    assert.equal(JSON.parse(text).fedns, VERSION);
    assert.equal(code, 0);
    const wrong = await runWith(node, "nonsense");
    assert.match(wrong.text, /^fedns: unknown command 'nonsense'\n/);
    assert.equal(wrong.code, 2);
  });
});

describe("the sandbox suggests commands as this person runs them", () => {
  for (const [how, env, command] of [
    ["as a command", {}, "fedns"],
    ["by npm start", { npm_command: "run-script", npm_lifecycle_event: "start" }, "npm run -s fedns --"],
    ["by npm run fedns", { npm_command: "run-script", npm_lifecycle_event: "fedns" }, "npm run -s fedns --"],
    ["by npx", { npm_command: "exec", npm_lifecycle_event: "npx" }, "npx fedns"],
    ["by a script of another package", { npm_command: "run-script", npm_lifecycle_event: "demo" }, "fedns"],
  ] as const)
    it(how, () => assert.equal(ownCommand(env), command));
});
