/** `fedns init`: makes a cluster the host of a federation. */
import { Command, InvalidArgumentError, Option } from "commander";
import { namespaceOf, withWrites, type WriteHostOptions } from "../arguments/host-options.ts";
import type { Session } from "../session/session.ts";

const epilogue = `
Makes the namespace of the federation, installs KubeFed's types, gives the service account of fedns its rights, and
makes a KubeFedConfig if there is none. Types that are installed are only added to: no field, version or stored object
is ever removed. Running the command again repairs what is missing. Webhooks of KubeFed and a controller of it that
still runs are reported.

Examples:
  fedns init --host-context host
  fedns init --host-context host --dry-run
  # Plain objects with annotations of Federation v1 are to be federated as well
  fedns init --host-context host --federation-v1
  # Instead of a KubeFed whose controller was stopped
  fedns init --host-context host --take-over

Exit codes: 0 done, 1 failed, or KubeFed stands in the way, 2 wrong usage.`;

type InitCommandOptions = WriteHostOptions & {
  readonly scope: "Cluster" | "Namespaced";
  readonly serviceAccount: Account;
  readonly dnsEndpoints?: string;
  readonly federationV1?: boolean;
  readonly takeOver?: boolean;
};
type Account = { readonly namespace: string; readonly name: string };

export function initCommand(session: Session): Command {
  return withWrites(new Command("init"))
    .description("Make a cluster the host of a federation.")
    .addOption(
      new Option("--scope <scope>", "the whole host, or the namespace alone")
        .choices(["Cluster", "Namespaced"])
        .default("Cluster"),
    )
    .addOption(
      new Option("--service-account <namespace/name>", "the account that fedns runs as")
        .argParser(parseAccount)
        .default({ namespace: "fedns", name: "fedns" }, "fedns/fedns"),
    )
    .addOption(
      new Option("--dns-endpoints <group>", "let fedns write DNSEndpoints of this API group").choices([
        "externaldns.k8s.io",
        "multiclusterdns.kubefed.io",
      ]),
    )
    .option(
      "--federation-v1",
      "let fedns read and hold plain objects, Secrets included, for propagation.federationV1",
    )
    .option("--take-over", "remove the webhooks of a KubeFed whose controller was stopped")
    .addHelpText("after", epilogue)
    .action(async (options: InitCommandOptions) => {
      const { withSteps } = await import("../clusters/with-host.ts");
      const { init } = await import("../clusters/init.ts");
      const isDone = await withSteps(session, options, (parts) =>
        init({
          ...parts,
          clock: session.clock,
          namespace: namespaceOf(options),
          account: options.serviceAccount,
          scope: options.scope,
          endpointGroup: options.dnsEndpoints ?? null,
          hasPlain: options.federationV1 === true,
          isTakeOver: options.takeOver === true,
        }),
      );
      if (!isDone) session.exitCode = 1;
    });
}

function parseAccount(text: string): Account {
  const [, namespace = "", name = ""] = /^([a-z0-9-]{1,63})\/([a-z0-9.-]{1,253})$/.exec(text) ?? [];
  if (name !== "") return { namespace, name };
  throw new InvalidArgumentError("It must be NAMESPACE/NAME.");
}
