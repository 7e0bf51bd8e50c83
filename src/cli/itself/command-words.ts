/** The words of the command line as a table, from the commands themselves: what may come behind which command. */
import type { Command, Option } from "commander";

export type OptionWords = {
  /** "-c", "--config". */
  readonly flags: readonly string[];
  readonly meaning: string;
  readonly takesValue: boolean;
  /** The values that it takes; empty = any. */
  readonly values: readonly string[];
};

export type CommandWords = {
  /** The words that lead to the command, joined by spaces; "" = fedns itself. */
  readonly path: string;
  readonly subcommands: readonly { readonly name: string; readonly meaning: string }[];
  readonly options: readonly OptionWords[];
};

/** One row for fedns and one for each command below it, hidden options left out. */
export function commandWords(program: Command): readonly CommandWords[] {
  return rowsOf(program, "");
}

function rowsOf(command: Command, path: string): readonly CommandWords[] {
  const help = command.createHelp();
  const visible = help.visibleCommands(command);
  const row = {
    path,
    subcommands: visible.map((sub) => ({ name: sub.name(), meaning: firstSentence(sub.description()) })),
    options: help.visibleOptions(command).map(wordsOf),
  };
  const below = command.commands.flatMap((sub) => rowsOf(sub, `${path} ${sub.name()}`.trim()));
  return [row, ...below];
}

function wordsOf({ short, long, description, required, optional, argChoices }: Option): OptionWords {
  return {
    flags: [short, long].flatMap((flag) => flag ?? []),
    meaning: firstSentence(description),
    takesValue: required || optional,
    values: argChoices ?? [],
  };
}

function firstSentence(text: string): string {
  return text.replace(/\.(?:\s.*)?$/s, "");
}
