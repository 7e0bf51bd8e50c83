/**
 * A small internet on loopback addresses, all on port 53, since delegations have no ports: BIND with the root and `com`,
 * fedns with the zone that `com` delegates to it, BIND again with a zone that fedns delegates, resolvers in front, and a
 * stub in front of one of them.
 */
import { spawnSync } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { startClusters } from "../support/clusters.ts";
import { dig } from "../support/dig.ts";
import { addressType, childZone, comZone, localZone, type Network, rootZone } from "./delegation-network.ts";
import { type Fedns, startFedns, temporaryFolder } from "../support/fedns.ts";
import { type Daemon, isRoot, needs, run, type Run, type Scope, startDaemon } from "../support/programs.ts";

const INSIDE_BOUND_MS = 60_000;

/**
 * A network namespace and a process namespace: port 53 is free, BIND, which listens only on addresses of an interface, gets
 * its addresses, the machine is not changed, and all processes inside end with the first one.
 */
const NAMESPACES = ["--net", "--pid", "--fork", "--kill-child", "--mount-proc"];
const UNSHARE = [...(isRoot ? [] : ["--map-root-user"]), ...NAMESPACES];

/** The reason why the tests cannot run here, or false. On a CI machine they run, and fail if something is missing. */
export function reasonToSkip(): string | false {
  if (process.env["CI"] === "true") return false;
  const programs = [
    ["dig", "bind9-dnsutils"],
    ["named", "bind9"],
    ["unbound", "unbound"],
    ["dnsmasq", "dnsmasq-base"],
    ["ip", "iproute2"],
  ] as const;
  const missing = programs
    .map(([program, source]) => needs(program, source).skip)
    .find((skip) => skip !== false);
  if (missing !== undefined) return missing;
  const canUnshare = spawnSync("unshare", [...UNSHARE, "true"]).status === 0;
  return canUnshare
    ? false
    : "a network namespace cannot be made: it takes root, or user namespaces for everybody";
}

/** Runs a test file in namespaces of its own, with all addresses of the network on its loopback interface. */
export async function runInside(
  file: string,
  network: Network,
  env: Readonly<Record<string, string>>,
): Promise<Run> {
  const { family, root, com, fedns, child, stub, resolvers } = network;
  // All of 127.0.0.0/8 works from the start, but BIND listens only on addresses that it finds on an interface.
  const hosts = family === 4 ? [root, com, child] : [root, com, ...fedns, child, stub, ...resolvers];
  const prefix = family === 4 ? 32 : 128;
  const commands = ["ip link set lo up", ...hosts.map((host) => `ip address add ${host}/${prefix} dev lo`)];
  const script = `${commands.join(" && ")} && exec "$0" "$1"`;
  // Otherwise the test file would write in the format of the runner's children.
  const { NODE_TEST_CONTEXT: _, ...own } = process.env;
  const path = `${own["PATH"] ?? ""}:/usr/sbin:/sbin`;
  return run("unshare", [...UNSHARE, "sh", "-c", script, process.execPath, file], {
    timeoutMs: INSIDE_BOUND_MS,
    env: { ...own, ...env, PATH: path },
  });
}

type NamedOptions = { readonly address: string; readonly zones: Readonly<Record<string, string>> };

async function startNamed(scope: Scope, { address, zones }: NamedOptions): Promise<Daemon> {
  const folder = await temporaryFolder(scope);
  const clauses: string[] = [];
  for (const [index, [zone, text]] of Object.entries(zones).entries()) {
    await writeFile(join(folder, `zone${index}`), text);
    clauses.push(`zone "${zone}" { type primary; file "zone${index}"; };`);
  }
  const file = join(folder, "named.conf");
  const isV6 = address.includes(":");
  const [own, other] = isV6 ? ["listen-on-v6", "listen-on"] : ["listen-on", "listen-on-v6"];
  await writeFile(
    file,
    `options { directory "${folder}"; ${own} port 53 { ${address}; }; ${other} { none; }; recursion no;
  notify no; dnssec-validation no; pid-file "${folder}/pid"; session-keyfile "${folder}/key"; };
controls { };
${clauses.join("\n")}
`,
  );
  return startDaemon(scope, "named", ["-g", "-n", "1", "-c", file]);
}

async function startAuthority(scope: Scope, network: Network): Promise<Fedns> {
  const directory = await temporaryFolder(scope);
  const clusters = await startClusters(scope, directory);
  await mkdir(join(directory, "zones"));
  await writeFile(join(directory, "zones", "local.com.zone"), localZone(network));
  return startFedns(scope, {
    directory,
    settings: {
      nameservers: network.fedns.map((address, i) => ({
        name: `ns${i + 1}.example.com`,
        addresses: [address],
      })),
      listen: network.fedns.map((address) => ({ address, port: 53 })),
      soa: { rname: "hostmaster.example.com", negativeTtlSeconds: 20 },
      serve: { drainSeconds: 0, workers: 1 },
      // As deployed: resolvers are unknown clients, which are limited.
      rateLimit: {},
      zones: "./zones",
      clusters: clusters.settings,
    },
  });
}

export type ResolverKind = {
  readonly name: string;
  readonly settings: (network: Network) => readonly string[];
};

