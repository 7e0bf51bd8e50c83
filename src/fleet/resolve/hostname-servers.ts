/** The DNS resolvers of this machine (resolv.conf(5)). */
import { readFileSync } from "node:fs";
import { canonicalAddress, splitServer } from "../../kernel/literal.ts";
import type { DnsServer } from "./dns-client.ts";

/** As in the C library (MAXNS). */
const SERVERS_MAX = 3;

/** `nameserver` lines with a literal address; the local machine when there are none, as the C library does. */
export function parseResolvConf(text: string): readonly DnsServer[] {
  const servers = text.split("\n").flatMap((line) => {
    const address = /^\s*nameserver\s+(\S+)/.exec(line)?.[1] ?? "";
    return toServers([address]);
  });
  return servers.length === 0 ? [{ address: "127.0.0.1", port: 53 }] : servers.slice(0, SERVERS_MAX);
}

/** Reads the file each time, because DHCP and VPNs rewrite it. The local machine when it cannot be read. */
export function systemServers(): readonly DnsServer[] {
  try {
    return parseResolvConf(readFileSync("/etc/resolv.conf", "utf8"));
  } catch {
    return parseResolvConf("");
  }
}

/** ADDRESS, ADDRESS:PORT or [ADDRESS]:PORT; other texts are left out (the configuration has been checked). */
export function toServers(texts: readonly string[]): readonly DnsServer[] {
  return texts.flatMap((text) => {
    const server = splitServer(text);
    return server === null ? [] : [{ address: canonicalAddress(server.address), port: server.port }];
  });
}
