/**
 * Completion scripts of shells, written from the table of commands: a shell needs no fedns to complete a line. Each script finds the
 * command among the words of the line, and offers what may come behind it; where an option takes any value, the shell offers files.
 */
import type { CommandWords, OptionWords } from "./command-words.ts";

export const SHELLS = ["bash", "zsh", "fish"] as const;
export type Shell = (typeof SHELLS)[number];

export function completionScript(shell: Shell, table: readonly CommandWords[]): string {
  return SCRIPTS[shell](table);
}

const SCRIPTS: Readonly<Record<Shell, (table: readonly CommandWords[]) => string>> = {
  bash: bashScript,
  zsh: zshScript,
  fish: fishScript,
};

/** Alternatives of `case`, in bash and zsh alike; `path` is what leads to the command. */
function wordTables(table: readonly CommandWords[]): string {
  const commands = table
    .filter(({ subcommands }) => subcommands.length > 0)
    .map(({ path, subcommands }) => `    ${quoted(path)}) echo ${quoted(names(subcommands))} ;;\n`);
  const options = table.map(
    ({ path, options: all }) =>
      `    ${quoted(path)}) echo ${quoted(all.flatMap(({ flags }) => flags).join(" "))} ;;\n`,
  );
  const values = table.flatMap(({ path, options: all }) =>
    all
      .filter(({ takesValue }) => takesValue)
      .map(
        (option) => `    ${patternOf(path, option)}) echo ${quoted(option.values.join(" "))}; return 0 ;;\n`,
      ),
  );
  return `_fedns_commands() {
  case "$1" in
${commands.join("")}  esac
}
_fedns_options() {
  case "$1" in
${options.join("")}  esac
}
# Prints the values of the option $2 of the command $1; fails when it takes none.
_fedns_values() {
  case "$1 $2" in
${values.join("")}  esac
  return 1
}
# Prints the command among the words.
_fedns_path() {
  local found="" word
  for word in "$@"; do
    case " $(_fedns_commands "$found") " in
      *" $word "*) found="\${found:+$found }$word" ;;
    esac
  done
  echo "$found"
}
`;
}

function bashScript(table: readonly CommandWords[]): string {
  return `# Completion of fedns for bash. Load it with: source <(fedns completion bash)
${wordTables(table)}_fedns() {
  local current="\${COMP_WORDS[COMP_CWORD]}" before="\${COMP_WORDS[COMP_CWORD - 1]}" command offered
  command="$(_fedns_path "\${COMP_WORDS[@]:1:COMP_CWORD - 1}")"
  if offered="$(_fedns_values "$command" "$before")"; then :
  elif [[ "$current" == -* ]]; then offered="$(_fedns_options "$command")"
  else offered="$(_fedns_commands "$command")"
  fi
  COMPREPLY=($(compgen -W "$offered" -- "$current"))
}
complete -o default -F _fedns fedns
`;
}

function zshScript(table: readonly CommandWords[]): string {
  return `#compdef fedns
# Completion of fedns for zsh. Load it with: source <(fedns completion zsh)
${wordTables(table)}_fedns() {
  local current="\${words[CURRENT]}" before="\${words[CURRENT - 1]}" command offered
  command="$(_fedns_path "\${(@)words[2,CURRENT - 1]}")"
  if offered="$(_fedns_values "$command" "$before")"; then :
  elif [[ "$current" == -* ]]; then offered="$(_fedns_options "$command")"
  else offered="$(_fedns_commands "$command")"
  fi
  if [[ -n "$offered" ]]; then compadd -- \${=offered}; else _files; fi
}
compdef _fedns fedns
`;
}

function fishScript(table: readonly CommandWords[]): string {
  const commands = table
    .filter(({ subcommands }) => subcommands.length > 0)
    .map(
      ({ path, subcommands }) =>
        `    case ${quoted(path)}\n      string split ' ' ${quoted(names(subcommands))}\n`,
    );
  const lines = table.flatMap(({ path, subcommands, options }) => {
    const here = `complete -c fedns -n ${quoted(`__fedns_at "${path}"`)}`;
    return [
      ...subcommands.map(({ name, meaning }) => `${here} -f -a ${name} -d ${quoted(meaning)}\n`),
      ...options.map((option) => `${here}${fishFlags(option)} -d ${quoted(option.meaning)}\n`),
    ];
  });
  return `# Completion of fedns for fish. Load it with: fedns completion fish | source
function __fedns_commands
  switch $argv[1]
${commands.join("")}  end
end
function __fedns_at
  set -l found ''
  for word in (commandline -opc)[2..-1]
    if contains -- $word (__fedns_commands $found)
      set found (string trim "$found $word")
    end
  end
  test "$found" = "$argv[1]"
end
${lines.join("")}`;
}

function fishFlags({ flags, takesValue, values }: OptionWords): string {
  const named = flags.map((flag) =>
    flag.startsWith("--") ? ` -l ${flag.slice(2)}` : ` -s ${flag.slice(1)}`,
  );
  const given = values.length > 0 ? ` -x -a ${quoted(values.join(" "))}` : takesValue ? " -r" : "";
  return `${named.join("")}${given}`;
}

function patternOf(path: string, { flags }: OptionWords): string {
  return flags.map((flag) => quoted(`${path} ${flag}`)).join("|");
}

function names(subcommands: CommandWords["subcommands"]): string {
  return subcommands.map(({ name }) => name).join(" ");
}

/** A word in single quotes: the same in all three shells, since no text of ours has a backslash. */
function quoted(text: string): string {
  return `'${text.replaceAll("\\", "").replaceAll("'", "’")}'`;
}
