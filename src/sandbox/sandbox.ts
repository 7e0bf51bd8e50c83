/** A federation on a laptop: a host and three members as API servers in this process, with sample content and kubeconfigs. */
import { chmod, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { systemClock } from "../kernel/clock.ts";
import type { Clock } from "../kernel/clock.ts";
import { OperationalError, messageOf } from "../kernel/error.ts";
import { silentLog } from "../kernel/log.ts";
import type { Log } from "../kernel/log.ts";
import { startApiServer } from "./api-server.ts";
import type { ApiServer } from "./api-server.ts";
import { dnsResolver, startIngressProxy } from "./edge/ingress-proxy.ts";
import type { IngressProxy } from "./edge/ingress-proxy.ts";
import { installHostTypes } from "./host-types.ts";
import { kubeconfig } from "./kubeconfig.ts";
import type { KubeconfigUser } from "./kubeconfig.ts";
import { federate, type FederationObjects } from "./sample-host.ts";
import { sampleMembers, nodesOf, sampleManifests } from "./sample.ts";
import type { SampleMember } from "./sample.ts";
import { createAuthority } from "./tls/authority.ts";

type SandboxOptions = {
  /** The directory of the kubeconfigs; created if it does not exist. */
  readonly directory: string;
  readonly clock?: Clock;
  readonly random?: () => number;
  readonly log?: Log;
  /** Makes the host declare all members, and place workloads of the sample in them. Default: the host has only its definitions. */
  readonly federation?: FederationObjects;
  /** An HTTP proxy on 127.0.0.1 that sends requests to the member whose address `dns` answers. Default: none. */
  readonly ingressProxy?: {
    /** 0 takes a free port. Port 80 requires a privilege that most users do not have. */
    readonly port: number;
    /** The DNS server to ask: `127.0.0.1:1053`. */
    readonly dns: string;
  };
};

type SandboxServer = {
  readonly name: string;
  readonly kubeconfigPath: string;
  readonly context: string;
  readonly server: ApiServer;
};

type SandboxCluster = SandboxServer & {
  /** A KubeFedCluster of the host declares it. */
  readonly isInHost: boolean;
  readonly region: string;
  readonly zones: readonly string[];
  readonly latitude: number;
  readonly longitude: number;
};

export type Sandbox = {
  readonly clusters: readonly SandboxCluster[];
  readonly host: SandboxServer;
  /** One file with a context for every member and the host. */
  readonly kubeconfigPath: string;
  /** The port of the ingress proxy on 127.0.0.1, if one was requested. */
  readonly ingressProxyPort?: number;
  /** Stops every server; the files stay. */
  close(): Promise<void>;
};

const HOST = "host";
/** The member whose kubeconfig has a client certificate instead of a token, so that both are in use. */
const CERTIFICATE_MEMBER = "eu-central";

/** Rejects with `OperationalError` where the directory cannot be written or a port is taken. */
export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  const { clock = systemClock, random = Math.random, log = silentLog } = options;
  const authority = await createAuthority();
  const shared = { authority, clock, random, log };
  // It only hosts the federation: a Deployment there is one of the federation, as with Federation v1.
  const host = await startApiServer({ ...shared, name: HOST, nodes: [], runsWorkloads: false });
  await installHostTypes(host.objects, options.federation === undefined);
  const started = await Promise.all(sampleMembers.map((member) => startMember(member, shared)));
  const isInHost = options.federation !== undefined && (await federate(host, started, options.federation));
  const servers = [host, ...started.map(({ server }) => server)];
  let proxy: IngressProxy | undefined;
  const close = async (): Promise<void> => {
    await Promise.all([proxy?.close(), ...servers.map((server) => server.close())]);
  };
  try {
    if (options.ingressProxy) {
      const { port, dns } = options.ingressProxy;
      const proxied = started.map(({ server }) => server);
      proxy = await startIngressProxy({ clusters: proxied, resolve: dnsResolver(dns), port, random });
    }
    const users = await Promise.all(servers.map(userOf));
    const kubeconfigPath = await writeKubeconfigs(options.directory, servers, users);
    const describe = (server: ApiServer): SandboxServer => {
      const path = join(options.directory, `${server.name}.kubeconfig`);
      return { name: server.name, kubeconfigPath: path, context: server.name, server };
    };
    const clusters = started.map(({ member, server }) => {
      const { name: region, zones, latitude, longitude } = member;
      return { ...describe(server), isInHost, region, zones, latitude, longitude };
    });
    const ports = proxy && { ingressProxyPort: proxy.port };
    return { clusters, host: describe(host), kubeconfigPath, ...ports, close };
  } catch (error) {
    await close();
    if (error instanceof OperationalError) throw error;
    const message = `the sandbox cannot write to ${options.directory}: ${messageOf(error)}`;
    throw new OperationalError("SANDBOX_DIRECTORY", message, { cause: error });
  }
}

type Started = { readonly member: SampleMember; readonly server: ApiServer };

async function startMember(
  member: SampleMember,
  shared: Parameters<typeof startApiServer>[0],
): Promise<Started> {
  const { name, loadBalancer } = member;
  const server = await startApiServer({ ...shared, name, loadBalancer, nodes: nodesOf(member) });
  for (const manifest of sampleManifests(name)) server.objects.put(manifest);
  await server.settled();
  return { member, server };
}

async function userOf(server: ApiServer): Promise<KubeconfigUser> {
  return server.name === CERTIFICATE_MEMBER ? server.issueClient("sandbox-admin") : { token: server.token };
}

/** One file per server and one for all; readable by their owner only, since they contain keys. */
async function writeKubeconfigs(
  directory: string,
  servers: readonly ApiServer[],
  users: readonly KubeconfigUser[],
): Promise<string> {
  await mkdir(directory, { recursive: true });
  const entries = servers.map(({ name, url, caPem }, index) => {
    const user = users[index] ?? { token: "" };
    return { name, url, caPem, user };
  });
  const all = join(directory, "kubeconfig");
  await Promise.all([
    ...entries.map((entry) => writePrivate(join(directory, `${entry.name}.kubeconfig`), kubeconfig([entry]))),
    // Members first: they have the sample, and the first context is the current one.
    writePrivate(all, kubeconfig([...entries.slice(1), ...entries.slice(0, 1)])),
  ]);
  return all;
}

async function writePrivate(path: string, text: string): Promise<void> {
  await writeFile(path, text, { mode: 0o600 });
  // An existing file keeps its mode when it is written.
  await chmod(path, 0o600);
}
