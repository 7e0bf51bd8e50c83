/** A broken promise of our own code: crash here, with a sentence, rather than answer wrongly later. */
export function assert(condition: unknown, sentence: string): asserts condition {
  if (!condition) throw new Error(`assertion failed: ${sentence}`);
}
