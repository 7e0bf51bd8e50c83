/** `fedns describe`: one object in every member that has it. */
import { Command } from "commander";
import { usageError } from "../arguments/usage-error.ts";
import {
  type EverywhereOptions,
  parseNamed,
  RIGHTS_NOTE,
  withEverywhere,
} from "../everywhere/everywhere-options.ts";
import type { Session } from "../session/session.ts";

const epilogue = `
Prints for each cluster the metadata, spec and status of the object as YAML, and the Events about it below. Values of
Secrets are not shown.

${RIGHTS_NOTE}

Examples:
  fedns describe deployment web -n shop --host-context host
  fedns describe pod/web-7d4b9c6f5-x2x7q -n shop --clusters us-west

Exit codes: 0 printed, 1 no cluster has the object, or a cluster could not be asked, 2 wrong usage.`;

export function describeCommand(session: Session): Command {
  return withEverywhere(new Command("describe"))
    .description("Print one object in every cluster that has it, with its Events.")
    .argument("<type>", "the type, as kubectl names it, or TYPE/NAME")
    .argument("[names...]", "the name of the object")
    .addHelpText("after", epilogue)
    .action(async (type: string, names: readonly string[], options: EverywhereOptions) => {
      const target = parseNamed(type, names);
      if (target.names.length === 0) throw usageError("name an object: TYPE NAME, or TYPE/NAME");
      const { runDescribe } = await import("./run-describe.ts");
      await runDescribe(session, target, options);
    });
}
