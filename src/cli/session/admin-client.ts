/** The client of the admin socket (run/admin/commands.ts): sends a line of JSON to a running fedns and reads the reply. */
import { existsSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { OperationalError, reasonOf } from "../../kernel/error.ts";
import { chooseConfig } from "../arguments/config-option.ts";

export type SocketOptions = { readonly config?: string; readonly socket?: string };

export const SOCKET_OPTION = [
  "--socket <path>",
  "the admin socket (admin.sock in the state directory); the configuration is then not read",
] as const;

/** Longer than the time limits inside the server. */
const REPLY_TIMEOUT_MS = 15_000;
/** A status of hundreds of clusters and thousands of orders. */
const REPLY_MAX_CHARACTERS = 64 * 1024 * 1024;

/** `left`: services that an order leaves without any cluster. */
type Reply = {
  readonly ok: boolean;
  readonly error: string;
  readonly left: readonly string[];
} & Readonly<Record<string, unknown>>;

/**
 * An error in the configuration file does not matter while fedns runs: its socket is where the file says. Rejects with an
 * OperationalError when there is none, and the configuration that names the state directory is invalid.
 */
export async function socketPath({ config, socket }: SocketOptions): Promise<string> {
  if (socket !== undefined) return socket;
  const { path: filePath } = chooseConfig(config);
  const { stateDirectoryIn } = await import("../../run/config/file.ts");
  const path = join(await stateDirectoryIn(filePath), "admin.sock");
  if (existsSync(path)) return path;
  const { requireConfig } = await import("../arguments/config-argument.ts");
  return join((await requireConfig(filePath)).stateDirectory, "admin.sock");
}

/** Rejects with an OperationalError (ADMIN_UNREACHABLE) without a reply. A refusal is a reply. */
export async function sendCommand(
  path: string,
  request: Readonly<Record<string, unknown>>,
  timeoutMs: number = REPLY_TIMEOUT_MS,
): Promise<Reply> {
  const text = await exchangeLine(path, JSON.stringify(request), timeoutMs).catch((error: unknown) => {
    throw new OperationalError(
      "ADMIN_UNREACHABLE",
      `no running fedns responds on ${path}: ${unreachable(error)}`,
      {
        cause: error,
      },
    );
  });
  const { z } = await import("zod");
  const schema = z.looseObject({
    ok: z.boolean(),
    error: z.string().default(""),
    left: z.array(z.string()).default([]),
  });
  const reply = schema.safeParse(jsonOf(text));
  if (reply.success) return reply.data;
  throw new OperationalError("ADMIN_UNREACHABLE", `${path} is not the admin socket of fedns`);
}

function exchangeLine(path: string, line: string, timeoutMs: number): Promise<string> {
  const socket = connect(path);
  return new Promise<string>((resolve, reject) => {
    let reply = "";
    socket.setTimeout(timeoutMs, () => {
      reject(new Error(`no reply within ${timeoutMs / 1000} s`));
    });
    socket.on("error", reject);
    socket.on("close", () => {
      reject(new Error("it closed the connection; is it stopping?"));
    });
    socket.setEncoding("utf8").on("data", (chunk: string) => {
      reply += chunk;
      if (reply.length > REPLY_MAX_CHARACTERS) reject(new Error("the reply is too long"));
      if (chunk.includes("\n")) resolve(reply);
    });
    socket.write(`${line}\n`);
  }).finally(() => {
    socket.destroy();
  });
}

function unreachable(error: unknown): string {
  const code = error instanceof Error && "code" in error ? error.code : "";
  if (code === "ENOENT")
    return "there is no such socket; is fedns running, and with this configuration? --config FILE or FEDNS_CONFIG=FILE names another";
  if (code === "ECONNREFUSED") return "it is not running (the socket is left over)";
  if (code === "EACCES") return `${reasonOf(error)}; only the user that fedns runs as may use it`;
  return reasonOf(error);
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
