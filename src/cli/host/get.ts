/** `fedns get clusters`: the members that the host declares. */
import { Argument, Command, Option } from "commander";
import { type HostOptions, namespaceOf, withHost } from "../arguments/host-options.ts";
import type { Session } from "../session/session.ts";

const epilogue = `
Prints the KubeFedClusters of the host with the conditions that fedns keeps in their status.

Examples:
  fedns get clusters --host-context host
  fedns get clusters -o wide
  fedns get clusters us-west -o yaml

Exit codes: 0 printed, 1 failed, or there is no such cluster, 2 wrong usage.`;

type GetOptions = HostOptions & { readonly output?: "wide" | "yaml" | "json" | "name" };

export function getCommand(session: Session): Command {
  return withHost(new Command("get"))
    .description("Print the clusters that the host declares.")
    .addArgument(new Argument("<what>", "what to print").choices(["clusters", "cluster"]))
    .argument("[names...]", "the names of clusters (default: all)")
    .addOption(new Option("-o, --output <format>", "the format").choices(["wide", "yaml", "json", "name"]))
    .addHelpText("after", epilogue)
    .action(async (_what: string, names: readonly string[], options: GetOptions) => {
      const { withHostConnection } = await import("../clusters/with-host.ts");
      const { declaredClusters } = await import("../clusters/host.ts");
      const { clusterTable } = await import("../text/cluster-table.ts");
      const all = await withHostConnection(session, options, ({ host, signal }) =>
        declaredClusters(host, namespaceOf(options), signal),
      );
      const missing = names.filter((name) => !all.some(({ metadata }) => metadata.name === name));
      for (const name of missing) session.printError(`fedns: there is no cluster ${name}\n`);
      if (missing.length > 0) session.exitCode = 1;
      const items = names.length === 0 ? all : all.filter(({ metadata }) => names.includes(metadata.name));
      switch (options.output) {
        case "json":
          session.print(`${JSON.stringify({ apiVersion: "v1", kind: "List", items }, null, 2)}\n`);
          return;
        case "yaml": {
          const { stringify } = await import("yaml");
          session.print(items.map((item) => stringify(item)).join("---\n"));
          return;
        }
        case "name":
          session.print(
            items.map(({ metadata }) => `kubefedcluster.core.kubefed.io/${metadata.name}\n`).join(""),
          );
          return;
        default:
          if (items.length === 0 && names.length === 0)
            session.printError("No cluster is joined: fedns join NAME joins one.\n");
          else
            session.print(
              clusterTable(items, { isWide: options.output === "wide", wallMs: session.clock.wallMs() }),
            );
      }
    });
}
