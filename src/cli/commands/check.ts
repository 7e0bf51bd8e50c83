/** `fedns check`: all problems of a configuration at once, before it is put to work. */
import { access, constants } from "node:fs/promises";
import { Command } from "commander";
import type { Config } from "../../run/config/config.ts";
import { messageOf } from "../../kernel/error.ts";
import { CONFIG_DEFAULT, CONFIG_OPTION } from "../arguments/config-argument.ts";
import type { Session } from "../session/session.ts";

const epilogue = `
Each problem is one line, FILE:LINE:COLUMN: setting: what is wrong; how to fix it.
Of zone files, FILE:LINE: error or warning: what is wrong. Warnings alone are sound.
No cluster is contacted. A kubeconfig that cannot be read is only noted: fedns would start, and retry.

Examples:
  fedns check --config fedns.yaml
  fedns check --zones ./zones

Exit codes: 0 sound, 1 not sound or not readable, 2 wrong usage.`;

export function checkCommand(session: Session): Command {
  return new Command("check")
    .description("Check a configuration file, and say all that is wrong with it.")
    .option(...CONFIG_OPTION, CONFIG_DEFAULT)
    .option("-z, --zones <folder>", "check the zone files of this folder, and no configuration")
    .addHelpText("after", epilogue)
    .action(async ({ config: filePath, zones }: { readonly config: string; readonly zones?: string }) => {
      if (zones !== undefined) {
        const { checkZones } = await import("./check-zones.ts");
        if (!checkZones(zones, session)) session.exitCode = 1;
        return;
      }
      const { loadConfig, formatProblem } = await import("../../run/config/file.ts");
      const verdict = await loadConfig(filePath);
      if (verdict.kind === "config") {
        session.print(`${filePath} is sound: ${summary(verdict.config)}.\n`);
        for (const note of await notes(verdict.config)) session.print(`note: ${note}\n`);
        if (verdict.config.zones === null) return;
        const { checkZones } = await import("./check-zones.ts");
        const { generatedZones } = await import("../../federation/zones/generated-zones.ts");
        const { settledPlaces } = await import("../../federation/members/cluster.ts");
        const { reservedIn } = await import("../../federation/zones/reserved.ts");
        const generated = generatedZones(verdict.config);
        const places = verdict.config.clusters.flatMap((cluster) => settledPlaces(cluster) ?? []);
        const options = { generated, reserved: reservedIn(generated, places) };
        if (!checkZones(verdict.config.zones, session, options)) session.exitCode = 1;
        return;
      }
      for (const problem of verdict.problems) session.print(`${formatProblem(problem, filePath)}\n`);
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
