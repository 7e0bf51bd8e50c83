/** `fedns unjoin`: takes a cluster out of the federation. */
import { Command } from "commander";
import { namespaceOf, withWrites, type WriteHostOptions } from "../arguments/host-options.ts";
import type { Session } from "../session/session.ts";

const epilogue = `
Removes what fedns join made, in the host and in the member, object by object, and nothing else: labels and uids are
compared, and each delete names the object by its uid and version. Names in DNS disappear with the KubeFedCluster. For
a cluster that is gone, or whose Secret is gone, use --force: then nothing is removed in the member, if it cannot be
reached.

Examples:
  fedns unjoin us-west --host-context host
  fedns unjoin us-west --host-context host --dry-run
  fedns unjoin us-west --host-context host --force

Exit codes: 0 done, 1 failed, or something was left in the member, 2 wrong usage.`;

type UnjoinCommandOptions = WriteHostOptions & {
  readonly clusterContext?: string;
  readonly clusterKubeconfig?: string;
  readonly force?: boolean;
};

export function unjoinCommand(session: Session): Command {
  return withWrites(new Command("unjoin"))
    .description("Take a cluster out of the federation.")
    .argument("<name>", "the name of the cluster")
    .option("--cluster-context <name>", "the context of the cluster (default: its name)")
    .option("--cluster-kubeconfig <file>", "the kubeconfig of that context, if it is another one")
    .option("--force", "go on when the cluster cannot be reached")
    .addHelpText("after", epilogue)
    .action(async (name: string, options: UnjoinCommandOptions) => {
      const { clusterNameOf } = await import("../membership/names.ts");
      const cluster = clusterNameOf(name) ?? name;
      const { withSteps } = await import("../clusters/with-host.ts");
      const { unjoin } = await import("../leave/unjoin.ts");
      const isComplete = await withSteps(session, options, (parts) =>
        unjoin({
          ...parts,
          connectMember: () =>
            parts.connect(cluster, options.clusterContext ?? name, options.clusterKubeconfig),
          cluster,
          namespace: namespaceOf(options),
          isForced: options.force === true,
        }),
      );
      if (!isComplete) session.exitCode = 1;
    });
}
