/** `fedns forget`: ends the waiting for something that will not come; one subcommand for each kind of thing. */
import { Command } from "commander";
import type { ForgetRequest } from "../../run/forget/forget-request.ts";
import {
  operatorName,
  parseCluster,
  SCOPE_NOTE,
  submitRequest,
  withReasonAndServer,
} from "../orders/order.ts";
import { type SocketOptions, socketPath } from "../session/admin-client.ts";
import { forgetWorkloadsCommand } from "../host/forget-workloads.ts";
import type { Session } from "../session/session.ts";

const EXIT_CODES = "Exit codes: 0 done, 1 refused or failed, 2 wrong usage.";

const epilogue = `
fedns waits for what it has never read, because it cannot know what is there. Forgetting ends that.

Examples:
  # Answers: names that only this cluster may have
  fedns forget cluster us-west --reason "it was destroyed before fedns could read it"

  # Federated objects: deletions that wait for this cluster
  fedns forget workloads us-west --host-context host

${EXIT_CODES}`;

const clusterEpilogue = `
A cluster of the settings that was never read may declare any name that no other cluster declares. Such names are
SERVFAIL until it is read, and /readyz names the cluster. Once it is forgotten, they do not exist (NXDOMAIN). That lasts
until the cluster is read, or is no longer in the settings. Repeating it has no effect. A cluster that has been read
cannot be forgotten: fedns drain sends no more clients to it, and without it in the settings its names are gone.
${SCOPE_NOTE}

Examples:
  # See what would change
  fedns forget cluster us-west --dry-run

  # Do not wait for a cluster that will not come back
  fedns forget cluster us-west --reason "it was destroyed before fedns could read it"

${EXIT_CODES}`;

type ForgetOptions = SocketOptions & { readonly dryRun?: boolean; readonly reason?: string };

export function forgetCommand(session: Session): Command {
  return new Command("forget")
    .description("Do not wait any longer for a cluster that does not come.")
    .addCommand(forgetCluster(session))
    .addCommand(forgetWorkloadsCommand(session))
    .addHelpText("after", epilogue);
}

function forgetCluster(session: Session): Command {
  const command = new Command("cluster")
    .description("Answer as if a cluster that was never read declared nothing, until it is read.")
    .argument("<name>", "the cluster, by its name in the configuration", parseCluster)
    .option("--dry-run", "only print what would happen");
  return withReasonAndServer(command)
    .addHelpText("after", clusterEpilogue)
    .action(async (cluster: string, { dryRun = false, reason, ...options }: ForgetOptions) => {
      const forget: ForgetRequest = {
        what: "cluster",
        cluster,
        isDryRun: dryRun,
        by: operatorName(),
        reason: reason ?? null,
      };
      await submitRequest(session, await socketPath(options), { command: "forget", forget });
    });
}
