/** What the commands that give orders have in common: how targets and times are written, and how the reply is told. */
import { userInfo } from "node:os";
import { InvalidArgumentError } from "commander";
import { parseDuration } from "../../kernel/duration.ts";
import { canonicalAddress, isAddress, isDnsName } from "../../kernel/literal.ts";
import { DURATION_MAX_MS, type OrderRequest } from "../../traffic/orders/order.ts";
import { sendCommand } from "../session/admin-client.ts";
import type { Session } from "../session/session.ts";

/** Said in the help of each of them. */
export const SCOPE_NOTE = `Orders hold for this server alone, also after a restart of it: until replicas share them, give them to each.`;

export const SERVICE_OPTION = [
  "--service <namespace/name>",
  "this service there, or this host, not the whole cluster",
  parseService,
] as [flags: string, what: string, parse: (text: string) => string];
export const REASON_OPTION = ["--reason <text>", "why, for those who read the status"] as const;

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
  throw new InvalidArgumentError("It must be the name of a cluster, as the configuration has it.");
}

export function parseAddress(text: string): string {
  if (isAddress(text)) return canonicalAddress(text);
  throw new InvalidArgumentError("It must be an IP address.");
}

/** Milliseconds. */
export function parseTime(text: string): number {
  const ms = parseDuration(text);
  if (ms !== null && ms <= DURATION_MAX_MS) return ms;
  throw new InvalidArgumentError("It must be a time like 90s, 10m or 1h30m, at most 366d.");
}

export function parseReason(text: string): string {
  if (text.length <= 256 && !/\p{Cc}/u.test(text)) return text;
  throw new InvalidArgumentError("It must be one line of at most 256 characters.");
}

/** Who gives the order, for the status: a name to ask, no proof. */
export function operatorName(): string {
  try {
    return userInfo()
      .username.replaceAll(/\p{Cc}/gu, "?")
      .slice(0, 256);
  } catch {
    return "somebody";
  }
}

/** True = obeyed. What came of it is printed, and the exit code is set. */
export async function submitOrder(session: Session, path: string, order: OrderRequest): Promise<boolean> {
  const reply = await sendCommand(path, { command: "order", order });
  const services = reply.left.map((service) => `  ${service}\n`).join("");
  if (!reply.ok) {
    const cure = reply.left.length > 0 ? "--force does it all the same.\n" : "";
    session.printError(`fedns: ${reply.error}${services === "" ? "" : ":"}\n${services}${cure}`);
    session.exitCode = 1;
    return false;
  }
  const { text } = reply;
  session.print(`${typeof text === "string" ? text : "done"}${services === "" ? "" : ":"}\n${services}`);
  return true;
}
