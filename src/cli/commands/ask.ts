/** `fedns ask`: queries a DNS server and prints the answer. */
import { Command } from "commander";
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
import { usageError } from "../arguments/usage-error.ts";
import type { Session } from "../session/session.ts";
import { parseSubnet, subnetOption, type Subnet } from "../arguments/subnet.ts";

/** 0 when the answer has records of the type (or an alias). */
const EXIT_CODES = { noRecords: 1, noAnswer: 2 } as const;

const epilogue = `
Sends a query without recursion over UDP, and repeats it over TCP when the answer is truncated. Records are printed in
zone file format; lines that begin with ;; describe the answer.

Examples:
  fedns ask hello.demo.myfed.svc.example.com
  fedns ask hello.demo.myfed.svc.eu-central.example.com AAAA --server 192.0.2.53
  fedns ask hello.demo.myfed.svc.example.com --subnet 198.51.100.0/24 --config fedns.yaml

Exit codes: 0 the answer has records, 1 it has none (no such name, no such records, refused, failed),
2 no answer, or wrong usage.`;

type AskOptions = ServerOptions & {
  readonly tcp?: boolean;
  readonly subnet?: Subnet;
  readonly timeout: number;
};

export function askCommand(session: Session): Command {
  return new Command("ask")
    .description("Query a running fedns, or any DNS server, and print the answer.")
    .argument("<name>", "the domain name", parseName)
    .argument(
      "[type]",
      "the record type: A, AAAA, CNAME, NS, SOA, TXT, ..., or TYPE followed by its number",
      "A",
    )
    .option(...SERVER_OPTION)
    .option(...CONFIG_OPTION)
    .option("--tcp", "use TCP only")
    .option(
      "--subnet <network>",
      "send this network as EDNS Client Subnet, like 198.51.100.0/24",
      parseSubnet,
    )
    .option("--timeout <seconds>", "how long to wait", wholeNumber(1, 60), 3)
    .addHelpText("after", epilogue)
    .action((name: string, type: string, options: AskOptions) => ask(session, { name, type }, options));
}

async function ask(
  session: Session,
  wanted: { readonly name: string; readonly type: string },
  options: AskOptions,
): Promise<void> {
  session.failureCode = EXIT_CODES.noAnswer;
  const { answerText } = await import("../text/answer-text.ts");
  const { typeCode, typeName } = await import("../../dns/rdata/types.ts");
  const { queryServer, queryWithTcpFallback } = await import("../../fleet/resolve/dns-client.ts");
  const type = typeCode(wanted.type);
  if (type === null)
    throw usageError(`${wanted.type} is not a record type; use A, AAAA, ..., or TYPE followed by its number`);
  const server = await chooseServer(options);
  const edns = options.subnet === undefined ? [] : [subnetOption(options.subnet)];
  const question: DnsQuestion = { name: wanted.name, type, recursive: false, options: edns };
  const startMs = session.clock.nowMs();
  try {
    const signal = AbortSignal.timeout(options.timeout * 1000);
    const result =
      options.tcp === true
        ? await queryServer(question, server, "tcp", signal)
        : await queryWithTcpFallback(question, server, signal);
    const elapsedMs = Math.round(session.clock.nowMs() - startMs);
    session.print(
      `;; ${wanted.name} ${typeName(type)}, from ${serverText(server)} over ${result.transport}, ${result.sizeOctets} octets in ${elapsedMs} ms\n`,
    );
    session.print(answerText(result));
    session.exitCode = hasRecords(result) ? 0 : EXIT_CODES.noRecords;
  } catch (error) {
    throw withServerHint(error, options);
  }
}

function hasRecords({ message }: DnsReply): boolean {
  return message.header.rcode === 0 && message.answers.length > 0;
}
