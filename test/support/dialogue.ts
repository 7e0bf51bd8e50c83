/**
 * Dialogues: a fleet, then questions with the answers they must get, in zone-file form.
 *
 *   (fleet lines, as fleet.ts has them)
 *   ---
 *   ? hello.demo.myfed.svc.example.com A [tcp] [edns[=OCTETS]] [class=CH]
 *   - NOERROR aa rd                          one block per possible answer: status, flags, then
 *       hello... 30 A 192.0.2.1                the records of the answer section, of each RRset in a fixed order;
 *     authority                                a section's name stands before the records of the others
 *       example.com. 30 SOA ...
 *   ! down 192.0.2.1                         a change, as desk.ts has them
 *
 * Where a cluster or an address is drawn, the blocks list everything that may come, and each must come.
 */
import { ask, change, type Front, openFront } from "./desk.ts";
import type { Message, Record } from "./decode.ts";

/** So many draws make it as good as impossible to miss one of a few equal alternatives; the desk's seed is fixed anyway. */
const DRAWS = 120;
const TYPES: { readonly [name: string]: number } = {
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
  DS: 43,
  RRSIG: 46,
  ANY: 255,
};
const RCODES = ["NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED"];

/** The same dialogue with the answers that come today. */
export function replay(text: string): string {
  const [fleet = "", script = ""] = text.split(/^---\n/m);
  const front = openFront(fleet);
  const lines: string[] = [];
  for (const line of script.split("\n")) {
    if (/^(-| {2,})/.test(line)) continue;
    lines.push(line);
    if (line.startsWith("!")) change(front, line.slice(1));
    if (line.startsWith("?")) lines.push(...answersTo(front, line.slice(1).trim().split(/\s+/)));
  }
  return `${fleet}---\n${lines.join("\n")}`;
}

function answersTo(front: Front, [name = "", type = "", ...options]: readonly string[]): string[] {
  const edns = options.find((option) => option.startsWith("edns"));
  const asked = {
    name,
    type: TYPES[type] ?? Number(type.replace("TYPE", "")),
    class: options.includes("class=CH") ? 3 : options.includes("class=ANY") ? 255 : 1,
    ...(edns === undefined ? {} : { edns: { udpOctets: Number(edns.split("=")[1] ?? 1232) } }),
  };
  const seen = new Set<string>();
  for (let draw = 0; draw < DRAWS; draw++) seen.add(written(ask(front, asked, options.includes("tcp"))));
  return [...seen].sort();
}

function written(message: Message): string {
  const { aa, tc, rd, ra } = message;
  const flags = Object.entries({ aa, tc, rd, ra }).flatMap(([flag, isSet]) => (isSet ? [flag] : []));
  const errors = message.opt?.options.flatMap(({ code, hex }) =>
    code === 15 ? [`ede=${Number.parseInt(hex, 16)}`] : [],
  );
  const lines = [["-", RCODES[message.rcode] ?? message.rcode, ...flags, ...(errors ?? [])].join(" ")];
  if (message.opt !== null) lines[0] += " edns";
  lines.push(...section(message.answer));
  if (message.authority.length > 0) lines.push("  authority", ...section(message.authority));
  if (message.additional.length > 0) lines.push("  additional", ...section(message.additional));
  return lines.join("\n");
}

/** RRsets in the order they came (a chain has one), the records of each in a fixed order. */
function section(records: readonly Record[]): string[] {
  const sets = new Map<string, string[]>();
  for (const { name, type, ttl, data } of records) {
    const typeName = Object.keys(TYPES).find((key) => TYPES[key] === type) ?? `TYPE${type}`;
    const shown = type === 6 ? data.replace(/ \d+/, " (serial)") : data;
    const key = `${name} ${typeName}`;
    sets.set(key, [...(sets.get(key) ?? []), `    ${name} ${ttl} ${typeName} ${shown}`]);
  }
  return [...sets.values()].flatMap((set) => set.sort());
}
