/** --subnet ADDRESS/LENGTH: the EDNS Client Subnet option (RFC 7871 §6) that a resolver near that client would send. */
import { isIPv4 } from "node:net";
import { InvalidArgumentError } from "commander";
import { isCidr } from "../../kernel/literal.ts";

export type Subnet = { readonly family: 1 | 2; readonly address: string; readonly length: number };

/** The usual lengths when none is given (RFC 7871 §11.1). */
const DEFAULT_LENGTH = { 1: 24, 2: 56 } as const;

/** Throws Commander's InvalidArgumentError. The address has zeros behind the prefix, as §6 demands. */
export function parseSubnet(text: string): Subnet {
  const [address = "", given] = text.split("/");
  const family = isIPv4(address) ? 1 : 2;
  const length = given === undefined ? DEFAULT_LENGTH[family] : Number(given);
  if (!isCidr(`${address}/${given ?? length}`)) {
    throw new InvalidArgumentError("It must be a network like 192.0.2.0/24 or 2001:db8::/56.");
  }
  return { family, address: network(address, family, length), length };
}

/** As dns2 wants it: its own constructor knows IPv4 only, and makes /32 of /0. */
export function subnetOption(subnet: Subnet): object {
  const { family, address, length } = subnet;
  return { ednsCode: 8, family, sourcePrefixLength: length, scopePrefixLength: 0, ip: address };
}

function network(address: string, family: 1 | 2, length: number): string {
  const groupBits = family === 1 ? 8 : 16;
  const groups = family === 1 ? address.split(".").map(Number) : ipv6Groups(address);
  const kept = groups.map((group, index) => {
    const bits = Math.min(groupBits, Math.max(0, length - index * groupBits));
    return group & (((1 << groupBits) - 1) << (groupBits - bits));
  });
  return family === 1 ? kept.join(".") : kept.map((group) => group.toString(16)).join(":");
}

/** The eight groups of a valid address; the last two may be written as IPv4. */
function ipv6Groups(address: string): readonly number[] {
  const plain = address.replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_, ...octets: readonly string[]) => {
    const [a = 0, b = 0, c = 0, d = 0] = octets.slice(0, 4).map(Number);
    return `${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
  });
  const [head = "", tail] = plain.split("::");
  const before = groupsOf(head);
  const after = groupsOf(tail ?? "");
  const zeros = tail === undefined ? 0 : 8 - before.length - after.length;
  return [...before, ...Array.from({ length: zeros }, () => 0), ...after];
}

function groupsOf(text: string): readonly number[] {
  return text === "" ? [] : text.split(":").map((group) => Number.parseInt(group, 16));
}
