/** The DNS server and the name that a command queries. The server is the given one, that of a configuration, or the sandbox. */
import { InvalidArgumentError } from "commander";
import { OperationalError } from "../../kernel/error.ts";
import { canonicalAddress, splitServer } from "../../kernel/literal.ts";
import { findConfig } from "./config-option.ts";
import type { DnsServer } from "../../fleet/resolve/dns-client.ts";

export type ServerOptions = { readonly server?: DnsServer; readonly config?: string };

const SANDBOX_SERVER = "127.0.0.1:1053";

export const SERVER_OPTION: readonly [flags: string, what: string, parse: (text: string) => DnsServer] = [
  "-s, --server <address>",
  `ADDRESS, ADDRESS:PORT or [ADDRESS]:PORT (default: the first one that the configuration listens on, or ${SANDBOX_SERVER})`,
  parseServer,
];

export async function chooseServer({ server, config }: ServerOptions): Promise<DnsServer> {
  return server ?? (await configuredServer(findConfig(config)?.path)) ?? parseServer(SANDBOX_SERVER);
}

/** An error of the query, with a hint how the server was found when none was given. */
export function withServerHint(error: unknown, { server, config }: ServerOptions): unknown {
  if (!(error instanceof OperationalError) || server !== undefined || config !== undefined) return error;
  const choice = findConfig(config);
  const found =
    choice === null
      ? "no configuration was found; is the sandbox running?"
      : `it is in ${choice.path}, ${choice.origin}`;
  const sentence = `${error.message}; ${found}; --server, --config or FEDNS_CONFIG names another server`;
  return new OperationalError(error.code, sentence, { cause: error });
}

export function serverText({ address, port }: DnsServer): string {
  return address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
}

/** Labels of 1 to 63 octets, 253 in all (RFC 1035 §2.3.4); a final dot is dropped. */
export function parseName(text: string): string {
  const name = text === "." ? "" : text.replace(/\.$/, "");
  const isSound = text === "." || name.split(".").every((label) => label.length >= 1 && label.length <= 63);
  if (isSound && name.length <= 253 && /^[\u0021-\u007e]*$/.test(name)) return name;
  throw new InvalidArgumentError("It must be a domain name: labels of 1 to 63 characters, joined by dots.");
}

export function parseServer(text: string): DnsServer {
  const server = splitServer(text);
  if (server === null)
    throw new InvalidArgumentError(
      "It must be ADDRESS, ADDRESS:PORT or [ADDRESS]:PORT, with a literal address.",
    );
  return { address: canonicalAddress(server.address), port: server.port };
}

/** For an option that may be repeated. */
export function addServer(text: string, before: readonly DnsServer[] | undefined): readonly DnsServer[] {
  return [...(before ?? []), parseServer(text)];
}

/** A wildcard address cannot be a destination, so loopback of the same family is used. */
async function configuredServer(filePath: string | undefined): Promise<DnsServer | null> {
  if (filePath === undefined) return null;
  const { requireConfig } = await import("./config-argument.ts");
  const [listen] = (await requireConfig(filePath)).listen;
  if (listen === undefined) return null;
  const loopback: Readonly<Record<string, string>> = { "0.0.0.0": "127.0.0.1", "::": "::1" };
  return { address: loopback[listen.address] ?? listen.address, port: listen.port };
}
