/** The README is executed: its commands against the sandbox it starts, its settings by the parser, its file names by looking. */
import assert from "node:assert/strict";
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { after, before, describe, it } from "node:test";
import { promisify } from "node:util";
import { parseConfig } from "../src/run/config/file.ts";
import { freePort } from "../bench/load/free-port.ts";
import { needs } from "./support/programs.ts";

const top = join(import.meta.dirname, "..");
const readme = readFileSync(join(top, "README.md"), "utf8");
const run = promisify(execFile);

const PACKAGES: Readonly<Record<string, string>> = { dig: "bind9-dnsutils", kubectl: "kubernetes-client" };

/** Blocks of a language, each with the block that follows it directly (what it prints), if any. */
function blocks(language: string): { text: string; prints: string | null }[] {
  const found = readme.matchAll(/^```(\w+)\n([\s\S]*?)^```\n(?:```\n([\s\S]*?)^```)?/gm);
  return [...found]
    .filter((m) => m[1] === language)
    .map((m) => ({ text: m[2] as string, prints: m[3] ?? null }));
}

const words = (line: string): string => line.trim().split(/\s+/).join(" ");
const linesOf = (text: string): string[] => text.trim().split("\n").map(words).sort();

describe("the README's commands", () => {
  const directory = mkdtempSync(join(tmpdir(), "fedns-readme-"));
  let sandbox: ChildProcess;
  let dnsPort = 0;
  let adminPort = 0;
  let httpPort = 0;

  before(async () => {
    [dnsPort, adminPort, httpPort] = [await freePort(), await freePort(), await freePort()];
    const args = [
      "start",
      "--",
      "--port",
      String(dnsPort),
      "--admin-port",
      String(adminPort),
      "--http-port",
      String(httpPort),
      "--directory",
      directory,
    ];
    sandbox = spawn("npm", args, { cwd: top, stdio: ["ignore", "pipe", "inherit"], detached: true });
    await saysReady(sandbox);
  });

  after(async () => {
    const ended = new Promise((resolve) => sandbox.once("exit", resolve));
    // As Ctrl-C does: to the whole process group.
    process.kill(-(sandbox.pid as number), "SIGINT");
    await ended;
    rmSync(directory, { recursive: true });
  });

  /** The command as it stands, but for the ports and the folder that this test has chosen. */
  function adapted(line: string): string {
    return line
      .replaceAll("-p 1053", `-p ${dnsPort}`)
      .replaceAll("127.0.0.1:9353", `127.0.0.1:${adminPort}`)
      .replaceAll("127.0.0.1:8053", `127.0.0.1:${httpPort}`)
      .replaceAll(".sandbox/", `${relative(top, directory)}/`)
      .replace(/(npm run -s fedns -- (?:ask|explain) \S+)/, `$1 --server 127.0.0.1:${dnsPort}`);
  }

  for (const { text, prints } of blocks("sh")) {
    for (const line of text.trim().split("\n")) {
      const program = line.split(" ")[0] as string;
      it(line, needs(program, PACKAGES[program] ?? program), async () => {
        const { stdout } = await run("sh", ["-c", adapted(line)], { cwd: top });
        assert.notEqual(stdout, "");
        if (prints !== null) assert.deepEqual(linesOf(stdout), linesOf(prints));
      });
    }
  }

  it("has the two commands that a newcomer types, and they are the package's", () => {
    const { scripts } = JSON.parse(readFileSync(join(top, "package.json"), "utf8")) as {
      scripts: Record<string, string>;
    };
    for (const name of ["start", "test"]) {
      assert.ok(readme.includes(`    npm ci && npm ${name}\n`));
      assert.ok(scripts[name] !== undefined);
    }
    assert.ok(readFileSync(join(top, ".ci", "run"), "utf8").includes("\nnpm ci && npm test\n"));
  });
});

describe("the README", () => {
  it("shows settings that are valid", () => {
    for (const { text } of blocks("yaml")) assert.equal(parseConfig(text, "fedns.yaml").kind, "config");
  });

  it("points at files that are there", () => {
    for (const [, target = ""] of readme.matchAll(/\]\((?!http)([^)]+)\)/g)) {
      assert.ok(existsSync(join(top, target)), target);
    }
  });
});

function saysReady(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let said = "";
    child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      said += text;
      if (said.includes("Ctrl-C ends it.")) resolve();
    });
    child.once("exit", () => reject(new Error(`the sandbox ended: ${said}`)));
  });
}
