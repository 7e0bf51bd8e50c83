/** `fedns federate`: makes federated objects of objects. */
import { Command, InvalidArgumentError, Option } from "commander";
import {
  addList,
  federationNamespaceOf,
  hostContextOf,
  withObject,
  withPrinted,
  type WriteHostOptions,
} from "../arguments/host-options.ts";
import { kindAndName, parseObjectName } from "../arguments/object-argument.ts";
import { usageError } from "../arguments/usage-error.ts";
import { placementOf } from "../federate/placement-option.ts";
import type { FederateOptions } from "../objects/federate-options.ts";
import type { Session } from "../session/session.ts";

const epilogue = `
Makes a federated object from an object of the host, or from each manifest of a file: its content as the template,
without what one cluster has allotted (addresses, node ports, volumes, tokens), placed in all clusters. The object
itself stays as it is. Left out, with a line about each, are objects that another one makes (they have an owner),
Events, Endpoints, Pods, Leases, what every cluster has of its own, and what is federated already.

Annotations and finalizers do not propagate. Everything is checked before anything is written. With -f and -o no host is
asked, unless --host-context or --kubeconfig names one: federated types have the names that fedns enable gives them.

Examples:
  # A namespace first: nothing in it is placed before
  fedns federate namespace shop --host-context host
  fedns federate namespace shop --contents --skip-kinds jobs,secrets --enable-type
  fedns federate deployment web -n shop --clusters us-west,eu-central
  kubectl kustomize . | fedns federate -f - -n shop --cluster-selector tier=gold
  # Only print the federated objects; no host is needed
  fedns federate -f manifests.yaml -o yaml

Exit codes: 0 done, 1 failed, or the object is none that can be federated, 2 wrong usage.`;

type FederateCommandOptions = WriteHostOptions & {
  readonly filename?: string;
  readonly contents?: boolean;
  readonly skipKinds?: readonly string[];
  readonly skipApiResources?: readonly string[];
  readonly enableType?: boolean;
  readonly clusters?: readonly string[];
  readonly clusterSelector?: string;
};

export function federateCommand(session: Session): Command {
  return withPrinted(withObject(new Command("federate")))
    .description("Make federated objects of objects, so that they are placed in the members.")
    .argument("[kind]", "the kind of the object, as fedns enable takes it; or KIND/NAME")
    .argument("[name]", "its name", parseObjectName)
    .option("-f, --filename <file>", "manifests instead, YAML or JSON; - is standard input")
    .option("-c, --contents", "of a namespace: everything in it as well")
    .option("-s, --skip-kinds <names>", "with --contents: kinds or API groups to leave out", addList)
    .addOption(new Option("--skip-api-resources <names>").argParser(addList).hideHelp())
    .option("-t, --enable-type", "enable types that are not enabled")
    .option("--clusters <names>", "place in these clusters (default: all)", addNames)
    .option("--cluster-selector <selector>", "place in clusters with these labels, like tier=gold")
    .addHelpText("after", epilogue)
    .action((kind: string | undefined, name: string | undefined, options: FederateCommandOptions) =>
      runFederate(session, [kind, name], options),
    );
}

async function runFederate(
  session: Session,
  words: readonly (string | undefined)[],
  options: FederateCommandOptions,
): Promise<void> {
  const placement = placementOf(options);
  if (typeof placement === "string") throw usageError(placement);
  const source = await sourceOf(words, options);
  const { withoutHost, withSteps } = await import("../clusters/with-host.ts");
  const { federate } = await import("../objects/federate.ts");
  const isPrinted = options.output !== undefined;
  if (isPrinted && source.kind === "documents" && !isHostNamed(options)) {
    const { printDocuments } = await import("../objects/print-documents.ts");
    const namespace = federationNamespaceOf(options);
    const isDone = withoutHost(session, options, (runner) =>
      printDocuments(source, { runner, placement, namespace }),
    );
    if (!isDone) session.exitCode = 1;
    return;
  }
  const isDryRun = options.dryRun === true || isPrinted;
  const isDone = await withSteps(session, { ...options, dryRun: isDryRun }, (parts) =>
    federate({
      ...parts,
      clock: session.clock,
      namespace: federationNamespaceOf(options),
      source,
      placement,
      enablesTypes: options.enableType === true,
      isPrinted,
    }),
  );
  if (!isDone) session.exitCode = 1;
}

function isHostNamed(options: FederateCommandOptions): boolean {
  return hostContextOf(options) !== undefined || options.kubeconfig !== undefined;
}

async function sourceOf(
  [kind, name]: readonly (string | undefined)[],
  { filename, contents = false, namespace, ...options }: FederateCommandOptions,
): Promise<FederateOptions["source"]> {
  const skipKinds = options.skipKinds ?? options.skipApiResources;
  if (skipKinds !== undefined && !contents) throw usageError("--skip-kinds is for --contents");
  if (filename !== undefined) {
    if (kind !== undefined || contents) throw usageError("name an object, or a file with -f, not both");
    const { readDocuments } = await import("../types/read-documents.ts");
    return { kind: "documents", documents: await readDocuments(filename), namespace };
  }
  if (kind === undefined || (name === undefined && !kind.includes("/")))
    throw usageError("name an object, like deployment web, or a file with -f");
  return {
    kind: "object",
    ...(name === undefined ? kindAndName(kind) : { word: kind, name }),
    namespace,
    contents: contents ? { skipKinds: skipKinds ?? [] } : null,
  };
}

function addNames(text: string, before: readonly string[] | undefined): readonly string[] {
  const names = addList(text, before);
  const wrong = names.find((name) => !/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/.test(name));
  if (wrong !== undefined)
    throw new InvalidArgumentError(`${JSON.stringify(wrong)} is no name of a cluster.`);
  return names;
}
