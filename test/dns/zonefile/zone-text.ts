/** Random valid zone files from a seed: every type, in every form that the RFCs allow. */

export type Dice = {
  /** 0 to below `sides`. */
  roll(sides: number): number;
  pick<T>(choices: readonly T[]): T;
  is(chance: number): boolean;
};

/** mulberry32: small, and the same on every machine. */
export function diceOf(seed: number): Dice {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const roll = (sides: number): number => Math.floor(next() * sides);
  return {
    roll,
    pick: (choices) => choices[roll(choices.length)] as (typeof choices)[number],
    is: (c) => next() < c,
  };
}

const LABELS = [
  "a",
  "b",
  "www",
  "NS1",
  "mail",
  "x-y",
  "_tcp",
  "_443",
  "deep",
  "Mixed",
  "*",
  "1",
  "k\\.dot",
  "sp\\032ce",
  "\\097",
  "u\\_",
];
const ORIGIN = "example.org.";
const DELEGATES: ReadonlySet<string> = new Set(["NS", "DS", "CDS"]);

/** The text of a zone example.org with about `records` records. */
export function zoneText(seed: number, records: number): string {
  const dice = diceOf(seed);
  const writer = new ZoneWriter(dice);
  for (let i = 0; i < records; i++) writer.entry();
  return writer.text;
}

class ZoneWriter {
  text = "";
  readonly #dice: Dice;

  constructor(dice: Dice) {
    this.#dice = dice;
    if (dice.is(0.7)) this.text += `$TTL ${this.#time()}${this.#end()}`;
    const soaTtl = dice.is(0.5) ? `${this.#time()} ` : "";
    const soa = `${ORIGIN} ${soaTtl}IN SOA ${this.#name()} ${this.#name()} ${this.#number(2 ** 32)} 4h 3600 2W `;
    this.text += `${soa}( ${this.#time()} )${this.#end()}`;
    this.text += `${ORIGIN} 3600 NS ns.example.net.${this.#end()}`;
  }

  entry(): void {
    const dice = this.#dice;
    if (dice.is(0.05)) return this.#changeOrigin();
    if (dice.is(0.03)) this.text += `$ttl ${this.#time()}${this.#end()}`;
    if (dice.is(0.05)) this.text += dice.pick(["\n", "   \n", '; a comment ( " \n', "\t;\r\n", "( )\n"]);
    const isBlank = dice.is(0.3);
    const ttl = dice.is(0.4) ? [this.#time()] : [];
    const klass = dice.is(0.4) ? [dice.pick(["IN", "in", "In", "CLASS1"])] : [];
    const head = dice.is(0.5) ? [...ttl, ...klass] : [...klass, ...ttl];
    const [type, words] = isBlank || dice.is(0.9) ? this.#content() : this.#delegation();
    // BIND wants no DS and no CDS at the top, and no NS at a wildcard.
    const name = DELEGATES.has(type) ? dice.pick(["cut", "Other.cut", "cut.example.org."]) : this.#name();
    const owner = isBlank ? dice.pick([" ", "\t", "  \t "]) : `${name}${this.#gap()}`;
    this.text +=
      owner + this.#join([...head, dice.is(0.3) ? type.toLowerCase() : type, ...words]) + this.#end();
  }

  #changeOrigin(): void {
    const origin = this.#dice.pick([ORIGIN, "sub.example.org.", "Deep.Sub.EXAMPLE.org."]);
    this.text += `$ORIGIN ${origin}${this.#end()}`;
  }

