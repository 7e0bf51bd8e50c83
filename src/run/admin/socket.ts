/**
 * The control socket in the state directory: everything that changes the state of a running fedns comes in here. Who
 * may write to the file (mode 0600) may command.
 *
 * A line of JSON in, a line of JSON out, one after the other:
 *
 *     {"command":"reload", ...}   ->   {"ok":true, ...} or {"ok":false,"error":"what is wrong"}
 */
import { chmodSync } from "node:fs";
import { lstat, unlink } from "node:fs/promises";
import { connect, createServer, type Server, type Socket } from "node:net";
import { messageOf, OperationalError } from "../../kernel/error.ts";
import type { Log } from "../../kernel/log.ts";

/** Given the whole request; what it returns (or resolves with) is added to {"ok":true}. May throw: that is the error. */
export type AdminCommand = (request: Readonly<Record<string, unknown>>) => object | Promise<object>;

type AdminSocketOptions = {
  readonly path: string;
  readonly commands: Readonly<Record<string, AdminCommand>>;
  readonly log: Log;
};

export type AdminSocket = { close(): Promise<void> };

/** sun_path holds 108 octets with its final zero (unix(7)). */
const maxPathOctets = 107;
const maxRequestOctets = 64 * 1024;
/** People and scripts, one at a time or nearly so. */
const maxConnections = 16;
/** Asked again and again by those who wait for something; they change nothing. */
const QUIET: readonly string[] = ["status"];
/** A connection that says nothing is closed; a command may take as long as it needs. */
const idleMs = 30_000;

/** Rejects with an OperationalError (SOCKET_PATH, SOCKET_BUSY, SOCKET_LISTEN). */
export async function startAdminSocket(options: AdminSocketOptions): Promise<AdminSocket> {
  const { path } = options;
  const octets = Buffer.byteLength(path);
  if (octets > maxPathOctets) {
    const message = `${path} is ${octets} octets long, a socket's path may have ${maxPathOctets}; choose a shorter stateDirectory`;
    throw new OperationalError("SOCKET_PATH", message);
  }
  await removeStale(path);
  const sockets = new Set<Socket>();
  // Half-open: who sends a line and closes his side still gets the reply.
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => undefined);
    void converse(socket, options);
  });
  server.maxConnections = maxConnections;
  await listen(server, path);
  return {
    close: () =>
      new Promise((resolve) => {
        // Closing also removes the file.
        server.close(() => {
          resolve();
        });
        for (const socket of sockets) socket.destroy();
      }),
  };
}

/** A file that nobody answers at was left by a crash; one that somebody answers at is a running fedns. */
async function removeStale(path: string): Promise<void> {
  const stats = await lstat(path).catch(() => null);
  if (stats === null) return;
  if (!stats.isSocket())
    throw new OperationalError("SOCKET_PATH", `${path} is there and is no socket; move it away`);
  if (await isAnswered(path)) {
    const message = `another fedns uses this state directory (it answers at ${path}); stop it or choose another stateDirectory`;
    throw new OperationalError("SOCKET_BUSY", message);
  }
  await unlink(path).catch((error: unknown) => {
    throw new OperationalError("SOCKET_PATH", `cannot remove ${path}: ${messageOf(error)}`, { cause: error });
  });
}

/** Only a refusal says that nobody is there; a full queue or a forbidden file does not. */
function isAnswered(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.on("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.on("error", (error: NodeJS.ErrnoException) => {
      resolve(error.code !== "ECONNREFUSED" && error.code !== "ENOENT");
    });
  });
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.on("error", (cause) => {
      const message = `the control socket cannot listen at ${path}: ${messageOf(cause)}`;
      reject(new OperationalError("SOCKET_LISTEN", message, { cause }));
    });
    // The file is made within this call: with this mask it never is anybody else's to write, not for a moment.
    const mask = process.umask(0o177);
    try {
      server.listen(path, () => {
        chmodSync(path, 0o600);
        resolve();
      });
    } finally {
      process.umask(mask);
    }
  });
}

async function converse(socket: Socket, options: AdminSocketOptions): Promise<void> {
  socket.setTimeout(idleMs, () => {
    socket.destroy();
  });
  try {
    for await (const line of lines(socket)) {
      socket.setTimeout(0);
      const reply = await obey(line, options);
      socket.write(`${JSON.stringify(reply)}\n`);
      socket.setTimeout(idleMs);
    }
    socket.end();
  } catch (error) {
    options.log.warn({ error: messageOf(error) }, "admin connection ended early");
    socket.destroy();
  }
}

/** Whole lines, as they come; the last may lack its end. Throws an OperationalError when one is too long. */
async function* lines(socket: Socket): AsyncGenerator<string> {
  let pending = "";
  socket.setEncoding("utf8");
  for await (const chunk of socket) {
    const parts = (pending + String(chunk)).split("\n");
    pending = parts.pop() ?? "";
    yield* parts;
    if (pending.length > maxRequestOctets) {
      throw new OperationalError("SOCKET_REQUEST", `a request may have ${maxRequestOctets} octets`);
    }
  }
  if (pending !== "") yield pending;
}

async function obey(line: string, { commands, log }: AdminSocketOptions): Promise<object> {
  const request = parse(line);
  if (request === null) return { ok: false, error: 'a request is a line of JSON like {"command":"..."}' };
  const name = String(request["command"]);
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (command === undefined) {
    return {
      ok: false,
      error: `there is no command ${JSON.stringify(name)}`,
      commands: Object.keys(commands),
    };
  }
  try {
    const result = await command(request);
    log[QUIET.includes(name) ? "debug" : "info"]({ command: name }, "admin command done");
    return { ok: true, ...result };
  } catch (error) {
    log.warn({ command: name, error: messageOf(error) }, "admin command failed");
    return { ok: false, error: messageOf(error) };
  }
}

function parse(line: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" && value !== null && "command" in value ? { ...value } : null;
  } catch {
    return null;
  }
}
