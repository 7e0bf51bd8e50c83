/** The options of the commands that ask all members, and what they mean. */
import { type Command, Option } from "commander";
import { addLabel, addList, type HostOptions, withObject } from "../arguments/host-options.ts";
import { isObjectName } from "../arguments/object-argument.ts";
import { usageError } from "../arguments/usage-error.ts";
import { parseTime } from "../orders/order.ts";

export type EverywhereOptions = HostOptions & {
  readonly clusters?: readonly string[];
  readonly config?: string;
  readonly clusterContexts?: Readonly<Record<string, string>>;
  /** In milliseconds. */
  readonly timeout: number;
};
export type NamespacesOptions = EverywhereOptions & { readonly allNamespaces?: boolean };

const TIMEOUT_MS = 10_000;

/** Part of the help of each of these commands. */
export const RIGHTS_NOTE = `The host says which clusters there are; --config adds those of the settings, where a federation needs no host. Each is
asked with your own rights, by a context of your kubeconfig: that of --cluster-contexts, else the one with the name of
the cluster, else one with the address of its API server. If the host cannot be read, name contexts with --clusters.`;

export function withEverywhere(command: Command): Command {
  return withObject(command, "the namespace of the objects (default: that of the host's context)")
    .option(
      "--config <file>",
      "the configuration of fedns, if it lists clusters that the host does not declare",
    )
    .option("--clusters <names>", "only these clusters, as a,b", addList)
    .option("--cluster-contexts <name=context>", "the context of a cluster; may be repeated", addLabel)
    .addOption(
      new Option("--timeout <time>", "how long a cluster may take to answer")
        .argParser(parseTime)
        .default(TIMEOUT_MS, "10s"),
    );
}

export function withAllNamespaces(command: Command): Command {
  return command.option("-A, --all-namespaces", "the objects of all namespaces");
}

/** TYPE/NAME, or TYPE and names. */
export type NamedType = { readonly type: string; readonly names: readonly string[] };

/** Throws an OperationalError (USAGE) for TYPE/NAME and further names, several types, and names that no API server takes. */
export function parseNamed(word: string, names: readonly string[]): NamedType {
  const [type = "", ...within] = word.split("/");
  if (type === "" || /[,\s]/.test(type) || within.length > 1 || (within.length === 1 && names.length > 0))
    throw usageError("name one type, as TYPE, TYPE NAME or TYPE/NAME");
  const all = [...within, ...names];
  const wrong = all.find((name) => !isObjectName(name));
  if (wrong === undefined) return { type, names: all };
  throw usageError(`${JSON.stringify(wrong)} is no name of an object, like web`);
}
