/** What `fedns check` finds: one line for people and editors, or one object. An error keeps fedns from its work; a warning may. */

export type CheckFinding = {
  readonly severity: "error" | "warning" | "note";
  /** Keys and indexes of the setting: ["clusters", 0, "kubeconfig"]; empty = the file as a whole. */
  readonly path: readonly (string | number)[];
  /** What is wrong; with the cure. */
  readonly message: string;
};

/** A finding with its place in the file. Lines and columns count from 1. */
export type PlacedFinding = {
  readonly severity: CheckFinding["severity"];
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly setting: string;
  readonly message: string;
};

/** FILE:LINE:COLUMN: warning: setting: what is wrong; how to fix it. Errors, as they always were, without the word. */
export function findingLine({ severity, file, line, column, setting, message }: PlacedFinding): string {
  const word = severity === "error" ? "" : `${severity}: `;
  return `${file}:${line}:${column}: ${word}${setting === "" ? "" : `${setting}: `}${message}`;
}

export function counted(count: number, what: string): string {
  return count === 1 ? `1 ${what}` : `${count} ${what}s`;
}
