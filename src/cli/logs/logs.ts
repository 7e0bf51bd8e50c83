/** `fedns logs`: the logs of a pod or a workload in all members. */
import { Command, Option } from "commander";
import { wholeNumber } from "../arguments/argument.ts";
import { parseNamed, RIGHTS_NOTE, withEverywhere } from "../everywhere/everywhere-options.ts";
import { parseTime } from "../orders/order.ts";
import type { Session } from "../session/session.ts";
import type { LogsOptions } from "./run-logs.ts";

const epilogue = `
Each line starts with CLUSTER/POD. Without -f the logs follow one another, by cluster and pod; with -f lines come as
they are written, from the pods that are there at the beginning. Without -c the container is the one that the pod
names by kubectl.kubernetes.io/default-container, else its first.

${RIGHTS_NOTE}

Examples:
  fedns logs deployment/web -n shop --host-context host --tail 20
  fedns logs web-7d4b9c6f5-x2x7q -n shop -c web
  fedns logs deployment/web -n shop -f --since 10m --clusters us-west,eu-central

Exit codes: 0 printed, 1 no cluster has the object, or a log could not be read, 2 wrong usage, 130 ended by Ctrl-C.`;

const MAX_STREAMS = 20;
const MAX_STREAMS_MAX = 100;
const TAIL_MAX = 1_000_000_000;

export function logsCommand(session: Session): Command {
  return withEverywhere(new Command("logs"))
    .description("Print the logs of a pod or a workload, of all clusters.")
    .argument("<object>", "a pod, or TYPE/NAME of what selects pods, like deployment/web")
    .option("-c, --container <name>", "the container")
    .option("-f, --follow", "go on with what is written")
    .option("-p, --previous", "the log of the container before it was started again")
    .option("--tail <lines>", "at most so many of the last lines of each log", wholeNumber(0, TAIL_MAX))
    .option("--since <time>", "only what is not older, like 10m", parseTime)
    .option("--timestamps", "begin each line with its time")
    .addOption(
      new Option("--max-streams <count>", "how many logs are read at once")
        .argParser(wholeNumber(1, MAX_STREAMS_MAX))
        .default(MAX_STREAMS),
    )
    .addHelpText("after", epilogue)
    .action(async (word: string, options: LogsOptions) => {
      const { type, names } = parseNamed(word.includes("/") ? word : `pod/${word}`, []);
      const [name = ""] = names;
      const { runLogs } = await import("./run-logs.ts");
      await runLogs(session, { type, name }, options);
    });
}
