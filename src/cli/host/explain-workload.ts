/** `fedns explain workload`: where a federated object is, why, and what is wrong with it. */
import { Command } from "commander";
import { SERVER_OPTION } from "../arguments/server-argument.ts";
import { parseSubnet } from "../arguments/subnet.ts";
import type { ExplainWorkloadOptions } from "../explain/run-explain.ts";
import { withPlan } from "../plan/plan-options.ts";
import type { Session } from "../session/session.ts";

const epilogue = `
For each cluster: why it is in or out, the copy that is there and who has written to it, what the status in the host says,
what would be done next, and which overrides apply, in order. With the configuration of fedns (-c), also the share of
clients that each cluster gets by the Services in front of it, where a fedns answers. Nothing is written.

Examples:
  fedns explain workload deployment/web -n shop --host-context host
  fedns explain workload namespace/shop -o json
  fedns explain workload deployment/web -n shop -c fedns.yaml

Exit codes: 0 all is well, 1 something is wrong, or the object cannot be read, 2 wrong usage.`;

export function explainWorkloadCommand(session: Session): Command {
  return withPlan(new Command("workload"))
    .description("Explain where a federated object is, and why.")
    .argument("<object>", "the federated object, as KIND/NAME")
    .option(SERVER_OPTION[0], "ask this fedns about clients (default: the one of --config)", SERVER_OPTION[2])
    .option("--client <ip>", "the shares of clients in this network", parseSubnet)
    .addHelpText("after", epilogue)
    .action(async (target: string, options: ExplainWorkloadOptions) => {
      const { runExplain } = await import("../explain/run-explain.ts");
      await runExplain(session, target, options);
    });
}
