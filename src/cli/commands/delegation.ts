/** `fedns delegation check`: compares the delegation of a zone in its parent zone with the servers that it leads to. */
import { getServers } from "node:dns";
import { Argument, Command, Option } from "commander";
import { OperationalError } from "../../kernel/error.ts";
import { splitServer } from "../../kernel/literal.ts";
import type { DnsServer } from "../../fleet/resolve/dns-client.ts";
import { wholeNumber } from "../arguments/argument.ts";
import { CONFIG_OPTION, findConfig } from "../arguments/config-option.ts";
import { addServer, parseName, parseServer } from "../arguments/server-argument.ts";
import { usageError } from "../arguments/usage-error.ts";
import type { NamedServer } from "../delegation/facts.ts";
import type { Session } from "../session/session.ts";

const epilogue = `
Asks the servers of the parent zone for the delegation, and every nameserver for the zone over UDP and TCP. Reports
missing and superfluous NS records and glue, DS records, lame and silent servers, serial numbers and TTLs, each with
its cure. Without a zone, the zones are those of the configuration, and their nameservers those of the settings.

Examples:
  fedns delegation check --config fedns.yaml
  fedns delegation check fed.example.com --parent-server 192.0.2.1

Exit codes: 0 no errors, 1 errors, or the zone cannot be checked, 2 wrong usage.`;

type DelegationOptions = {
  readonly config?: string;
  readonly parentServer?: readonly DnsServer[];
  readonly resolver?: DnsServer;
  readonly port: number;
  readonly timeout: number;
  readonly output: "text" | "json" | "yaml";
};

export function delegationCommand(session: Session): Command {
  return new Command("delegation")
    .description("Check how the parent zone delegates a zone to fedns.")
    .addArgument(new Argument("<action>", "what to do").choices(["check"]))
    .argument("[zone]", "the zone (default: all domains of the configuration)", parseName)
    .option(...CONFIG_OPTION)
    .option(
      "--parent-server <address>",
      "a server of the parent zone: ADDRESS, ADDRESS:PORT or [ADDRESS]:PORT; may be repeated (default: looked up)",
      addServer,
    )
    .option("--resolver <address>", "the resolver for look-ups (default: that of this machine)", parseServer)
    .option("--port <port>", "the port of the nameservers", wholeNumber(1, 65_535), 53)
    .option("--timeout <seconds>", "how long to wait for a response", wholeNumber(1, 60), 2)
    .addOption(
      new Option("-o, --output <format>", "the output format")
        .choices(["text", "json", "yaml"])
        .default("text"),
    )
    .addHelpText("after", epilogue)
    .action(async (_action: string, zone: string | undefined, options: DelegationOptions) => {
      await checkDelegations(session, zone, options);
    });
}

type Subject = { readonly zone: string; readonly settings: readonly NamedServer[] | null };

async function checkDelegations(
  session: Session,
  zone: string | undefined,
  options: DelegationOptions,
): Promise<void> {
  const { observeDelegation } = await import("../delegation/observe.ts");
  const { checkDelegation } = await import("../delegation/check.ts");
  const results = [];
  for (const subject of await subjectsOf(zone, options)) {
    const facts = await observeDelegation({
      ...subject,
      parentServers: options.parentServer ?? [],
      resolver: options.resolver ?? machineResolver(),
      port: options.port,
      timeoutMs: options.timeout * 1000,
    });
    results.push({ facts, findings: checkDelegation(facts) });
  }
  if (results.some(({ findings }) => findings.some(({ level }) => level === "error"))) session.exitCode = 1;
  if (options.output === "json") session.print(`${JSON.stringify(results, null, 2)}\n`);
  else if (options.output === "yaml") session.print((await import("yaml")).stringify(results));
  else {
    const { delegationText } = await import("../delegation/text.ts");
    session.print(results.map(({ facts, findings }) => delegationText(facts, findings)).join("\n"));
  }
}

async function subjectsOf(
  zone: string | undefined,
  { config }: DelegationOptions,
): Promise<readonly Subject[]> {
  const wanted = zone?.toLowerCase();
  // A zone that is named may have nothing to do with a configuration that lies here.
  if (config === undefined && wanted !== undefined) return [{ zone: wanted, settings: null }];
  const choice = findConfig(config);
  if (choice === null) throw usageError("name the zone, or the configuration with --config or FEDNS_CONFIG");
  const { requireConfig } = await import("../arguments/config-argument.ts");
  const { federations, nameservers } = await requireConfig(choice.path);
  const domains = [...new Set(federations.map(({ domain }) => domain))];
  if (wanted === undefined && domains.length === 0)
    throw new OperationalError("DELEGATION", `${choice.path} has no federation: name the zone`);
  return (wanted === undefined ? domains : [wanted]).map((domain) => ({
    zone: domain,
    // A zone from a file has the NS records of that file.
    settings: domains.includes(domain) ? nameservers : null,
  }));
}

function machineResolver(): DnsServer | null {
  const [first] = getServers();
  return first === undefined ? null : splitServer(first);
}
