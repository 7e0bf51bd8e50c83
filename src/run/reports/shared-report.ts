/** A report that several clients ask for at once is made once, and is good for a moment: what it costs does not grow with them. */
import type { Clock } from "../../kernel/clock.ts";

/** `make` is called at most once in `goodForMs`, and not again while it runs. What it rejects with is not kept. */
export function sharedReport<T>(clock: Clock, goodForMs: number, make: () => Promise<T>): () => Promise<T> {
  let current: Promise<T> | null = null;
  const forget = (made: Promise<T>) => (): void => {
    if (current === made) current = null;
  };
  return () => {
    if (current !== null) return current;
    const made = make();
    current = made;
    made.then(() => void clock.after(goodForMs, forget(made)), forget(made));
    return made;
  };
}
