/** The command line: its commands, and what each kind of failure prints. */
import { Command, CommanderError } from "commander";
import { systemClock } from "../kernel/clock.ts";
import { failedCall, messageOf, OperationalError, reasonOf } from "../kernel/error.ts";
import { VERSION } from "../kernel/version.ts";
import { askCommand } from "./commands/ask.ts";
import { checkCommand } from "./commands/check.ts";
import { configCommand } from "./commands/config.ts";
import { delegationCommand } from "./commands/delegation.ts";
import { drainCommand } from "./commands/drain.ts";
import { explainCommand } from "./commands/explain.ts";
import { forceCommand } from "./commands/force.ts";
import { forgetCommand } from "./commands/forget.ts";
import { completionCommand } from "./itself/completion.ts";
import { reloadCommand } from "./commands/reload.ts";
import { restartCommand } from "./itself/restart.ts";
import { sandboxCommand } from "./commands/sandbox.ts";
import { serveCommand } from "./commands/serve.ts";
import { disableCommand } from "./host/disable.ts";
import { enableCommand } from "./host/enable.ts";
import { federateCommand } from "./host/federate.ts";
import { importCommand } from "./host/import.ts";
import { initCommand } from "./host/init.ts";
import { joinCommand } from "./host/join.ts";
import { orphaningDeletionCommand } from "./host/orphaning-deletion.ts";
import { pauseCommand } from "./host/pause.ts";
import { planCommand } from "./host/plan.ts";
import { resumeCommand } from "./host/resume.ts";
import { rolloutCommand } from "./rollouts/rollout.ts";
import { uninstallCommand } from "./host/uninstall.ts";
import { unjoinCommand } from "./host/unjoin.ts";
import { whyCommand } from "./host/why.ts";
import { memberKubeconfigCommand } from "./member/member-kubeconfig.ts";
import { logsCommand } from "./logs/logs.ts";
import { realPrograms, type Session } from "./session/session.ts";
import { describeCommand } from "./show/describe.ts";
import { eventsCommand } from "./show/events.ts";
import { getCommand } from "./show/get.ts";
import { statusCommand } from "./commands/status.ts";
import { stubCommand } from "./commands/stub.ts";
import { undrainCommand } from "./commands/undrain.ts";
import { versionCommand } from "./itself/version.ts";

/** System calls whose name says little, as words behind "cannot". */
const ACTIONS: Readonly<Record<string, string>> = {
  mkdir: "create the directory",
  scandir: "list",
  unlink: "remove",
  rmdir: "remove",
  rm: "remove",
  bind: "listen",
};

const EXIT_CODES = { done: 0, failed: 1, usage: 2 } as const;

const epilogue = `
Examples:
  # Start a federation on this machine, to try fedns
  fedns sandbox

  # Check the configuration, then run the server
  fedns check --config fedns.yaml
  fedns serve --config fedns.yaml

  # Query a running fedns, and explain its answer
  fedns ask hello.demo.myfed.svc.example.com
  fedns explain hello.demo.myfed.svc.example.com

  # Where a Service is, who gets clients there, and why
  fedns why web.shop.myfed.svc.example.com --host-context host

  # Where is the pod?
  fedns get pods -n shop

  # Move all clients away from a cluster within ten minutes
  fedns drain us-west --over 10m --wait

Exit codes: 0 done, 1 failed, 2 wrong usage, which is what the arguments alone show. fedns ask, explain, why and plan have
more to say with them: see their --help.`;

/** Runs one command line and resolves with the exit code. Never rejects: a failure is printed as one line. */
export async function main(args: readonly string[], session: Session = terminalSession()): Promise<number> {
  const program = buildProgram(session);
  try {
    await program.parseAsync(args, { from: "user" });
    return session.exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT_CODES.done : EXIT_CODES.usage;
    if (error instanceof OperationalError) {
      session.printError(`fedns: ${error.message}\n`);
      if (error.code !== "USAGE") return session.failureCode;
      session.printError(`${helpHint(pathIn(program, args))}\n`);
      return EXIT_CODES.usage;
    }
    // A failed system call has its cause outside: what it was about, and why, is all there is to say.
    const failed = failedCall(error);
    if (failed !== null) {
      const what = [ACTIONS[failed.call] ?? failed.call, failed.path ?? ""].join(" ").trim();
      session.printError(`fedns: cannot ${what}: ${reasonOf(error)}\n`);
      return session.failureCode;
    }
    const trace =
      process.env["FEDNS_TRACE"] === undefined
        ? "; set FEDNS_TRACE=1 for a stack trace"
        : `\n${traceOf(error)}`;
    session.printError(`fedns: internal error: ${messageOf(error)}${trace}\n`);
    return session.failureCode;
  }
}

