/**
 * A Deployment moves from cluster to cluster while clients ask through resolvers that cache: none is led to a copy that is gone, whatever
 * process is killed meanwhile.
 */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { type ApiServer, startApiServer } from "../../../src/sandbox/api-server.ts";
import { federated } from "../../propagate/rig.ts";
import { inLong, SCALE } from "../../suite/scale.ts";
import { type Fedns, startFedns, temporaryFolder } from "../../support/fedns.ts";
import { NAMESPACE, putCluster, putSecret, startHost } from "../../support/host-cluster.ts";
import { killHard, suiteScope } from "../../support/programs.ts";
import { until } from "../../support/until.ts";
import { type CachingClients, startCachingClients } from "./caching-clients.ts";

const TTL_SECONDS = 2;
const NAME = "web.shop.myfed.svc.example.com";
const MEMBERS = ["m1", "m2"] as const;
type MemberName = (typeof MEMBERS)[number];
const ADDRESS: Readonly<Record<MemberName, string>> = { m1: "192.0.2.10", m2: "198.51.100.10" };
/** A lease that nobody renews any more is taken after 15 s; then there is the start of a process. */
const MOVED_WITHIN_MS = 90_000;
const LOOK_EVERY_MS = 20;
const QUERIES_PER_SECOND_MAX = 2_000;

const TYPES = [
  ["namespaces", "Namespace", "", "v1", false],
  ["services", "Service", "", "v1", true],
  ["deployments", "Deployment", "apps", "v1", true],
] as const;

