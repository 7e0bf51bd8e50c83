/**
 * Commands over the admin socket: everything that changes the state of a running fedns comes in here. Every process that
 * can write to the socket file (mode 0600) may give commands.
 *
 * One line of JSON in, one line of JSON out, in order:
 *
 *     {"command":"reload", ...}   ->   {"ok":true, ...} or {"ok":false,"error":"what is wrong"}
 */
import type { Socket } from "node:net";
import { errorFields, OperationalError } from "../../kernel/error.ts";
import type { Log } from "../../kernel/log.ts";
import type { AdminListener } from "./listener.ts";

/** Gets the whole request; the fields it returns are added to {"ok":true}. May throw: the message becomes the error. */
export type AdminCommand = (request: Readonly<Record<string, unknown>>) => object | Promise<object>;

export type AdminCommands = Readonly<Record<string, AdminCommand>>;

const REQUEST_MAX_OCTETS = 64 * 1024;
/** A connection without a request is closed after this; a command may take as long as it needs. */
const IDLE_TIMEOUT_MS = 30_000;
/** Clients poll these, and they change nothing, so they are logged at debug level. */
const QUIET: readonly string[] = ["status", "metrics", "claims"];

export function serveAdminCommands(listener: AdminListener, commands: AdminCommands, log: Log): void {
  listener.accept((socket) => void serveConnection(socket, commands, log));
}

async function serveConnection(socket: Socket, commands: AdminCommands, log: Log): Promise<void> {
  socket.setTimeout(IDLE_TIMEOUT_MS, () => {
    socket.destroy();
  });
  try {
    for await (const line of lines(socket)) {
      socket.setTimeout(0);
      const reply = await execute(line, commands, log);
      socket.write(`${JSON.stringify(reply)}\n`);
      socket.setTimeout(IDLE_TIMEOUT_MS);
    }
    socket.end();
  } catch (error) {
    log.warn(errorFields(error), "admin connection ended early");
    socket.destroy();
  }
}

/** Yields whole lines; the last one may lack its newline. Throws an OperationalError (SOCKET_REQUEST) for a long one. */
async function* lines(socket: Socket): AsyncGenerator<string> {
  let pending = "";
  socket.setEncoding("utf8");
  for await (const chunk of socket) {
    const parts = (pending + String(chunk)).split("\n");
    pending = parts.pop() ?? "";
    yield* parts;
    if (pending.length > REQUEST_MAX_OCTETS) {
      throw new OperationalError("SOCKET_REQUEST", `a request may have ${REQUEST_MAX_OCTETS} octets`);
    }
  }
  if (pending !== "") yield pending;
}

async function execute(line: string, commands: AdminCommands, log: Log): Promise<object> {
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
    log.warn({ command: name, ...errorFields(error) }, "admin command failed");
    return { ok: false, ...errorFields(error) };
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
