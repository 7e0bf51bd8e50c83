/** A host with KubeFed's types and two joined members, the command line, and the propagator that a plan is about. */
import { HostRevision } from "../../../src/propagate/brake/host-revision.ts";
import { UNLIMITED } from "../../propagate/rig.ts";
import { installHostTypes } from "../../../src/sandbox/host-types.ts";
import { loadKubeconfig } from "../../../src/fleet/credentials/kubeconfig.ts";
import { Transport } from "../../../src/fleet/kube/transport.ts";
import { freePermit } from "../../../src/fleet/kube/write-permit.ts";
import { systemClock } from "../../../src/kernel/clock.ts";
import { silentLog } from "../../../src/kernel/log.ts";
import { Propagator } from "../../../src/propagate/reconcile/propagator.ts";
import { parseFederatedTypeConfig } from "../../../src/fleet/host-objects/type-config.ts";
import { propagated } from "../../../src/run/propagate/placed-types.ts";
import type { ApiServer } from "../../../src/sandbox/api-server.ts";
import { Client } from "../../sandbox/client.ts";
import { atEnd, type Scope } from "../../support/programs.ts";
import { until } from "../../support/until.ts";
import { type Rig, startRig } from "../clusters/rig.ts";

export const SYSTEM = "kube-federation-system";
const MEMBERS = ["m1", "m2"] as const;

const KINDS = {
  namespaces: { kind: "Namespace", plural: "namespaces", group: "", scope: "Cluster" },
  configmaps: { kind: "ConfigMap", plural: "configmaps", group: "", scope: "Namespaced" },
  secrets: { kind: "Secret", plural: "secrets", group: "", scope: "Namespaced" },
  services: { kind: "Service", plural: "services", group: "", scope: "Namespaced" },
  "deployments.apps": { kind: "Deployment", plural: "deployments", group: "apps", scope: "Namespaced" },
} as const;

export function typeConfig(name: keyof typeof KINDS, propagation = "Enabled"): any {
  const { kind, plural, group, scope } = KINDS[name];
  const type = (fields: object): object => ({ version: "v1", scope, ...fields });
  return {
    apiVersion: "core.kubefed.io/v1beta1",
    kind: "FederatedTypeConfig",
    metadata: { name, namespace: SYSTEM },
    spec: {
      propagation,
      targetType: type({ group, kind, pluralName: plural }),
      federatedType: {
        group: "types.kubefed.io",
        version: "v1beta1",
        kind: `Federated${kind}`,
        pluralName: `federated${plural}`,
        scope: "Namespaced",
      },
    },
  };
}

export type PlanRig = Rig & {
  /** A federated object into the host. */
  put(kind: string, name: string, spec: object, metadata?: object): void;
  copy(member: string, kind: string, name: string): any;
  client(member: string): Client;
  /** Every change in every server from now on: "m1 ConfigMap settings". */
  changes(): Promise<readonly string[]>;
  /** A plan as JSON. */
  plan(
    ...args: readonly string[]
  ): Promise<{ readonly code: number; readonly plan: any; readonly err: string }>;
  /** The propagator works until nothing is left to do, and ends. */
  propagate(): Promise<void>;
};

