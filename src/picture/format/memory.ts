/**
 * The memory of a picture: one block, seen as 32-bit words and as octets. Outside of the modules of the picture nothing
 * reads a word by its index: each field has a function beside its layout diagram, and `PictureWords` cannot be indexed.
 *
 * These functions run some hundred times for a query. V8 inlines them, and a constant of the module that calls them costs
 * nothing then; but it reads an imported binding from memory and compares it at every call, which made answers up to 30 %
 * slower. So modules that run for every query take what they import from here over: `import * as fields from ...` and
 * `const { memberWeight } = fields`.
 */

/** The views of one block of memory: a mapped file in production, an ArrayBuffer in tests. */
export type Memory = { readonly u8: Uint8Array; readonly u32: Uint32Array };

/** The same views as readers see them. */
export type PictureWords = { readonly [Symbol.toStringTag]: "Uint32Array"; readonly length: number };
export type PictureOctets = { readonly [Symbol.toStringTag]: "Uint8Array"; readonly length: number };
export type PictureViews = { readonly u8: PictureOctets; readonly u32: PictureWords };

/**
 * The word offset of a record, or of a part of one. Each kind has a type of its own, so that a pool cannot be passed
 * where a node is wanted. 0 = there is none.
 */
export type At<K extends string> = number & { readonly __at: K };
export const NONE: At<never> = 0 as At<never>;

export function memoryOf(buffer: ArrayBufferLike): Memory {
  return { u8: new Uint8Array(buffer), u32: new Uint32Array(buffer) };
}

export function word(words: PictureWords, at: number): number {
  return (words as Uint32Array)[at] as number;
}

export function octet(octets: PictureOctets, at: number): number {
  return (octets as Uint8Array)[at] as number;
}

/** A copy of `count` octets. */
export function octetsFrom(octets: PictureOctets, from: number, count: number): Uint8Array {
  return (octets as Uint8Array).slice(from, from + count);
}

/** Copies `count` octets that start at a word into `into`, from `at` on. */
export function copyOctets(
  octets: PictureOctets,
  fromWord: number,
  count: number,
  into: Uint8Array,
  at: number,
): void {
  const from = fromWord * 4;
  for (let i = 0; i < count; i++) into[at + i] = octet(octets, from + i);
}

/** The same by whole words: up to three octets more are written, those that the last word is padded with. */
export function copyWords(
  words: PictureWords,
  from: number,
  count: number,
  into: DataView,
  at: number,
): void {
  let next = from;
  for (let to = at, end = at + count; to < end; to += 4) into.setUint32(to, word(words, next++), true);
}

/** Whether the same octets stand in `octets`, from `at` on; `count` is a multiple of four. */
export function sameWords(
  words: PictureWords,
  from: number,
  count: number,
  octets: DataView,
  at: number,
): boolean {
  let next = from;
  for (let i = at, end = at + count; i < end; i += 4)
    if (octets.getUint32(i, true) !== word(words, next++)) return false;
  return true;
}

export function wordsFor(octets: number): number {
  return (octets + 3) >>> 2;
}
