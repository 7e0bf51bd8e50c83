/** `fedns why`: traffic and placement of a Service in one table, with the reason of each difference. */
import { Command, Option } from "commander";
import { CONFIG_OPTION } from "../arguments/config-option.ts";
import { parseNamespace } from "../arguments/object-argument.ts";
import { parseName, SERVER_OPTION } from "../arguments/server-argument.ts";
import { parseSubnet } from "../arguments/subnet.ts";
import { SYSTEM_NAMESPACE } from "../../fleet/host-objects/host-types.ts";
import type { Session } from "../session/session.ts";
import type { WhyOptions } from "../why/run-why.ts";

const epilogue = `
Joins what the running fedns answers with what the host places. For each cluster: how many replicas are wanted, placed
and ready, and the share of the answers; yes and no stand where there are no replicas to count. Below the table is the
reason of each difference; those marked with ! are problems. Workloads are the federated ones whose pods the Service
selects.

Either half may be missing: without a host there is traffic alone, without a running fedns placement alone, and the
answer says so. A name like web.shop needs the configuration (-c), which has the rest of it. Nothing is written.

Examples:
  fedns why web.shop.myfed.svc.example.com --host-context host
  fedns why web.shop -c fedns.yaml -o json
  fedns why www.example.com --service web.shop --client 203.0.113.7

Exit codes: 0 all is as wanted, 1 a difference is a problem, 2 neither half can be read, or wrong usage.`;

export function whyCommand(session: Session): Command {
  return new Command("why")
    .description("Explain where a Service is, and who gets clients there, in one table.")
    .argument("<name>", "the domain name, or SERVICE.NAMESPACE", parseName)
    .option("--service <name>", "the Service behind the name, as SERVICE.NAMESPACE")
    .option("--client <ip>", "the shares of clients in this network", parseSubnet)
    .option(...SERVER_OPTION)
    .option(...CONFIG_OPTION)
    .option("--kubeconfig <file>", "the kubeconfig (default: $KUBECONFIG, or ~/.kube/config)")
    .option("--host-context <name>", "the context of the host cluster (default: the current one)")
    .addOption(new Option("--host-cluster-context <name>").hideHelp())
    .option("--kubefed-namespace <name>", "the namespace of the federation", parseNamespace, SYSTEM_NAMESPACE)
    .option(
      "--member-contexts",
      "ask the clusters as you, by contexts with their names, not by their Secrets",
    )
    .addOption(new Option("-o, --output <format>", "the format").choices(["json"]))
    .addHelpText("after", epilogue)
    .action(
      async (name: string, { service, ...options }: Omit<WhyOptions, "service"> & { service?: string }) => {
        const { EXIT_CODES, parseService, runWhy } = await import("../why/run-why.ts");
        session.failureCode = EXIT_CODES.unknown;
        const named = service === undefined ? {} : { service: parseService(service) };
        await runWhy(session, name, { ...options, ...named });
      },
    );
}
