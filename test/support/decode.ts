/**
 * A DNS message decoder for tests: strict, slow, and written independently of src/dns, so that the two can disagree.
 */
import assert from "node:assert/strict";

export type Record = {
  /** Written form with the final dot, letter case as on the wire. */
  readonly name: string;
  readonly type: number;
  readonly class: number;
  readonly ttl: number;
  readonly data: string;
};
export type Opt = {
  readonly udpOctets: number;
  readonly version: number;
  readonly dnssecOk: boolean;
  /** The 15 flag bits that must be zero. */
  readonly mustBeZero: number;
  readonly options: readonly { readonly code: number; readonly hex: string }[];
};
export type Message = {
  readonly octets: number;
  readonly id: number;
  readonly isResponse: boolean;
  readonly opcode: number;
  readonly aa: boolean;
  readonly tc: boolean;
  readonly rd: boolean;
  readonly ra: boolean;
  /** Z, AD and CD as one number. */
  readonly zAdCd: number;
  /** With the upper bits from the OPT record. */
  readonly rcode: number;
  readonly question: { readonly name: string; readonly type: number; readonly class: number } | null;
  readonly questionHex: string;
  readonly answer: readonly Record[];
  readonly authority: readonly Record[];
  /** Without the OPT record. */
  readonly additional: readonly Record[];
  readonly opt: Opt | null;
};

/** Throws unless the message is flawless. */
export function decode(bytes: Uint8Array): Message {
  const cursor = new Cursor(bytes);
  const id = cursor.u16();
  const flags = cursor.u16();
  const [questions, answers, authorities, additionals] = [
    cursor.u16(),
    cursor.u16(),
    cursor.u16(),
    cursor.u16(),
  ];
  assert.ok(questions <= 1, "at most one question");
  const question =
    questions === 0 ? null : { name: cursor.name(true), type: cursor.u16(), class: cursor.u16() };
  const questionHex = hex(bytes.subarray(12, cursor.at));
  const answer = repeat(answers, () => cursor.record());
  const authority = repeat(authorities, () => cursor.record());
  const extras = repeat(additionals, () => cursor.record());
  assert.equal(cursor.at, bytes.length, "no octets behind the last record");
  assert.ok(
    [...answer, ...authority].every(({ type }) => type !== 41),
    "OPT only in the additional section",
  );
  const opts = extras.filter(({ type }) => type === 41);
  assert.ok(opts.length <= 1, "at most one OPT record");
  const opt = opts[0] === undefined ? null : optOf(opts[0]);
  return {
    octets: bytes.length,
    id,
    isResponse: (flags & 0x8000) !== 0,
    opcode: (flags >> 11) & 15,
    aa: (flags & 0x400) !== 0,
    tc: (flags & 0x200) !== 0,
    rd: (flags & 0x100) !== 0,
    ra: (flags & 0x80) !== 0,
    zAdCd: (flags >> 4) & 7,
    rcode: (flags & 15) | (opts[0] === undefined ? 0 : (opts[0].ttl >>> 24) << 4),
    question,
    questionHex,
    answer,
    authority,
    additional: extras.filter(({ type }) => type !== 41),
    opt,
  };
}

function optOf(record: Record): Opt {
  assert.equal(record.name, ".", "the owner of OPT is the root");
  const bytes = unhex(record.data);
  const options: { code: number; hex: string }[] = [];
  for (let at = 0; at < bytes.length;) {
    assert.ok(at + 4 <= bytes.length, "a whole option header");
    const [a = 0, b = 0, c = 0, d = 0] = bytes.subarray(at, at + 4);
    const end = at + 4 + ((c << 8) | d);
    assert.ok(end <= bytes.length, "a whole option");
    options.push({ code: (a << 8) | b, hex: hex(bytes.subarray(at + 4, end)) });
    at = end;
  }
  return {
    udpOctets: record.class,
    version: (record.ttl >>> 16) & 255,
    dnssecOk: (record.ttl & 0x8000) !== 0,
    mustBeZero: record.ttl & 0x7fff,
    options,
  };
}

