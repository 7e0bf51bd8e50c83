/** `fedns ask`: one question to a running server, and its answer for people. */
import { Command, InvalidArgumentError } from "commander";
import { messageOf, OperationalError } from "../error.ts";
import { canonicalAddress, splitServer } from "../literal.ts";
import type { Exchange, Question, Server } from "../observe/exchange.ts";
import { wholeNumber } from "./argument.ts";
import { configOption } from "./config-argument.ts";
import type { Session } from "./session.ts";
import { parseSubnet, subnetOption, type Subnet } from "./subnet.ts";

/** 0: the answer has records of the type asked for (or an alias). */
const exitCodes = { noRecords: 1, noAnswer: 2 } as const;

const sandboxServer = "127.0.0.1:1053";

const epilogue = `
Asks without recursion, as resolvers ask an authoritative server. Over UDP, and again over TCP when the answer was
cut short. The records are printed as zone files have them; lines that begin with ;; are about the answer.

Examples:
  fedns ask hello.demo.myfed.svc.example.com
  fedns ask hello.demo.myfed.svc.eu-central.example.com AAAA --server 192.0.2.53
  fedns ask hello.demo.myfed.svc.example.com --subnet 198.51.100.0/24 --config fedns.yaml

Exit codes: 0 the answer has records, 1 it has none (no such name, no such records, refused, failed),
2 nobody answered, or wrong usage.`;

type AskOptions = {
  readonly server?: Server;
  readonly config?: string;
  readonly tcp?: boolean;
  readonly subnet?: Subnet;
  readonly timeout: number;
};

export function askCommand(session: Session): Command {
  return new Command("ask")
    .description("Ask a running fedns (or any DNS server), and print the answer.")
    .argument("<name>", "the domain name", parseName)
    .argument("[type]", "the record type: A, AAAA, CNAME, NS, SOA, TXT, ..., or TYPE and its number", "A")
    .option(
      "-s, --server <address>",
      `ADDRESS, ADDRESS:PORT or [ADDRESS]:PORT (default: ${sandboxServer}, the sandbox)`,
      parseServer,
    )
    .option(configOption[0], "ask the first address this configuration listens on")
    .option("--tcp", "over TCP at once")
    .option(
      "--subnet <network>",
      "on behalf of a client there, like 198.51.100.0/24 (EDNS Client Subnet)",
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
  const { answerText } = await import("./answer-text.ts");
  const { typeCode, typeName } = await import("../rdata/types.ts");
  const { exchange, exchangeWhole } = await import("../observe/exchange.ts");
  const type = typeCode(wanted.type);
  if (type === null) {
    session.complain(`fedns: ${wanted.type} is not a record type; try A, AAAA, or TYPE and its number\n`);
    session.exitCode = exitCodes.noAnswer;
    return;
  }
  const server = options.server ?? (await configuredServer(options.config)) ?? parseServer(sandboxServer);
  const edns = options.subnet === undefined ? [] : [subnetOption(options.subnet)];
  const question: Question = { name: wanted.name, type, recursive: false, options: edns };
  const startMs = session.clock.nowMs();
  try {
    const signal = AbortSignal.timeout(options.timeout * 1000);
    const result =
      options.tcp === true
        ? await exchange(question, server, "tcp", signal)
        : await exchangeWhole(question, server, signal);
    const elapsedMs = Math.round(session.clock.nowMs() - startMs);
    session.print(
      `;; ${wanted.name} ${typeName(type)}, from ${placeOf(server)} over ${result.transport}, ${result.sizeOctets} octets in ${elapsedMs} ms\n`,
    );
    session.print(answerText(result));
    session.exitCode = hasRecords(result) ? 0 : exitCodes.noRecords;
  } catch (error) {
    if (!(error instanceof OperationalError)) throw error;
    const hint =
      options.server === undefined && options.config === undefined
        ? "; is the sandbox running? Other servers: --server"
        : "";
    session.complain(`fedns: ${messageOf(error)}${hint}\n`);
    session.exitCode = exitCodes.noAnswer;
  }
}

/** A wildcard address is no place to send to: the loopback of its family stands for it. */
async function configuredServer(filePath: string | undefined): Promise<Server | null> {
  if (filePath === undefined) return null;
  const { requireConfig } = await import("./config-argument.ts");
  const [listen] = (await requireConfig(filePath)).listen;
  if (listen === undefined) return null;
  const loopback: Readonly<Record<string, string>> = { "0.0.0.0": "127.0.0.1", "::": "::1" };
  return { address: loopback[listen.address] ?? listen.address, port: listen.port };
}

function hasRecords({ message }: Exchange): boolean {
  return message.header.rcode === 0 && message.answers.length > 0;
}

function placeOf({ address, port }: Server): string {
  return address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
}

function parseServer(text: string): Server {
  const server = splitServer(text);
  if (server === null)
    throw new InvalidArgumentError(
      "It must be ADDRESS, ADDRESS:PORT or [ADDRESS]:PORT, with a literal address.",
    );
  return { address: canonicalAddress(server.address), port: server.port };
}

/** Labels of 1 to 63 octets, 253 in all (RFC 1035 §2.3.4); a final dot is dropped. */
function parseName(text: string): string {
  const name = text === "." ? "" : text.replace(/\.$/, "");
  const isSound = text === "." || name.split(".").every((label) => label.length >= 1 && label.length <= 63);
  if (isSound && name.length <= 253 && /^[\u0021-\u007e]*$/.test(name)) return name;
  throw new InvalidArgumentError("It must be a domain name: labels of 1 to 63 characters, joined by dots.");
}
