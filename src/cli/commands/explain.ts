/** `fedns explain`: why a name gets the addresses it gets, as the server that answers says it. */
import { Argument, Command } from "commander";
import { messageOf, OperationalError } from "../../kernel/error.ts";
import type { DnsReply, DnsQuestion } from "../../fleet/resolve/dns-client.ts";
import { wholeNumber } from "../arguments/argument.ts";
import { CONFIG_OPTION } from "../arguments/config-argument.ts";
import {
  chooseServer,
  noAnswerHint,
  parseName,
  serverText,
  SERVER_OPTION,
  type ServerOptions,
} from "../arguments/server-argument.ts";
import type { Session } from "../session/session.ts";
import { parseSubnet, type Subnet, subnetOption } from "../arguments/subnet.ts";

/** 0: it is explained. As those of fedns ask. */
const EXIT_CODES = { notExplained: 1, noAnswer: 2 } as const;

const RECORD_TYPE_TXT = 16;
const NAME_MAX_CHARACTERS = 253;
/** What stands before the name in the question. */
const LABELS = { A: "why", AAAA: "why-aaaa" } as const;

const epilogue = `
For each cluster and address: level, tier, distance, readiness, probe, damping, drain, weight and share, why it is in
the answer or not, and how old each fact is. The server says it by the same steps by which it answers: TXT records of
why.NAME (for AAAA: why-aaaa.NAME), class CHAOS, over TCP; it tells loopback only, unless it is set otherwise.

Examples:
  fedns explain hello.demo.myfed.svc.example.com
  fedns explain hello.demo.myfed.svc.example.com AAAA --client 203.0.113.7
  dig @127.0.0.1 -p 1053 +tcp CH TXT why.hello.demo.myfed.svc.example.com

Exit codes: 0 explained, 1 not explained (no such name, refused), 2 nobody answered, or wrong usage.`;

type ExplainOptions = ServerOptions & { readonly client?: Subnet; readonly timeout: number };

export function explainCommand(session: Session): Command {
  return new Command("explain")
    .description("Ask a running fedns why a name gets the addresses it gets.")
    .argument("<name>", "the domain name", parseName)
    .addArgument(
      new Argument("[type]", "the record type")
        .choices(Object.keys(LABELS))
        .default("A")
        .argParser((text) => text.toUpperCase()),
    )
    .option("--client <ip>", "as a client there would be answered (EDNS Client Subnet)", parseClient)
    .option(...SERVER_OPTION)
    .option(CONFIG_OPTION[0], "ask the first address this configuration listens on")
    .option("--timeout <seconds>", "how long to wait", wholeNumber(1, 60), 3)
    .addHelpText("after", epilogue)
    .action((name: string, type: string, options: ExplainOptions) =>
      explain(session, { name, type }, options),
    );
}

async function explain(
  session: Session,
  wanted: { readonly name: string; readonly type: string },
  options: ExplainOptions,
): Promise<void> {
  const fail = (sentence: string, exitCode: number): void => {
    session.printError(`fedns: ${sentence}\n`);
    session.exitCode = exitCode;
  };
  const label = LABELS[wanted.type as keyof typeof LABELS];
  if (label === undefined)
    return fail(`${wanted.type} is not explained; A and AAAA are`, EXIT_CODES.noAnswer);
  const name = `${label}.${wanted.name}`;
  if (name.length > NAME_MAX_CHARACTERS)
    return fail("the name leaves no room for the question why", EXIT_CODES.noAnswer);
  const { queryServer } = await import("../../fleet/resolve/dns-client.ts");
  const server = await chooseServer(options);
  const edns = options.client === undefined ? [] : [subnetOption(options.client)];
  const question: DnsQuestion = {
    name,
    type: RECORD_TYPE_TXT,
    isChaos: true,
    recursive: false,
    options: edns,
  };
  try {
    const result = await queryServer(question, server, "tcp", AbortSignal.timeout(options.timeout * 1000));
    const lines = linesOf(result);
    if (lines.length === 0) {
      const { rcodeName } = await import("../text/answer-text.ts");
      const rcode = rcodeName(result.message.header.rcode);
      return fail(
        `${serverText(server)} explains nothing of ${wanted.name}: ${REASONS[rcode] ?? rcode}`,
        EXIT_CODES.notExplained,
      );
    }
    session.print(lines.map((line) => `${line}\n`).join(""));
  } catch (error) {
    if (!(error instanceof OperationalError)) throw error;
    fail(`${messageOf(error)}${noAnswerHint(options)}`, EXIT_CODES.noAnswer);
  }
}

const REASONS: Readonly<Record<string, string>> = {
  NXDOMAIN: "there is no such name",
  NOERROR: "there is nothing to choose at this name",
  REFUSED: "it is not told to this address (or by no fedns)",
};

/** One string is one line, in the order of the answer. What comes from a server never moves the cursor. */
function linesOf({ message }: DnsReply): string[] {
  if (message.header.rcode !== 0) return [];
  return message.answers
    .filter(({ type }) => type === RECORD_TYPE_TXT)
    .flatMap(({ data }) => [data ?? []].flat())
    .map((text) => text.toString().replaceAll(/\p{Cc}/gu, "?"));
}

/** The client itself, where no length is given: nothing is gained by hiding it from our own server. */
function parseClient(text: string): Subnet {
  return parseSubnet(text.includes("/") ? text : `${text}/${text.includes(":") ? 128 : 32}`);
}
