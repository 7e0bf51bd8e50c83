/** Problems of zone files, with the file and the line that an editor can open. */

export type Severity = "error" | "warning";

export type TextPosition = {
  readonly file: string;
  /** Counted from 1; 0 = the file as a whole. */
  readonly line: number;
};

/** An error keeps the zone from being served; a warning does not. */
export type Problem = TextPosition & { readonly severity: Severity; readonly message: string };

/** After this many problems a zone is read no further. */
const PROBLEMS_MAX = 200;

/** FILE:LINE: SEVERITY: MESSAGE. */
export function formatProblem({ file, line, severity, message }: Problem): string {
  return `${file}:${line}: ${severity}: ${message}`;
}

export function hasErrors(problems: readonly Problem[]): boolean {
  return problems.some(({ severity }) => severity === "error");
}

/** The problems of one zone, up to PROBLEMS_MAX. */
export class Problems {
  readonly #found: Problem[] = [];

  get list(): readonly Problem[] {
    return this.#found;
  }

  get isFull(): boolean {
    return this.#found.length >= PROBLEMS_MAX;
  }

  error(position: TextPosition, message: string): void {
    this.add({ ...position, severity: "error", message });
  }

  warning(position: TextPosition, message: string): void {
    this.add({ ...position, severity: "warning", message });
  }

  add(problem: Problem): void {
    if (this.isFull) return;
    this.#found.push(problem);
    if (!this.isFull) return;
    const { file, line } = problem;
    this.#found.push({
      file,
      line,
      severity: "error",
      message: `more than ${PROBLEMS_MAX} problems; the rest is not checked`,
    });
  }
}
