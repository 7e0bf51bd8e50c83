/** Reads the annotations of many objects, each with the memory of what it said last; knows what is wrong in all of them. */
import { type AnnotationProblem, readAnnotations, type Reading } from "./annotations.ts";

type Known = { readonly annotations: object; readonly reading: Reading };

const NOTHING: Reading = { settings: {}, problems: [] };

export class AnnotationReader {
  /** Only objects that say something: of most there is nothing to remember. */
  readonly #known: Map<string, Known> = new Map();

  /**
   * `object` says which one it is, for people too: "service demo/hello in us-west". The same annotations again (the
   * same object, not a copy) cost nothing. Never throws.
   */
  read(object: string, annotations: Readonly<Record<string, unknown>>): Reading {
    const known = this.#known.get(object);
    if (known?.annotations === annotations) return known.reading;
    const reading = readAnnotations(annotations, known?.reading.settings);
    const isSilent = Object.keys(reading.settings).length === 0 && reading.problems.length === 0;
    if (isSilent) this.#known.delete(object);
    else this.#known.set(object, { annotations, reading });
    return isSilent ? NOTHING : reading;
  }

  /** The object is gone: one that comes later with its name remembers nothing. */
  forget(object: string): void {
    this.#known.delete(object);
  }

  /** Sorted by object; `message` begins with the annotation's name. */
  get problems(): readonly { readonly object: string; readonly message: string }[] {
    const all: { object: string; message: string }[] = [];
    for (const [object, { reading }] of this.#known)
      for (const problem of reading.problems) all.push({ object, message: problemText(problem) });
    return all.sort((a, b) => (a.object < b.object ? -1 : 1));
  }
}

/** `fedns.io/ttl "0" must be seconds from 1 to ... (not in force: the last valid value, if any, stays)` */
export function problemText({ annotation, value, message, severity }: AnnotationProblem): string {
  const effect = severity === "error" ? " (not in force: the last valid value, if any, stays)" : "";
  return `${annotation} "${value}" ${message}${effect}`;
}
