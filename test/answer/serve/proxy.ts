/** PROXY headers for tests, as balancers send them, and as they should not be. */

const SIGNATURE = [0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a];

type Header = {
  /** Source address: 4 or 16 octets; none = LOCAL. */
  readonly source?: readonly number[];
  readonly versionAndCommand?: number;
  readonly familyAndTransport?: number;
  readonly tlvs?: readonly number[];
  /** What the length field says instead of the truth. */
  readonly length?: number;
};

export function proxyHeader(header: Header): Uint8Array {
  const { source = [], tlvs = [] } = header;
  const ports = [0x30, 0x39, 0, 53];
  const addresses = source.length === 0 ? [] : [...source, ...source.map(() => 1), ...ports];
  const family = source.length === 0 ? 0 : source.length === 4 ? 0x12 : 0x22;
  const length = header.length ?? addresses.length + tlvs.length;
  return Uint8Array.from([
    ...SIGNATURE,
    header.versionAndCommand ?? (source.length === 0 ? 0x20 : 0x21),
    header.familyAndTransport ?? family,
    length >> 8,
    length & 255,
    ...addresses,
    ...tlvs,
  ]);
}

export const CLIENT_V4: readonly number[] = [198, 51, 100, 7];
export const CLIENT_V6: readonly number[] = [0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7];
export const CLIENT_MAPPED: readonly number[] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, ...CLIENT_V4];

/** Headers that nothing may be answered to, by what is wrong with them. */
export const UNSOUND_HEADERS: Readonly<Record<string, Uint8Array>> = {
  "no header": new Uint8Array(0),
  "version 1": new TextEncoder().encode("PROXY TCP4 198.51.100.7 192.0.2.1 12345 53\r\n"),
  "version 3": proxyHeader({ source: CLIENT_V4, versionAndCommand: 0x31 }),
  "an unknown command": proxyHeader({ source: CLIENT_V4, versionAndCommand: 0x22 }),
  "PROXY without addresses": proxyHeader({ versionAndCommand: 0x21 }),
  "a UNIX socket": proxyHeader({
    versionAndCommand: 0x21,
    familyAndTransport: 0x31,
    tlvs: Array<number>(216).fill(0x61),
  }),
  "an unknown transport": proxyHeader({ source: CLIENT_V4, familyAndTransport: 0x13 }),
  "IPv6 in the room of IPv4": proxyHeader({ source: CLIENT_V4, familyAndTransport: 0x22 }),
  "a length of less than its addresses": proxyHeader({ source: CLIENT_V4, length: 11 }),
  "a length beyond the bound": proxyHeader({ source: CLIENT_V4, length: 65_535 }),
};
