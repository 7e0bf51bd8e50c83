/** Options of the commands that work on the host cluster and its members, with KubeFed's names beside ours. */
import { type Command, InvalidArgumentError, Option } from "commander";
import { SYSTEM_NAMESPACE } from "../../fleet/host-objects/host-types.ts";
import { parseNamespace } from "./object-argument.ts";

export type HostOptions = {
  readonly kubeconfig?: string;
  readonly hostContext?: string;
  readonly hostClusterContext?: string;
  readonly namespace?: string;
  readonly kubefedNamespace?: string;
  readonly federationSystemNamespace?: string;
};

export type WriteHostOptions = HostOptions & {
  readonly dryRun?: boolean;
  readonly output?: "yaml" | "json";
};

export function withHost(command: Command): Command {
  return command
    .option("--kubeconfig <file>", "the kubeconfig (default: $KUBECONFIG, or ~/.kube/config)")
    .option("--host-context <name>", "the context of the host cluster (default: the current one)")
    .option(
      "-n, --namespace <name>",
      `the namespace of the federation (default: ${SYSTEM_NAMESPACE})`,
      parseNamespace,
    )
    .addOption(new Option("--host-cluster-context <name>").hideHelp())
    .addOption(new Option("--kubefed-namespace <name>").argParser(parseNamespace).hideHelp())
    .addOption(new Option("--federation-system-namespace <name>").argParser(parseNamespace).hideHelp());
}

export function withWrites(command: Command): Command {
  return withHost(command)
    .option("--dry-run", "write nothing, and print every object")
    .addOption(new Option("-o, --output <format>", "print the objects as well").choices(["yaml", "json"]));
}

/** For commands that print manifests instead of writing them, as `kubectl create` does. */
export function withPrinted(command: Command): Command {
  return command
    .option("--dry-run", "write nothing, and print every object")
    .addOption(
      new Option("-o, --output <format>", "print the objects, and write nothing").choices(["yaml", "json"]),
    );
}

/** For commands about objects, whose namespace is that of `--namespace`; `namespace` says which that is. */
export function withObject(command: Command, namespace = "the namespace of the object"): Command {
  return command
    .option("--kubeconfig <file>", "the kubeconfig (default: $KUBECONFIG, or ~/.kube/config)")
    .option("--host-context <name>", "the context of the host cluster (default: the current one)")
    .option("-n, --namespace <name>", namespace, parseNamespace)
    .option(
      "--kubefed-namespace <name>",
      `the namespace of the federation (default: ${SYSTEM_NAMESPACE})`,
      parseNamespace,
    )
    .addOption(new Option("--host-cluster-context <name>").hideHelp())
    .addOption(new Option("--federation-system-namespace <name>").argParser(parseNamespace).hideHelp());
}

export function hostContextOf({ hostContext, hostClusterContext }: HostOptions): string | undefined {
  return hostContext ?? hostClusterContext;
}

export function namespaceOf(options: HostOptions): string {
  const { namespace, kubefedNamespace, federationSystemNamespace } = options;
  return namespace ?? kubefedNamespace ?? federationSystemNamespace ?? SYSTEM_NAMESPACE;
}

/** Of commands in which `--namespace` is that of an object. */
export function federationNamespaceOf(options: HostOptions): string {
  return options.kubefedNamespace ?? options.federationSystemNamespace ?? SYSTEM_NAMESPACE;
}

/** `a,b`; may be repeated. */
export function addList(text: string, before: readonly string[] | undefined): readonly string[] {
  const items = text.split(",").map((item) => item.trim());
  if (items.some((item) => item === "")) throw new InvalidArgumentError("It must be a list like a,b.");
  return [...(before ?? []), ...items];
}

/** `tier=gold`; may be repeated. */
export function addLabel(
  text: string,
  before: Readonly<Record<string, string>> | undefined,
): Readonly<Record<string, string>> {
  const parts = /^([^=\s]+)=(\S*)$/.exec(text);
  if (parts === null) throw new InvalidArgumentError("It must be a label like tier=gold.");
  return { ...before, [String(parts[1])]: String(parts[2]) };
}
