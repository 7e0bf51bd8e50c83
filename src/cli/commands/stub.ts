/** `fedns stub`: the configuration that makes a member cluster's resolver ask us, filled in from the live federation. */
import { Command, InvalidArgumentError, Option } from "commander";
import type { Config } from "../../run/config/config.ts";
import { messageOf, OperationalError } from "../../kernel/error.ts";
import { canonicalAddress, isDnsLabel, isDnsName, splitServer } from "../../kernel/literal.ts";
import type { StubPlace, StubPlan, StubServer } from "../stub/plan.ts";
import { type SocketOptions, SOCKET_OPTION, socketPath, sendCommand } from "../session/admin-client.ts";
import { CONFIG_DEFAULT, CONFIG_OPTION } from "../arguments/config-argument.ts";
import type { Session } from "../session/session.ts";

const RESOLVERS = ["kube-dns", "coredns", "dnsmasq", "systemd-resolved", "zone-file"] as const;
type Resolver = (typeof RESOLVERS)[number];

const epilogue = `
With it, pods of that cluster resolve SERVICE.NAMESPACE.FEDERATION.svc.cluster.local and the federation's domain through
fedns. Where the cluster is, a running fedns says, unless the settings or --region do; the servers are the nameservers'
addresses of the settings. kube-dns looks for a Service of its own cluster first; CoreDNS does so with --first cluster.
zone-file is what fedns itself serves for dnsmasq and systemd-resolved, which cannot rewrite names.
Nothing is changed anywhere: the configuration is printed, with comments that say what it does and where it goes.

Examples:
  fedns stub --for coredns --cluster us-west
  fedns stub --for coredns --cluster us-west --first cluster --server 192.0.2.53 --region us-west --zone a
  fedns stub --for kube-dns --cluster us-west | kubectl --context us-west apply -f -

Exit codes: 0 printed, 1 the settings are not sound or nobody knows where the cluster is, 2 wrong usage.`;

type StubOptions = SocketOptions & {
  readonly for: Resolver;
  readonly cluster: string;
  readonly server?: readonly StubServer[];
  readonly region?: string;
  readonly zone?: string;
  readonly clusterDomain: string;
  readonly first: StubPlan["first"];
};

export function stubCommand(session: Session): Command {
  return new Command("stub")
    .description("Print what makes a member cluster's DNS resolve the federation's names through fedns.")
    .addOption(new Option("--for <resolver>", "whose configuration").choices(RESOLVERS).makeOptionMandatory())
    .requiredOption("--cluster <name>", "the member, as the settings call it")
    .option(...CONFIG_OPTION)
    .option(
      "-s, --server <address>",
      "where fedns answers: ADDRESS, ADDRESS:PORT or [ADDRESS]:PORT; may be repeated",
      addServer,
    )
    .option("--region <label>", "where the cluster is, instead of asking", placeLabel)
    .option("--zone <label>", "and in which zone of it", placeLabel)
    .option("--cluster-domain <name>", "the domain of the cluster's own names", domainName, "cluster.local")
    .addOption(
      new Option("--first <which>", "coredns: what goes first")
        .choices(["federation", "cluster"])
        .default("federation"),
    )
    .option(...SOCKET_OPTION)
    .addHelpText("after", epilogue)
    .action(async (options: StubOptions) => {
      session.print(await stubText(options));
    });
}

async function stubText(options: StubOptions): Promise<string> {
  const { requireConfig } = await import("../arguments/config-argument.ts");
  const config = await requireConfig(options.config ?? CONFIG_DEFAULT);
  const plan = await planOf(options, config);
  switch (options.for) {
    case "kube-dns":
      return (await import("../stub/kube-dns.ts")).kubeDnsStub(plan);
    case "coredns":
      return (await import("../stub/coredns.ts")).corednsStub(plan);
    case "dnsmasq":
      return (await import("../stub/host-resolver.ts")).dnsmasqStub(plan);
    case "systemd-resolved":
      return (await import("../stub/host-resolver.ts")).resolvedStub(plan);
    default:
      return (await import("../stub/host-resolver.ts")).zoneStub(plan);
  }
}

