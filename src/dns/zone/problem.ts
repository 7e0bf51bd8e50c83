/** Problems of zone files, with the file and the line that an editor can open. */

export type Severity = "error" | "warning";

export type TextPosition = {
  readonly file: string;
  /** Counted from 1; 0 = the file as a whole. */
  readonly line: number;
};

/** An error keeps the zone from being served; a warning does not. */
export type Problem = TextPosition & { readonly severity: Severity; readonly message: string };

/** After this many errors a zone is read no further; more warnings than this are not listed. */
const PROBLEMS_MAX = 200;

/** FILE:LINE: SEVERITY: MESSAGE. */
export function formatProblem({ file, line, severity, message }: Problem): string {
  return `${file}:${line}: ${severity}: ${message}`;
}

export function hasErrors(problems: readonly Problem[]): boolean {
  return problems.some(({ severity }) => severity === "error");
}

/** The problems of one zone, up to PROBLEMS_MAX of each severity. */
export class Problems {
  readonly #found: Problem[] = [];
  readonly #left: Record<Severity, number> = { error: PROBLEMS_MAX, warning: PROBLEMS_MAX };

  get list(): readonly Problem[] {
    return this.#found;
  }

  /** So many errors that nothing more needs to be read. */
  get isFull(): boolean {
    return this.#left.error === 0;
  }

  get errors(): number {
    return PROBLEMS_MAX - this.#left.error;
  }

  error(position: TextPosition, message: string): void {
    this.add({ ...position, severity: "error", message });
  }

  warning(position: TextPosition, message: string): void {
    this.add({ ...position, severity: "warning", message });
  }

  add(problem: Problem): void {
    const { file, line, severity } = problem;
    if (this.#left[severity] === 0) return;
    this.#found.push(problem);
    if (--this.#left[severity] > 0) return;
    const rest = severity === "error" ? "checked" : "listed";
    const message = `more than ${PROBLEMS_MAX} ${severity}s; the rest is not ${rest}`;
    this.#found.push({ file, line, severity, message });
  }
}
