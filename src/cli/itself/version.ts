/** `fedns version`: the version of this fedns, and of what it runs on. */
import { Command, Option } from "commander";
import { VERSION } from "../../kernel/version.ts";
import type { Session } from "../session/session.ts";

const epilogue = `
Examples:
  fedns version
  fedns version -o json

Exit codes: 0 done, 2 wrong usage.`;

export function versionCommand(session: Session): Command {
  return new Command("version")
    .description("Print the version of fedns, of Node.js and of the platform.")
    .addOption(new Option("-o, --output <format>", "the output format").choices(["json"]))
    .addHelpText("after", epilogue)
    .action(({ output }: { readonly output?: "json" }) => {
      const { version: node, platform, arch } = process;
      const found = { fedns: VERSION, node: node.slice(1), platform: `${platform}-${arch}` };
      session.print(
        output === "json"
          ? `${JSON.stringify(found)}\n`
          : `fedns ${found.fedns} on Node.js ${found.node}, ${found.platform}\n`,
      );
    });
}
