/**
 * Sets of our fields by their hash. The copies of one object have the same set in every member, so that a few thousand sets speak
 * for a million copies. A set that was dropped is read again from the member.
 */
import { LRUCache } from "lru-cache";
import { hashOfFields, type OwnedFields } from "../apply/owned-fields.ts";

const OCTETS_MAX: number = 16 << 20;

export class FieldsTable {
  /** As JSON: a tenth of the size of objects. */
  readonly #texts = new LRUCache<bigint, string>({
    maxSize: OCTETS_MAX,
    sizeCalculation: (text) => text.length + 32,
  });

  /** Hashes by text: API servers write equal sets in the same way, and a hash is ten times as dear as a text. */
  readonly #hashes = new LRUCache<string, bigint>({
    maxSize: OCTETS_MAX,
    sizeCalculation: (_, text) => text.length + 32,
  });

  /** Returns the hash. */
  add(fields: OwnedFields): bigint {
    const text = JSON.stringify(fields);
    const hash = this.#hashes.get(text) ?? hashOfFields(fields);
    this.#hashes.set(text, hash);
    if (this.#texts.get(hash) === undefined) this.#texts.set(hash, text);
    return hash;
  }

  /** Null = not known any more. */
  get(hash: bigint): OwnedFields | null {
    const text = this.#texts.get(hash);
    return text === undefined ? null : (JSON.parse(text) as OwnedFields);
  }
}
