/** The options that `fedns plan` and `fedns explain workload` share. */
import { type Command, Option } from "commander";
import { SYSTEM_NAMESPACE } from "../../fleet/host-objects/host-types.ts";
import { parseNamespace } from "../arguments/object-argument.ts";

export type PlanOptions = {
  readonly kubeconfig?: string;
  readonly hostContext?: string;
  readonly hostClusterContext?: string;
  /** Of the objects. */
  readonly namespace?: string;
  /** Of the federation. */
  readonly kubefedNamespace: string;
  readonly memberContexts?: boolean;
  readonly config?: string;
  readonly output?: "json";
  /** A cluster that is planned as lost. */
  readonly without?: string;
};

export function withPlan(command: Command): Command {
  return command
    .option("--kubeconfig <file>", "the kubeconfig (default: $KUBECONFIG, or ~/.kube/config)")
    .option("--host-context <name>", "the context of the host cluster (default: the current one)")
    .addOption(new Option("--host-cluster-context <name>").hideHelp())
    .option("-n, --namespace <name>", "the namespace of the federated object", parseNamespace)
    .option("--kubefed-namespace <name>", "the namespace of the federation", parseNamespace, SYSTEM_NAMESPACE)
    .option(
      "--member-contexts",
      "ask the clusters as you, by contexts with their names, not by their Secrets",
    )
    .option("-c, --config <file>", "the configuration of fedns, if it sets propagation.adoption or .owner")
    .addOption(new Option("-o, --output <format>", "the format").choices(["json"]));
}
