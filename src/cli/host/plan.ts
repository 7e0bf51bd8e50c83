/** `fedns plan`: what the propagator would write where, and why, as diffs. Nothing is written. */
import { Command } from "commander";
import { SERVER_OPTION } from "../arguments/server-argument.ts";
import { parseSubnet } from "../arguments/subnet.ts";
import type { TrafficOptions } from "../traffic/ask-shares.ts";
import type { PlanCommandOptions } from "../plan/run-plan.ts";
import { withPlan } from "../plan/plan-options.ts";
import type { Session } from "../session/session.ts";

const epilogue = `
For each cluster, says why it is in or out, and what would happen to the copy there. Changes and removals are what the
API server of the cluster answers to a dry run, so its defaults and webhooks are in them; a file is tried by the host in
the same way first. Where the placement of a namespace would change, what is in it is planned too. Nothing is written,
neither in the host nor in the clusters. The values of Secrets are not shown.

With --without, the plan is for the loss of a cluster: which copies would be lost with it, and how many replicas others
would get by their ReplicaSchedulingPreferences. With the configuration of fedns (-c), also for each Service in front of
what would go: the share of clients of each cluster, now and after, as a running fedns computes it.

Before fedns takes over from KubeFed, --all says how many copies would change, which, and who has set what differs.

Examples:
  fedns plan deployment/web -n shop --host-context host
  fedns plan federated-web.yaml
  kustomize build . | fedns plan -
  # What would be removed where, and what stays
  fedns plan deployment/web -n shop --delete
  # What the loss of a cluster would mean, for replicas and for clients
  fedns plan --all --without us-west -c fedns.yaml
  # Before a take-over: how many copies would change, and why
  fedns plan --all --summary

Exit codes: 0 nothing would change, 1 something would, 2 failed, refused, not all clusters are known, or wrong usage.`;

export function planCommand(session: Session): Command {
  return withPlan(new Command("plan"))
    .description("Show what would be written where for federated objects, and why.")
    .argument("[target]", "a file, - for standard input, or KIND/NAME")
    .option("--all", "all federated objects of the host, or those of the namespace")
    .option("--delete", "plan the deletion of the object, or of the objects of the file")
    .option("--without <cluster>", "plan for the loss of this cluster")
    .option(SERVER_OPTION[0], "ask this fedns about clients (default: the one of --config)", SERVER_OPTION[2])
    .option("--client <ip>", "the shares of clients in this network", parseSubnet)
    .option("--summary", "print the summary alone")
    .addHelpText("after", epilogue)
    .action(async (target: string | undefined, options: PlanCommandOptions & TrafficOptions) => {
      const { EXIT_CODES, runPlan } = await import("../plan/run-plan.ts");
      session.failureCode = EXIT_CODES.failed;
      const { clientMoves } = await import("../moves/client-moves.ts");
      await runPlan(session, target, options, (open, changes) => clientMoves(open, changes, options));
    });
}
