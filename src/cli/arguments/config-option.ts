/**
 * Which configuration, and so which running fedns, a command is about. One rule for all commands, said in their help:
 *
 *   --config FILE            that file
 *   FEDNS_CONFIG=FILE        that file
 *   ./fedns.yaml             where it is there
 *   ./.sandbox/fedns.yaml    where it is there: the sandbox that was started in this folder
 *
 * `fedns serve` never takes that of the sandbox. Kept apart from what reads the file, which takes long to load.
 */
import { existsSync } from "node:fs";
import { OperationalError } from "../../kernel/error.ts";

const HERE = "fedns.yaml";
const OF_SANDBOX = ".sandbox/fedns.yaml";

export const CONFIG_OPTION: readonly [flags: string, what: string] = [
  "-c, --config <file>",
  `the configuration (default: $FEDNS_CONFIG, ./${HERE}, ./${OF_SANDBOX})`,
];

/** Of `fedns serve`. */
export const SERVED_CONFIG_OPTION: readonly [flags: string, what: string] = [
  "-c, --config <file>",
  `the configuration (default: $FEDNS_CONFIG, ./${HERE}; fedns config prints its settings)`,
];

/** `origin`: a clause for messages about a file that the person did not name just now; "" = by --config. */
type ConfigChoice = { readonly path: string; readonly origin: string };

/** Null: none is named and none is there. */
export function findConfig(
  given: string | undefined,
  { isServed = false }: { readonly isServed?: boolean } = {},
): ConfigChoice | null {
  if (given !== undefined) return { path: given, origin: "" };
  const { FEDNS_CONFIG: named } = process.env;
  if (named !== undefined && named !== "") return { path: named, origin: "by FEDNS_CONFIG" };
  if (existsSync(HERE)) return { path: HERE, origin: "of this folder" };
  if (isServed || !existsSync(OF_SANDBOX)) return null;
  return { path: OF_SANDBOX, origin: "of the sandbox of this folder" };
}

/** Throws an OperationalError (CONFIG_UNREADABLE) with the rule where there is none. */
export function chooseConfig(
  given: string | undefined,
  options: { readonly isServed?: boolean } = {},
): ConfigChoice {
  const choice = findConfig(given, options);
  if (choice !== null) return choice;
  const looked = options.isServed === true ? `./${HERE}` : `./${HERE} and ./${OF_SANDBOX}`;
  const message = `there is no configuration: ${looked} are not here; name it with --config FILE or FEDNS_CONFIG=FILE`;
  throw new OperationalError(
    "CONFIG_UNREADABLE",
    options.isServed === true ? message.replace("are not", "is not") : message,
  );
}
