/** Writes files in MaxMind's format (MaxMind DB, version 2.0): databases that may not be redistributed, made up for tests. */
import { prefixOf } from "../../../src/traffic/locate/network.ts";

export type MmdbOptions = {
  readonly recordBits: 24 | 28 | 32;
  readonly family: 4 | 6;
  /** CIDR and what it has; longer ones are exceptions of shorter ones. In a tree of family 6, IPv4 goes to ::/96. */
  readonly entries: readonly (readonly [string, Value])[];
  /** Lets 2002::/16 and ::ffff:0:0/96 lead to IPv4, as MaxMind's own files do. */
  readonly hasAliases?: boolean;
  readonly type?: string;
};

export type Value = string | number | readonly Value[] | { readonly [key: string]: Value };

type Branch = { left: Branch | Leaf; right: Branch | Leaf };
type Leaf = { readonly data: number | null };
const NOTHING: Leaf = { data: null };

export function mmdb(options: MmdbOptions): Buffer {
  const { recordBits, family, entries, hasAliases = false, type = "Test-City" } = options;
  const data: Buffer[] = [];
  let dataOctets = 0;
  const root: Branch = { left: NOTHING, right: NOTHING };
  const byLength = entries.map(([cidr, value]) => ({ bits: bitsOf(cidr, family), value }));
  for (const { bits, value } of byLength.toSorted((a, b) => a.bits.length - b.bits.length)) {
    put(root, bits, { data: dataOctets });
    const octets = encode(value);
    data.push(octets);
    dataOctets += octets.length;
  }
  if (hasAliases) {
    const ipv4 = branchAt(root, "0".repeat(96));
    put(root, bitsOf("2002::/16", 6), ipv4);
    put(root, "0".repeat(80) + "1".repeat(16), ipv4);
  }
  const branches = numbered(root);
  const tree = Buffer.concat([...branches.keys()].map((branch) => node(branch, branches, recordBits)));
  const metadata = {
    node_count: branches.size,
    record_size: recordBits,
    ip_version: family,
    database_type: type,
    languages: ["en"],
    binary_format_major_version: 2,
    binary_format_minor_version: 0,
    build_epoch: 1_780_000_000,
    description: { en: "made by a test" },
  };
  const marker = Buffer.from("\xab\xcd\xefMaxMind.com", "latin1");
  return Buffer.concat([tree, Buffer.alloc(16), ...data, marker, encode(metadata)]);
}

/** All bits of the tree's first bits on. */
function bitsOf(cidr: string, family: 4 | 6): string {
  const prefix = prefixOf(cidr);
  if (prefix === null) throw new Error(`${cidr} is no network`);
  const word = (value: number): string => (value >>> 0).toString(2).padStart(32, "0");
  const bits = (word(prefix.high) + word(prefix.low)).slice(0, prefix.length);
  return family === 6 && prefix.family === 4 ? "0".repeat(96) + bits : bits;
}

function put(root: Branch, bits: string, what: Branch | Leaf): void {
  const parent = branchAt(root, bits.slice(0, -1));
  if (bits.endsWith("1")) parent.right = what;
  else parent.left = what;
}

/** The branch behind these bits, made where there is none: both its sides are what was there. */
function branchAt(root: Branch, bits: string): Branch {
  let at = root;
  for (const bit of bits) {
    const side = bit === "1" ? "right" : "left";
    const next = at[side];
    at = "data" in next ? (at[side] = { left: next, right: next }) : next;
  }
  return at;
}

function numbered(root: Branch): Map<Branch, number> {
  const numbers = new Map([[root, 0]]);
  for (const branch of numbers.keys())
    for (const side of [branch.left, branch.right])
      if (!("data" in side) && !numbers.has(side)) numbers.set(side, numbers.size);
  return numbers;
}

function node(branch: Branch, numbers: ReadonlyMap<Branch, number>, recordBits: 24 | 28 | 32): Buffer {
  const record = (side: Branch | Leaf): number => {
    if (!("data" in side)) return numbers.get(side) as number;
    return side.data === null ? numbers.size : numbers.size + 16 + side.data;
  };
  const [left, right] = [record(branch.left), record(branch.right)];
  const octets = Buffer.alloc(recordBits / 4);
  if (recordBits === 32) {
    octets.writeUInt32BE(left);
    octets.writeUInt32BE(right, 4);
  } else {
    octets.writeUIntBE(left % 2 ** 24, 0, 3);
    octets.writeUIntBE(right % 2 ** 24, octets.length - 3, 3);
    if (recordBits === 28) octets[3] = (Math.floor(left / 2 ** 24) << 4) | Math.floor(right / 2 ** 24);
  }
  return octets;
}

/** Numbers become doubles where they have a fraction, and 32-bit numbers otherwise. */
function encode(value: Value): Buffer {
  if (typeof value === "string") return Buffer.concat([control(2, value.length), Buffer.from(value)]);
  if (typeof value === "number") {
    const octets = Buffer.alloc(Number.isInteger(value) ? 4 : 8);
    if (Number.isInteger(value)) octets.writeInt32BE(value);
    else octets.writeDoubleBE(value);
    return Buffer.concat([control(Number.isInteger(value) ? (value < 0 ? 8 : 6) : 3, octets.length), octets]);
  }
  if (Array.isArray(value)) return Buffer.concat([control(11, value.length), ...value.map(encode)]);
  const pairs = Object.entries(value as { readonly [key: string]: Value });
  return Buffer.concat([
    control(7, pairs.length),
    ...pairs.flatMap(([key, item]) => [encode(key), encode(item)]),
  ]);
}

/** Types above 7 stand in an octet of their own. Sizes here are below 29 but for texts, which have one octet more. */
function control(type: number, size: number): Buffer {
  const first = (type > 7 ? 0 : type << 5) | Math.min(size, 29);
  return Buffer.from([first, ...(type > 7 ? [type - 7] : []), ...(size >= 29 ? [size - 29] : [])]);
}

/** An entry as databases of cities have it. */
export function entryAt(latitude: number, longitude: number): Value {
  return { country: { iso_code: "XX" }, location: { accuracy_radius: 20, latitude, longitude } };
}
