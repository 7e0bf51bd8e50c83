/**
 * The proxy that the environment names for a server, by the rules of kubectl (Go's httpproxy):
 *
 *   server     | HTTPS_PROXY | HTTP_PROXY | NO_PROXY             | proxy
 *   https://   | set         |            | nothing that fits    | HTTPS_PROXY
 *   http://    |             | set        | nothing that fits    | HTTP_PROXY
 *   any        | set         | set        | an entry that fits   | none
 *   localhost, | set         | set        |                      | none
 *   loopback
 *
 * The upper-case name counts before the lower-case one. Entries of NO_PROXY, separated by commas: * (everything), an address, a
 * network in CIDR form, a domain (it and everything below), .domain or *.domain (only what is below); all but networks
 * may end with :PORT. ALL_PROXY is not looked at, nor by kubectl.
 */
import { BlockList, isIP } from "node:net";
import { OperationalError } from "../../kernel/error.ts";
import { hostOf, parseProxyUrl, portOf, type Proxy } from "./proxy.ts";

type Environment = Readonly<Record<string, string | undefined>>;
type Variable = { readonly name: string; readonly value: string };
type Target = { readonly host: string; readonly port: string };

/** Null = straight to the server. Throws OperationalError KUBE_CONFIG for a variable that is no proxy. */
export function environmentProxy(server: URL, env: Environment): Proxy | null {
  const isSecure = server.protocol === "https:";
  const variable = isSecure ? read(env, "HTTPS_PROXY") : read(env, "HTTP_PROXY");
  if (variable === null) return null;
  const target = { host: nameOf(server), port: String(portOf(server)) };
  const exempt = read(env, "NO_PROXY")?.value ?? "";
  if (isLocal(target.host) || exempt.split(",").some((entry) => isExempt(entry, target))) return null;
  const { name, value } = variable;
  const parsed = parseProxyUrl(/^[a-z][a-z\d+.-]*:\/\//i.test(value) ? value : `http://${value}`);
  if ("url" in parsed) return { url: parsed.url, source: name, isFromEnvironment: true };
  throw new OperationalError("KUBE_CONFIG", `the variable ${name} ${parsed.problem}`);
}

function read(env: Environment, name: string): Variable | null {
  for (const one of [name, name.toLowerCase()]) {
    const value = (env[one] ?? "").trim();
    if (value !== "") return { name: one, value };
  }
  return null;
}

function nameOf(server: URL): string {
  return hostOf(server).toLowerCase().replace(/\.$/, "");
}

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet("127.0.0.0", 8, "ipv4");
LOOPBACK.addAddress("::1", "ipv6");

function isLocal(host: string): boolean {
  return host === "localhost" || contains(LOOPBACK, host);
}

function isExempt(written: string, target: Target): boolean {
  const entry = written.trim().toLowerCase();
  if (entry === "" || entry === "*") return entry === "*";
  const network = networkOf(entry);
  if (network !== null) return contains(network, target.host);
  const { host, port } = splitPort(entry);
  if (host === "" || (port !== "" && port !== target.port)) return false;
  if (isIP(host) !== 0) return contains(single(host), target.host);
  const below = host.replace(/^\*\./, ".");
  if (below.startsWith(".")) return target.host.endsWith(below);
  return target.host === below || target.host.endsWith(`.${below}`);
}

/** ADDRESS/LENGTH; null for anything else. */
function networkOf(entry: string): BlockList | null {
  const [, address = "", length = ""] = /^([\da-f.:]+)\/(\d{1,3})$/.exec(entry) ?? [];
  const family = isIP(address);
  if (family === 0 || Number(length) > (family === 4 ? 32 : 128)) return null;
  const list = new BlockList();
  list.addSubnet(address, Number(length), family === 4 ? "ipv4" : "ipv6");
  return list;
}

function single(address: string): BlockList {
  const list = new BlockList();
  list.addAddress(address, isIP(address) === 4 ? "ipv4" : "ipv6");
  return list;
}

function contains(list: BlockList, host: string): boolean {
  const family = isIP(host);
  return family !== 0 && list.check(host, family === 4 ? "ipv4" : "ipv6");
}

/** HOST, HOST:PORT, [ADDRESS]:PORT, or a bare address of IPv6. */
function splitPort(entry: string): Target {
  const [, bracketed, bare, port = ""] = /^(?:\[([^\]]*)\]|([^:]*))(?::(\d+))?$/.exec(entry) ?? [];
  return { host: bracketed ?? bare ?? (isIP(entry) === 6 ? entry : ""), port };
}
