/** A host and members as real API servers in this process, and a propagator between them. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { loadKubeconfig } from "../../src/fleet/credentials/kubeconfig.ts";
import { freePermit, type WritePermit } from "../../src/fleet/kube/write-permit.ts";
import { Transport } from "../../src/fleet/kube/transport.ts";
import type { ServingChannel } from "../../src/federation/serving/serving-ask.ts";
import { type Clock, systemClock } from "../../src/kernel/clock.ts";
import { silentLog } from "../../src/kernel/log.ts";
import type { Adoption } from "../../src/propagate/apply/decide.ts";
import type { BrakeLimits } from "../../src/propagate/brake/brake.ts";
import { HostRevision } from "../../src/propagate/brake/host-revision.ts";
import type { EngineMember } from "../../src/propagate/reconcile/member-engine.ts";
import type { PropagatedType } from "../../src/propagate/objects/propagated-type.ts";
import { type DrainTerms, Propagator } from "../../src/propagate/reconcile/propagator.ts";
import { type ApiServer, type ApiServerOptions, startApiServer } from "../../src/sandbox/api-server.ts";
import { Client } from "../sandbox/client.ts";
import { temporaryFolder } from "../support/fedns.ts";
import { atEnd, type Scope } from "../support/programs.ts";
import { Wire } from "../support/wire.ts";
import { until } from "../support/until.ts";

const HOST = "host";
const SYSTEM = "kube-federation-system";
const FEDERATED = { group: "types.kubefed.io", version: "v1beta1" };

/** Types by the name of their FederatedTypeConfig. */
export const TYPES: Readonly<Record<"namespaces" | "configmaps" | "deployments.apps", PropagatedType>> = {
  namespaces: {
    name: "namespaces",
    federated: { ...FEDERATED, plural: "federatednamespaces" },
    target: { group: "", version: "v1", plural: "namespaces", kind: "Namespace", isNamespaced: false },
    collectsStatus: false,
  },
  configmaps: {
    name: "configmaps",
    federated: { ...FEDERATED, plural: "federatedconfigmaps" },
    target: { group: "", version: "v1", plural: "configmaps", kind: "ConfigMap", isNamespaced: true },
    collectsStatus: false,
  },
  "deployments.apps": {
    name: "deployments.apps",
    federated: { ...FEDERATED, plural: "federateddeployments" },
    target: { group: "apps", version: "v1", plural: "deployments", kind: "Deployment", isNamespaced: true },
    collectsStatus: true,
  },
};

/** A type of the kind that is asked for, beside those of every rig. */
export function typeOf(target: {
  readonly kind: string;
  readonly plural: string;
  readonly group?: string;
  readonly version?: string;
}): PropagatedType {
  const { kind, plural, group = "", version = "v1" } = target;
  return {
    name: group === "" ? plural : `${plural}.${group}`,
    federated: { ...FEDERATED, plural: `federated${plural}` },
    target: { group, version, plural, kind, isNamespaced: true },
    collectsStatus: false,
  };
}

