/** `fedns check`: reports all problems of a configuration at once. */
import { Command, Option } from "commander";
import { chooseConfig, CONFIG_OPTION, findConfig } from "../arguments/config-option.ts";
import type { CheckOptions } from "../check/run-check.ts";
import type { Session } from "../session/session.ts";

const epilogue = `
Prints one line per problem, as FILE:LINE:COLUMN: setting: what is wrong; how to fix it. A warning says "warning" before
the setting. Problems of zone files are printed as FILE:LINE: error or warning: what is wrong.
Found is whatever fedns serve would meet on this machine as this user: kubeconfigs and their contexts, the state
directory, ports in use and who has them, the location database. A file that is not there is a warning, because fedns
starts and reads it later. No cluster is contacted, except with --online: then each must answer, its account must be
allowed to read what the sources need, and its Nodes should say where they are.

Examples:
  fedns check --config fedns.yaml
  fedns check --online --strict
  fedns check --zones ./zones
  fedns check --zones ./zones --config fedns.yaml

Exit codes: 0 no errors, 1 errors (with --strict: or warnings), or a file cannot be read, 2 wrong usage.`;

type CheckCommandOptions = CheckOptions & { readonly config?: string; readonly zones?: string };

export function checkCommand(session: Session): Command {
  return new Command("check")
    .description("Check a configuration file and report all problems.")
    .option(...CONFIG_OPTION)
    .option("--online", "also ask the clusters: reachable, rights, versions, labels")
    .option("--strict", "warnings make the check fail as well")
    .addOption(new Option("-o, --output <format>", "print what was found as JSON").choices(["json"]))
    .addOption(
      new Option(
        "-z, --zones <folder>",
        "check the zone files in this folder instead of a configuration, with its settings where they are there",
      ).conflicts(["online", "strict", "output"]),
    )
    .addHelpText("after", epilogue)
    .action(async ({ config: given, zones, ...options }: CheckCommandOptions) => {
      if (zones !== undefined) {
        const { checkNamedFolder } = await import("./check-zones.ts");
        const filePath = findConfig(given)?.path ?? "fedns.yaml";
        const isNamed = given !== undefined;
        if (!(await checkNamedFolder(zones, { filePath, isNamed }, session))) session.exitCode = 1;
        return;
      }
      const { checkConfig } = await import("../check/run-check.ts");
      const config = await checkConfig(session, chooseConfig(given).path, options);
      if (config === null || config.zones === null || options.output === "json") return;
      const { checkZones } = await import("./check-zones.ts");
      if (!checkZones(config.zones, session, config)) session.exitCode = 1;
    });
}
