/** Asks a running fedns which share of the answers for a name each cluster gets: as `fedns explain` does, for programs. */
import { findConfig } from "../arguments/config-option.ts";
import { OperationalError } from "../../kernel/error.ts";
import type { DnsServer } from "../../fleet/resolve/dns-client.ts";
import {
  chooseServer,
  serverText,
  type ServerOptions,
  withServerHint,
} from "../arguments/server-argument.ts";
import { type Subnet, subnetOption } from "../arguments/subnet.ts";
import { readShares, type Shares } from "./shares.ts";
import { type AskedName, domainNames } from "./served-name.ts";

export type TrafficOptions = ServerOptions & { readonly client?: Subnet };

/** `problem`: why nothing is known, with the cure. */
export type Traffic =
  | { readonly kind: "known"; readonly shares: Shares }
  | { readonly kind: "unknown"; readonly problem: string };

const RECORD_TYPE_TXT = 16;
const NAME_MAX_CHARACTERS = 253;
const TIMEOUT_MS = 3_000;
/** While the picture changes, the server asks to be asked again. */
const TRIES_MAX = 5;
const UNSETTLED = /^a change of the picture is being applied/;

const REASONS: Readonly<Record<number, string>> = {
  3: "there is no such name there",
  5: "it does not explain to this address (allowWhy), or is not fedns",
};

/**
 * `without`: clusters that are left out, as if they were drained. Rejects only for mistakes of the configuration and of this
 * program.
 */
export async function askTraffic(
  asked: AskedName,
  options: TrafficOptions,
  without: readonly string[] = [],
): Promise<Traffic> {
  try {
    const names = await namesOf(asked, options);
    const server = await chooseServer(options);
    let traffic: Traffic = {
      kind: "unknown",
      problem: "give the whole domain name, or the configuration of fedns with -c, which has the rest of it",
    };
    for (const name of names) {
      traffic = await askName(name, server, { ...options, without });
      if (traffic.kind === "known") break;
    }
    return traffic;
  } catch (error) {
    const hinted = withServerHint(error, options);
    if (hinted instanceof OperationalError && hinted.code === "DNS_EXCHANGE")
      return { kind: "unknown", problem: hinted.message };
    throw hinted;
  }
}

async function namesOf(
  { domainName, service }: AskedName,
  { config }: TrafficOptions,
): Promise<readonly string[]> {
  if (domainName !== null) return [domainName];
  const choice = findConfig(config);
  if (choice === null || service === null) return [];
  const { requireConfig } = await import("../arguments/config-argument.ts");
  return domainNames(service, (await requireConfig(choice.path)).federations);
}

type Question = TrafficOptions & { readonly without: readonly string[] };

/** By its IPv4 addresses, or, where it has none, by those of IPv6. */
async function askName(name: string, server: DnsServer, question: Question): Promise<Traffic> {
  const first = await explained("why", name, server, question);
  const isOfOtherFamily =
    first.kind === "known" &&
    first.shares.clusters.some(({ reason }) => reason === "no IPv4 address") &&
    first.shares.clusters.every(({ reason }) => reason !== null);
  return isOfOtherFamily ? explained("why-aaaa", name, server, question) : first;
}

async function explained(
  label: string,
  name: string,
  server: DnsServer,
  { client, without }: Question,
): Promise<Traffic> {
  const { queryServer } = await import("../../fleet/resolve/dns-client.ts");
  const who = `${serverText(server)}: ${name}`;
  const labels = without.flatMap((cluster) => ["_without", cluster]);
  const question = {
    name: [label, ...labels, name].join("."),
    type: RECORD_TYPE_TXT,
    isChaos: true,
    recursive: false,
    options: client === undefined ? [] : [subnetOption(client)],
  };
  if (question.name.length > NAME_MAX_CHARACTERS || labels.some((one) => one.includes(".")))
    return { kind: "unknown", problem: `${who}: the question about ${without.join(", ")} fits into no name` };
  for (let tries = 0; tries < TRIES_MAX; tries++) {
    const { message } = await queryServer(question, server, "tcp", AbortSignal.timeout(TIMEOUT_MS));
    const { rcode } = message.header;
    if (rcode !== 0) return { kind: "unknown", problem: `${who}: ${REASONS[rcode] ?? `rcode ${rcode}`}` };
    const lines = message.answers
      .filter(({ type }) => type === RECORD_TYPE_TXT)
      .flatMap(({ data }) => [data ?? []].flat())
      .map(String);
    if (UNSETTLED.test(lines[0] ?? "")) continue;
    const shares = readShares(name, lines);
    if (shares !== null) return { kind: "known", shares };
    return { kind: "unknown", problem: `${who}: ${lines[0] ?? "there is no choice of addresses"}` };
  }
  return { kind: "unknown", problem: `${who}: it changes all the time; ask again` };
}
