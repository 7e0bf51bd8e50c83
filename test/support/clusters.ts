/** API servers of the sample federation that a test can stop and start again on their old ports. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type ApiServer, startApiServer } from "../../src/sandbox/api-server.ts";
import { sampleMembers, nodesOf, sampleManifests } from "../../src/sandbox/sample.ts";
import { type Authority, createAuthority } from "../../src/sandbox/tls/authority.ts";
import { atEnd, type Scope } from "./programs.ts";

export type Clusters = {
  /** In the form of the setting `clusters`. */
  readonly settings: readonly { readonly name: string; readonly kubeconfig: string }[];
  /** Throws for a cluster that is stopped. */
  server(name: string): ApiServer;
  /** Stops all of them; their state is lost. */
  takeAway(): Promise<void>;
  /** Starts all of them, with the sample content. */
  bringBack(): Promise<void>;
};

type Place = { readonly port: number; readonly token: string };

/** Kubeconfigs are written into `directory`. */
export async function startClusters(scope: Scope, directory: string): Promise<Clusters> {
  const authority = await createAuthority();
  const places = new Map<string, Place>();
  const running = new Map<string, ApiServer>();
  const bringBack = async (): Promise<void> => {
    for (const member of sampleMembers) {
      if (running.has(member.name)) continue;
      const server = await startMember(member, authority, places.get(member.name));
      running.set(member.name, server);
      places.set(member.name, { port: server.port, token: server.token });
    }
  };
  const takeAway = async (): Promise<void> => {
    await Promise.all([...running.values()].map(closeForGood));
    running.clear();
  };
  atEnd(scope, takeAway);
  await bringBack();
  const settings = sampleMembers.map(({ name }) => ({
    name,
    kubeconfig: join(directory, `${name}.kubeconfig`),
  }));
  for (const { name, kubeconfig } of settings) {
    await writeFile(kubeconfig, running.get(name)?.kubeconfig() ?? "", { mode: 0o600 });
  }
  return {
    settings,
    server(name) {
      const server = running.get(name);
      if (server === undefined) throw new Error(`${name} is away`);
      return server;
    },
    takeAway,
    bringBack,
  };
}

/** A connection that was being opened during the cut would keep its server alive. */
async function closeForGood(server: ApiServer): Promise<void> {
  const timer = setInterval(() => server.closeConnections(), 20);
  await server.close().finally(() => clearInterval(timer));
}

async function startMember(
  member: (typeof sampleMembers)[number],
  authority: Authority,
  place: Place | undefined,
): Promise<ApiServer> {
  const { name, loadBalancer } = member;
  const server = await startApiServer({ name, authority, loadBalancer, nodes: nodesOf(member), ...place });
  for (const manifest of sampleManifests(name)) server.objects.put(manifest);
  await server.settled();
  return server;
}
