/**
 * Checks the Host header of a request. A foreign web page can point its own name at this machine (DNS rebinding) and
 * read what loopback serves, but its requests still carry that name.
 */
import { isIP } from "node:net";

export type AllowedHosts = {
  /** The address the server is bound to. */
  readonly address: string;
  /** Further accepted names, lower case. */
  readonly hosts: readonly string[];
};

const LOOPBACK_HOSTS = ["localhost", "127.0.0.1", "::1"];

/** Any port is accepted, since port forwarding changes it. A literal address cannot be rebound: off loopback all are accepted. */
export function isOurHost(header: string | undefined, rule: AllowedHosts): boolean {
  const host = hostOf(header ?? "");
  if (host === null) return false;
  if (LOOPBACK_HOSTS.includes(host) || host === rule.address || rule.hosts.includes(host)) return true;
  const isPrivate = rule.address === "::1" || rule.address.startsWith("127.");
  return !isPrivate && isIP(host) !== 0;
}

/** The name or address without port and brackets; null when the header is neither (RFC 9110 §7.2). */
function hostOf(header: string): string | null {
  const parts = /^(?:\[([0-9a-f:.]+)\]|([a-z0-9_.-]+))(?::\d{1,5})?$/.exec(header.toLowerCase());
  return parts?.[1] ?? parts?.[2] ?? null;
}
