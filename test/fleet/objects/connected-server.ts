/** One of the sandbox's API servers, and a transport to it as its administrator. */
import { join } from "node:path";
import { writeFile } from "node:fs/promises";
import { loadKubeconfig } from "../../../src/fleet/credentials/kubeconfig.ts";
import { Transport } from "../../../src/fleet/kube/transport.ts";
import { type ApiServer, type ApiServerOptions, startApiServer } from "../../../src/sandbox/api-server.ts";
import { type Clock, systemClock } from "../../../src/kernel/clock.ts";
import { temporaryFolder } from "../../support/fedns.ts";
import { atEnd, type Scope } from "../../support/programs.ts";

export type ConnectedServer = { readonly server: ApiServer; readonly transport: Transport };

export async function connectedServer(
  scope: Scope,
  options: ApiServerOptions = {},
): Promise<ConnectedServer> {
  const server = await startApiServer(options);
  atEnd(scope, () => server.close());
  return { server, transport: await transportTo(scope, server) };
}

/** Another connection to a server that runs. */
export async function transportTo(
  scope: Scope,
  server: ApiServer,
  clock: Clock = systemClock,
): Promise<Transport> {
  const path = join(await temporaryFolder(scope), "kubeconfig");
  await writeFile(path, server.kubeconfig(), { mode: 0o600 });
  const transport = new Transport({ clock, random: Math.random });
  atEnd(scope, () => transport.close());
  transport.adopt(await loadKubeconfig({ path }, clock));
  return transport;
}
