/** `fedns explain`: shows why the answer for a name has the addresses it has, as the server itself reports it. */
import { Argument, Command } from "commander";
import type { DnsReply, DnsQuestion } from "../../fleet/resolve/dns-client.ts";
import { wholeNumber } from "../arguments/argument.ts";
import { CONFIG_OPTION } from "../arguments/config-option.ts";
import {
  chooseServer,
  parseName,
  serverText,
  SERVER_OPTION,
  type ServerOptions,
  withServerHint,
} from "../arguments/server-argument.ts";
import { explainWorkloadCommand } from "../host/explain-workload.ts";
import { usageError } from "../arguments/usage-error.ts";
import type { Session } from "../session/session.ts";
import { parseSubnet, type Subnet, subnetOption } from "../arguments/subnet.ts";

/** 0 when the name is explained; the others are those of fedns ask. */
const EXIT_CODES = { notExplained: 1, noAnswer: 2 } as const;

const RECORD_TYPE_TXT = 16;
const NAME_MAX_CHARACTERS = 253;
/** The label in front of the name in the query. */
const LABELS = { A: "why", AAAA: "why-aaaa" } as const;

const epilogue = `
For each cluster and address, prints level, tier, distance, readiness, probe, damping, drain, weight and share, whether
and why it is in the answer, and the age of each fact. The server computes this by the same steps as an answer, and
returns it as TXT records of why.NAME (for AAAA: why-aaaa.NAME) in class CHAOS over TCP. By default it does so for
loopback addresses only (allowWhy). A name _without.CLUSTER.NAME is explained as if that cluster were drained.

Where fedns runs on this machine, objects that declare the name and are not served are listed as well, with the reason
and the cure, as in /status.

Examples:
  fedns explain hello.demo.myfed.svc.example.com
  fedns explain hello.demo.myfed.svc.example.com AAAA --client 203.0.113.7
  dig @127.0.0.1 -p 1053 +tcp CH TXT why.hello.demo.myfed.svc.example.com
  # Where a federated object of a host is, and why
  fedns explain workload deployment/web -n shop

Exit codes: 0 explained, 1 not explained (no such name, refused), 2 no answer, or wrong usage.`;

type ExplainOptions = ServerOptions & { readonly client?: Subnet; readonly timeout: number };

export function explainCommand(session: Session): Command {
  return (
    new Command("explain")
      // Options after `workload` are those of that command.
      .enablePositionalOptions()
      .addCommand(explainWorkloadCommand(session))
      .description("Explain why the answer for a name has the addresses it has.")
      .argument("<name>", "the domain name", parseName)
      .addArgument(
        new Argument("[type]", "the record type")
          .choices(Object.keys(LABELS))
          .default("A")
          .argParser((text) => text.toUpperCase()),
      )
      .option("--client <ip>", "explain the answer for this client (EDNS Client Subnet)", parseClient)
      .option(...SERVER_OPTION)
      .option(...CONFIG_OPTION)
      .option("--timeout <seconds>", "how long to wait", wholeNumber(1, 60), 3)
      .addHelpText("after", epilogue)
      .action((name: string, type: string, options: ExplainOptions) =>
        explain(session, { name, type }, options),
      )
  );
}

async function explain(
  session: Session,
  wanted: { readonly name: string; readonly type: string },
  options: ExplainOptions,
): Promise<void> {
  session.failureCode = EXIT_CODES.noAnswer;
  const label = LABELS[wanted.type as keyof typeof LABELS];
  if (label === undefined) throw usageError(`${wanted.type} cannot be explained; use A or AAAA`);
  const name = `${label}.${wanted.name}`;
  if (name.length > NAME_MAX_CHARACTERS) throw usageError("the name is too long to be explained");
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
      session.printError(
        `fedns: ${serverText(server)} cannot explain ${wanted.name}: ${REASONS[rcode] ?? rcode}\n`,
      );
      session.exitCode = EXIT_CODES.notExplained;
    }
    session.print(lines.map((line) => `${line}\n`).join(""));
    await printNotServed(session, wanted.name, options);
  } catch (error) {
    throw withServerHint(error, options);
  }
}

/** Another server knows of other objects. */
async function printNotServed(
  session: Session,
  name: string,
  { server, config }: ExplainOptions,
): Promise<void> {
  if (server !== undefined && config === undefined) return;
  const { notServedLines } = await import("../explain/not-served.ts");
  const found = await notServedLines(name, config === undefined ? {} : { config });
  if (found.length > 0)
    session.print(["not served as declared:", ...found.map((line) => `  ${line}`), ""].join("\n"));
}

const REASONS: Readonly<Record<string, string>> = {
  NXDOMAIN:
    "there is no such name: no member declares it, as far as they have been read; fedns status says what is refused, and why",
  NOERROR: "there is no choice of addresses at this name",
  REFUSED: "the server explains to the networks of its setting allowWhy alone, or is not fedns",
};

/** One string per line, in the order of the answer, without control characters. */
function linesOf({ message }: DnsReply): string[] {
  if (message.header.rcode !== 0) return [];
  return message.answers
    .filter(({ type }) => type === RECORD_TYPE_TXT)
    .flatMap(({ data }) => [data ?? []].flat())
    .map((text) => text.toString().replaceAll(/\p{Cc}/gu, "?"));
}

/** Without a length it is the address itself: a full address need not be hidden from our own server. */
function parseClient(text: string): Subnet {
  return parseSubnet(text.includes("/") ? text : `${text}/${text.includes(":") ? 128 : 32}`);
}