async function planOf(options: StubOptions, config: Config): Promise<StubPlan> {
  const { cluster, clusterDomain, first } = options;
  const known = config.clusters.map(({ name }) => name);
  if (!known.includes(cluster))
    throw stubError(
      `there is no cluster ${cluster} in the settings; there is ${known.join(", ") || "none at all"}`,
    );
  if (config.federations.length === 0)
    throw stubError("the settings have no federation: there is nothing to resolve");
  const clash = config.federations.find(
    ({ domain }) => domain === clusterDomain || domain.endsWith(`.${clusterDomain}`),
  );
  if (clash !== undefined)
    throw stubError(
      `the domain ${clash.domain} lies in the cluster's own domain ${clusterDomain}; --cluster-domain says another`,
    );
  // The others find it out themselves, or lead to the global names.
  const [place, ...otherPlaces] = options.for === "coredns" ? await placesOf(options, config) : [];
  const servers = options.server ?? serversOf(config);
  return {
    cluster,
    clusterDomain,
    servers,
    federations: config.federations,
    place: place ?? null,
    otherPlaces,
    first,
  };
}

/** As given, as the settings say, or as a running fedns has seen; none = nobody knows. */
async function placesOf(options: StubOptions, config: Config): Promise<readonly StubPlace[]> {
  const { cluster, region, zone } = options;
  if (zone !== undefined && region === undefined)
    throw stubError("--zone needs --region: the names are ZONE.REGION");
  if (region !== undefined) return [{ region, zone: zone ?? null }];
  const settings = config.clusters.find(({ name }) => name === cluster);
  if (settings !== undefined && settings.region !== null) {
    const { region: home, zones } = settings;
    return zones === null || zones.length === 0
      ? [{ region: home, zone: null }]
      : zones.map((one) => ({ region: home, zone: one }));
  }
  const { readStatus } = await import("../text/status-document.ts");
  const hint = "start fedns, or say where the cluster is with --region and --zone";
  try {
    const reply = await sendCommand(await socketPath(options), { command: "status" });
    if (!reply.ok) throw stubError(reply.error);
    const facts = readStatus(reply["status"]).clusters.find(({ name }) => name === cluster);
    if (facts === undefined) throw stubError(`the running fedns does not know cluster ${cluster}`);
    // A cluster that was never read has no places yet; one without labels never has.
    if (facts.places.length === 0 && !facts.isSynced)
      throw stubError(`cluster ${cluster} has not been read yet`);
    const isSpelled = ({ region: home, zone: one }: StubPlace): boolean =>
      isDnsLabel(home) && (one === null || isDnsLabel(one));
    return facts.places.filter(isSpelled);
  } catch (error) {
    throw stubError(`where is ${cluster}? ${messageOf(error)}; ${hint}`);
  }
}

/** The addresses of nameservers in the settings: what the world asks, too. */
function serversOf(config: Config): readonly StubServer[] {
  const addresses = config.nameservers.flatMap((server) => server.addresses);
  if (addresses.length === 0)
    throw stubError(
      "the nameservers in the settings have no addresses; say where fedns answers with --server",
    );
  return addresses.map((address) => ({ address, port: 53 }));
}

function stubError(sentence: string): OperationalError {
  return new OperationalError("STUB", sentence);
}

function addServer(text: string, before: readonly StubServer[] | undefined): readonly StubServer[] {
  const server = splitServer(text);
  if (server === null)
    throw new InvalidArgumentError(
      "It must be ADDRESS, ADDRESS:PORT or [ADDRESS]:PORT, with a literal address.",
    );
  return [...(before ?? []), { address: canonicalAddress(server.address), port: server.port }];
}

function placeLabel(text: string): string {
  if (isDnsLabel(text)) return text;
  throw new InvalidArgumentError(
    "It must be a DNS label, as fedns spells it in names (fedns status shows it).",
  );
}

function domainName(text: string): string {
  const name = text.toLowerCase().replace(/\.$/, "");
  if (isDnsName(name)) return name;
  throw new InvalidArgumentError("It must be a DNS name, like cluster.local.");
}
