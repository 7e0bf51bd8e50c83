/** `fedns check`: reports all problems of a configuration at once. */
import { access, constants } from "node:fs/promises";
import { Command } from "commander";
import type { Config } from "../../run/config/config.ts";
import { messageOf } from "../../kernel/error.ts";
import { CONFIG_DEFAULT, CONFIG_OPTION } from "../arguments/config-option.ts";
import type { Session } from "../session/session.ts";

const epilogue = `
Prints one line per problem, as FILE:LINE:COLUMN: setting: what is wrong; how to fix it. Problems of zone files are
printed as FILE:LINE: error or warning: what is wrong; warnings do not make the check fail.
No cluster is contacted. A kubeconfig that cannot be read is only noted, because fedns starts and retries.

Examples:
  fedns check --config fedns.yaml
  fedns check --zones ./zones
  fedns check --zones ./zones --config fedns.yaml

Exit codes: 0 no errors, 1 errors, or a file cannot be read, 2 wrong usage.`;

export function checkCommand(session: Session): Command {
  return new Command("check")
    .description("Check a configuration file and report all problems.")
    .option(...CONFIG_OPTION, CONFIG_DEFAULT)
    .option(
      "-z, --zones <folder>",
      "check the zone files in this folder instead of a configuration, with its settings where they are there",
    )
    .addHelpText("after", epilogue)
    .action(async (options: { readonly config: string; readonly zones?: string }, command: Command) => {
      const { config: filePath, zones } = options;
      if (zones !== undefined) {
        const { checkNamedFolder } = await import("./check-zones.ts");
        const isNamed = command.getOptionValueSource("config") === "cli";
        if (!(await checkNamedFolder(zones, { filePath, isNamed }, session))) session.exitCode = 1;
        return;
      }
      const { loadConfig, formatProblem } = await import("../../run/config/file.ts");
      const result = await loadConfig(filePath);
      if (result.kind === "config") {
        session.print(`${filePath} is valid: ${summary(result.config)}.\n`);
        for (const note of await notes(result.config)) session.print(`note: ${note}\n`);
        if (result.config.zones === null) return;
        const { checkZones } = await import("./check-zones.ts");
        if (!checkZones(result.config.zones, session, result.config)) session.exitCode = 1;
        return;
      }
      for (const problem of result.problems) session.print(`${formatProblem(problem, filePath)}\n`);
      session.exitCode = 1;
    });
}

function summary(config: Config): string {
  const places = config.listen.map(({ address, port }) => `${address} port ${port}`).join(", ");
  if (config.federations.length === 0) return `zone files only; DNS on ${places}`;
  const federations = config.federations.map(({ name, domain }) => `${name} in ${domain}`).join(", ");
  const members = config.clusters.length === 1 ? "1 cluster" : `${config.clusters.length} clusters`;
  return `${federations}; ${members}; DNS on ${places}`;
}

async function notes(config: Config): Promise<readonly string[]> {
  const checks = config.clusters.map(async ({ name, kubeconfig }) => {
    try {
      await access(kubeconfig, constants.R_OK);
      return [];
    } catch (error) {
      return [`the kubeconfig of cluster ${name} cannot be read now: ${messageOf(error)}`];
    }
  });
  return (await Promise.all(checks)).flat();
}
