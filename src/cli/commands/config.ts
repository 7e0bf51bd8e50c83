/** `fedns config`: prints the reference of all settings. */
import { Command, Option } from "commander";
import type { ReferenceFormat } from "../../run/config/reference.ts";
import type { Session } from "../session/session.ts";

const epilogue = `
Examples:
  fedns config | less
  fedns config --format schema > fedns.schema.json   # for editors that support JSON Schema

Exit codes: 0 done, 2 wrong usage.`;

export function configCommand(session: Session): Command {
  const formats: readonly ReferenceFormat[] = ["text", "markdown", "schema"];
  return new Command("config")
    .description("Print every setting of the configuration file: unit, bounds, default and meaning.")
    .addOption(new Option("--format <format>", "the output format").choices(formats).default("text"))
    .addHelpText("after", epilogue)
    .action(async ({ format }: { readonly format: ReferenceFormat }) => {
      const { configReference } = await import("../../run/config/reference.ts");
      session.print(configReference(format));
    });
}
