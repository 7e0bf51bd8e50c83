/** `fedns explain workload`: where a federated object is, why, and what is wrong with it. */
import { Command } from "commander";
import type { PlanOptions } from "../plan/plan-options.ts";
import { withPlan } from "../plan/plan-options.ts";
import type { Session } from "../session/session.ts";

const epilogue = `
For each cluster: why it is in or out, the copy that is there and who has written to it, what the status in the host says,
what would be done next, and which overrides apply, in order. Nothing is written.

Examples:
  fedns explain workload deployment/web -n shop --host-context host
  fedns explain workload namespace/shop -o json

Exit codes: 0 all is well, 1 something is wrong, or the object cannot be read, 2 wrong usage.`;

export function explainWorkloadCommand(session: Session): Command {
  return withPlan(new Command("workload"))
    .description("Explain where a federated object is, and why.")
    .argument("<object>", "the federated object, as KIND/NAME")
    .addHelpText("after", epilogue)
    .action(async (target: string, options: PlanOptions) => {
      const { runExplain } = await import("../explain/run-explain.ts");
      await runExplain(session, target, options);
    });
}