  /** Words with blanks between, some of the gaps inside of parentheses, with line ends and comments. */
  #join(words: readonly string[]): string {
    const dice = this.#dice;
    let text = "";
    let isOpen = false;
    for (const [index, word] of words.entries()) {
      if (index > 0)
        text += isOpen && dice.is(0.3) ? dice.pick(["\n", ' ; note ) "\n\t', "\r\n  "]) : this.#gap();
      if (!isOpen && dice.is(0.06)) {
        text += dice.pick(["(", "( ", "(\n"]);
        isOpen = true;
      }
      text += word;
    }
    return isOpen ? `${text}${dice.pick([")", " )", "\n)"])}` : text;
  }

  #gap(): string {
    return this.#dice.pick([" ", " ", "\t", "   "]);
  }

  #end(): string {
    return this.#dice.pick(["\n", "\n", " \n", " ; end\n", "\r\n"]);
  }

  #time(): string {
    return this.#dice.pick(["0", "1", "300", "3600", "1h", "1H30M", "1w2d3h4m5s", "90m", "2147483647", "1d"]);
  }

  #number(below: number): string {
    return String(this.#dice.is(0.2) ? this.#dice.pick([0, below - 1]) : this.#dice.roll(below));
  }

  /** Inside of the zone, relative or not. */
  #name(): string {
    const dice = this.#dice;
    if (dice.is(0.1)) return "@";
    const labels = Array.from({ length: 1 + dice.roll(3) }, () => dice.pick(LABELS)).join(".");
    return dice.is(0.3) ? `${labels}.${dice.pick([ORIGIN, "EXAMPLE.ORG."])}` : labels;
  }

  #target(): string {
    return this.#dice.is(0.3) ? this.#dice.pick([".", "ns.Example.NET.", "a.b.c.d.e."]) : this.#name();
  }

  #string(): string {
    const dice = this.#dice;
    const parts = ["a", "B", "7", '\\"', "\\\\", "\\000", "\\255", "\\;", "'", "=", "-", "\u00e9", "\\097"];
    const more = [" ", ";", "(", ")", "@", "$", ",", "\t"];
    const isQuoted = dice.is(0.6);
    const all = isQuoted ? [...parts, ...more] : parts;
    const text = Array.from({ length: dice.roll(8) + (isQuoted ? 0 : 1) }, () => dice.pick(all)).join("");
    return isQuoted ? `"${text}"` : text;
  }

  #hex(octets: number): string {
    const digits = Array.from({ length: 2 * octets }, () =>
      this.#dice.pick([..."0123456789abcdefABCDEF"]),
    ).join("");
    return digits;
  }

  /** In one word or several. */
  #split(text: string): string[] {
    const at = this.#dice.roll(text.length);
    return at === 0 ? [text] : [text.slice(0, at), text.slice(at)];
  }

  #base64(octets: number): string {
    return Buffer.from(this.#hex(octets), "hex").toString("base64");
  }

  #ipv4(): string {
    return [1, 2, 3, 4].map(() => this.#number(256)).join(".");
  }

  #ipv6(): string {
    return this.#dice.pick([
      "::",
      "::1",
      "2001:DB8::",
      "1:2:3:4:5:6:7:8",
      "fe80::1:0:0:2",
      "::ffff:192.0.2.1",
      `2001:db8:${this.#hex(2)}::${this.#hex(2)}`,
    ]);
  }

  #params(): string[] {
    const dice = this.#dice;
    const values: string[] = [
      `alpn=${dice.pick(["h2", '"h2,h3"', "h3,h2", "f\\\\\\\\oo\\\\,bar", '"a b"', "\\104\\050"])}`,
      `port=${this.#number(65_536)}`,
      `ipv4hint=${this.#ipv4()}${dice.is(0.5) ? `,${this.#ipv4()}` : ""}`,
      `ipv6hint=${dice.is(0.5) ? this.#ipv6() : `"${this.#ipv6()},${this.#ipv6()}"`}`,
      `ech=${this.#base64(8)}`,
      dice.pick(["key667=hello", 'key667="a b\\000"', "key667", "key9999=\\255", 'key700=""']),
      'dohpath="/q{?dns}"',
    ];
    const chosen = values.filter(() => dice.is(0.4));
    if (chosen[0]?.startsWith("alpn") === true && dice.is(0.3)) chosen.push("no-default-alpn");
    if (chosen.some((value) => value.startsWith("port")) && dice.is(0.5)) chosen.push("mandatory=port");
    return chosen.sort(() => (dice.is(0.5) ? 1 : -1));
  }

  #loc(): string[] {
    const arc = (max: number): string[] => {
      const parts = [
        this.#number(max),
        this.#number(60),
        `${this.#number(60)}${this.#dice.pick(["", ".5", ".123"])}`,
      ];
      return parts.slice(0, 1 + this.#dice.roll(3));
    };
    const size = (): string =>
      `${this.#dice.pick(["1", "10", "30", "0.50", "9000", "0", "123"])}${this.#dice.pick(["m", ""])}`;
    const altitude = this.#dice.pick(["-24m", "0", "8848.86m", "-100000.00", "12.3m"]);
    const sizes = [size(), size(), size()].slice(0, this.#dice.roll(4));
    const hemispheres = [this.#dice.pick(["N", "S"]), this.#dice.pick(["E", "W"])] as const;
    return [...arc(90), hemispheres[0], ...arc(180), hemispheres[1], altitude, ...sizes];
  }

  #delegation(): [string, string[]] {
    const dice = this.#dice;
    if (dice.is(0.5)) return ["NS", [this.#target()]];
    const algorithm = dice.pick(["8", "13", "RSASHA256", "ecdsap256sha256"]);
    return [dice.pick(["DS", "CDS"]), [this.#number(65_536), algorithm, "2", ...this.#split(this.#hex(32))]];
  }

  #content(): [string, string[]] {
    const dice = this.#dice;
    const [u8, u16] = [(): string => this.#number(256), (): string => this.#number(65_536)];
    const contents: readonly (() => [string, string[]])[] = [
      () => ["A", [this.#ipv4()]],
      () => ["AAAA", [this.#ipv6()]],
      () => ["PTR", [this.#target()]],
      () => ["MX", [u16(), this.#target()]],
      () => ["TXT", Array.from({ length: 1 + dice.roll(3) }, () => this.#string())],
      () => ["SPF", [this.#string()]],
      () => ["SRV", [u16(), u16(), u16(), this.#target()]],
      () => [
        "CAA",
        [
          dice.pick(["0", "128"]),
          dice.pick(["issue", "issuewild", "iodef"]),
          dice.pick(['"ca.example; a=b"', '";"', '"mailto:a@b"']),
        ],
      ],
      () => ["DNSKEY", [dice.pick(["256", "257"]), "3", "13", ...this.#split(this.#base64(64))]],
      () => ["TLSA", [u8(), u8(), "1", ...this.#split(this.#hex(32))]],
      () => ["SMIMEA", ["3", "1", "2", ...this.#split(this.#hex(64))]],
      () => ["SSHFP", ["4", "2", ...this.#split(this.#hex(32))]],
      () => ["OPENPGPKEY", this.#split(this.#base64(30 + dice.roll(9)))],
      () => [
        "NAPTR",
        [
          u16(),
          u16(),
          dice.pick(['"S"', '""', "u"]),
          '"SIP+D2U"',
          dice.pick(['""', '"!^.*$!sip:a@b!"']),
          this.#target(),
        ],
      ],
      () => [dice.pick(["SVCB", "HTTPS"]), [String(1 + dice.roll(9)), this.#target(), ...this.#params()]],
      () => [dice.pick(["SVCB", "HTTPS"]), ["0", this.#target()]],
      () => ["LOC", this.#loc()],
      () => ["URI", [u16(), u16(), dice.pick(['"https://a.example/x?y=z"', '"a\\"b"'])]],
      () => ["HINFO", [this.#string(), this.#string()]],
      () => ["RP", [this.#target(), this.#target()]],
      () => ["AFSDB", [u16(), this.#target()]],
      () => [dice.pick(["TYPE65280", "TYPE731"]), ["\\#", "4", ...this.#split(this.#hex(4))]],
      () => ["TYPE65281", ["\\#", "0"]],
      () => [dice.pick(["A", "TYPE1"]), ["\\#", "4", this.#hex(4)]],
      () => ["TYPE28", dice.is(0.5) ? ["2001:db8::5"] : ["\\#", "16", ...this.#split(this.#hex(16))]],
    ];
    return dice.pick(contents)();
  }
}
