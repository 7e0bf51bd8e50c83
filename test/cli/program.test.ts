/** The command line: help that reads well, one line for each way of failing, and exit codes that scripts can trust. */
import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { main } from "../../src/cli/program.ts";
import type { Config } from "../../src/run/config/config.ts";
import { OperationalError } from "../../src/kernel/error.ts";
import { until } from "../support/until.ts";
import { fakeSession, fakeSupervisor } from "./fake-session.ts";

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

const sound = `federations: [{ name: myfed, domain: example.com }]
nameservers: [{ name: ns.example.net }]
log: { level: error, format: json }
`;

async function listedCommands(): Promise<readonly string[]> {
  const session = fakeSession();
  await main(["--help"], session);
  const list = session.printed().split("\nCommands:\n")[1]?.split("\n\n")[0] ?? "";
  return [...list.matchAll(/^ {2}([a-z-]+)/gm)]
    .map(([, name]) => String(name))
    .filter((name) => name !== "help");
}

async function configFile(text: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "fedns-cli-"));
  closing.push(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, "fedns.yaml"), text);
  return join(folder, "fedns.yaml");
}

/** As the help of fedns lists them, so that a new command is tested without being named here. */
const commands = await listedCommands();

describe("help", () => {
  for (const command of commands) {
    it(`of ${command} has usage, options, an example and the exit codes`, async () => {
      const session = fakeSession();
      assert.equal(await main([command, "--help"], session), 0);
      const text = session.printed();
      assert.match(text, new RegExp(`^Usage: fedns ${command} `));
      assert.match(text, /\nOptions:\n/);
      assert.match(text, new RegExp(`\\nExamples?:\\n {2}(?:# [^\\n]+\\n {2})?fedns ${command}`));
      assert.match(text, /\nExit codes: 0 /);
      assert.ok(
        text.split("\n").every((line) => line.length <= 120),
        "a line is longer than 120 characters",
      );
    });
  }

  it("of fedns names every command", async () => {
    const session = fakeSession();
    assert.equal(await main(["--help"], session), 0);
    for (const command of commands) {
      assert.match(session.printed(), new RegExp(`\\n {2}${command} `));
    }
  });
});

describe("wrong usage", () => {
  for (const [claim, args, sentence] of [
    ["an unknown command", ["servee"], /^fedns: unknown command 'servee'\n\(Did you mean serve\?\)/],
    ["an unknown option", ["check", "--confg", "x"], /^fedns: unknown option '--confg'/],
    ["a port that is none", ["sandbox", "--port", "65536"], /It must be a whole number from 0 to 65535\./],
    ["an unknown format", ["config", "--format", "xml"], /Allowed choices are text, markdown, schema\./],
    ["too many arguments", ["check", "x"], /^fedns: too many arguments/],
  ] as const) {
    it(`is refused with a sentence and code 2: ${claim}`, async () => {
      const session = fakeSession();
      assert.equal(await main(args, session), 2);
      assert.match(session.complained(), sentence);
      assert.equal(session.printed(), "");
    });
  }
});

describe("failure", () => {
  it("of the environment is one line and code 1", async () => {
    const session = fakeSession();
    assert.equal(await main(["serve", "--config", "/nowhere/fedns.yaml"], session), 1);
    assert.equal(session.complained(), "fedns: cannot read /nowhere/fedns.yaml: there is no such file\n");
  });

  it("of fedns itself is one line too, without a stack trace", async () => {
    const session = fakeSession();
    assert.equal(await main(["serve", "--config", await configFile(sound)], session), 1);
    assert.equal(
      session.complained(),
      "fedns: internal error: the supervisor is started; set FEDNS_TRACE=1 for a stack trace\n",
    );
  });
});

describe("fedns check", () => {
  it("prints all problems, a line each, and returns 1", async () => {
    const file = await configFile(`${sound}ttl: 3\nmaxAnswers: 0\n`);
    const session = fakeSession();
    assert.equal(await main(["check", "-c", file], session), 1);
    assert.deepEqual(session.printed().split("\n"), [
      `${file}:4:1: ttl: is not a setting; did you mean ttlSeconds?`,
      `${file}:5:1: maxAnswers: must be a whole number from 1 to 64, not 0`,
      "",
    ]);
  });
});

