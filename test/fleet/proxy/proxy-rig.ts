/** An API server that is reached through proxies only, and transports that go through them. */
import { once } from "node:events";
import { createSecureServer } from "node:http2";
import type { AddressInfo } from "node:net";
import type { TestContext } from "node:test";
import { loadKubeconfig } from "../../../src/fleet/credentials/kubeconfig.ts";
import { NO_TRUST, termsOf } from "../../../src/fleet/credentials/kubeconfig-trust.ts";
import type { Credentials } from "../../../src/fleet/kube/credentials.ts";
import { Transport } from "../../../src/fleet/kube/transport.ts";
import { type Clock, systemClock } from "../../../src/kernel/clock.ts";
import { type Authority, createAuthority, type Credential } from "../../../src/sandbox/tls/authority.ts";
import { folder, type Settings, writeKubeconfig } from "../credentials/kubeconfig-folder.ts";

/** Nothing answers there but the proxy. */
export const NAME = "api.cluster.test:6443";
type Identity = { readonly authority: Authority; readonly own: Credential };
let opened: Promise<Identity> | null = null;

/** One for all tests: its keys take time. */
export function openAuthority(): Promise<Identity> {
  opened ??= createAuthority().then(async (authority) => ({
    authority,
    own: await authority.issueServer("server"),
  }));
  return opened;
}

type Server = { readonly port: number; readonly seen: string[]; readonly sessions: () => number };

/** Speaks HTTP/1.1 and HTTP/2, answers with what it was asked, and keeps watches open. */
export async function apiServer(t: TestContext): Promise<Server> {
  const { own } = await openAuthority();
  const seen: string[] = [];
  let sessions = 0;
  const server = createSecureServer({ cert: own.certificatePem, key: own.keyPem, allowHTTP1: true });
  server.on("session", (session) => {
    sessions += 1;
    t.after(() => session.destroy());
  });
  server.on("request", (request, response) => {
    seen.push(`${request.method} ${request.url} ${request.httpVersion}`);
    response.writeHead(200, { "content-type": "application/json" });
    if (request.url.includes("watch=true")) response.write('{"type":"ADDED"}\n');
    else response.end("{}");
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => void server.close());
  return { port: (server.address() as AddressInfo).port, seen, sessions: () => sessions };
}

export type Way = { readonly env?: Readonly<Record<string, string>>; readonly cluster?: Settings };

export async function credentialsBy(t: TestContext, { env = {}, cluster = {} }: Way): Promise<Credentials> {
  const { authority } = await openAuthority();
  const ca = Buffer.from(authority.caPem).toString("base64");
  const trusted = { "certificate-authority-data": ca, "tls-server-name": "localhost" };
  const settings = { server: `https://${NAME}`, ...trusted, ...cluster };
  const path = writeKubeconfig(folder(t), settings, { token: "t" });
  return loadKubeconfig({ path }, systemClock, { ...termsOf(NO_TRUST), env });
}

export async function transportBy(t: TestContext, way: Way, clock: Clock = systemClock): Promise<Transport> {
  const transport = new Transport({ clock, random: Math.random });
  transport.adopt(await credentialsBy(t, way));
  t.after(() => transport.close());
  return transport;
}

export const signal: AbortSignal = new AbortController().signal;
