/** `fedns unjoin`: takes a cluster out of the federation. */
import { Command, Option } from "commander";
import { wholeNumber } from "../arguments/argument.ts";
import { namespaceOf, withWrites, type WriteHostOptions } from "../arguments/host-options.ts";
import { usageError } from "../arguments/usage-error.ts";
import type { WorkloadsOrder } from "../leave/workloads.ts";
import { parseTime } from "../orders/order.ts";
import type { Session } from "../session/session.ts";

const epilogue = `
Removes what fedns join made, in the host and in the member, object by object, and nothing else: labels and uids are
compared, and each delete names the object by its uid and version. Names in DNS disappear with the KubeFedCluster. For
a cluster that is gone, or whose Secret is gone, use --force: then nothing is removed in the member, if it cannot be
reached.

The copies of federated objects in the member, which fedns knows by their labels:
  keep    stay as they are, and a new join finds them (the default)
  orphan  stay, without the labels and the ownership of fields that say whose they are
  delete  are deleted, each by its uid and version, at most --per-minute, Namespaces last. Copies that were there before
          they were federated, and those of objects that orphan, are released instead; so is everything in default and
          kube-*. A Namespace that has anything else in it stays. More than 20 need --yes.

Examples:
  fedns unjoin us-west --host-context host
  fedns unjoin us-west --host-context host --workloads delete --dry-run
  fedns unjoin us-west --host-context host --dry-run
  fedns unjoin us-west --host-context host --force

Exit codes: 0 done, 1 failed, or something was left in the member, 2 wrong usage.`;

const PER_MINUTE = 60;
const PER_MINUTE_MAX = 100_000;
const WAIT_MS: number = 2 * 60_000;

type UnjoinCommandOptions = WriteHostOptions & {
  readonly clusterContext?: string;
  readonly clusterKubeconfig?: string;
  readonly force?: boolean;
  readonly workloads: WorkloadsOrder["kind"];
  readonly perMinute: number;
  readonly timeout: number;
  readonly owner?: string;
  readonly yes?: boolean;
};

export function unjoinCommand(session: Session): Command {
  return withWrites(new Command("unjoin"))
    .description("Take a cluster out of the federation.")
    .argument("<name>", "the name of the cluster")
    .option("--cluster-context <name>", "the context of the cluster (default: its name)")
    .option("--cluster-kubeconfig <file>", "the kubeconfig of that context, if it is another one")
    .addOption(
      new Option("--workloads <what>", "what becomes of the copies of federated objects")
        .choices(["keep", "orphan", "delete"])
        .default("keep"),
    )
    .addOption(
      new Option("--per-minute <number>", "how many copies are deleted in a minute at most")
        .argParser(wholeNumber(1, PER_MINUTE_MAX))
        .default(PER_MINUTE),
    )
    .addOption(
      new Option("--timeout <time>", "how long to wait for copies that are going")
        .argParser(parseTime)
        .default(WAIT_MS, "2m"),
    )
    .option("--owner <name>", "the setting propagation.owner, if it is set")
    .option("-y, --yes", "delete also more than 20 copies")
    .option("--force", "go on when the cluster cannot be reached")
    .addHelpText("after", epilogue)
    .action(async (name: string, options: UnjoinCommandOptions) => {
      const { clusterNameOf } = await import("../membership/names.ts");
      const cluster = clusterNameOf(name);
      if (cluster === null) throw usageError(`${JSON.stringify(name)} has no letter or digit, as names have`);
      const { withSteps } = await import("../clusters/with-host.ts");
      const { unjoin } = await import("../leave/unjoin.ts");
      const isComplete = await withSteps(session, options, (parts) =>
        unjoin({
          ...parts,
          clock: session.clock,
          workloads: orderOf(options),
          owner: options.owner ?? null,
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

function orderOf({ workloads, perMinute, timeout, yes }: UnjoinCommandOptions): WorkloadsOrder {
  return workloads === "delete"
    ? { kind: workloads, perMinute, waitMs: timeout, isAgreed: yes === true }
    : { kind: workloads };
}
