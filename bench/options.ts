/** The command line of `npm run bench`: which benches, how long, and what to do with the figures. */
import { parseArgs } from "node:util";

export type Options = {
  /** The benches to run, in the order of the registry. */
  readonly names: readonly string[];
  readonly isJson: boolean;
  readonly isQuick: boolean;
  readonly isRecorded: boolean;
  readonly isList: boolean;
};

export const usage = "npm run bench -- [NAME...] [--quick] [--json] [--record] [--list]";

/** The options, or a sentence about what is wrong with them. Without names, all benches run. */
export function readOptions(args: readonly string[], known: readonly string[]): Options | string {
  const flag = { type: "boolean", default: false } as const;
  try {
    const options = { json: flag, quick: flag, record: flag, list: flag };
    const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true });
    const stranger = positionals.find((name) => !known.includes(name));
    if (stranger !== undefined) return `there is no bench "${stranger}"; there is: ${known.join(", ")}`;
    return {
      names: positionals.length === 0 ? known : known.filter((name) => positionals.includes(name)),
      isJson: values.json,
      isQuick: values.quick,
      isRecorded: values.record,
      isList: values.list,
    };
  } catch (error) {
    return `${error instanceof Error ? error.message : String(error)}\nusage: ${usage}`;
  }
}