/** The ways unbound asks: whole names or label by label, with or without random case, with or without the client's subnet. */
export const RESOLVERS: readonly ResolverKind[] = [
  { name: "whole names", settings: () => ["qname-minimisation: no"] },
  {
    name: "minimised names and mixed letters",
    settings: () => ["qname-minimisation: yes", "use-caps-for-id: yes"],
  },
  {
    name: "strictly minimised names and mixed letters",
    settings: () => ["qname-minimisation: yes", "qname-minimisation-strict: yes", "use-caps-for-id: yes"],
  },
  {
    name: "the client's subnet",
    settings: ({ fedns }) => [
      'module-config: "subnetcache iterator"',
      "qname-minimisation: yes",
      "qname-minimisation-strict: yes",
      ...fedns.map((address) => `send-client-subnet: ${address}`),
      "max-client-subnet-ipv4: 24",
      "max-client-subnet-ipv6: 56",
      "client-subnet-always-forward: yes",
    ],
  },
];

/** Knows only the root. Sends no queries of its own, so that tests can count queries. */
async function startUnbound(scope: Scope, network: Network, index: number): Promise<Daemon> {
  const address = network.resolvers[index] as string;
  const settings = (RESOLVERS[index] as ResolverKind).settings(network);
  const folder = await temporaryFolder(scope);
  const hints = join(folder, "root.hints");
  await writeFile(hints, `. 3600000 NS ns.root.\nns.root. 3600000 ${addressType(network)} ${network.root}\n`);
  const own = settings.some((line) => line.startsWith("module-config"))
    ? settings
    : ['module-config: "iterator"', ...settings];
  const [isV4, isV6] = network.family === 4 ? ["yes", "no"] : ["no", "yes"];
  const lines = [
    `directory: "${folder}"`,
    'chroot: ""',
    'username: ""',
    `pidfile: "${folder}/pid"`,
    "use-syslog: no",
    `interface: ${address}`,
    `outgoing-interface: ${address}`,
    "access-control: 127.0.0.0/8 allow",
    "access-control: fd53::/64 allow",
    "port: 53",
    "do-daemonize: no",
    `do-ip4: ${isV4}`,
    `do-ip6: ${isV6}`,
    "do-not-query-localhost: no",
    "num-threads: 1",
    "prefetch: no",
    'target-fetch-policy: "0 0 0 0 0"',
    "ede: no",
    `root-hints: "${hints}"`,
    ...own,
  ];
  const file = join(folder, "unbound.conf");
  await writeFile(
    file,
    `server:\n${lines.map((line) => `  ${line}\n`).join("")}remote-control:\n  control-enable: no\n`,
  );
  return startDaemon(scope, "unbound", ["-d", "-c", file]);
}

/** Like a home router: a small cache and one resolver behind it. */
function startStub(scope: Scope, { stub, resolvers }: Network): Daemon {
  const listen = [`--listen-address=${stub}`, "--bind-interfaces", "--no-resolv", "--no-hosts"];
  return startDaemon(scope, "dnsmasq", [
    "-k",
    "--conf-file=/dev/null",
    "--pid-file",
    ...listen,
    "--user=",
    `--server=${resolvers[0]}`,
  ]);
}

export type Tree = {
  readonly fedns: Fedns;
  /** The number of queries that fedns has answered, over all transports or over one. */
  queries(transport?: "udp" | "tcp"): Promise<number>;
};

export async function growTree(scope: Scope, network: Network): Promise<Tree> {
  const { root, com, child, stub, resolvers } = network;
  const parents = await Promise.all([
    startNamed(scope, { address: root, zones: { ".": rootZone(network) } }),
    startNamed(scope, { address: com, zones: { com: comZone(network) } }),
    startNamed(scope, { address: child, zones: { "child.local.com": childZone(network) } }),
  ]);
  const fedns = await startAuthority(scope, network);
  const daemons = await Promise.all(resolvers.map((_, index) => startUnbound(scope, network, index)));
  const dnsmasq = startStub(scope, network);
  await becomesAnswered(root, ".", parents[0]);
  await becomesAnswered(com, "com", parents[1]);
  await becomesAnswered(child, "child.local.com", parents[2]);
  // The root only: tests look for what is below it.
  for (const [index, address] of resolvers.entries()) await becomesAnswered(address, ".", daemons[index]);
  await becomesAnswered(stub, ".", dnsmasq);
  return {
    fedns,
    queries: async (transport) => countQueries(await fedns.metrics(), transport),
  };
}

async function becomesAnswered(address: string, zone: string, daemon: Daemon | undefined): Promise<void> {
  for (let tries = 0; ; tries++) {
    if ((await dig({ port: 53, address }, "+time=1", zone, "SOA")).status === "NOERROR") return;
    if (tries === 50) throw new Error(`${address} does not answer for ${zone}: ${daemon?.output()}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

function countQueries(metrics: string, transport?: "udp" | "tcp"): number {
  const pattern = /^fedns_queries_total\{[^}]*transport="(\w+)"[^}]*\} (\d+)$/gm;
  let total = 0;
  for (const [, name, count] of metrics.matchAll(pattern))
    if (transport === undefined || name === transport) total += Number(count);
  return total;
}
