/** Assertions for errors in our own code: better to crash here with a sentence than to answer wrongly later. */
export function assert(condition: unknown, sentence: string): asserts condition {
  if (!condition) throw new Error(`assertion failed: ${sentence}`);
}
