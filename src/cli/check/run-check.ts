/** The work of `fedns check` on a configuration: the file itself, then this machine, then (with --online) the clusters. */
import { stayAlive } from "../session/stay-alive.ts";
import { loadConfig, placeOfSettings } from "../../run/config/file.ts";
import type { Config } from "../../run/config/config.ts";
import type { Session } from "../session/session.ts";
import { counted, type CheckFinding, findingLine, type PlacedFinding } from "./finding.ts";

export type CheckOptions = {
  readonly online?: boolean;
  readonly strict?: boolean;
  readonly output?: "json";
};

/** Prints what was found, and sets the exit code. Throws an OperationalError when the file cannot be read. */
export async function checkConfig(
  session: Session,
  file: string,
  options: CheckOptions,
): Promise<Config | null> {
  const result = await loadConfig(file);
  if (result.kind === "problems") {
    const found = result.problems.map(({ path, ...problem }) => ({
      severity: "error" as const,
      file,
      setting: path,
      ...problem,
    }));
    print(session, { file, found, options, summary: null });
    return null;
  }
  const { config } = result;
  const { localFindings } = await import("./local-findings.ts");
  const findings: CheckFinding[] = [...(await localFindings(config, session.clock))];
  if (options.online === true) {
    const { onlineFindings } = await import("./online-findings.ts");
    const { signal } = new AbortController();
    using _ = stayAlive();
    findings.push(...(await onlineFindings(config, { clock: session.clock, signal })));
  }
  const placeOf = await placeOfSettings(file);
  const found = findings.map(({ path, ...finding }) => ({ ...finding, file, ...placeOf(path) }));
  print(session, { file, found, options, summary: summary(config) });
  return config;
}

type Outcome = {
  readonly file: string;
  readonly found: readonly PlacedFinding[];
  readonly options: CheckOptions;
  /** Null: the file has no settings. */
  readonly summary: string | null;
};

function print(session: Session, { file, found, options, summary: text }: Outcome): void {
  const errors = found.filter(({ severity }) => severity === "error").length;
  const warnings = found.filter(({ severity }) => severity === "warning").length;
  const isSound = errors === 0 && (warnings === 0 || options.strict !== true);
  if (!isSound) session.exitCode = 1;
  if (options.output === "json") {
    session.print(`${JSON.stringify({ file, isSound, errors, warnings, findings: found }, null, 2)}\n`);
    return;
  }
  for (const finding of found) session.print(`${findingLine(finding)}\n`);
  if (text === null) return;
  const faults = [
    ...(errors > 0 ? [counted(errors, "error")] : []),
    ...(warnings > 0 ? [counted(warnings, "warning")] : []),
  ].join(" and ");
  if (errors > 0) session.print(`${file} has ${faults}.\n`);
  else session.print(`${file} is valid: ${text}${faults === "" ? "" : `; ${faults}`}.\n`);
}

function summary(config: Config): string {
  const places = config.listen.map(({ address, port }) => `${address} port ${port}`).join(", ");
  if (config.federations.length === 0) return `zone files only; DNS on ${places}`;
  const federations = config.federations.map(({ name, domain }) => `${name} in ${domain}`).join(", ");
  return `${federations}; ${counted(config.clusters.length, "cluster")}; DNS on ${places}`;
}
