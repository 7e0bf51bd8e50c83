/** The server's identity: NSID (RFC 5001), and the TXT records of class CHAOS (RFC 4892). */
import { EdnsOption, RecordClass, RecordType } from "../../dns/message/code.ts";
import { nameOf } from "../../dns/message/name.ts";
import type { Query } from "../../dns/message/query-record.ts";
import { type Response, Section } from "../../dns/message/response.ts";

/** Null = not disclosed. Texts have at most 128 octets in UTF-8. */
export type IdentitySettings = {
  /** The answer to the NSID option. */
  readonly nsid: string | null;
  /** version.bind and version.server. */
  readonly version: string | null;
  /** hostname.bind. */
  readonly hostname: string | null;
  /** id.server. */
  readonly id: string | null;
};

/** `rdata` is null for a name that is known but not disclosed. */
type Fact = { readonly name: Uint8Array; readonly rdata: Uint8Array | null };

export class Identity {
  /** The whole option; empty = not disclosed. */
  readonly nsidOption: Uint8Array;
  readonly #facts: readonly Fact[];

  constructor(settings: IdentitySettings) {
    this.nsidOption = settings.nsid === null ? new Uint8Array(0) : optionOf(settings.nsid);
    this.#facts = [
      { name: nameOf("version.bind"), rdata: characterString(settings.version) },
      { name: nameOf("version.server"), rdata: characterString(settings.version) },
      { name: nameOf("hostname.bind"), rdata: characterString(settings.hostname) },
      { name: nameOf("id.server"), rdata: characterString(settings.id) },
    ];
  }

  /** Null when the query asks for none of these names. */
  find(query: Query): Fact | null {
    if (query.type !== RecordType.TXT && query.type !== RecordType.ANY) return null;
    for (const fact of this.#facts) if (isNamed(query, fact.name)) return fact;
    return null;
  }
}

function isNamed({ name: asked }: Query, name: Uint8Array): boolean {
  if (asked.octets !== name.length) return false;
  for (let i = 0; i < name.length; i++) if (asked.bytes[i] !== name[i]) return false;
  return true;
}

/** Writes a TXT record of class CHAOS at `owner`. */
export function putFact(response: Response, rdata: Uint8Array, owner: number): void {
  response.openRRset(Section.Answer, owner, RecordType.TXT, RecordClass.CH);
  if (response.startRecord(0, rdata.length)) {
    response.bytes.set(rdata, response.at);
    response.at += rdata.length;
  }
  response.closeRRset();
}

function optionOf(text: string): Uint8Array {
  const value = new TextEncoder().encode(text);
  return Uint8Array.of(0, EdnsOption.NSID, 0, value.length, ...value);
}

/** RDATA of a TXT record with one string (RFC 1035 §3.3.14). */
function characterString(text: string | null): Uint8Array | null {
  if (text === null) return null;
  const value = new TextEncoder().encode(text);
  return Uint8Array.of(value.length, ...value);
}