export async function startPlanRig(scope: Scope): Promise<PlanRig> {
  const rig = await startRig(scope, ["host", ...MEMBERS]);
  const host = rig.servers["host"] as ApiServer;
  const done = async (...args: readonly string[]): Promise<void> => {
    const { code, err } = await rig.fedns(...args);
    if (code !== 0) throw new Error(err);
  };
  await done("init", "--host-context", "host");
  await installHostTypes(host.objects);
  for (const name of MEMBERS)
    await done(
      "join",
      name,
      "--host-context",
      "host",
      "--kinds",
      "namespaces,configmaps,secrets,services,deployments",
    );
  for (const name of Object.keys(KINDS)) host.objects.put(typeConfig(name as keyof typeof KINDS));
  host.objects.put({ apiVersion: "v1", kind: "Namespace", metadata: { name: "shop" } });
  const clients = new Map(Object.entries(rig.servers).map(([name, server]) => [name, new Client(server)]));
  atEnd(scope, async () => {
    for (const client of clients.values()) await client.close();
  });
  return {
    ...rig,
    put: (kind, name, spec, metadata = {}) =>
      void host.objects.put({
        apiVersion: "types.kubefed.io/v1beta1",
        kind,
        metadata: { namespace: "shop", name, ...metadata },
        spec,
      } as never),
    copy: (member, kind, name) =>
      (rig.servers[member] as ApiServer).objects.get({
        apiVersion: kind === "Deployment" ? "apps/v1" : "v1",
        kind,
        ...(kind === "Namespace" ? {} : { namespace: "shop" }),
        name,
      }) ?? null,
    client: (member) => clients.get(member) as Client,
    changes: async () => {
      const changes: string[] = [];
      for (const [name, server] of Object.entries(rig.servers)) {
        await server.settled();
        atEnd(
          scope,
          server.objects.subscribe(({ object }: any) => {
            changes.push(`${name} ${object.kind} ${object.metadata.name}`);
          }),
        );
      }
      return changes;
    },
    plan: async (...args) => {
      const { code, out, err } = await rig.fedns("plan", ...args, "--host-context", "host", "-o", "json");
      return { code, plan: out === "" ? null : JSON.parse(out), err };
    },
    propagate: () => propagate(rig, host),
  };
}

async function propagate({ kubeconfig }: Rig, host: ApiServer): Promise<void> {
  const open = async (context: string): Promise<Transport> => {
    const transport = new Transport({ clock: systemClock, random: Math.random });
    transport.adopt(await loadKubeconfig({ path: kubeconfig, context }, systemClock));
    return transport;
  };
  const transports = new Map(
    await Promise.all(["host", ...MEMBERS].map(async (name) => [name, await open(name)] as const)),
  );
  const ending = new AbortController();
  const namespace: any = host.objects.get({ apiVersion: "v1", kind: "Namespace", name: SYSTEM });
  const propagator = new Propagator({
    planRule: "kubefed",
    transport: transports.get("host") as Transport,
    ownership: { owner: namespace.metadata.uid, manager: "fedns" },
    permit: freePermit(10),
    adoption: "always",
    limits: UNLIMITED,
    revision: new HostRevision({ path: null, owner: "" }),
    deletionWaitMs: 3_600_000,
    onlyNamespace: null,
    ownNamespace: SYSTEM,
    clock: systemClock,
    random: Math.random,
    log: silentLog,
    signal: ending.signal,
  });
  propagator.setMembers(
    MEMBERS.map((name) => ({
      name,
      labels: {},
      clusterUid: null,
      forgottenMs: null,
      access: { kind: "open", transport: transports.get(name) as Transport },
    })),
  );
  const types = Object.keys(KINDS).flatMap((name) => {
    const { value } = parseFederatedTypeConfig(typeConfig(name as keyof typeof KINDS));
    return value === null ? [] : [propagated(value)];
  });
  propagator.setTypes(types);
  const { engine } = propagator;
  const isDone = ({ metadata, status }: any): boolean =>
    metadata.deletionTimestamp === undefined &&
    metadata.finalizers?.includes("kubefed.io/sync-controller") &&
    status?.observedGeneration === metadata.generation;
  const isAsked = (): boolean =>
    types.every(({ name, federated: { plural } }) => {
      const rows = [...engine.objects.rowsOf(name)];
      const objects = host.objects.ofResource(plural, "types.kubefed.io", "shop");
      return (
        rows.length === objects.length &&
        objects.every(isDone) &&
        rows.every((row) =>
          [...engine.members.values()].every(
            ({ copies }) => copies.isWorked(row) && copies.reportOf(row)?.status !== "WaitingForRemoval",
          ),
        )
      );
    });
  await until("all copies are worked on", () => isAsked() && propagator.isIdle);
  ending.abort();
  for (const transport of transports.values()) transport.close();
}