describe("fedns config", () => {
  it("prints the reference in each format", async () => {
    for (const [format, beginning] of [
      ["text", "Settings of fedns"],
      ["markdown", "| setting |"],
      ["schema", "{\n"],
    ] as const) {
      const session = fakeSession();
      assert.equal(await main(["config", "--format", format], session), 0);
      assert.ok(session.printed().startsWith(beginning));
    }
  });
});

describe("fedns serve", () => {
  it("refuses a bad file with all its problems", async () => {
    const file = await configFile("federations: []\n");
    const session = fakeSession();
    assert.equal(await main(["serve", "-c", file], session), 1);
    assert.match(
      session.complained(),
      /^fedns: .*fedns\.yaml has 2 problems:\n.*:1:1: federations: .*\n.*:1:1: nameservers: .*\n$/,
    );
  });

  it("reads its files again on SIGHUP, and goes on", async () => {
    let reloads = 0;
    const configs: Config[] = [];
    const session = fakeSession(fakeSupervisor(configs, { onReload: () => void reloads++ }));
    const ended = main(["serve", "--config", await configFile(sound)], session);
    await until("it has started", () => configs.length > 0);
    await new Promise(setImmediate);
    process.emit("SIGHUP");
    assert.equal(reloads, 1);
    process.emit("SIGTERM");
    assert.equal(await ended, 0);
  });

  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    it(`runs the supervisor on the file until ${signal}, and returns its code`, async () => {
      const configs: Config[] = [];
      const session = fakeSession(fakeSupervisor(configs));
      const ended = main(["serve", "-c", await configFile(sound)], session);
      await until("the supervisor runs", () => configs.length === 1 && process.listenerCount(signal) > 0);
      process.emit(signal);
      assert.equal(await ended, 0);
      assert.equal(configs[0]?.federations[0]?.name, "myfed");
      assert.equal(process.listenerCount(signal), 0);
    });
  }

  it("says why the start failed, and ends what had begun", async () => {
    const startFails = new OperationalError("PORT_BUSY", "cannot listen on 127.0.0.1 port 53");
    const session = fakeSession(fakeSupervisor([], { startFails }));
    assert.equal(await main(["serve", "-c", await configFile(sound)], session), 1);
    assert.equal(session.complained(), "fedns: cannot listen on 127.0.0.1 port 53\n");
  });
});

function run(
  args: readonly string[],
): Promise<{ readonly code: unknown; readonly stdout: string; readonly stderr: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [...args], (error, stdout, stderr) => {
      resolve({ code: error?.code ?? 0, stdout, stderr });
    });
  });
}

describe("the entry", () => {
  const entry = fileURLToPath(
    new URL(`../../src/cli/fedns${import.meta.url.endsWith(".ts") ? ".ts" : ".js"}`, import.meta.url),
  );

  it("prints the version", async () => {
    const { code, stdout } = await run([entry, "--version"]);
    assert.equal(code, 0);
    assert.match(stdout, /^\d+\.\d+\.\d+\n$/);
  });

  it("ends its work when nobody reads what it prints", async () => {
    const child = spawn(process.execPath, [entry, "check", "-c", await configFile("nonsense: 1\n")], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    child.stdout.destroy();
    assert.deepEqual(await once(child, "exit"), [1, null]);
  });

  it("says in one line that this Node is too old, and loads nothing else", async () => {
    const older = "data:text/javascript,Object.defineProperty(process.versions,'node',{value:'20.20.2'})";
    const { code, stdout, stderr } = await run(["--import", older, entry, "--version"]);
    assert.equal(code, 1);
    assert.equal(stdout, "");
    assert.match(stderr, /^fedns needs Node\.js 24 or newer; this is v20\.20\.2 \(.*\)\n$/);
  });
});
