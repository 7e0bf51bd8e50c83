/** The other end of the admin socket (admin/socket.ts): a line of JSON to a running fedns, and its answer. */
import { connect } from "node:net";
import { join } from "node:path";
import { z } from "zod";
import { messageOf, OperationalError } from "../../kernel/error.ts";
import { CONFIG_DEFAULT } from "../arguments/config-argument.ts";

export type SocketOptions = { readonly config?: string; readonly socket?: string };

export const SOCKET_OPTION = [
  "--socket <path>",
  "the admin socket itself: admin.sock in the state directory; then no configuration is read",
] as const;

/** Longer than the server waits for its own processes. */
const REPLY_TIMEOUT_MS = 15_000;
/** A status of hundreds of clusters and thousands of orders. */
const REPLY_MAX_CHARACTERS = 64 * 1024 * 1024;

/** `left`: services an order leaves with nothing. */
type Reply = {
  readonly ok: boolean;
  readonly error: string;
  readonly left: readonly string[];
} & Readonly<Record<string, unknown>>;

/** Rejects with an OperationalError when the configuration that names the state directory is not sound. */
export async function socketPath({ config, socket }: SocketOptions): Promise<string> {
  if (socket !== undefined) return socket;
  const { requireConfig } = await import("../arguments/config-argument.ts");
  return join((await requireConfig(config ?? CONFIG_DEFAULT)).stateDirectory, "admin.sock");
}

/** Rejects with an OperationalError (ADMIN_UNREACHABLE) when nobody answers. A refusal is a reply like any other. */
export async function sendCommand(path: string, request: Readonly<Record<string, unknown>>): Promise<Reply> {
  const text = await exchangeLine(path, JSON.stringify(request)).catch((error: unknown) => {
    throw new OperationalError("ADMIN_UNREACHABLE", `no fedns answers at ${path}: ${reasonOf(error)}`, {
      cause: error,
    });
  });
  const schema = z.looseObject({
    ok: z.boolean(),
    error: z.string().default(""),
    left: z.array(z.string()).default([]),
  });
  const reply = schema.safeParse(jsonOf(text));
  if (reply.success) return reply.data;
  throw new OperationalError("ADMIN_UNREACHABLE", `what answers at ${path} is no fedns`);
}

function exchangeLine(path: string, line: string): Promise<string> {
  const socket = connect(path);
  return new Promise<string>((resolve, reject) => {
    let reply = "";
    socket.setTimeout(REPLY_TIMEOUT_MS, () => {
      reject(new Error(`it said nothing for ${REPLY_TIMEOUT_MS / 1000} s`));
    });
    socket.on("error", reject);
    socket.on("close", () => {
      reject(new Error("it closed the connection; is it stopping?"));
    });
    socket.setEncoding("utf8").on("data", (chunk: string) => {
      reply += chunk;
      if (reply.length > REPLY_MAX_CHARACTERS) reject(new Error("its answer has no end"));
      if (chunk.includes("\n")) resolve(reply);
    });
    socket.write(`${line}\n`);
  }).finally(() => {
    socket.destroy();
  });
}

function reasonOf(error: unknown): string {
  const code = error instanceof Error && "code" in error ? error.code : "";
  if (code === "ENOENT") return "there is no such socket; is fedns running, and is this its state directory?";
  if (code === "ECONNREFUSED") return "it is not running (it left its socket behind)";
  if (code === "EACCES") return "only the user that fedns runs as may command it";
  return messageOf(error);
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
