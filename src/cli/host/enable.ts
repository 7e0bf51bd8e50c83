/** `fedns enable`: makes kinds ones that are placed in members. */
import { Command, InvalidArgumentError, Option } from "commander";
import { OperationalError } from "../../kernel/error.ts";
import { usageError } from "../arguments/usage-error.ts";
import { namespaceOf, withHost, withPrinted, type WriteHostOptions } from "../arguments/host-options.ts";
import type { EnableRequest } from "../federate/enable-directive.ts";
import type { Session } from "../session/session.ts";

const epilogue = `
For each KIND, makes the CustomResourceDefinition of its federated type and a FederatedTypeConfig, as kubefedctl does.
KIND is a kind, a plural, a short name, or a plural with its group, as the host serves it. Running the command again
repairs what is missing and brings older definitions up to date: fields are added, none is taken away. A federated
type of another group than types.kubefed.io gets a role of its own, so that fedns may read it.

In the members, fedns places only kinds that fedns join --kinds has allowed.

Examples:
  fedns enable namespaces deployments services --host-context host
  fedns enable certificates.cert-manager.io --federated-group types.example.com --collect-status
  # Print what would be made, and write nothing
  fedns enable statefulsets -o yaml
  # A file of kubefedctl: kind EnableTypeDirective
  fedns enable -f directive.yaml

Exit codes: 0 done, 1 failed, 2 wrong usage.`;

type EnableCommandOptions = WriteHostOptions & {
  readonly filename?: string;
  readonly federatedGroup?: string;
  readonly federatedVersion?: string;
  readonly targetVersion?: string;
  readonly collectStatus?: boolean;
};

const GROUP = /^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+$/;
const VERSION = /^v[1-9]\d*((alpha|beta)[1-9]\d*)?$/;

export function enableCommand(session: Session): Command {
  return withPrinted(withHost(new Command("enable")))
    .description("Make kinds ones that are placed in the members.")
    .argument("[kinds...]", "the kinds")
    .option("-f, --filename <file>", "an EnableTypeDirective; - is standard input")
    .option(
      "--federated-group <group>",
      "the group of the federated type (default: types.kubefed.io)",
      parseGroup,
    )
    .option(
      "--federated-version <version>",
      "the version of the federated type (default: v1beta1)",
      parseVersion,
    )
    .option(
      "--target-version <version>",
      "the version of the kind (default: as before, or as the host prefers)",
      parseVersion,
    )
    .addOption(new Option("--collect-status", "show the status of each copy in the federated object"))
    .addOption(new Option("--no-collect-status", "do not show it").default(undefined))
    .addHelpText("after", epilogue)
    .action((kinds: readonly string[], options: EnableCommandOptions) => runEnable(session, kinds, options));
}

async function runEnable(
  session: Session,
  kinds: readonly string[],
  options: EnableCommandOptions,
): Promise<void> {
  const requests = await requestsOf(kinds, options);
  const { withSteps } = await import("../clusters/with-host.ts");
  const { enable } = await import("../types/enable.ts");
  const isDryRun = options.dryRun === true || options.output !== undefined;
  await withSteps(session, { ...options, dryRun: isDryRun }, (parts) =>
    enable({
      ...parts,
      clock: session.clock,
      namespace: namespaceOf(options),
      requests,
      collectsStatus: options.collectStatus ?? null,
    }),
  );
}

async function requestsOf(
  kinds: readonly string[],
  { filename, federatedGroup, federatedVersion, targetVersion }: EnableCommandOptions,
): Promise<readonly EnableRequest[]> {
  const given = { group: federatedGroup, version: federatedVersion, targetVersion };
  if (filename === undefined) {
    if (kinds.length === 0) throw usageError("name a kind, like deployments, or a file with -f");
    if (kinds.length > 1 && targetVersion !== undefined)
      throw usageError("--target-version is for one kind; enable them one by one");
    return kinds.map((word) => ({ word, ...given }));
  }
  if (kinds.length > 0 || Object.values(given).some((value) => value !== undefined))
    throw usageError("the file of -f says what is enabled: name no kinds, groups and versions beside it");
  const { readDocuments } = await import("../types/read-documents.ts");
  const { parseDirective } = await import("../federate/enable-directive.ts");
  const documents = await readDocuments(filename);
  return documents.map(({ value, number }) => {
    const parsed = parseDirective(value);
    if ("problem" in parsed)
      throw new OperationalError("CLUSTER_STEP", `${filename}: document ${number}: ${parsed.problem}`);
    return parsed.request;
  });
}

function parseGroup(text: string): string {
  if (GROUP.test(text) && text.length <= 253) return text;
  throw new InvalidArgumentError("It must be a name with a dot, like types.example.com.");
}

function parseVersion(text: string): string {
  if (VERSION.test(text)) return text;
  throw new InvalidArgumentError("It must be a version like v1beta1.");
}
