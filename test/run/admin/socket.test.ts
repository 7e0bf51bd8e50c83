/** The admin socket: one line in, one line out, for its owner only; it never takes the place of a running one. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, it } from "node:test";
import { type AdminCommands, serveAdminCommands } from "../../../src/run/admin/commands.ts";
import { listenForAdmin } from "../../../src/run/admin/listener.ts";
import { silentLog } from "../../../src/kernel/log.ts";

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

const commands: AdminCommands = {
  add: ({ a, b }) => ({ sum: Number(a) + Number(b) }),
  fail: () => Promise.reject(new Error("not today")),
};

async function socketPath(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "fedns-socket-"));
  closing.push(() => rm(folder, { recursive: true }));
  return join(folder, "admin.sock");
}

async function start(path: string): Promise<void> {
  const socket = await listenForAdmin(path);
  serveAdminCommands(socket, commands, silentLog);
  closing.push(() => socket.close());
}

/** Sends, closes the sending side, and returns the lines that come until the connection ends, however it does. */
async function say(path: string, text: string): Promise<unknown[]> {
  const socket = connect({ path, allowHalfOpen: true });
  const chunks: string[] = [];
  socket.setEncoding("utf8").on("data", (chunk: string) => chunks.push(chunk));
  socket.on("error", () => undefined);
  socket.end(text);
  await new Promise((resolve) => socket.on("close", resolve));
  return chunks
    .join("")
    .split("\n")
    .filter((line) => line !== "")
    .map((line): unknown => JSON.parse(line));
}

describe("the admin socket", () => {
  it("executes commands, one per line, in order", async () => {
    const path = await socketPath();
    await start(path);
    assert.deepEqual(
      await say(path, '{"command":"add","a":1,"b":2}\n{"command":"fail"}\n{"command":"add","a":3,"b":4}'),
      [
        { ok: true, sum: 3 },
        { ok: false, error: "not today" },
        { ok: true, sum: 7 },
      ],
    );
  });

  it("explains why it refuses a line, and lists the commands", async () => {
    const path = await socketPath();
    await start(path);
    const form = { ok: false, error: 'a request is a line of JSON like {"command":"..."}' };
    assert.deepEqual(await say(path, "hello\n[]\nnull\n{}\n"), [form, form, form, form]);
    for (const name of ["reload", "constructor", "__proto__"]) {
      assert.deepEqual(await say(path, `{"command":"${name}"}\n`), [
        { ok: false, error: `there is no command "${name}"`, commands: ["add", "fail"] },
      ]);
    }
  });

  it("ends a connection whose request is endless", async () => {
    const path = await socketPath();
    await start(path);
    assert.deepEqual(await say(path, "x".repeat(1_000_000)), []);
    assert.equal((await say(path, '{"command":"add","a":1,"b":1}\n')).length, 1);
  });

  it("is open to its owner only, and leaves no file behind", async () => {
    const path = await socketPath();
    const socket = await listenForAdmin(path);
    assert.equal((await stat(path)).mode & 0o777, 0o600);
    await socket.close();
    await assert.rejects(stat(path), { code: "ENOENT" });
  });

  it("takes the place of a socket that a crash left", async () => {
    const path = await socketPath();
    const leave =
      "require('node:net').createServer().listen(process.argv[1], () => process.kill(process.pid, 'SIGKILL'))";
    assert.throws(() => execFileSync(process.execPath, ["-e", leave, path]), { signal: "SIGKILL" });
    assert.ok((await stat(path)).isSocket());
    await start(path);
    assert.equal((await say(path, '{"command":"add"}\n')).length, 1);
  });

  it("refuses to take the place of a running one, or of another file", async () => {
    const path = await socketPath();
    await start(path);
    await assert.rejects(listenForAdmin(path), { code: "SOCKET_BUSY" });
    assert.equal((await say(path, '{"command":"add"}\n')).length, 1);
    const file = `${path}.txt`;
    await writeFile(file, "");
    await assert.rejects(listenForAdmin(file), {
      code: "SOCKET_PATH",
      message: `${file} exists and is not a socket; move it away`,
    });
  });

  it("refuses a path longer than 107 octets, and a folder that is not there", async () => {
    const long = join(tmpdir(), "ä".repeat(60));
    await assert.rejects(listenForAdmin(long), {
      code: "SOCKET_PATH",
      message: /choose a shorter stateDirectory$/,
    });
    const nowhere = join(await socketPath(), "deeper");
    await assert.rejects(listenForAdmin(nowhere), {
      code: "SOCKET_LISTEN",
    });
  });
});
