/**
 * What a restart and `status` need to know of the clusters, as JSON in a record:
 *
 *   0  head (format/record.ts)
 *   3  octets of the text
 *   4  the text in UTF-8, padded to words
 */
import {
  type At,
  octetsFrom,
  type PictureViews,
  type PictureWords,
  word,
  wordsFor,
} from "../format/memory.ts";
import { Kind, RECORD_WORDS, setRecordHead } from "../format/record.ts";

export type ClustersAt = At<"clusters">;

const OCTETS = RECORD_WORDS;
const TEXT = RECORD_WORDS + 1;

export function encodeClusters(value: unknown): Uint32Array {
  const text = new TextEncoder().encode(JSON.stringify(value));
  const words = new Uint32Array(TEXT + wordsFor(text.length));
  setRecordHead(words, Kind.Clusters, 0);
  words[OCTETS] = text.length;
  new Uint8Array(words.buffer).set(text, TEXT * 4);
  return words;
}

export function clustersOctets(words: PictureWords, at: ClustersAt): number {
  return word(words, at + OCTETS);
}

/** PictureWords of a record with a text of so many octets. */
export function clustersWords(octets: number): number {
  return TEXT + wordsFor(octets);
}

/** Throws a SyntaxError for what is no JSON. */
export function decodeClusters({ u8, u32 }: PictureViews, at: ClustersAt): unknown {
  const from = (at + TEXT) * 4;
  return JSON.parse(new TextDecoder().decode(octetsFrom(u8, from, clustersOctets(u32, at))));
}
