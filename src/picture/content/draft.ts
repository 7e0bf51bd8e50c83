/**
 * Words for a record that is being encoded. Nodes and pools are encoded one after another, and the writer copies each
 * into the picture before the next: a buffer for each of a hundred thousand would cost more than all the rest.
 */
let draft = new Uint32Array(1024);

/** Zeroed; good until the next call. */
export function blank(words: number): Uint32Array {
  if (draft.length < words) draft = new Uint32Array(2 * words);
  for (let i = 0; i < words; i++) draft[i] = 0;
  return draft.subarray(0, words);
}
