/**
 * IP addresses as members announce them: from text to numbers, and the networks that they are in.
 *
 * IPv4 is an unsigned 32-bit number, IPv6 a string of 32 lower-case hex digits.
 */

import { canonicalAddress } from "../../kernel/literal.ts";

export type Address =
  | { readonly family: 4; readonly value: number }
  | { readonly family: 6; readonly value: string };

/** Null: not a literal address. A mapped IPv4 address (::ffff:0:0/96) is returned as IPv4. */
export function parseAddress(text: string): Address | null {
  const ipv4 = parseIpv4(text);
  if (ipv4 !== null) return { family: 4, value: ipv4 };
  const ipv6 = parseIpv6(text);
  if (ipv6 === null) return null;
  if (!ipv6.startsWith("00000000000000000000ffff")) return { family: 6, value: ipv6 };
  return { family: 4, value: Number.parseInt(ipv6.slice(24), 16) };
}

/** From its value alone. */
export function addressOf(value: number | string): Address {
  return typeof value === "number" ? { family: 4, value } : { family: 6, value };
}

/** The address as text (RFC 5952). A name, which ends in a dot, is returned unchanged. */
export function addressText(address: number | string): string {
  if (typeof address === "number") return [24, 16, 8, 0].map((shift) => (address >>> shift) & 255).join(".");
  if (address.endsWith(".")) return address;
  const groups = address.match(/.{4}/g) ?? [];
  return canonicalAddress(groups.join(":"));
}

const ZERO = 48;
const DOT = 46;

/** Parsed digit by digit, for speed: a cluster may list tens of thousands of addresses. */
function parseIpv4(text: string): number | null {
  if (text.length < 7 || text.length > 15) return null;
  let value = 0;
  let dots = 0;
  let part = -1;
  for (let i = 0; i < text.length; i++) {
    const digit = text.charCodeAt(i) - ZERO;
    if (digit === DOT - ZERO) {
      if (part < 0 || ++dots > 3) return null;
      value = value * 256 + part;
      part = -1;
    } else {
      // Some parsers read a part with a leading zero as octal.
      if (digit < 0 || digit > 9 || part === 0) return null;
      part = part < 0 ? digit : part * 10 + digit;
      if (part > 255) return null;
    }
  }
  return dots === 3 && part >= 0 ? value * 256 + part : null;
}

function parseIpv6(text: string): string | null {
  if (!/^[0-9a-f:.]{2,45}$/i.test(text) || !text.includes(":")) return null;
  const halves = text.toLowerCase().split("::");
  if (halves.length > 2) return null;
  const head = groupsOf(halves[0] as string, halves.length === 1);
  const tail = halves.length === 2 ? groupsOf(halves[1] as string, true) : [];
  if (head === null || tail === null) return null;
  const missing = 8 - head.length - tail.length;
  if (halves.length === 2 ? missing < 1 : missing !== 0) return null;
  return [...head, ...Array<string>(missing).fill("0000"), ...tail].join("");
}

/** Groups of four digits; the last one may be written as IPv4 when `mayEndInIpv4`. */
function groupsOf(text: string, mayEndInIpv4: boolean): string[] | null {
  if (text === "") return [];
  const groups: string[] = [];
  const parts = text.split(":");
  for (const [i, part] of parts.entries()) {
    if (/^[0-9a-f]{1,4}$/.test(part)) groups.push(part.padStart(4, "0"));
    else {
      const ipv4 = mayEndInIpv4 && i === parts.length - 1 ? parseIpv4(part) : null;
      if (ipv4 === null) return null;
      const digits = ipv4.toString(16).padStart(8, "0");
      groups.push(digits.slice(0, 4), digits.slice(4));
    }
  }
  return groups;
}

/** A network: its family, and its prefix as a string of 0 and 1. */
export type Network = {
  readonly family: 4 | 6;
  readonly bits: string;
  /** The prefix of an IPv4 network as a number: every address of every service is compared with it. */
  readonly value: number;
  readonly mask: number;
};

export function parseNetwork(text: string): Network | null {
  const [address = "", length = "", rest] = text.split("/");
  const parsed = parseAddress(address);
  if (parsed === null || rest !== undefined || !/^\d{1,3}$/.test(length)) return null;
  const all = bitsOf(parsed);
  if (Number(length) > all.length) return null;
  const bits = all.slice(0, Number(length));
  // In JavaScript a shift by 32 is no shift.
  const mask = parsed.family === 6 || bits === "" ? 0 : (-1 << (32 - bits.length)) >>> 0;
  const value = parsed.family === 4 ? (parsed.value & mask) >>> 0 : 0;
  return { family: parsed.family, bits, value, mask };
}

export function isInside(address: Address, network: Network): boolean {
  if (address.family !== network.family) return false;
  if (address.family === 4) return (address.value & network.mask) >>> 0 === network.value;
  return bitsOf(address).startsWith(network.bits);
}

function bitsOf(address: Address): string {
  if (address.family === 4) return address.value.toString(2).padStart(32, "0");
  return [...address.value].map((digit) => Number.parseInt(digit, 16).toString(2).padStart(4, "0")).join("");
}