/** As KubeFed makes them: the status has no room for messages. */
export function definition({ federated: { plural }, target }: PropagatedType): object {
  const kind = `Federated${target.kind}`;
  const free = { type: "object", "x-kubernetes-preserve-unknown-fields": true };
  const status = {
    type: "object",
    properties: {
      observedGeneration: { type: "integer", format: "int64" },
      conditions: {
        type: "array",
        items: {
          type: "object",
          required: ["type", "status"],
          properties: Object.fromEntries(
            ["type", "status", "reason", "lastUpdateTime", "lastTransitionTime"].map((name) => [
              name,
              { type: "string" },
            ]),
          ),
        },
      },
      clusters: {
        type: "array",
        items: {
          type: "object",
          required: ["name"],
          properties: { name: { type: "string" }, status: { type: "string" }, remoteStatus: free },
        },
      },
    },
  };
  const schema = { openAPIV3Schema: { type: "object", properties: { spec: free, status } } };
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${plural}.${FEDERATED.group}` },
    spec: {
      group: FEDERATED.group,
      scope: "Namespaced",
      names: { plural, kind, singular: kind.toLowerCase(), listKind: `${kind}List` },
      versions: [
        { name: FEDERATED.version, served: true, storage: true, schema, subresources: { status: {} } },
      ],
    },
  };
}

export type Rig = {
  readonly host: ApiServer;
  readonly members: ReadonlyMap<string, ApiServer>;
  readonly propagator: Propagator;
  /** Between the propagator and each member. */
  readonly wires: ReadonlyMap<string, Wire>;
  readonly transports: ReadonlyMap<string, Transport>;
  readonly hostTransport: Transport;
  /** As if a process had seen this resourceVersion of the host before. */
  remember(revision: string): Promise<void>;
  /** All types are propagated from now on. */
  start(): void;
  /** As another process would go on: nothing is remembered. */
  restart(): void;
  /** Requests to a member as a person makes them. */
  client(member: string): Client;
  /** Resolves when nothing waits to be written anywhere. */
  settled(): Promise<void>;
};

type RigOptions = {
  readonly members?: readonly string[];
  readonly adoption?: Adoption;
  /** Beside those of every rig. */
  readonly types?: readonly PropagatedType[];
  /** Default: true. */ readonly isRunning?: boolean;
  /** Default: null, a global control plane. */ readonly onlyNamespace?: string | null;
  /** Default: none. */ readonly limits?: BrakeLimits;
  /** Default: none; copies go at once. */ readonly drain?: DrainTerms | null;
  /** Default: writes are always permitted. */ readonly permit?: WritePermit;
  /** Default: nobody knows of traffic. */ readonly serving?: ServingChannel;
  /** Default: an hour. */ readonly deletionWaitMs?: number;
  /** Of the propagator alone. Default: that of the system. */
  readonly clock?: Clock;
  /** Plain objects of the host are federated by annotations of Federation v1; the host runs no workloads then. Default: no. */
  readonly isPlainToo?: boolean;
  /** Of the members. */
  readonly servers?: Pick<ApiServerOptions, "hasApply" | "runsWorkloads">;
  /** The kubeconfig with which the propagator reaches a member. Default: that of an administrator. */
  readonly accountIn?: (member: ApiServer) => Promise<string>;
};

const HOUR_MS = 3_600_000;
export const UNLIMITED: BrakeLimits = {
  loss: { percent: 100, objects: 0 },
  radius: { updatesPerMinute: null, removalsPerMinute: null, clustersPerMinute: null },
};

/** A member as the host declares it. */
export function engineMember(name: string, transport: Transport): EngineMember {
  const access = { kind: "open", transport } as const;
  return { name, labels: { name }, clusterUid: `uid-of-${name}`, forgottenMs: null, access };
}

export async function startRig(scope: Scope, options: RigOptions = {}): Promise<Rig> {
  const { members: names = ["m1", "m2"], adoption = "always", isRunning = true } = options;
  const {
    deletionWaitMs = HOUR_MS,
    onlyNamespace = null,
    limits = UNLIMITED,
    drain = null,
    accountIn,
  } = options;
  const { isPlainToo = false } = options;
  const plain = { ...(isPlainToo && { isPlainToo }) };
  const types = [...Object.values(TYPES), ...(options.types ?? [])].map((type) => ({ ...type, ...plain }));
  const folder = await temporaryFolder(scope);
  const revisionPath = join(folder, "host.json");
  const open = async (
    name: string,
  ): Promise<{ readonly server: ApiServer; readonly transport: Transport; readonly wire: Wire }> => {
    const server = await startApiServer({
      name,
      ...(name === HOST ? { runsWorkloads: !isPlainToo } : options.servers),
    });
    atEnd(scope, () => server.close());
    const path = join(folder, name);
    const wire = await Wire.lay(scope, server.port);
    const own = name === HOST ? server.kubeconfig() : await (accountIn?.(server) ?? server.kubeconfig());
    const kubeconfig = own.replace(`:${server.port}`, `:${wire.port}`);
    await writeFile(path, kubeconfig, { mode: 0o600 });
    const transport = new Transport({ clock: systemClock, random: Math.random });
    atEnd(scope, () => transport.close());
    transport.adopt(await loadKubeconfig({ path }, systemClock));
    return { server, transport, wire };
  };
  const host = await open(HOST);
  host.server.objects.put({ apiVersion: "v1", kind: "Namespace", metadata: { name: SYSTEM } });
  for (const type of types) host.server.objects.put(definition(type) as never);
  const opened = await Promise.all(names.map(async (name) => [name, await open(name)] as const));
  const clients = new Map(opened.map(([name, { server }]) => [name, new Client(server)]));
  atEnd(scope, async () => {
    for (const client of clients.values()) await client.close();
  });
  let ending = new AbortController();
  atEnd(scope, () => ending.abort());
  const beginAnew = (): Propagator => {
    ending = new AbortController();
    const propagator = new Propagator({
      planRule: "kubefed",
      transport: host.transport,
      ownership: { owner: "test", manager: "fedns" },
      permit: options.permit ?? freePermit(10),
      adoption,
      onlyNamespace,
      ownNamespace: SYSTEM,
      deletionWaitMs,
      limits,
      drain,
      serving: options.serving ?? null,
      revision: new HostRevision({ path: revisionPath, owner: "test" }),
      clock: options.clock ?? systemClock,
      random: Math.random,
      log: silentLog,
      signal: ending.signal,
    });
    propagator.setMembers(opened.map(([name, { transport }]) => engineMember(name, transport)));
    return propagator;
  };
  let propagator = beginAnew();
  const start = (): void => propagator.setTypes(types);
  if (isRunning) start();
  return {
    host: host.server,
    members: new Map(opened.map(([name, { server }]) => [name, server])),
    wires: new Map(opened.map(([name, { wire }]) => [name, wire])),
    hostTransport: host.transport,
    remember: (revision) => writeFile(revisionPath, JSON.stringify({ owner: "test", revision })),
    transports: new Map(opened.map(([name, { transport }]) => [name, transport])),
    get propagator() {
      return propagator;
    },
    start,
    restart: () => {
      ending.abort();
      propagator = beginAnew();
      start();
    },
    client: (member) => clients.get(member) as Client,
    settled: () => until("nothing waits to be written", () => propagator.isIdle),
  };
}

export function federated(kind: string, namespace: string, name: string, spec: object): object {
  return { apiVersion: "types.kubefed.io/v1beta1", kind, metadata: { namespace, name }, spec };
}
