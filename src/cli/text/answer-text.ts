/** A DNS answer as text: a line about the answer, then the records in zone file format (RFC 1035 §5.1). */
import { Packet } from "dns2";
import { formatRdata } from "../../dns/rdata/format.ts";
import { typeName } from "../../dns/rdata/types.ts";
import type { DnsReply, Message } from "../../fleet/resolve/dns-client.ts";

type Resource = Message["answers"][number];

/** Every line ends with a newline; comments begin with ";;". */
export function answerText({ message }: DnsReply): string {
  const { header } = message;
  const flags = (["qr", "aa", "tc", "rd", "ra", "ad", "cd"] as const).filter(
    (flag) => fieldsOf(header)[flag] === 1,
  );
  const lines = [`;; ${rcodeName(header.rcode)}, flags: ${flags.join(" ")}`, ...ednsLines(message)];
  const sections = {
    answer: message.answers,
    authority: message.authorities,
    additional: withoutOpt(message),
  };
  for (const [section, records] of Object.entries(sections)) {
    if (records.length > 0) lines.push(`;; ${section}`, ...records.map(recordText));
  }
  if (message.errors.length > 0)
    lines.push(`;; ${message.errors.length} records of the answer could not be read`);
  return lines.map((line) => `${line}\n`).join("");
}

export function rcodeName(rcode: number): string {
  return Object.entries(Packet.RCODE).find(([, code]) => code === rcode)?.[0] ?? `RCODE${rcode}`;
}

/** dns2's types leave some fields out. */
function fieldsOf(part: object): Readonly<Record<string, unknown>> {
  return { ...part };
}

function withoutOpt(message: Message): readonly Resource[] {
  return message.additionals.filter((record) => record.type !== Packet.TYPE.EDNS);
}

function ednsLines(message: Message): readonly string[] {
  const opt = message.additionals.find((record) => record.type === Packet.TYPE.EDNS);
  return (opt?.rdata ?? []).flatMap((option): readonly string[] => {
    const fields: Readonly<Record<string, unknown>> = { ...option };
    if (option.ednsCode === Packet.EDNS_OPTION_CODE.ECS) {
      return [
        `;; client subnet of length ${String(fields["sourcePrefixLength"])}: good for all of length ${String(fields["scopePrefixLength"])}`,
      ];
    }
    if (option.ednsCode !== Packet.EDNS_OPTION_CODE.EDE) return [];
    const code = Number(fields["infoCode"]);
    const name = (Packet.EDE_NAME[code] ?? "").toLowerCase().replaceAll("_", " ");
    return [
      `;; extended error ${code}${name === "" ? "" : ` (${name})`}${printable(fields["extraText"], ": ")}`,
    ];
  });
}

function recordText(record: Resource): string {
  const recordClass = record.class === Packet.CLASS.IN ? "IN" : `CLASS${record.class}`;
  return [dotted(record.name), record.ttl, recordClass, typeName(record.type), contentText(record)].join(
    "\t",
  );
}

function contentText(record: Resource): string {
  const { TYPE } = Packet;
  switch (record.type) {
    case TYPE.A:
    case TYPE.AAAA:
      return record.address ?? "";
    case TYPE.CNAME:
    case TYPE.PTR:
      return dotted(record.domain);
    case TYPE.NS:
      return dotted(record.ns);
    case TYPE.MX:
      return `${record.priority} ${dotted(record.exchange)}`;
    case TYPE.SRV:
      return `${record.priority} ${record.weight} ${record.port} ${dotted(record.target)}`;
    case TYPE.SOA: {
      const { serial, refresh, retry, expiration, minimum } = record;
      return [dotted(record.primary), dotted(record.admin), serial, refresh, retry, expiration, minimum].join(
        " ",
      );
    }
    case TYPE.TXT:
      return [record.data ?? []]
        .flat()
        .map((text) => JSON.stringify(printable(text.toString(), "")))
        .join(" ");
    case TYPE.CAA: {
      const { flags, tag, value } = fieldsOf(record);
      return `${String(flags)} ${printable(tag, "")} ${JSON.stringify(printable(value, ""))}`;
    }
    default:
      return Buffer.isBuffer(record.data) ? formatRdata(record.type, record.data) : "(not shown)";
  }
}

function dotted(name: string | undefined): string {
  return `${printable(name ?? "", "")}.`;
}

/** What comes from a server never moves the terminal's cursor. */
function printable(value: unknown, prefix: string): string {
  if (typeof value !== "string" || value === "") return "";
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  return prefix + value.replaceAll(/[\u0000-\u001f\u007f-\u009f]/g, "?");
}
