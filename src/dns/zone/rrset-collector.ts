/** Records into a zone, one after another in any order: RRsets, duplicates, TTLs that differ (RFC 2181 §5). */
import { formatName } from "../message/name.ts";
import { sameRdata } from "../rdata/wire-form.ts";
import { typeName } from "../rdata/types.ts";
import type { TextPositions } from "./text-positions.ts";
import type { TextPosition, Problems } from "./problem.ts";
import type { ZoneNode } from "./zone.ts";

/** BIND from 9.18.28 on neither loads nor caches larger ones (max-records-per-type). */
export const RECORDS_PER_RRSET_MAX = 100;
/** As BIND's max-types-per-name. */
export const TYPES_PER_NAME_MAX = 100;

type ZoneRecord = {
  readonly node: ZoneNode;
  readonly type: number;
  readonly ttlSeconds: number;
  readonly rdata: Uint8Array;
  /** An index of `Places.files`. */
  readonly file: number;
  readonly line: number;
};

/** RRsets while they grow. */
type GrowingRRset = { readonly type: number; ttlSeconds: number; rdatas: Uint8Array[] };

export class RRsetCollector {
  readonly #places: TextPositions;
  readonly #problems: Problems;
  /** RRsets and names that are full: to say it once is enough. */
  readonly #full: Set<object> = new Set();

  constructor(places: TextPositions, problems: Problems) {
    this.#places = places;
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
    // Arrays of exactly their length: most names of large zones have one record, and `push` makes room for many.
    node.rrsets = [...node.rrsets, { type, ttlSeconds: record.ttlSeconds, rdatas: [record.rdata] }];
    this.#places.add(record.rdata, record.file, record.line);
  }

  #grow(rrset: GrowingRRset, record: ZoneRecord): void {
    const { rdata, type, ttlSeconds } = record;
    if (ttlSeconds !== rrset.ttlSeconds) {
      const lowest = Math.min(ttlSeconds, rrset.ttlSeconds);
      const message = `${whatOf(record)}: TTL ${ttlSeconds} beside TTL ${rrset.ttlSeconds} of the same set; ${lowest} counts for all`;
      this.#problems.warning(this.#placeOf(record), message);
      rrset.ttlSeconds = lowest;
    }
    const known = rrset.rdatas.find((other) => sameRdata(type, other, rdata));
    if (known !== undefined) {
      const { file, line } = this.#places.positionOf(known);
      const message = `${whatOf(record)}: the same record stands in ${file}:${line}; this one is dropped`;
      return this.#problems.warning(this.#placeOf(record), message);
    }
    if (rrset.rdatas.length === RECORDS_PER_RRSET_MAX) {
      const message = `${whatOf(record)}: more than ${RECORDS_PER_RRSET_MAX} records; resolvers refuse such sets`;
      return this.#refuse(rrset, record, message);
    }
    rrset.rdatas = [...rrset.rdatas, rdata];
    this.#places.add(rdata, record.file, record.line);
  }

  #refuse(full: object, record: ZoneRecord, message: string): void {
    if (this.#full.has(full)) return;
    this.#full.add(full);
    this.#problems.error(this.#placeOf(record), message);
  }

  #placeOf({ file, line }: ZoneRecord): TextPosition {
    return { file: this.#places.files[file] as string, line };
  }
}

function whatOf({ node, type }: ZoneRecord): string {
  return `${formatName(node.name)} ${typeName(type)}`;
}
