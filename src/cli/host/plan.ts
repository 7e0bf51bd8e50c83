/** `fedns plan`: what the propagator would write where, and why, as diffs. Nothing is written. */
import { Command } from "commander";
import type { PlanCommandOptions } from "../plan/run-plan.ts";
import { withPlan } from "../plan/plan-options.ts";
import type { Session } from "../session/session.ts";

const epilogue = `
For each cluster, says why it is in or out, and what would happen to the copy there. Changes and removals are what the
API server of the cluster answers to a dry run, so its defaults and webhooks are in them; a file is tried by the host in
the same way first. Where the placement of a namespace would change, what is in it is planned too. Nothing is written,
neither in the host nor in the clusters. The values of Secrets are not shown.

Before fedns takes over from KubeFed, --all says how many copies would change, which, and who has set what differs.

Examples:
  fedns plan deployment/web -n shop --host-context host
  fedns plan federated-web.yaml
  kustomize build . | fedns plan -
  # What would be removed where, and what stays
  fedns plan deployment/web -n shop --delete
  # Before a take-over: how many copies would change, and why
  fedns plan --all --summary

Exit codes: 0 nothing would change, 1 something would, 2 failed, refused, not all clusters are known, or wrong usage.`;

export function planCommand(session: Session): Command {
  return withPlan(new Command("plan"))
    .description("Show what would be written where for federated objects, and why.")
    .argument("[target]", "a file, - for standard input, or KIND/NAME")
    .option("--all", "all federated objects of the host, or those of the namespace")
    .option("--delete", "plan the deletion of the object, or of the objects of the file")
    .option("--summary", "print the summary alone")
    .addHelpText("after", epilogue)
    .action(async (target: string | undefined, options: PlanCommandOptions) => {
      const { EXIT_CODES, runPlan } = await import("../plan/run-plan.ts");
      session.failureCode = EXIT_CODES.failed;
      await runPlan(session, target, options);
    });
}
