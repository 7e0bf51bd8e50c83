/** The hash of names: over lower-case labels from the right, so that one pass gives the hashes of all suffixes. */
import { NAME_OCTETS_MAX } from "../../dns/message/code.ts";
import { HEAD_MASK, SLACK_OCTETS } from "../../dns/message/wire.ts";
import * as nodeFields from "./node.ts";

// Constants of this module, since V8 folds those and not the imported ones (picture/format/memory.ts).
const { HOSTS } = nodeFields;

/**
 * The hash of a label and what is to the right of it. `hash`: of what is to the right; `at`: of the label's length octet
 * in `name`, which has SLACK_OCTETS behind its end. Signed, as readers keep hashes: V8 would allocate larger numbers.
 */
export function hashLabel(hash: number, name: DataView, at: number): number {
  const octets = name.getUint8(at) + 1;
  const end = at + (octets & ~3);
  let mixed = hash;
  let i = at;
  for (; i < end; i += 4) {
    mixed = Math.imul(mixed ^ name.getInt32(i, true), 0x9e3779b1);
    mixed ^= mixed >>> 15;
  }
  mixed = Math.imul(mixed ^ (name.getInt32(i, true) & (HEAD_MASK[octets & 3] as number)), 0x85ebca77);
  return mixed ^ (mixed >>> 13);
}

/**
 * The hash to start with for the key of a service: the same labels have another hash in each federation. The pool of a
 * host has the hash of its node.
 */
export function serviceSeed(seed: number, federation: number): number {
  if (federation === HOSTS) return seed;
  return seed ^ Math.imul(federation + 1, 0x9e3779b1);
}

/** Room for the longest name, allocated once: every service that is written is hashed. */
const padded = new Uint8Array(NAME_OCTETS_MAX + 1 + SLACK_OCTETS);
const paddedView = new DataView(padded.buffer);
const starts = new Uint8Array(NAME_OCTETS_MAX);

/** The hash of a whole lower-case wire name, or of labels without a root behind them. */
export function hashLabels(labels: Uint8Array, seed: number): number {
  padded.set(labels);
  padded[labels.length] = 0;
  let count = 0;
  for (let at = 0; padded[at] !== 0; at += (padded[at] as number) + 1) starts[count++] = at;
  let hash = seed;
  while (count > 0) hash = hashLabel(hash, paddedView, starts[--count] as number);
  return hash >>> 0;
}
