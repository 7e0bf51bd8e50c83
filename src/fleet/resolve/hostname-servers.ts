/** The DNS resolvers of this machine, as resolv.conf(5) names them. */
import { readFileSync } from "node:fs";
import { canonicalAddress, splitServer } from "../../kernel/literal.ts";
import type { DnsServer } from "./dns-client.ts";

/** The C library asks no more than three. */
const maxServers = 3;

/** `nameserver` lines with a literal address; the local machine when there are none, as the C library does. */
export function parseResolvConf(text: string): readonly DnsServer[] {
  const servers = text.split("\n").flatMap((line) => {
    const address = /^\s*nameserver\s+(\S+)/.exec(line)?.[1] ?? "";
    return toServers([address]);
  });
  return servers.length === 0 ? [{ address: "127.0.0.1", port: 53 }] : servers.slice(0, maxServers);
}

/** Read anew each time: DHCP and VPNs rewrite the file. Empty when it cannot be read. */
export function systemServers(): readonly DnsServer[] {
  try {
    return parseResolvConf(readFileSync("/etc/resolv.conf", "utf8"));
  } catch {
    return parseResolvConf("");
  }
}

/** ADDRESS, ADDRESS:PORT or [ADDRESS]:PORT; what is none of these is left out (the config has been checked). */
export function toServers(texts: readonly string[]): readonly DnsServer[] {
  return texts.flatMap((text) => {
    const server = splitServer(text);
    return server === null ? [] : [{ address: canonicalAddress(server.address), port: server.port }];
  });
}
