/**
 * Addresses that no probe may connect to, whoever asks: decided where a connection is dialled, so that nothing goes round it.
 *
 * | the address is                                                            | probed                           |
 * |---------------------------------------------------------------------------|----------------------------------|
 * | of a metadata service, loopback, link-local, or of no host                | never                            |
 * | in a network of `health.denyNetworks`                                     | no                               |
 * | in a network of `health.allowNetworks`                                    | yes                              |
 * | one of this machine's or pod's own                                        | no                               |
 * | in a pod: in a network of its interfaces, the API server's or a resolver's| no                               |
 * | any other                                                                 | yes                              |
 *
 * Outside of a pod the networks of the interfaces may be probed: on a laptop or a server, load balancers of clusters (MetalLB)
 * are in the same network. So they are for a pod in the network of its Node (`hostNetwork`), which cannot be told from another pod:
 * there, `allowNetworks` names the network. An IPv6 address counts as the IPv4 addresses that it leads to as well.
 */
import { getServers } from "node:dns";
import { networkInterfaces } from "node:os";
import { isInside, type Network, parseAddress, parseNetwork } from "../../federation/members/address.ts";
import { isWithin, refusedAs } from "../../federation/members/refused.ts";
import type { Clock } from "../../kernel/clock.ts";
import { splitServer } from "../../kernel/literal.ts";
import { Denial } from "../health/probe-failure.ts";

/** The settings, as CIDR. */
export type DenialSettings = {
  readonly denyNetworks: readonly string[];
  readonly allowNetworks: readonly string[];
};

/** Where this process runs. */
export type ProbeSurroundings = {
  /** CIDR of each of its interfaces' addresses, with the address itself: "10.244.1.7/24". */
  readonly interfaces: readonly string[];
  /** In a pod: addresses of its cluster that it was told. Null = it is not in a pod. */
  readonly clusterAddresses: readonly string[] | null;
};

/** Why a literal address may not be connected to; null = it may be. */
export type DenialOf = (address: string) => string | null;

/** Interfaces come and go; reading them for each probe would cost more than the probe. */
const READ_EVERY_MS = 5000;

/** `settings`: those in force now. */
export function createDenial(options: {
  readonly settings: () => DenialSettings;
  readonly surroundings: () => ProbeSurroundings;
  readonly clock: Clock;
}): DenialOf {
  const { settings, surroundings, clock } = options;
  let known: { readonly of: DenialSettings; readonly atMs: number; readonly denialOf: DenialOf } | null =
    null;
  return (address) => {
    const [of, nowMs] = [settings(), clock.nowMs()];
    if (known === null || known.of !== of || nowMs - known.atMs >= READ_EVERY_MS)
      known = { of, atMs: nowMs, denialOf: denialIn(of, surroundings()) };
    return known.denialOf(address);
  };
}

/** Pure. */
export function denialIn(settings: DenialSettings, surroundings: ProbeSurroundings): DenialOf {
  const { interfaces, clusterAddresses } = surroundings;
  const denied = networks(settings.denyNetworks);
  const allowed = networks(settings.allowNetworks);
  const own = [
    ...hosts(interfaces.map((one) => one.split("/")[0] ?? "")),
    ...(clusterAddresses === null ? [] : [...networks(interfaces), ...hosts(clusterAddresses)]),
  ];
  return (text) => {
    const address = parseAddress(text);
    if (address === null || refusedAs(address) !== null) return Denial.Never;
    if (isWithin(address, denied)) return Denial.Settings;
    if (allowed.some((network) => isInside(address, network))) return null;
    return isWithin(address, own) ? Denial.Own : null;
  };
}

/** `env`: of the process. A pod is told its API server, and has the DNS service of its cluster as a resolver. */
export function surroundingsIn(env: Readonly<Record<string, string | undefined>>): ProbeSurroundings {
  const interfaces = Object.values(networkInterfaces()).flatMap((all) =>
    (all ?? []).flatMap(({ cidr }) => cidr ?? []),
  );
  const server = env["KUBERNETES_SERVICE_HOST"];
  if (server === undefined || server === "") return { interfaces, clusterAddresses: null };
  const resolvers = getServers().flatMap((one) => splitServer(one)?.address ?? []);
  return { interfaces, clusterAddresses: [server, ...resolvers] };
}

function networks(texts: readonly string[]): readonly Network[] {
  return texts.flatMap((text) => parseNetwork(text) ?? []);
}

/** A network of each address alone; what is no address is left out. */
function hosts(texts: readonly string[]): readonly Network[] {
  return networks(texts.map((text) => `${text}/${text.includes(":") ? 128 : 32}`));
}
