/** A reply in a form in which two servers that mean the same are equal. */

export type Reply = {
  readonly rcode: number;
  readonly aa: boolean;
  readonly tc: boolean;
  readonly answer: readonly string[];
  readonly authority: readonly string[];
  readonly additional: readonly string[];
};

export function sameReply(a: Reply | null, b: Reply | null): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

const NAMES_ONLY = new Set([2, 5, 12, 39]);

/** Names are folded, sections sorted, OPT left out, and the serial of SOA records blanked: ours is the picture's. */
export function readReply(bytes: Uint8Array): Reply {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const flags = view.getUint16(2);
  let at = 12;
  for (let i = view.getUint16(4); i > 0; i--) at = readName(bytes, at).end + 4;
  const section = (count: number): string[] => {
    const records: string[] = [];
    for (let i = 0; i < count; i++) {
      const { text, type, end } = readRecord(bytes, view, at);
      if (type !== 41) records.push(text);
      at = end;
    }
    return records.sort();
  };
  const [answer, authority, additional] = [6, 8, 10].map((head) => section(view.getUint16(head)));
  return {
    rcode: flags & 15,
    aa: (flags & 0x400) !== 0,
    tc: (flags & 0x200) !== 0,
    answer: answer as string[],
    authority: authority as string[],
    additional: additional as string[],
  };
}

function readRecord(
  bytes: Uint8Array,
  view: DataView,
  start: number,
): { readonly text: string; readonly type: number; readonly end: number } {
  const { name, end: at } = readName(bytes, start);
  const type = view.getUint16(at);
  const rdata = at + 10;
  const end = rdata + view.getUint16(at + 8);
  const text = [
    name,
    view.getUint32(at + 4),
    view.getUint16(at + 2),
    typeText(type),
    rdataText(bytes, view, { type, rdata, end }),
  ];
  return { text: text.join(" "), type, end };
}

type Extent = { readonly type: number; readonly rdata: number; readonly end: number };

function rdataText(bytes: Uint8Array, view: DataView, { type, rdata, end }: Extent): string {
  if (NAMES_ONLY.has(type)) return readName(bytes, rdata).name;
  if (type === 15) return `${view.getUint16(rdata)} ${readName(bytes, rdata + 2).name}`;
  if (type === 33) return `${view.getUint16(rdata + 2)} ${readName(bytes, rdata + 6).name}`;
  if (type === 6) {
    const mname = readName(bytes, rdata);
    const rname = readName(bytes, mname.end);
    return `${mname.name} ${rname.name} # ${view.getUint32(rname.end + 16)}`;
  }
  return Buffer.from(bytes.subarray(rdata, end)).toString("hex");
}

function readName(bytes: Uint8Array, start: number): { readonly name: string; readonly end: number } {
  let name = "";
  let end = -1;
  for (let at = start, hops = 0; ;) {
    const length = bytes[at] as number;
    if (length >= 0xc0) {
      if (end < 0) end = at + 2;
      if (++hops > 127) throw new Error("a loop of pointers");
      at = ((length & 63) << 8) | (bytes[at + 1] as number);
      continue;
    }
    if (length === undefined) throw new Error("a name without an end");
    if (length === 0) return { name: name === "" ? "." : name, end: end < 0 ? at + 1 : end };
    name += `${labelText(bytes.subarray(at + 1, at + 1 + length))}.`;
    at += length + 1;
  }
}

/** As zone files write it, small letters. */
function labelText(label: Uint8Array): string {
  const characters = Array.from(label, (octet) => {
    const character = String.fromCharCode(octet).toLowerCase();
    return /^[a-z0-9*_-]$/.test(character) ? character : `\\${String(octet).padStart(3, "0")}`;
  });
  return characters.join("");
}

const TYPE_NAMES = new Map<number, string>(
  Object.entries({
    A: 1,
    NS: 2,
    CNAME: 5,
    SOA: 6,
    PTR: 12,
    HINFO: 13,
    MX: 15,
    TXT: 16,
    AAAA: 28,
    SRV: 33,
    DNAME: 39,
    DS: 43,
    TLSA: 52,
    CAA: 257,
  }).map(([name, type]) => [type, name]),
);

export function typeText(type: number): string {
  return TYPE_NAMES.get(type) ?? `TYPE${type}`;
}

const SHOWN_MAX = 6;

/** For people. */
export function formatReply(reply: Reply | null): string {
  if (reply === null) return "  (silence)\n";
  const flags = `rcode=${reply.rcode}${reply.aa ? " aa" : ""}${reply.tc ? " tc" : ""}`;
  const lines = (["answer", "authority", "additional"] as const).flatMap((section) => {
    const shown = reply[section].slice(0, SHOWN_MAX).map((record) => `    ${section.padEnd(10)} ${record}\n`);
    const rest = reply[section].length - shown.length;
    return rest > 0 ? [...shown, `    ... and ${rest} more\n`] : shown;
  });
  return `  ${flags}\n${lines.join("")}`;
}
