/** The log of the faults of zone files: one line for each file, with file, line and zone as fields, and only when they change. */
import { basename } from "node:path";
import type { Log } from "../../kernel/log.ts";
import type { Problem } from "../../dns/zone/problem.ts";
import { ZONE_FILE_SUFFIX } from "./zone-folder.ts";

/** `fedns check --zones`, `fedns reload` and /status have them all. */
const SHOWN_MAX = 5;

type FileFields = {
  readonly file: string;
  /** Null = an included file, or the folder. */
  readonly zone: string | null;
  /** Of the first error, or else of the first warning; 0 = the file as a whole. */
  readonly line: number;
  readonly errors: number;
  readonly warnings: number;
  /** "LINE: SEVERITY: MESSAGE", errors first. */
  readonly problems: readonly string[];
};

export class ZoneLog {
  readonly #log: Log;
  #told = new Map<string, string>();

  constructor(log: Log) {
    this.#log = log;
  }

  /** What was read now, all files together. */
  note(problems: readonly Problem[]): void {
    const told = new Map<string, string>();
    for (const [file, all] of Map.groupBy(problems, (problem) => problem.file)) {
      const fields = fieldsOf(file, all);
      const text = JSON.stringify(all);
      told.set(file, text);
      if (this.#told.get(file) === text) continue;
      if (fields.errors > 0) this.#log.error(fields, "a zone file has errors; its zone stays as it was");
      else this.#log.warn(fields, "a zone file has warnings");
    }
    this.#told = told;
  }
}

function fieldsOf(file: string, problems: readonly Problem[]): FileFields {
  const [errors, warnings] = (["error", "warning"] as const).map((severity) =>
    problems.filter((problem) => problem.severity === severity),
  ) as [Problem[], Problem[]];
  const ordered = [...errors, ...warnings];
  return {
    file,
    zone: file.endsWith(ZONE_FILE_SUFFIX) ? basename(file, ZONE_FILE_SUFFIX) : null,
    line: ordered[0]?.line ?? 0,
    errors: errors.length,
    warnings: warnings.length,
    problems: ordered
      .slice(0, SHOWN_MAX)
      .map(({ line, severity, message }) => `${line}: ${severity}: ${message}`),
  };
}
