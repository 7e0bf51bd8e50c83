/** `fedns uninstall`: takes fedns out of the host. */
import { Command } from "commander";
import { OperationalError } from "../../kernel/error.ts";
import { addLabel, namespaceOf, withWrites, type WriteHostOptions } from "../arguments/host-options.ts";
import type { Session } from "../session/session.ts";

const epilogue = `
Removes the rights of fedns in the host, waits until a fedns that runs writes no more, and removes every finalizer of
fedns, so that no object and no namespace waits for it. Copies of federated objects stay in the members, without the
labels and the ownership of fields that say whose they are; --keep-labels leaves these. For that the members must be
reachable with the kubeconfig, each by the context of its name; those that are not are named. Orders to pause, the
journal of deletions that wait for a cluster, and the Leases are removed from the namespace of the federation.

Clusters that are joined stay joined: run fedns unjoin for each of them first. With --crds, the types that fedns init
and fedns enable installed are removed as well, and with them all objects of these types, in all namespaces.

Examples:
  fedns uninstall --host-context host --dry-run
  fedns uninstall --host-context host --yes
  fedns uninstall --host-context host --crds --yes --cluster-contexts us-west=arn:aws:eks:us-west-2:1:cluster/prod

Exit codes: 0 done, 1 failed, not confirmed, or something was left in a member, 2 wrong usage.`;

type UninstallCommandOptions = WriteHostOptions & {
  readonly crds?: boolean;
  readonly yes?: boolean;
  readonly keepLabels?: boolean;
  readonly clusterContexts?: Readonly<Record<string, string>>;
  readonly owner?: string;
};

export function uninstallCommand(session: Session): Command {
  return withWrites(new Command("uninstall"))
    .description("Take fedns out of the host cluster.")
    .option("--crds", "remove the types that fedns installed, and all their objects")
    .option("--keep-labels", "leave the labels of the federation on copies in the members")
    .option("--cluster-contexts <name=context>", "the context of a member; may be repeated", addLabel)
    .option("--owner <name>", "the setting propagation.owner, if it is set")
    .option("-y, --yes", "do not ask")
    .addHelpText("after", epilogue)
    .action(async (options: UninstallCommandOptions) => {
      const { withSteps } = await import("../clusters/with-host.ts");
      const { uninstall } = await import("../leave/uninstall.ts");
      const isComplete = await withSteps(session, options, async (parts) => {
        if (!parts.runner.isDryRun && options.yes !== true)
          await confirm(session, parts.host.context, options);
        return uninstall({
          ...parts,
          clock: session.clock,
          keepsLabels: options.keepLabels === true,
          owner: options.owner ?? null,
          contexts: options.clusterContexts ?? {},
          namespace: namespaceOf(options),
          withDefinitions: options.crds === true,
        });
      });
      if (!isComplete) session.exitCode = 1;
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
