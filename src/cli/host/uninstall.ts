/** `fedns uninstall`: takes fedns out of the host. */
import { Command } from "commander";
import { OperationalError } from "../../kernel/error.ts";
import { namespaceOf, withWrites, type WriteHostOptions } from "../arguments/host-options.ts";
import type { Session } from "../session/session.ts";

const epilogue = `
Removes every finalizer of fedns, so that no object and no namespace waits for it, and the rights of fedns in the host.
Clusters that are joined stay joined: run fedns unjoin for each of them first. With --crds, the types that fedns init
installed are removed as well, and with them all objects of these types, in all namespaces.

Examples:
  fedns uninstall --host-context host --dry-run
  fedns uninstall --host-context host --yes
  fedns uninstall --host-context host --crds --yes

Exit codes: 0 done, 1 failed or not confirmed, 2 wrong usage.`;

type UninstallCommandOptions = WriteHostOptions & { readonly crds?: boolean; readonly yes?: boolean };

export function uninstallCommand(session: Session): Command {
  return withWrites(new Command("uninstall"))
    .description("Take fedns out of the host cluster.")
    .option("--crds", "remove the types that fedns init installed, and all their objects")
    .option("-y, --yes", "do not ask")
    .addHelpText("after", epilogue)
    .action(async (options: UninstallCommandOptions) => {
      const { withSteps } = await import("../clusters/with-host.ts");
      const { uninstall } = await import("../leave/uninstall.ts");
      await withSteps(session, options, async (parts) => {
        if (!parts.runner.isDryRun && options.yes !== true)
          await confirm(session, parts.host.context, options);
        await uninstall({
          ...parts,
          clock: session.clock,
          namespace: namespaceOf(options),
          withDefinitions: options.crds === true,
        });
      });
    });
}

async function confirm(session: Session, context: string, { crds }: UninstallCommandOptions): Promise<void> {
  const what = crds === true ? "fedns, its types and all objects of these types" : "fedns";
  const isAgreed = await session.confirm(`Remove ${what} from ${context}?`);
  if (isAgreed === true) return;
  throw new OperationalError(
    "CLUSTER_STEP",
    isAgreed === null ? "nothing was removed: there is no terminal to ask; use --yes" : "nothing was removed",
  );
}
