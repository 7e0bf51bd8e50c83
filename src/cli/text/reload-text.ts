/** The reply to `reload` as text for a terminal. Another version may have written it: unknown values are skipped. */
import { z } from "zod";

type Reload = {
  readonly file: string;
  /** Of the configuration file, one line each. */
  readonly problems: readonly string[];
  /** By this reading of the file. */
  readonly changed: readonly string[];
  /** At any reading; null = none since the start. */
  readonly lastChange: { readonly at: string; readonly settings: readonly string[] } | null;
  readonly needRestart: readonly string[];
  /** Null = the control process did not reply in time. */
  readonly zones: { readonly zones: number; readonly problems: readonly string[] } | null;
  readonly hasZoneErrors: boolean;
};

const lines = z.array(z.string()).catch([]);
const schema = z.object({
  settings: z
    .object({
      file: z.string().catch(""),
      problems: lines,
      changed: lines,
      lastChange: z.object({ at: z.string(), settings: lines }).nullable().catch(null),
      needRestart: lines,
    })
    .catch({ file: "", problems: [], changed: [], lastChange: null, needRestart: [] }),
  zones: z
    .object({ zones: z.number().catch(0), problems: lines })
    .nullable()
    .catch(null),
});

export function readReload(reply: unknown): Reload {
  const { settings, zones } = schema.parse(reply);
  return { ...settings, zones, hasZoneErrors: zones?.problems.some(isError) ?? false };
}

export function reloadText(reload: Reload): string {
  const text = [...settingsLines(reload), ...zoneLines(reload)];
  // Text from files must not control the terminal.
  return text.map((line) => `${line.replaceAll(/\p{Cc}/gu, "?")}\n`).join("");
}

function settingsLines(reload: Reload): string[] {
  const { file, problems, needRestart } = reload;
  if (problems.length > 0)
    return [
      `settings: ${file} has an error, and no setting has changed`,
      ...problems.map((line) => `  ${line}`),
    ];
  return [
    `settings: those of ${file} are in force; ${changeText(reload)}`,
    ...needRestart.map(
      (setting) => `  ${setting}: needs a restart of fedns; the running value stays until then`,
    ),
  ];
}

function changeText({ changed, lastChange }: Reload): string {
  if (changed.length > 0) return `changed now: ${changed.join(", ")}`;
  if (lastChange === null) return "none has changed since the start";
  const { at, settings } = lastChange;
  return `last changed at ${at.slice(11, 19)} UTC: ${settings.join(", ")}`;
}

function zoneLines({ zones }: Reload): string[] {
  if (zones === null) return ["zones: the control process does not answer; fedns status shows them later"];
  if (zones.zones === 0 && zones.problems.length === 0) return [];
  return [`zones: ${zones.zones} from files`, ...zones.problems.map((line) => `  ${line}`)];
}

/** As dns/zone/problem.ts writes it: FILE:LINE: error: what is wrong. */
function isError(line: string): boolean {
  return /:\d+: error: /.test(line);
}
