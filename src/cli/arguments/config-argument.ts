/** The configuration file that --config names: read, or everything that is wrong with it reported. */
import { formatProblem, loadConfig, type ConfigProblem } from "../../run/config/file.ts";
import type { Config } from "../../run/config/config.ts";
import { OperationalError } from "../../kernel/error.ts";

/** Throws an OperationalError (CONFIG_INVALID, CONFIG_UNREADABLE) whose message is ready to print. */
export async function requireConfig(filePath: string): Promise<Config> {
  const result = await loadConfig(filePath);
  if (result.kind === "config") return result.config;
  throw new OperationalError("CONFIG_INVALID", describeProblems(result.problems, filePath));
}

/** A headline and a line for each problem. */
function describeProblems(problems: readonly ConfigProblem[], filePath: string): string {
  const count = problems.length === 1 ? "a problem" : `${problems.length} problems`;
  return [`${filePath} has ${count}:`, ...problems.map((problem) => formatProblem(problem, filePath))].join(
    "\n",
  );
}
