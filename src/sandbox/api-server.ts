/** One Kubernetes API server in this process, on real HTTPS. A test double and a demo, never a store for production. */
import { randomBytes } from "node:crypto";
import { systemClock } from "../kernel/clock.ts";
import type { Clock } from "../kernel/clock.ts";
import { silentLog } from "../kernel/log.ts";
import type { Log } from "../kernel/log.ts";
import { AccessControl } from "./access/access.ts";
import type { AccessMode } from "./access/access.ts";
import { configuredWebhooks } from "./admission/configurations.ts";
import { WebhookTable } from "./admission/webhooks.ts";
import { startControllers } from "./controllers/all.ts";
import { bootstrap } from "./controllers/bootstrap.ts";
import { runControllers } from "./reconcile/loop.ts";
import type { ClusterSettings } from "./reconcile/settings.ts";
import { HttpsServer } from "./https-server.ts";
import { kubeconfig } from "./kubeconfig.ts";
import { AddressAllocator } from "./store/allocator.ts";
import { definitions } from "./custom/definition.ts";
import { FaultTable } from "./faults/fault-table.ts";
import { builtinResources } from "./kinds/builtin.ts";
import { reviewResources } from "./kinds/review.ts";
import { HISTORY_CHANGES } from "./store/history.ts";
import type { KubeObject } from "./object/object.ts";
import { ADMIN_GROUP } from "./object/user.ts";
import { ObjectClient } from "./store/objects.ts";
import type { ObjectRef } from "./store/objects.ts";
import { ResourceTable } from "./store/resource.ts";
import { ObjectStore } from "./store/store.ts";
import { ObjectWriter } from "./store/writer.ts";
import { createAuthority } from "./tls/authority.ts";
import type { Authority, Credential } from "./tls/authority.ts";
import { TokenIssuer } from "./tls/token.ts";
import { createAuthenticator } from "./http/authenticator.ts";
import type { UserTokens } from "./http/authenticator.ts";
import { HttpExchange } from "./http/exchange.ts";
import { handle } from "./api/handler.ts";
import { ContainerLogs } from "./api/log.ts";
import type { ApiContext } from "./api/handler.ts";

export type ApiServerOptions = ClusterSettings & {
  /** Names the cluster in its kubeconfig, its certificate and its default node. */
  readonly name?: string;
  /** Default: a free port. */
  readonly port?: number;
  /** Servers can share one: creating it takes some milliseconds. */
  readonly authority?: Authority;
  /** Whether roles and bindings are enforced, which they are by default. */
  readonly access?: AccessMode;
  /** The bearer token of `sandbox-admin`. Default: random. */
  readonly token?: string;
  readonly clock?: Clock;
  readonly random?: () => number;
  readonly log?: Log;
  /** The first resourceVersion. A lower one than before simulates a server that was restored from a backup. */
  readonly firstVersion?: number;
  readonly historyChanges?: number;
  readonly bookmarkIntervalMs?: number;
  /** The answer to a watch from a compacted version: an ERROR event in a 200 stream, as real servers send, or a plain 410. */
  readonly expiredAs?: "event" | "status";
  /** False: HTTP/1.1 only. Default: both, as real servers. */
  readonly hasHttp2?: boolean;
  /** False: as before Kubernetes 1.16, without server-side apply and managedFields. Default: true. */
  readonly hasApply?: boolean;
  /** False: nothing happens but what requests ask for, which a thousand writes a second need. Default: a whole cluster. */
  readonly hasControllers?: boolean;
};

