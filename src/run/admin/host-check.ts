/**
 * Whether a request's Host header is one of ours. A web page elsewhere can point its own name at this machine (DNS
 * rebinding) and read what loopback serves; its requests still carry that foreign name.
 */
import { isIP } from "node:net";

export type HostRule = {
  /** The address the server is bound to. */
  readonly address: string;
  /** Further names that are ours, lower case. */
  readonly hosts: readonly string[];
};

const LOOPBACK_HOSTS = ["localhost", "127.0.0.1", "::1"];

/** Any port will do: port forwarding changes it. A literal address cannot be rebound; off loopback any is accepted. */
export function isOurHost(header: string | undefined, rule: HostRule): boolean {
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
