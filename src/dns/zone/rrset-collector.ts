/** Puts records into a zone in any order and makes RRsets of them: duplicates, TTLs that differ, bounds (RFC 2181 §5). */
import { formatName } from "../message/name.ts";
import { sameRdata } from "../rdata/wire-form.ts";
import { typeName } from "../rdata/types.ts";
import type { TextPositions } from "./text-positions.ts";
import type { TextPosition, Problems } from "./problem.ts";
import type { ZoneNode } from "./zone.ts";

/** BIND neither loads nor caches larger sets from 9.18.28 on (max-records-per-type). */
export const RECORDS_PER_RRSET_MAX = 100;
/** As BIND's max-types-per-name. */
export const TYPES_PER_NAME_MAX = 100;

type ZoneRecord = {
  readonly node: ZoneNode;
  readonly type: number;
  readonly ttlSeconds: number;
  readonly rdata: Uint8Array;
  /** An index of `TextPositions.files`. */
  readonly file: number;
  readonly line: number;
};

/** RRsets while they grow. */
type GrowingRRset = { readonly type: number; ttlSeconds: number; rdatas: Uint8Array[] };

export class RRsetCollector {
  readonly #positions: TextPositions;
  readonly #problems: Problems;
  /** RRsets and nodes at their bound, each reported once. */
  readonly #full: Set<object> = new Set();

  constructor(positions: TextPositions, problems: Problems) {
    this.#positions = positions;
    this.#problems = problems;
  }

  put(record: ZoneRecord): void {
    const { node, type } = record;
    for (const rrset of node.rrsets) {
      if (rrset.type === type) return this.#grow(rrset as GrowingRRset, record);
    }
    if (node.rrsets.length === TYPES_PER_NAME_MAX)
      return this.#refuse(
        node,
        record,
        `${formatName(node.name)} has more than ${TYPES_PER_NAME_MAX} record types`,
      );
    // New arrays of the exact length: most names of large zones have one record, and `push` reserves room for many.
    node.rrsets = [...node.rrsets, { type, ttlSeconds: record.ttlSeconds, rdatas: [record.rdata] }];
    this.#positions.add(record.rdata, record.file, record.line);
  }

  #grow(rrset: GrowingRRset, record: ZoneRecord): void {
    const { rdata, type, ttlSeconds } = record;
    if (ttlSeconds !== rrset.ttlSeconds) {
      const lowest = Math.min(ttlSeconds, rrset.ttlSeconds);
      const message = `${whatOf(record)}: TTL ${ttlSeconds} beside TTL ${rrset.ttlSeconds} of the same set; ${lowest} is used for all`;
      this.#problems.warning(this.#positionOf(record), message);
      rrset.ttlSeconds = lowest;
    }
    const known = rrset.rdatas.find((other) => sameRdata(type, other, rdata));
    if (known !== undefined) {
      const { file, line } = this.#positions.positionOf(known);
      const message = `${whatOf(record)}: the same record is in ${file}:${line}; this one is dropped`;
      return this.#problems.warning(this.#positionOf(record), message);
    }
    if (rrset.rdatas.length === RECORDS_PER_RRSET_MAX) {
      const message = `${whatOf(record)}: more than ${RECORDS_PER_RRSET_MAX} records; resolvers refuse such sets`;
      return this.#refuse(rrset, record, message);
    }
    rrset.rdatas = [...rrset.rdatas, rdata];
    this.#positions.add(rdata, record.file, record.line);
  }

  #refuse(full: object, record: ZoneRecord, message: string): void {
    if (this.#full.has(full)) return;
    this.#full.add(full);
    this.#problems.error(this.#positionOf(record), message);
  }

  #positionOf({ file, line }: ZoneRecord): TextPosition {
    return { file: this.#positions.files[file] as string, line };
  }
}

function whatOf({ node, type }: ZoneRecord): string {
  return `${formatName(node.name)} ${typeName(type)}`;
}
