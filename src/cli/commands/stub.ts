/** `fedns stub`: prints the configuration with which the DNS of a member cluster forwards federation names to fedns. */
import { stayAlive } from "../session/stay-alive.ts";
import { Command, InvalidArgumentError, Option } from "commander";
import type { Config } from "../../run/config/config.ts";
import { messageOf, OperationalError } from "../../kernel/error.ts";
import { isDnsLabel, isDnsName } from "../../kernel/literal.ts";
import type { StubPlace, StubPlan, StubServer } from "../stub/plan.ts";
import { type SocketOptions, SOCKET_OPTION, socketPath, sendCommand } from "../session/admin-client.ts";
import { chooseConfig, CONFIG_OPTION } from "../arguments/config-option.ts";
import { addServer } from "../arguments/server-argument.ts";
import { usageError } from "../arguments/usage-error.ts";
import type { Session } from "../session/session.ts";

const RESOLVERS = ["kube-dns", "coredns", "dnsmasq", "systemd-resolved", "zone-file"] as const;
type Resolver = (typeof RESOLVERS)[number];

const epilogue = `
Pods of the cluster then resolve SERVICE.NAMESPACE.FEDERATION.svc.cluster.local and the domain of the federation
through fedns. The region and zone of the cluster come from --region and --zone, the configuration, or a running fedns;
the servers are the addresses of the configured nameservers. kube-dns prefers Services of its own cluster, and CoreDNS
does so with --first cluster. dnsmasq and systemd-resolved cannot rewrite names: for them, fedns serves the zone that
zone-file prints. Comments describe what the configuration does and where to put it. Without --apply and --remove, the
command only prints.

Examples:
  fedns stub --for coredns --cluster us-west
  fedns stub --for coredns --cluster us-west --first cluster --server 192.0.2.53 --region us-west --zone a
  fedns stub --for kube-dns --cluster us-west --apply --dry-run
  fedns stub --for coredns --cluster us-west --server 192.0.2.53 --apply

Exit codes: 0 printed or written, 1 the configuration has problems, the region of the cluster is unknown, or the cluster
refused, 2 wrong usage.`;

type StubOptions = SocketOptions & {
  readonly for: Resolver;
  readonly cluster: string;
  readonly server?: readonly StubServer[];
  readonly region?: string;
  readonly zone?: string;
  readonly clusterDomain: string;
  readonly first: StubPlan["first"];
  readonly apply?: boolean;
  readonly remove?: boolean;
  readonly dryRun?: boolean;
  readonly clusterContext?: string;
  readonly clusterKubeconfig?: string;
};

export function stubCommand(session: Session): Command {
  return new Command("stub")
    .description(
      "Print the DNS configuration of a member cluster for resolving federation names through fedns.",
    )
    .addOption(
      new Option("--for <resolver>", "the DNS server to configure").choices(RESOLVERS).makeOptionMandatory(),
    )
    .requiredOption("--cluster <name>", "the cluster, by its name in the configuration")
    .option(...CONFIG_OPTION)
    .option(
      "-s, --server <address>",
      "an address of fedns: ADDRESS, ADDRESS:PORT or [ADDRESS]:PORT; may be repeated",
      addServer,
    )
    .option("--region <label>", "the region of the cluster", placeLabel)
    .option("--zone <label>", "the zone of the cluster in its region", placeLabel)
    .option("--cluster-domain <name>", "the cluster domain of Kubernetes", domainName, "cluster.local")
    .addOption(
      new Option("--first <which>", "coredns: what is looked up first")
        .choices(["federation", "cluster"])
        .default("federation"),
    )
    .option(
      "--apply",
      "coredns, kube-dns: write it into the ConfigMap of the cluster, after showing the difference",
    )
    .option("--remove", "coredns, kube-dns: take out of the ConfigMap what --apply wrote")
    .option("--dry-run", "with --apply or --remove: show the difference, and write nothing")
    .option(
      "--cluster-context <name>",
      "with --apply or --remove: the context of the cluster (default: its name)",
    )
    .option("--cluster-kubeconfig <file>", "with --apply or --remove: the kubeconfig of that context")
    .option(...SOCKET_OPTION)
    .addHelpText("after", epilogue)
    .action(async (options: StubOptions) => {
      if (options.apply === true || options.remove === true) await writeStub(session, options);
      else session.print(await stubText(options));
    });
}

