/** `fedns completion`: a script that lets a shell complete the commands and options of fedns. */
import { Argument, Command } from "commander";
import type { Session } from "../session/session.ts";
import { commandWords } from "./command-words.ts";
import { completionScript, type Shell, SHELLS } from "./completion-scripts.ts";

const epilogue = `
The script has all words itself: it is written anew by each version of fedns.

Examples:
  fedns completion zsh > "\${fpath[1]}/_fedns"
  fedns completion fish > ~/.config/fish/completions/fedns.fish
  # In this bash, or as a line of ~/.bashrc
  source <(fedns completion bash)

Exit codes: 0 done, 2 wrong usage.`;

export function completionCommand(session: Session): Command {
  return new Command("completion")
    .description("Print a completion script for a shell.")
    .addArgument(new Argument("<shell>", "the shell").choices(SHELLS))
    .addHelpText("after", epilogue)
    .action((shell: Shell, _options: object, command: Command) => {
      if (command.parent !== null) session.print(completionScript(shell, commandWords(command.parent)));
    });
}
