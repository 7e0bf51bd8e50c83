/** `fedns rollout`: how far a new version of a federated object is, and orders about it; one subcommand for each. */
import { Command, Option } from "commander";
import {
  federationNamespaceOf,
  type HostOptions,
  withObject,
  type WriteHostOptions,
} from "../arguments/host-options.ts";
import { parseObjectName } from "../arguments/object-argument.ts";
import { operatorName } from "../orders/order.ts";
import type { Session } from "../session/session.ts";

const EXIT_CODES = "Exit codes: 0 done, 1 failed, or there is nothing to do, 2 wrong usage.";
const STATUS_CODES =
  "Exit codes: 0 the newest version is in all clusters, 1 it is not, or the object cannot be read, 2 wrong usage.";

const epilogue = `
With the annotation fedns.io/rollout on a federated object, a new version of it (its template or overrides, but for
the number of replicas) goes to canary clusters first, pauses, and goes on to the others while it is well where it is.
When it is not, all clusters get the version again that was last in all of them. These commands write on the object in
the host.

Examples:
  fedns rollout status deployment web -n shop --host-context host
  fedns rollout resume deployment web -n shop --host-context host
  # How new versions reach the clusters, from now on
  kubectl annotate federateddeployment web -n shop "fedns.io/rollout=canary=west; pause=10m; step=25%"

${EXIT_CODES}`;

type StatusOptions = HostOptions & { readonly output?: "json" };

export function rolloutCommand(session: Session): Command {
  return new Command("rollout")
    .description("Show how far a new version of a federated object is, let it go on, or take it back.")
    .addCommand(statusCommand(session))
    .addCommand(
      orderCommand(session, "resume", "End the pause: it goes on as soon as its canaries are well."),
    )
    .addCommand(orderCommand(session, "back", "Give it up: all clusters get the previous version."))
    .addCommand(orderCommand(session, "restart", "Begin again with the canaries, after it was given up."))
    .addHelpText("after", epilogue);
}

function statusCommand(session: Session): Command {
  return about(new Command("status"), "status", STATUS_CODES)
    .description("Show which version each cluster has, and what is waited for.")
    .addOption(new Option("-o, --output <format>", "the format").choices(["json"]))
    .action(async (word: string, object: string, { output, ...options }: StatusOptions) => {
      const { withSteps } = await import("../clusters/with-host.ts");
      const { findFederated } = await import("../objects/find-federated.ts");
      const { rolloutDocument, rolloutText, stagedOf } = await import("./rollout-document.ts");
      const document = await withSteps(session, options, async (parts) => {
        const found = await findFederated({ ...parts, ...target(word, object, options), isPlainToo: true });
        return rolloutDocument(found, stagedOf(found));
      });
      session.print(output === "json" ? `${JSON.stringify(document, null, 2)}\n` : rolloutText(document));
      const isThere = document.phase === "done" || document.phase === "none";
      session.exitCode = isThere ? 0 : 1;
    });
}

function orderCommand(session: Session, what: "resume" | "back" | "restart", description: string): Command {
  return about(new Command(what), what, EXIT_CODES)
    .description(description)
    .option("--dry-run", "let the API server check the change, and write nothing")
    .action(async (word: string, object: string, options: WriteHostOptions) => {
      const { withSteps } = await import("../clusters/with-host.ts");
      const { orderRollout } = await import("./order-rollout.ts");
      const order = { what, by: operatorName(), wallMs: session.clock.wallMs() };
      await withSteps(session, options, (parts) =>
        orderRollout({ ...parts, ...target(word, object, options), ...order }),
      );
    });
}

function about(command: Command, name: string, codes: string): Command {
  return withObject(command)
    .argument("<kind>", "the kind, as fedns enable takes it, or its federated type")
    .argument("<name>", "the name of the federated object", parseObjectName)
    .addHelpText(
      "after",
      `\nExample:\n  fedns rollout ${name} deployment web -n shop --host-context host\n\n${codes}`,
    );
}

function target(word: string, name: string, options: HostOptions) {
  return { word, name, objectNamespace: options.namespace, namespace: federationNamespaceOf(options) };
}
