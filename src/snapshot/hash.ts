/** The hash of names: over lower-case labels from the right, so that all suffixes fall out of one pass (DESIGN §3.1). */

/** Takes `hash` of what lies to the right and one label of `bytes` (at its length octet) into the hash of both. */
export function hashLabel(hash: number, bytes: Uint8Array, at: number): number {
  const end = at + (bytes[at] as number);
  let mixed = hash;
  for (let i = at; i <= end; i++) mixed = Math.imul(mixed ^ (bytes[i] as number), 0x01000193);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x2c1b3c6d);
  return (mixed ^ (mixed >>> 13)) >>> 0;
}

/** Where the hashes of service keys start: another federation, another hash for the same two labels. */
export function serviceSeed(seed: number, federation: number): number {
  return (seed ^ Math.imul(federation + 1, 0x9e3779b1)) >>> 0;
}

/** The hash of a whole lower-case wire name. */
export function hashName(name: Uint8Array, seed: number): number {
  const starts: number[] = [];
  for (let at = 0; name[at] !== 0 && at < name.length; at += (name[at] as number) + 1) starts.push(at);
  return starts.reduceRight((hash, at) => hashLabel(hash, name, at), seed);
}

/** FNV-1a over words [from, to) except `skip`: the check of a record. */
export function checkWords(words: Uint32Array, from: number, to: number, skip: number): number {
  let hash = 0x811c9dc5;
  for (let i = from; i < to; i++) if (i !== skip) hash = Math.imul(hash ^ (words[i] as number), 0x01000193);
  return hash >>> 0;
}
