/** The address a query came from, as octets, for rate limits, cookies and access lists. */

/** One object per worker, filled in before each query. */
export type Peer = {
  /** True for TCP: no size limit but 65,535 octets, and the address is proven. */
  isStream: boolean;
  /** Its address: 4 octets, or 16, from `at` on. IPv4 in IPv6 (::ffff:0:0/96) is IPv4. */
  view: DataView;
  at: number;
  octets: number;
};

/** A peer with the address 0.0.0.0. */
export function createPeer(isStream: boolean): Peer {
  return { isStream, view: new DataView(new ArrayBuffer(16)), at: 0, octets: 4 };
}

/** Writes the address into the view that createPeer made. Text that is not an address becomes 0.0.0.0. */
export function setPeerAddress(peer: Peer, text: string): void {
  const octets = addressOctets(text) ?? [0, 0, 0, 0];
  peer.octets = octets.length;
  peer.at = 0;
  octets.forEach((octet, i) => peer.view.setUint8(i, octet));
}

/** The 4 or 16 octets of a literal address without its zone index ("%eth0"); null for anything else. */
export function addressOctets(text: string): readonly number[] | null {
  if (!text.includes(":")) return quadOctets(text);
  const [head = "", tail] = (text.split("%")[0] as string).split("::");
  const left = groupOctets(head);
  const right = groupOctets(tail ?? "");
  const missing = 16 - left.length - right.length;
  const octets = [...left, ...Array<number>(Math.max(0, missing)).fill(0), ...right];
  if (octets.length !== 16 || octets.some(Number.isNaN) || (tail === undefined && missing > 0)) return null;
  return isMapped(octets) ? octets.slice(12) : octets;
}

function quadOctets(text: string): readonly number[] | null {
  const octets = text.split(".").map(Number);
  return octets.length === 4 && octets.every((octet) => octet >= 0 && octet < 256) ? octets : null;
}

/** Groups of hex digits; the last one may be an IPv4 address. */
function groupOctets(text: string): readonly number[] {
  if (text === "") return [];
  return text.split(":").flatMap((group) => {
    if (group.includes(".")) return quadOctets(group) ?? [Number.NaN];
    const value = Number.parseInt(group, 16);
    return [value >> 8, Number.isNaN(value) ? value : value & 255];
  });
}

function isMapped(octets: readonly number[]): boolean {
  return octets.slice(0, 10).every((octet) => octet === 0) && octets[10] === 255 && octets[11] === 255;
}