class Cursor {
  at = 0;
  readonly #bytes: Uint8Array;
  /** Offsets of the labels (and the root) of names that were read: the only valid targets of a pointer. */
  readonly #labels = new Set<number>();

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  u8(): number {
    const value = this.#bytes[this.at];
    assert.ok(value !== undefined, "the message is long enough");
    this.at++;
    return value;
  }

  u16(): number {
    return this.u8() * 256 + this.u8();
  }

  u32(): number {
    return this.u16() * 65_536 + this.u16();
  }

  /** Allows pointers only where `mayPoint`, and only to labels of earlier names. */
  name(mayPoint: boolean): string {
    const labels: string[] = [];
    const starts: number[] = [];
    let resumeAt = -1;
    let octets = 1;
    for (;;) {
      const at = this.at;
      const length = this.u8();
      if (length >= 0xc0) {
        const target = (length & 63) * 256 + this.u8();
        assert.ok(mayPoint, "no compression here");
        assert.ok(target < at && this.#labels.has(target), `a pointer to an earlier label, not to ${target}`);
        if (resumeAt < 0) resumeAt = this.at;
        this.at = target;
        continue;
      }
      assert.ok(length < 64, "a label type that exists");
      if (resumeAt < 0) starts.push(at);
      if (length === 0) break;
      octets += length + 1;
      labels.push(text(Array.from({ length }, () => this.u8())));
    }
    assert.ok(octets <= 255, "a name of at most 255 octets");
    if (resumeAt >= 0) this.at = resumeAt;
    for (const start of starts) this.#labels.add(start);
    return labels.length === 0 ? "." : `${labels.join(".")}.`;
  }

  record(): Record {
    const name = this.name(true);
    const [type, recordClass, ttl, octets] = [this.u16(), this.u16(), this.u32(), this.u16()];
    const end = this.at + octets;
    assert.ok(end <= this.#bytes.length, "RDATA inside the message");
    assert.ok(type === 41 || ttl < 2 ** 31, "a TTL of 31 bits");
    const data = this.#rdata(type, end);
    assert.equal(this.at, end, "RDLENGTH is the length of RDATA");
    return { name, type, class: recordClass, ttl, data };
  }

  #rdata(type: number, end: number): string {
    if (type === 1 && end - this.at === 4) return repeat(4, () => this.u8()).join(".");
    if (type === 28 && end - this.at === 16) return ipv6(repeat(8, () => this.u16()));
    if (type === 2 || type === 5 || type === 12) return this.name(true);
    if (type === 6) return this.#soa();
    if (type === 15) return `${this.u16()} ${this.name(true)}`;
    if (type === 33) return `${this.u16()} ${this.u16()} ${this.u16()} ${this.name(false)}`;
    // A DNAME target is never compressed, but the synthesised CNAME may point to it.
    if (type === 39) return this.name(false);
    if (type === 64 || type === 65) {
      const target = `${this.u16()} ${this.name(false)}`;
      return this.at === end ? target : `${target} ${hex(repeat(end - this.at, () => this.u8()))}`;
    }
    if (type === 13 || type === 16) return this.#strings(end);
    return hex(repeat(end - this.at, () => this.u8()));
  }

  #soa(): string {
    const names = [this.name(true), this.name(true)];
    return [...names, ...repeat(5, () => this.u32())].join(" ");
  }

  #strings(end: number): string {
    const strings: string[] = [];
    while (this.at < end) strings.push(`"${text(repeat(this.u8(), () => this.u8()))}"`);
    return strings.join(" ");
  }
}

function repeat<T>(count: number, once: () => T): T[] {
  return Array.from({ length: count }, once);
}

function text(octets: readonly number[]): string {
  return octets
    .map((octet) => {
      const character = String.fromCharCode(octet);
      if (/[A-Za-z0-9_*/-]/.test(character)) return character;
      return `\\${String(octet).padStart(3, "0")}`;
    })
    .join("");
}

function ipv6(groups: readonly number[]): string {
  const written = groups.map((group) => group.toString(16)).join(":");
  return new URL(`http://[${written}]`).hostname.slice(1, -1);
}

export function hex(octets: Iterable<number>): string {
  return [...octets].map((octet) => octet.toString(16).padStart(2, "0")).join("");
}

export function unhex(digits: string): Uint8Array {
  return Uint8Array.from(digits.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}
