/** `fedns forget`: ends the waiting for something that will not come; one subcommand for each kind of thing. */
import { Command, InvalidArgumentError } from "commander";
import { toDnsLabel } from "../../federation/members/label.ts";
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
fedns waits for what it has never read, and keeps the names of regions and zones that it has seen. Forgetting ends that.

Examples:
  # Answers: names that only this cluster may have
  fedns forget cluster us-west --reason "it was destroyed before fedns could read it"

  # Answers: a region or zone that has no Node any more, and will not have one again
  fedns forget place us-west/a

  # Federated objects: deletions that wait for this cluster
  fedns forget workloads us-west --host-context host

${EXIT_CODES}`;

const placeEpilogue = `
A region or zone that had a Node goes on to exist after its last Node is gone, for the time of the setting
placesKeptSeconds: its names are CNAMEs up the ladder. Once it is forgotten, they do not exist (NXDOMAIN), until a Node
is there again. A region is forgotten with its zones. A place that has a Node, or that the settings give a cluster,
cannot be forgotten. fedns status lists the places that are remembered.
${SCOPE_NOTE}

Examples:
  # See what would change
  fedns forget place us-west/a --dry-run

  # A region that is closed
  fedns forget place us-west --reason "closed"

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
    .description("Do not wait any longer for a cluster that does not come, or keep a place that is gone.")
    .addCommand(forgetCluster(session))
    .addCommand(forgetPlace(session))
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

function forgetPlace(session: Session): Command {
  const command = new Command("place")
    .description("Let the names of a region or zone without Nodes go, before their time is over.")
    .argument("<region[/zone]>", "the place, as in names: us-west, or us-west/a", parsePlace)
    .option("--dry-run", "only print what would happen");
  return withReasonAndServer(command)
    .addHelpText("after", placeEpilogue)
    .action(async (place: string, { dryRun = false, reason, ...options }: ForgetOptions) => {
      const forget: ForgetRequest = {
        what: "place",
        place,
        isDryRun: dryRun,
        by: operatorName(),
        reason: reason ?? null,
      };
      await submitRequest(session, await socketPath(options), { command: "forget", forget });
    });
}

function parsePlace(text: string): string {
  const parts = text.split("/");
  const isPlace = parts.length <= 2 && parts.every((part) => toDnsLabel(part) === part);
  if (isPlace) return text;
  throw new InvalidArgumentError("It must be REGION or REGION/ZONE, as in names: us-west/a.");
}
