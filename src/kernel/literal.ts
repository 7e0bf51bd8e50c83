/** Checks of text that people write: DNS names, IP addresses, networks and servers. */
import { isIP, isIPv4, SocketAddress } from "node:net";

/** A name without its final dot; 255 octets on the wire (RFC 1035 §2.3.4) are 253 characters of text. */
export const NAME_MAX_CHARACTERS = 253;
const LABEL = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;

/** RFC 1123 §2.1, lower case. */
export function isDnsLabel(value: string): boolean {
  return LABEL.test(value);
}

/** Lower case, without a final dot. */
export function isDnsName(value: string): boolean {
  return value.length <= NAME_MAX_CHARACTERS && value.split(".").every((part) => LABEL.test(part));
}

/** The canonical form of an address: lower case and shortest (RFC 5952). Other text is returned unchanged. */
export function canonicalAddress(value: string): string {
  if (!isAddress(value)) return value;
  return new SocketAddress({ address: value, family: isIPv4(value) ? "ipv4" : "ipv6" }).address;
}

/** The address and port (53 when absent) of a DNS server; null when the text is neither. */
export function splitServer(value: string): { readonly address: string; readonly port: number } | null {
  if (isAddress(value)) return { address: value, port: 53 };
  const parts = /^(?:\[([^\]]*)\]|([^:]*))(?::(\d{1,5}))?$/.exec(value);
  const address = parts?.[1] ?? parts?.[2] ?? "";
  const port = Number(parts?.[3] ?? 53);
  const isBracketed = parts?.[1] !== undefined;
  if (!isAddress(address) || isBracketed === isIPv4(address) || port < 1 || port > 65_535) return null;
  return { address, port };
}

/** A literal address without a scope ("%eth0"). */
export function isAddress(value: string): boolean {
  return !value.includes("%") && isIP(value) !== 0;
}

export function isCidr(value: string): boolean {
  const parts = /^([^/]+)\/(\d{1,3})$/.exec(value);
  if (parts === null) return false;
  const [, address = "", length = ""] = parts;
  return isAddress(address) && Number(length) <= (isIPv4(address) ? 32 : 128);
}
