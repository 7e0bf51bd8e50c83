/** `fedns disable`: a kind is placed in members no more. */
import { Command, Option } from "commander";
import { namespaceOf, withWrites, type WriteHostOptions } from "../arguments/host-options.ts";
import type { Session } from "../session/session.ts";

const epilogue = `
Stops the propagation of the kind, waits until fedns or KubeFed has let go, takes the finalizers of fedns off the
federated objects, and deletes the FederatedTypeConfig. Copies in the members stay as they are, and fedns enable finds
them again.

With --delete-definition the federated type and all objects of it are removed from the host as well. That is refused
as long as there are such objects, unless --force is given; their copies stay even then.

Examples:
  fedns disable jobs --host-context host
  fedns disable deployments.apps --delete-definition --dry-run

Exit codes: 0 done, 1 failed, 2 wrong usage.`;

type DisableCommandOptions = WriteHostOptions & {
  readonly deleteDefinition?: boolean;
  readonly deleteCrd?: boolean;
  readonly force?: boolean;
};

export function disableCommand(session: Session): Command {
  return withWrites(new Command("disable"))
    .description("Place a kind in the members no more.")
    .argument("<kind>", "the kind, as fedns enable takes it, or its federated type")
    .option("--delete-definition", "remove the federated type and all objects of it from the host")
    .option("--force", "remove the type although there are objects of it")
    .addOption(new Option("--delete-crd").hideHelp())
    .addHelpText("after", epilogue)
    .action(async (word: string, options: DisableCommandOptions) => {
      const { withSteps } = await import("../clusters/with-host.ts");
      const { disable } = await import("../types/disable.ts");
      await withSteps(session, options, (parts) =>
        disable({
          ...parts,
          clock: session.clock,
          namespace: namespaceOf(options),
          word,
          withDefinition: options.deleteDefinition === true || options.deleteCrd === true,
          isForced: options.force === true,
        }),
      );
    });
}