/** Writes the stub into the DNS of the cluster, or takes it out. */
export async function writeStub(session: Session, options: StubOptions): Promise<void> {
  const { for: kind, apply, remove, cluster, clusterContext: context = cluster, dryRun } = options;
  const kubeconfig = options.clusterKubeconfig;
  if (apply === true && remove === true) throw usageError("--apply and --remove exclude each other");
  if (kind !== "coredns" && kind !== "kube-dns")
    throw usageError(
      `--apply and --remove know coredns and kube-dns; the stub for ${kind} is a file of a machine`,
    );
  const { requireConfig } = await import("../arguments/config-argument.ts");
  const config = await requireConfig(chooseConfig(options.config).path);
  const plan = await planOf(options, config, remove === true);
  const { connect } = await import("../clusters/connect.ts");
  const { applyStub } = await import("../stub/apply-stub.ts");
  const ending = new AbortController();
  const { signal } = ending;
  const { clock } = session;
  const { transport } = await connect({ name: cluster, kubeconfig, context, clock, signal });
  using _ = stayAlive();
  try {
    const print = (text: string): void => session.print(text);
    await applyStub({
      kind,
      plan,
      isRemoval: remove === true,
      isDryRun: dryRun === true,
      transport,
      signal,
      print,
    });
  } finally {
    ending.abort();
    transport.close();
  }
}

async function stubText(options: StubOptions): Promise<string> {
  if (options.zone !== undefined && options.region === undefined)
    throw usageError("--zone needs --region: the names are ZONE.REGION");
  const { requireConfig } = await import("../arguments/config-argument.ts");
  const config = await requireConfig(chooseConfig(options.config).path);
  const plan = await planOf(options, config, false);
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

/** `isRemoval`: what is taken out does not depend on the place. */
async function planOf(options: StubOptions, config: Config, isRemoval: boolean): Promise<StubPlan> {
  const { cluster, clusterDomain, first } = options;
  const known = config.clusters.map(({ name }) => name);
  // The host may have declared it.
  if (!known.includes(cluster) && config.host === null)
    throw stubError(`unknown cluster ${cluster}; the configuration has: ${known.join(", ") || "none"}`);
  if (config.federations.length === 0)
    throw stubError("the configuration has no federation: there are no names to resolve");
  const clash = config.federations.find(
    ({ domain }) => domain === clusterDomain || domain.endsWith(`.${clusterDomain}`),
  );
  if (clash !== undefined)
    throw stubError(
      `the domain ${clash.domain} is inside the cluster domain ${clusterDomain}; set another with --cluster-domain`,
    );
  // The other resolvers find the place themselves, or use the global names.
  const [place, ...otherPlaces] =
    options.for === "coredns" && !isRemoval ? await placesOf(options, config) : [];
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

/** From the options, the configuration, or a running fedns; empty = unknown. */
async function placesOf(options: StubOptions, config: Config): Promise<readonly StubPlace[]> {
  const { cluster, region, zone } = options;
  if (region !== undefined) return [{ region, zone: zone ?? null }];
  const settings = config.clusters.find(({ name }) => name === cluster);
  if (settings !== undefined && settings.region !== null) {
    const { region: home, zones } = settings;
    return zones === null || zones.length === 0
      ? [{ region: home, zone: null }]
      : zones.map((one) => ({ region: home, zone: one }));
  }
  const { readStatus } = await import("../text/status-document.ts");
  const hint = "start fedns, or use --region and --zone";
  try {
    const reply = await sendCommand(await socketPath(options), { command: "status" });
    if (!reply.ok) throw stubError(reply.error);
    const facts = readStatus(reply["status"]).clusters.find(({ name }) => name === cluster);
    if (facts === undefined) throw stubError(`the running fedns does not know cluster ${cluster}`);
    // A cluster that was never read has no places yet; one whose nodes lack labels never has any.
    if (facts.places.length === 0 && !facts.isSynced)
      throw stubError(`cluster ${cluster} has not been read yet`);
    const isSpelled = ({ region: home, zone: one }: StubPlace): boolean =>
      isDnsLabel(home) && (one === null || isDnsLabel(one));
    return facts.places.filter(isSpelled);
  } catch (error) {
    throw stubError(`the region of ${cluster} is unknown: ${messageOf(error)}; ${hint}`);
  }
}

/**
 * The addresses of the configured nameservers. Where fedns itself listens on one, it is at that port; otherwise something in between
 * may lead port 53 to it.
 */
function serversOf(config: Config): readonly StubServer[] {
  const addresses = config.nameservers.flatMap((server) => server.addresses);
  if (addresses.length === 0)
    throw stubError("the configured nameservers have no addresses; give the address of fedns with --server");
  return addresses.map((address) => {
    const ports = config.listen.filter((listener) => listener.address === address).map(({ port }) => port);
    return { address, port: ports.length === 0 || ports.includes(53) ? 53 : (ports[0] as number) };
  });
}

function stubError(sentence: string): OperationalError {
  return new OperationalError("STUB", sentence);
}

function placeLabel(text: string): string {
  if (isDnsLabel(text)) return text;
  throw new InvalidArgumentError("It must be a DNS label, as fedns writes it in names (see fedns status).");
}

function domainName(text: string): string {
  const name = text.toLowerCase().replace(/\.$/, "");
  if (isDnsName(name)) return name;
  throw new InvalidArgumentError("It must be a DNS name, like cluster.local.");
}