function typeConfig([plural, kind, group, version, isNamespaced]: (typeof TYPES)[number]): object {
  const scope = isNamespaced ? "Namespaced" : "Cluster";
  return {
    apiVersion: "core.kubefed.io/v1beta1",
    kind: "FederatedTypeConfig",
    metadata: { name: group === "" ? plural : `${plural}.${group}`, namespace: NAMESPACE },
    spec: {
      propagation: "Enabled",
      targetType: { group, version, kind, pluralName: plural, scope },
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

const labels = { app: "web" };
const deployment = {
  spec: {
    replicas: 2,
    selector: { matchLabels: labels },
    template: { metadata: { labels }, spec: { containers: [{ name: "web", image: "web:1" }] } },
  },
};
const service = { spec: { type: "LoadBalancer", selector: labels, ports: [{ port: 80 }] } };

for (const isDrained of [true, false])
  describe(isDrained ? "a move" : "a move without a drain", inLong, () => {
    const scope = suiteScope();
    const members = new Map<MemberName, ApiServer>();
    let host: ApiServer;
    let fedns: Fedns;
    let clients: CachingClients;
    /** When the copy of each member went last, and how long clients may still have been led to it then. */
    const gone = new Map<MemberName, { readonly atMs: number; readonly ledForMs: number }>();

    const place = (kind: string, name: string, template: object, placement: object): void =>
      void host.objects.put(federated(`Federated${kind}`, "shop", name, { template, placement }) as never);
    const copy = (member: MemberName): any =>
      members
        .get(member)
        ?.objects.get({ apiVersion: "apps/v1", kind: "Deployment", namespace: "shop", name: "web" });
    const moveTo = (member: MemberName): void => {
      gone.clear();
      place("Deployment", "web", deployment, { clusters: [{ name: member }] });
    };
    const line = (member: MemberName): any => {
      const ref = { apiVersion: "types.kubefed.io/v1beta1", kind: "FederatedDeployment" };
      const object: any = host.objects.get({ ...ref, namespace: "shop", name: "web" });
      return object?.status?.clusters?.find(({ name }: { name: string }) => name === member);
    };
    const isWaiting = (member: MemberName): boolean => line(member)?.status === "WaitingForDrain";
    const removals = async (): Promise<readonly any[]> => {
      const { orders } = await fedns.status();
      return (orders?.orders ?? []).filter(({ order }: { order: string }) => order === "removal");
    };
    async function hasOrders(isThere: boolean): Promise<void> {
      const deadlineMs = performance.now() + MOVED_WITHIN_MS;
      for (;;) {
        if ((await fedns.status()).orders !== null && (await removals()).length > 0 === isThere) return;
        assert.ok(performance.now() < deadlineMs, `orders: ${isThere}`);
        await delay(LOOK_EVERY_MS);
      }
    }
    async function kill(child: "serve" | "control" | "propagate"): Promise<void> {
      killHard((await fedns.status()).processes[child].pid);
    }

    before(async () => {
      host = await startHost();
      for (const name of MEMBERS) {
        const ipv4Prefix = ADDRESS[name].slice(0, ADDRESS[name].lastIndexOf(".") + 1);
        const ipv6Prefix = `2001:db8:${name.slice(1)}::`;
        const loadBalancer = { ipv4Prefix, ipv6Prefix, ipv4PerService: 1, ipv6PerService: 0 };
        const member = await startApiServer({ name, loadBalancer });
        members.set(name, member);
        putSecret(host, name, member.token);
        putCluster(host, name, member);
        member.objects.subscribe(({ kind, object }: any) => {
          if (kind !== "DELETED" || object.kind !== "Deployment") return;
          const atMs = performance.now();
          gone.set(name, { atMs, ledForMs: (clients?.ledUntilMs(ADDRESS[name]) ?? 0) - atMs });
        });
      }
      host.objects.put({ apiVersion: "v1", kind: "Namespace", metadata: { name: "shop" } });
      for (const type of TYPES) host.objects.put(typeConfig(type) as never);
      place("Namespace", "shop", {}, { clusterSelector: {} });
      place("Service", "web", service, { clusterSelector: {} });
      moveTo("m1");
      const directory = await temporaryFolder(scope);
      writeFileSync(join(directory, "host.kubeconfig"), host.kubeconfig(), { mode: 0o600 });
      const settings = {
        host: { kubeconfig: "./host.kubeconfig" },
        clusters: [],
        ttlSeconds: TTL_SECONDS,
        propagation: { drainWaitSeconds: isDrained ? 600 : 0 },
        serve: { drainSeconds: 0, workers: 2 },
      };
      fedns = await startFedns(scope, { directory, settings });
      clients = await startCachingClients(scope, {
        port: fedns.port,
        name: NAME,
        rate: Math.min(SCALE.queriesPerSecond, QUERIES_PER_SECOND_MAX),
      });
      await until("m1 answers", () => clients.last.includes(ADDRESS.m1));
    });
    after(() => Promise.all([host, ...members.values()].map((server) => server.close())));

    const other: Readonly<Record<MemberName, MemberName>> = { m1: "m2", m2: "m1" };
    let at: MemberName = "m1";
    /** Moves, with something that happens while the old copy waits. */
    async function move(meanwhile: (from: MemberName) => Promise<void>): Promise<void> {
      const from = at;
      at = other[from];
      moveTo(at);
      await meanwhile(from);
      await until(`the copy in ${from} is gone`, () => copy(from) === undefined, MOVED_WITHIN_MS);
      const { ledForMs } = gone.get(from) ?? { ledForMs: NaN };
      assert.ok(ledForMs <= 0, `clients were led to ${from} for ${ledForMs} ms more`);
      await until(`${at} answers`, () => clients.last.includes(ADDRESS[at]));
    }
    const waits = (from: MemberName): Promise<void> =>
      until(`the copy in ${from} waits`, () => isWaiting(from), MOVED_WITHIN_MS);

    if (!isDrained) {
      it("leads clients to what is gone, which shows that this test can tell", async () => {
        await assert.rejects(
          move(async () => undefined),
          /clients were led to m1 for \d/,
        );
      });
      return;
    }
    it("leads nobody to what is gone, and is over afterwards", async () => {
      const { empty } = clients;
      await move(async (from) => {
        await waits(from);
        await hasOrders(true);
        const [order] = await removals();
        assert.deepEqual(
          [order.cluster, order.service, order.share, order.by],
          [from, "shop/web", 0, "propagate: FederatedDeployment shop/web"],
        );
      });
      await hasOrders(false);
      assert.equal(clients.empty, empty, "there was always an answer");
    });
    it("is withdrawn when the placement comes back", async () => {
      moveTo(other[at]);
      await waits(at);
      moveTo(at);
      await hasOrders(false);
      await until("it is in order", () => line(at) !== undefined && line(at).status === undefined);
      await until(`${at} answers`, () => clients.last.includes(ADDRESS[at]));
      await until("the other copy is gone", () => copy(other[at]) === undefined, MOVED_WITHIN_MS);
    });
    for (const child of ["control", "serve", "propagate"] as const) {
      it(`goes on when ${child} is killed before the order is given`, inLong, () => move(() => kill(child)));
      it(
        `goes on when ${child} is killed while old answers are waited for`,
        child === "serve" ? {} : inLong,
        () =>
          move(async () => {
            await hasOrders(true);
            await kill(child);
          }),
      );
      it(`goes on when ${child} is killed before the order is lifted`, inLong, async () => {
        await move(() => Promise.resolve());
        await kill(child);
        await hasOrders(false);
      });
    }
  });