function buildProgram(session: Session): Command {
  const program = new Command("fedns")
    // Otherwise `fedns explain` takes options of `fedns explain workload` that it has as well.
    .enablePositionalOptions()
    .description("Authoritative DNS server for federations of Kubernetes clusters.")
    .version(VERSION, "-V, --version", "print the version")
    .helpCommand("help [command]", "print the help of a command")
    .addHelpText("after", epilogue);
  const commands = [
    serveCommand,
    sandboxCommand,
    askCommand,
    explainCommand,
    whyCommand,
    statusCommand,
    reloadCommand,
    restartCommand,
    drainCommand,
    undrainCommand,
    forceCommand,
    forgetCommand,
    checkCommand,
    configCommand,
    stubCommand,
    delegationCommand,
    initCommand,
    joinCommand,
    unjoinCommand,
    memberKubeconfigCommand,
    uninstallCommand,
    getCommand,
    describeCommand,
    eventsCommand,
    logsCommand,
    enableCommand,
    disableCommand,
    federateCommand,
    orphaningDeletionCommand,
    importCommand,
    planCommand,
    rolloutCommand,
    pauseCommand,
    resumeCommand,
    completionCommand,
    versionCommand,
  ];
  for (const make of commands) program.addCommand(make(session));
  configure(program, "", session);
  return program;
}

/** `path`: the words that lead to the command, "" or "forget ". Its subcommands are configured as well. */
function configure(command: Command, path: string, session: Session): void {
  command.exitOverride().showHelpAfterError(helpHint(path));
  command.configureOutput({
    writeOut: (text) => {
      session.print(text);
    },
    writeErr: (text) => {
      session.printError(text.replace(/^error: /, "fedns: "));
    },
  });
  for (const sub of command.commands) configure(sub, `${path}${sub.name()} `, session);
}

/** The words of the arguments that lead to a command: "forget cluster ". */
function pathIn(program: Command, args: readonly string[]): string {
  let [command, path] = [program, ""];
  for (const word of args) {
    const sub = command.commands.find((one) => one.name() === word);
    if (sub === undefined) break;
    [command, path] = [sub, `${path}${word} `];
  }
  return path;
}

function helpHint(path: string): string {
  return `(fedns ${path}--help shows the usage)`;
}

function terminalSession(): Session {
  // `fedns unjoin … | head -1`: a reader that has enough is no failure, and no order to stop in the middle of the work. Nor is a
  // terminal that was closed (EIO). On a full disk the work is done as well, and the exit code says that its output is lost.
  for (const stream of [process.stdout, process.stderr])
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "EPIPE" || error.code === "EIO" || process.exitCode === EXIT_CODES.failed) return;
      process.exitCode = EXIT_CODES.failed;
      if (stream === process.stdout)
        process.stderr.write(`fedns: the output cannot be written: ${reasonOf(error)}\n`);
    });
  return {
    print: (text) => void process.stdout.write(text),
    printError: (text) => void process.stderr.write(text),
    isTerminal: process.stdout.isTTY,
    exitCode: EXIT_CODES.done,
    failureCode: EXIT_CODES.failed,
    clock: systemClock,
    programs: realPrograms,
    confirm: askOnTerminal,
  };
}

/** Null without a terminal. */
async function askOnTerminal(question: string): Promise<boolean | null> {
  if (!process.stdin.isTTY) return null;
  const { createInterface } = await import("node:readline/promises");
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await terminal.question(`${question} [y/N] `)).trim());
  } finally {
    terminal.close();
  }
}

function traceOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? "") : "";
}
