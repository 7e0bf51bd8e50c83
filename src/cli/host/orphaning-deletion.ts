/** `fedns orphaning-deletion`: whether copies stay when their federated object is deleted; one subcommand for each thing to do. */
import { Command } from "commander";
import {
  federationNamespaceOf,
  type HostOptions,
  withObject,
  type WriteHostOptions,
} from "../arguments/host-options.ts";
import { parseObjectName } from "../arguments/object-argument.ts";
import type { Session } from "../session/session.ts";

const EXIT_CODES = "Exit codes: 0 done, 1 failed, or there is no such federated object, 2 wrong usage.";

const epilogue = `
When a federated object is deleted, its copies in the members are deleted with it; copies that were there before it,
and were adopted, stay. With orphaning deletion all of them stay, without the labels of fedns. It is the annotation
kubefed.io/orphan on the federated object.

Examples:
  fedns orphaning-deletion enable deployment web -n shop --host-context host
  fedns orphaning-deletion status deployment web -n shop --host-context host
  fedns orphaning-deletion disable namespace shop

${EXIT_CODES}`;

export function orphaningDeletionCommand(session: Session): Command {
  return new Command("orphaning-deletion")
    .description("Decide whether copies stay when their federated object is deleted.")
    .addCommand(setCommand(session, "enable", "Leave the copies in the members when it is deleted."))
    .addCommand(setCommand(session, "disable", "Delete the copies with it."))
    .addCommand(statusCommand(session))
    .addHelpText("after", epilogue);
}

function setCommand(session: Session, name: "enable" | "disable", description: string): Command {
  return about(new Command(name), name)
    .description(description)
    .option("--dry-run", "let the API server check the change, and write nothing")
    .action(async (word: string, object: string, options: WriteHostOptions) => {
      const { withSteps } = await import("../clusters/with-host.ts");
      const { setOrphaning } = await import("../objects/orphaning.ts");
      await withSteps(session, options, (parts) =>
        setOrphaning(name === "enable", { ...parts, ...target(word, object, options) }),
      );
    });
}

function statusCommand(session: Session): Command {
  return about(new Command("status"), "status")
    .description("Print enabled or disabled.")
    .action(async (word: string, object: string, options: HostOptions) => {
      const { withSteps } = await import("../clusters/with-host.ts");
      const { orphaningOf } = await import("../objects/orphaning.ts");
      const isEnabled = await withSteps(session, options, (parts) =>
        orphaningOf({ ...parts, ...target(word, object, options) }),
      );
      session.print(isEnabled ? "enabled\n" : "disabled\n");
    });
}

function about(command: Command, name: string): Command {
  return withObject(command)
    .argument("<kind>", "the kind, as fedns enable takes it, or its federated type")
    .argument("<name>", "the name of the federated object", parseObjectName)
    .addHelpText(
      "after",
      `\nExample:\n  fedns orphaning-deletion ${name} deployment web -n shop --host-context host\n\n${EXIT_CODES}`,
    );
}

function target(word: string, name: string, options: HostOptions) {
  return { word, name, objectNamespace: options.namespace, namespace: federationNamespaceOf(options) };
}