export type ApiServer = {
  readonly name: string;
  readonly url: string;
  readonly port: number;
  readonly caPem: string;
  readonly token: string;
  /** Reads and writes within the process, with the same checks and events as over HTTP. */
  readonly objects: ObjectClient;
  /** The resources that the server offers; more can be registered while it runs. */
  readonly resources: ResourceTable;
  /** Requests that are refused, delayed or cut off on demand. */
  readonly faults: FaultTable;
  /** What containers are made to write; the sandbox runs none. */
  readonly logs: ContainerLogs;
  /** Functions that mutate or deny writes, besides the webhooks of configurations. */
  readonly webhooks: WebhookTable;
  /** A kubeconfig with one context for this server, with a client certificate instead of the token when one is given. */
  kubeconfig(credential?: Credential): string;
  /** Issues a client certificate of the server's authority. Default: for an administrator. */
  issueClient(user: string, groups?: readonly string[]): Promise<Credential>;
  /** Replaces the accepted bearer tokens, to let credentials expire. A user that is only a name is an administrator. */
  setTokens(tokens: UserTokens): void;
  /** Resolves when the controllers have handled all writes so far. */
  settled(): Promise<void>;
  /** Drops all history: watches and pages from earlier versions get 410. */
  compact(): void;
  /** Closes every connection, watches included; the server keeps listening. */
  closeConnections(): void;
  /** Stops at once and closes open watches. */
  close(): Promise<void>;
};

/** Rejects with `OperationalError` where the port is taken. */
export async function startApiServer(options: ApiServerOptions = {}): Promise<ApiServer> {
  const { name = "sandbox", clock = systemClock, random = Math.random, log = silentLog } = options;
  const authority = options.authority ?? (await createAuthority());
  const token = options.token ?? randomBytes(24).toString("base64url");
  const issuer = new TokenIssuer();
  const table = new ResourceTable([...builtinResources, definitions]);
  const store = new ObjectStore({
    firstVersion: options.firstVersion ?? 1,
    historyChanges: options.historyChanges ?? HISTORY_CHANGES,
  });
  const allocator = new AddressAllocator();
  store.subscribe((change) => allocator.note(change));
  const writer = new ObjectWriter(store, table, { clock, random, allocator });
  const objects = new ObjectClient(store, table, writer);
  const access = new AccessControl(objects, options.access ?? "rbac");
  const find = (ref: ObjectRef): KubeObject | undefined => objects.get(ref);
  const authenticator = createAuthenticator({ tokens: { [token]: "sandbox-admin" }, issuer, clock, find });
  const { identify } = authenticator;
  for (const review of reviewResources({ access, identify })) table.register(review);
  const settings = { ...options, issuer, caPem: authority.caPem, clock, random, log };
  const controllers =
    options.hasControllers === false
      ? runControllers(objects, [], log)
      : startControllers(objects, table, settings);
  bootstrap(objects, options.nodes ?? [{ name: `${name}-1` }]);
  const watchSettings = {
    bookmarkIntervalMs: options.bookmarkIntervalMs ?? 60_000,
    expiredAs: options.expiredAs ?? "event",
  };
  const faults = new FaultTable();
  const logs = new ContainerLogs();
  const webhooks = new WebhookTable(clock, configuredWebhooks(objects));
  const parts = { store, table, writer, authenticator, access, issuer, faults, logs, webhooks };
  const api: ApiContext = { ...parts, watchSettings, hasApply: options.hasApply !== false, log };
  const { port: wantedPort = 0, hasHttp2 = true } = options;
  const server = await HttpsServer.listen(
    { authority, name, port: wantedPort, hasHttp2 },
    (request, response) => void handle(api, new HttpExchange(request, response, clock)),
  );
  const { port } = server;
  const url = `https://127.0.0.1:${port}`;
  const { caPem } = authority;
  return {
    name,
    url,
    port,
    caPem,
    token,
    objects,
    resources: table,
    faults,
    logs,
    webhooks,
    kubeconfig: (credential) => kubeconfig([{ name, url, caPem, user: credential ?? { token } }]),
    issueClient: (user, groups = [ADMIN_GROUP]) => authority.issueClient(user, groups),
    setTokens: authenticator.setTokens,
    settled: controllers.settled,
    compact: () => store.compact(),
    closeConnections: () => server.closeConnections(),
    async close() {
      controllers.stop();
      await server.close();
    },
  };
}
