/** What the commands drain, undrain, force and forget share: arguments, options, and printing the reply. */
import { userInfo } from "node:os";
import { type Command, InvalidArgumentError } from "commander";
import { parseDuration } from "../../kernel/duration.ts";
import { canonicalAddress, isAddress, isDnsName } from "../../kernel/literal.ts";
import { DURATION_MAX_MS, type OrderRequest } from "../../traffic/orders/order.ts";
import { CONFIG_OPTION } from "../arguments/config-option.ts";
import { sendCommand, SOCKET_OPTION, type SocketOptions } from "../session/admin-client.ts";
import type { Session } from "../session/session.ts";

/** Part of the help of each of them. */
export const SCOPE_NOTE = `Orders apply to this server only and survive its restart. With several replicas, give the order to each of them.`;

const SERVICE_OPTION = [
  "--service <namespace/name>",
  "only this Service (demo/hello) or host (shop.example.com)",
  parseService,
] as [flags: string, what: string, parse: (text: string) => string];
const REASON_OPTION = ["--reason <text>", "a reason, shown by fedns status"] as const;

export type OrderOptions = SocketOptions & {
  readonly service?: string;
  readonly force?: boolean;
  readonly reason?: string;
};

/** The argument and option that name the target of an order. */
export function withTarget(command: Command): Command {
  return command
    .argument("<cluster>", "the cluster, by its name in the configuration", parseCluster)
    .option(...SERVICE_OPTION);
}

/** The options that name the server. They come last in the help. */
export function withServer(command: Command): Command {
  return command.option(...CONFIG_OPTION).option(...SOCKET_OPTION);
}

/** The option for a reason, and those that name the server. */
export function withReasonAndServer(command: Command): Command {
  return withServer(command.option(...REASON_OPTION, parseReason));
}

/** Who gives the order and why, and whether it may leave services without any cluster. */
export function authorOf({ force, reason }: OrderOptions): {
  readonly isForced: boolean;
  readonly by: string;
  readonly reason: string | null;
} {
  return { isForced: force === true, by: operatorName(), reason: reason ?? null };
}

function parseService(text: string): string {
  if (/^[a-z0-9]([a-z0-9-]*[a-z0-9])?\/[a-z0-9]([a-z0-9-]*[a-z0-9])?$/.test(text) && text.length <= 127)
    return text;
  const host = text.toLowerCase().replace(/\.$/, "");
  if (host.includes(".") && isDnsName(host.replace(/^\*\./, ""))) return host;
  throw new InvalidArgumentError(
    "It must be NAMESPACE/NAME of a Service, like demo/hello, or a host, like shop.example.com.",
  );
}

export function parseCluster(text: string): string {
  if (/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/.test(text) && text.length <= 253) return text;
  throw new InvalidArgumentError("It must be the name of a cluster in the configuration.");
}

export function parseAddress(text: string): string {
  if (isAddress(text)) return canonicalAddress(text);
  throw new InvalidArgumentError("It must be an IP address.");
}

/** Milliseconds. */
export function parseTime(text: string): number {
  const ms = parseDuration(text);
  if (ms !== null && ms <= DURATION_MAX_MS) return ms;
  throw new InvalidArgumentError("It must be a duration like 90s, 10m or 1h30m, at most 366d.");
}

export function parseReason(text: string): string {
  if (text.length <= 256 && !/\p{Cc}/u.test(text)) return text;
  throw new InvalidArgumentError("It must be one line of at most 256 characters.");
}

/** The user who gives the order, for the status. It is not authenticated. */
export function operatorName(): string {
  try {
    return userInfo()
      .username.replaceAll(/\p{Cc}/gu, "?")
      .slice(0, 256);
  } catch {
    return "unknown";
  }
}

/** Prints the reply and sets the exit code. False = the order was refused. */
export function submitOrder(session: Session, path: string, order: OrderRequest): Promise<boolean> {
  return submitRequest(session, path, { command: "order", order });
}

/** As submitOrder, for any request whose reply is a sentence. */
export async function submitRequest(
  session: Session,
  path: string,
  request: { readonly command: string } & Readonly<Record<string, unknown>>,
): Promise<boolean> {
  const reply = await sendCommand(path, request);
  const services = reply.left.map((service) => `  ${service}\n`).join("");
  if (!reply.ok) {
    const cure = reply.left.length > 0 ? "Use --force to do it anyway.\n" : "";
    session.printError(`fedns: ${reply.error}${services === "" ? "" : ":"}\n${services}${cure}`);
    session.exitCode = 1;
    return false;
  }
  const { text } = reply;
  session.print(`${typeof text === "string" ? text : "done"}${services === "" ? "" : ":"}\n${services}`);
  return true;
}
