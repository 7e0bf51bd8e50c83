/** `fedns events`: the Events of all members. */
import { Command } from "commander";
import { kindAndName } from "../arguments/object-argument.ts";
import { usageError } from "../arguments/usage-error.ts";
import { RIGHTS_NOTE, withAllNamespaces, withEverywhere } from "../everywhere/everywhere-options.ts";
import type { Session } from "../session/session.ts";
import type { EventsOptions, EventSubjectName } from "./run-events.ts";

const epilogue = `
Prints the Events of all clusters, the newest last.

${RIGHTS_NOTE}

Examples:
  fedns events -n shop --host-context host
  fedns events -n shop --for deployment/web --watch
  fedns events -A --clusters us-west,eu-central

Exit codes: 0 printed, 1 a cluster could not be asked, 2 wrong usage, 130 ended by Ctrl-C.`;

export function eventsCommand(session: Session): Command {
  return withAllNamespaces(withEverywhere(new Command("events")))
    .description("Print the Events of all clusters by time.")
    .option("--for <object>", "only those about this object, as KIND/NAME", parseSubject)
    .option("-w, --watch", "go on with what happens")
    .addHelpText("after", epilogue)
    .action(async (options: EventsOptions) => {
      const { runEvents } = await import("./run-events.ts");
      await runEvents(session, options);
    });
}

function parseSubject(text: string): EventSubjectName {
  const { word: type, name } = kindAndName(text);
  // It becomes part of a field selector.
  if (/[,=\\]/.test(name)) throw usageError(`${JSON.stringify(text)} is no KIND/NAME like deployment/web`);
  return { type, name };
}
