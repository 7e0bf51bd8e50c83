/** Services of WKS records (RFC 1035 §3.4.2): a protocol, and a bit for each port. */
import { numberAt } from "../presentation/number.ts";
import type { Words } from "../presentation/words.ts";
import type { SpecialField } from "./fields.ts";

const PROTOCOLS: Readonly<Record<string, number>> = { icmp: 1, tcp: 6, udp: 17 };
/** Services that zone files with such records name; all others are written as numbers. */
const PORTS: Readonly<Record<string, number>> = {
  echo: 7,
  discard: 9,
  daytime: 13,
  ftp: 21,
  ssh: 22,
  telnet: 23,
  smtp: 25,
  time: 37,
  domain: 53,
  tftp: 69,
  finger: 79,
  http: 80,
  pop3: 110,
  sunrpc: 111,
  nntp: 119,
  ntp: 123,
  imap: 143,
  snmp: 161,
  https: 443,
};

function valueAt(words: Words, index: number, names: Readonly<Record<string, number>>, max: number): number {
  const text = words.isBare(index) ? words.text(index).toLowerCase() : "";
  const value = Object.hasOwn(names, text) ? (names[text] as number) : numberAt(words, index);
  return value <= max ? value : -1;
}

export const services: SpecialField = {
  words: Infinity,
  put({ words, first }, out) {
    const protocol = valueAt(words, first, PROTOCOLS, 255);
    if (protocol < 0) return `${words.shown(first)} is not a protocol; write its number`;
    const bitmap = new Uint8Array(8192);
    let octets = 0;
    for (let i = first + 1; i < words.count; i++) {
      const port = valueAt(words, i, PORTS, 65_535);
      if (port < 0) return `${words.shown(i)} is not a service; write the number of its port`;
      bitmap[port >> 3] = (bitmap[port >> 3] as number) | (0x80 >> (port & 7));
      octets = Math.max(octets, (port >> 3) + 1);
    }
    out.put8(protocol);
    for (const octet of bitmap.subarray(0, octets)) out.put8(octet);
    return null;
  },
  end(rdata, at) {
    const octets = rdata.length - at - 1;
    // Zeros at the end are left out, so that each set of ports has one spelling.
    const isSound = octets === 0 || (octets > 0 && octets <= 8192 && rdata.at(-1) !== 0);
    return isSound ? rdata.length : -1;
  },
  format(octets) {
    const words = [String(octets[0])];
    for (let bit = 0; bit < 8 * (octets.length - 1); bit++)
      if (((octets[1 + (bit >> 3)] as number) & (0x80 >> (bit & 7))) !== 0) words.push(String(bit));
    return words.join(" ");
  },
};
