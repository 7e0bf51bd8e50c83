/** `fedns get`: the objects of all members, or, as `get clusters`, the members that the host declares. */
import { Command, Option } from "commander";
import {
  parseNamed,
  RIGHTS_NOTE,
  withAllNamespaces,
  withEverywhere,
} from "../everywhere/everywhere-options.ts";
import { usageError } from "../arguments/usage-error.ts";
import type { Session } from "../session/session.ts";
import type { GetObjectsOptions } from "./run-get.ts";

const epilogue = `
Prints the objects of a type in all clusters as one table, with the columns of kubectl behind CLUSTER. A cluster that
lacks the type is named, and so is one that cannot be asked; the others are shown.

fedns get clusters prints the KubeFedClusters of the host with the conditions that fedns keeps in their status; -n is
then the namespace of the federation. A type of the members with this name has its group: clusters.cluster.x-k8s.io.

${RIGHTS_NOTE}

Examples:
  fedns get pods -n shop --host-context host
  fedns get deployments.apps web -n shop -o wide --clusters us-west,eu-central
  fedns get pods -A -l app=web --watch
  fedns get clusters
  fedns get clusters us-west -o yaml

Exit codes: 0 printed, 1 nothing has this name, or a cluster could not be asked, 2 wrong usage, 130 ended by Ctrl-C.`;

/** What the host declares. */
const CLUSTERS = ["clusters", "cluster"];

export function getCommand(session: Session): Command {
  return withAllNamespaces(withEverywhere(new Command("get")))
    .description("Print objects of all clusters, or the clusters that the host declares.")
    .argument("<type>", "clusters, or a type of objects as kubectl names it, or TYPE/NAME")
    .argument("[names...]", "the names of objects (default: all)")
    .option("-l, --selector <labels>", "only objects with these labels, as kubectl selects them")
    .addOption(new Option("-o, --output <format>", "the format").choices(["wide", "yaml", "json", "name"]))
    .option("-w, --watch", "go on with what changes")
    .addHelpText("after", epilogue)
    .action(async (type: string, names: readonly string[], options: GetObjectsOptions) => {
      const target = parseNamed(type, names);
      const { selector, watch, allNamespaces, config } = options;
      if (CLUSTERS.includes(target.type)) {
        if (selector !== undefined || watch === true || allNamespaces === true || config !== undefined)
          throw usageError("get clusters takes none of -l, -A, --watch and --config");
        const { printClusters } = await import("./print-clusters.ts");
        await printClusters(session, target.names, options);
        return;
      }
      if (target.names.length > 0 && (selector !== undefined || allNamespaces === true))
        throw usageError("a name goes with neither -l nor -A");
      if (target.names.length > 1 && watch === true) throw usageError("--watch takes one name");
      const { runGet } = await import("./run-get.ts");
      await runGet(session, target, options);
    });
}
