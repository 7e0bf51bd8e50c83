/**
 * Objects in YAML, from text to published names, without an API server: with the projections, views and context of a
 * real run. For contexts without services of their own.
 */
import { ANY_ADDRESS } from "./address-rules.ts";
import { parseAllDocuments } from "yaml";
import { GatewayIndex } from "../../src/federation/gateways/gateway-index.ts";
import type { RouteKind } from "../../src/federation/gateways/attach.ts";
import type { HostRule } from "../../src/federation/hosts/rules.ts";
import { hostAuthorityOf } from "../../src/federation/hosts/authority.ts";
import { ROUTING_KINDS } from "../../src/fleet/sources/source-table.ts";
import { HostController } from "../../src/federation/hosts/host-controller.ts";
import { serviceOf } from "../../src/federation/members/federation.ts";
import { silentLog } from "../../src/kernel/log.ts";
import { ClusterView } from "../../src/fleet/observe/cluster-view.ts";
import type { HostnameResolver } from "../../src/fleet/resolve/hostname.ts";
import type { HostAddresses, HostFreshness } from "../../src/fleet/resolve/hostname-state.ts";
import { projectNode } from "../../src/fleet/observe/project.ts";
import { projectDnsEndpoint } from "../../src/fleet/sources/dnsendpoint.ts";
import { projectSlice } from "../../src/fleet/sources/endpoint-slice.ts";
import { projectGateway, projectListenerSet } from "../../src/fleet/sources/gateway.ts";
import { projectIngress } from "../../src/fleet/sources/ingress.ts";
import { projectRoute } from "../../src/fleet/sources/route.ts";
import { projectService } from "../../src/fleet/sources/service.ts";
import { objectKey } from "../../src/federation/hosts/declaration.ts";
import { generatedZone } from "../../src/dns/zone/generated.ts";
import { formatName } from "../../src/dns/message/name.ts";
import type { Front } from "./worker-context.ts";
import { parseFleet } from "./fleet.ts";

type Cluster = { readonly view: ClusterView; readonly gateways: GatewayIndex };

export type Declared = {
  /** Applies the objects of one or more YAML documents; `isGone` removes them. */
  apply(cluster: string, yaml: string, isGone: boolean): void;
  /** The addresses that a resolver would find for a load balancer's host name, now; among them ttl=SECONDS. */
  resolve(hostname: string, addresses: readonly string[]): void;
  /** The problems with host names, one per line. */
  readonly problems: readonly string[];
};

const ALL = { namespaces: [], readsExternalDns: true };
const ROUTES: ReadonlySet<string> = new Set(["HTTPRoute", "GRPCRoute", "TLSRoute", "TCPRoute", "UDPRoute"]);

/** Takes the `fleet` of the context; lines `rule SUFFIX [clusters=A,B] [namespaces=A,B]` limit who may claim hosts. */
export function declareIn(front: Front, fleet: string): Declared {
  const { federation, publisher, clock } = front;
  const { zones, federations, rules } = parseFleet(fleet);
  const domains = federations.map(({ domain }) => domain);
  const nameservers = zones.flatMap((zone) =>
    zone.nameservers.map(({ name }) => formatName(name).replace(/\.$/, "")),
  );
  const context = new HostController({
    rules: rules.length > 0 ? rules : domains.map(() => ANY_CLUSTER(federations[0]?.domain ?? "")),
    authority: hostAuthorityOf({ zones: zones.map(generatedZone), domains, nameservers }),
    routingKinds: ROUTING_KINDS,
    federation,
    publish: publisher,
    ttlSeconds: 30,
    clock,
  });
  const { resolver, resolve } = fakeResolver();
  const clusters = new Map<string, Cluster>();
  const clusterOf = (name: string): Cluster => {
    const known = clusters.get(name);
    if (known !== undefined) return known;
    const onAlias = (host: string): void => context.touch(host);
    const view = new ClusterView({
      cluster: name,
      federation,
      hostnames: resolver,
      addresses: ANY_ADDRESS,
      onAlias,
      log: silentLog,
    });
    context.join(name, view);
    view.open();
    view.openNodes();
    context.read(name);
    const gateways = new GatewayIndex((key, declaration) => context.declare(name, key, declaration));
    gateways.gatewaysListed();
    clusters.set(name, { view, gateways });
    return clusters.get(name) as Cluster;
  };
  const settle = (): void => {
    context.flush();
    publisher.flush();
  };
  return {
    apply(name, yaml, isGone) {
      for (const document of parseAllDocuments(yaml))
        take(context, name, clusterOf(name), document.toJS(), isGone);
      settle();
    },
    resolve(hostname, addresses) {
      const ttl = addresses.find((one) => one.startsWith("ttl="))?.slice("ttl=".length);
      const until = ttl === undefined ? null : Math.floor(clock.wallMs() / 1000) + Number(ttl);
      resolve(
        hostname,
        addresses.filter((one) => !one.startsWith("ttl=")),
        until,
      );
      settle();
    },
    get problems() {
      return context.status.problems.map(
        ({ host, object, cluster, reason, sentence }) =>
          `${host === "" ? "" : `${host} `}${object} in ${cluster}: ${reason}: ${sentence}`,
      );
    },
  };
}

const ANY_CLUSTER = (suffix: string): HostRule => ({ suffix, clusters: [], namespaces: [] });

function take(
  context: HostController,
  name: string,
  { view, gateways }: Cluster,
  object: any,
  isGone: boolean,
): void {
  const { kind, metadata } = object;
  const key = `${metadata.namespace}/${metadata.name}`;
  const value = <T>(projected: { readonly value: T } | null): T | undefined =>
    isGone ? undefined : projected?.value;
  if (kind === "Service") {
    const filter = {
      ...ALL,
      externalIPs: true,
      balancerHostnames: "resolve",
      readsInternalHostnames: true,
    } as const;
    const facts = value(projectService(filter)(object));
    view.setService(key, facts);
    context.declare(name, objectKey({ kind: "Service", ...serviceOf(key) }), facts?.declaration ?? null);
  } else if (kind === "EndpointSlice")
    view.setSlice(key, value(projectSlice(object, { cluster: name, countsRemote: false })));
  else if (kind === "Node") {
    if (view.setNode(metadata.name, value(projectNode(object)))) view.refreshNodes();
  } else if (kind === "Namespace")
    gateways.setNamespace(metadata.name, isGone ? undefined : (metadata.labels ?? {}));
  else if (kind === "Ingress")
    context.declare(
      name,
      `Ingress ${key}`,
      value(projectIngress({ ...ALL, classes: [], tlsHosts: true })(object)) ?? null,
    );
  else if (kind === "DNSEndpoint")
    context.declare(
      name,
      `DNSEndpoint ${key}`,
      value(projectDnsEndpoint({ ...ALL, ttlSeconds: 30 })(object)) ?? null,
    );
  else if (kind === "Gateway")
    gateways.setGateway(key, value(projectGateway({ ...ALL, classes: [] })(object)));
  else if (kind === "ListenerSet" || kind === "XListenerSet")
    gateways.setListenerSet(kind, key, value(projectListenerSet(object)));
  else if (ROUTES.has(kind))
    gateways.setRoute(kind as RouteKind, key, value(projectRoute(kind as RouteKind, ALL)(object)));
  else throw new Error(`what is a ${kind}?`);
}

function fakeResolver(): {
  readonly resolver: HostnameResolver;
  readonly resolve: (hostname: string, addresses: readonly string[], until: number | null) => void;
} {
  type Tell = (addresses: HostAddresses, freshness: HostFreshness) => void;
  const watches = new Map<string, Set<Tell>>();
  const watch: HostnameResolver["watch"] = (hostname, { onAddresses: tell }) => {
    const tells = watches.get(hostname) ?? new Set();
    watches.set(hostname, tells.add(tell));
    return () => void tells.delete(tell);
  };
  const resolve = (hostname: string, addresses: readonly string[], until: number | null): void => {
    const ipv6 = addresses.filter((address) => address.includes(":"));
    const ipv4 = addresses.filter((address) => !address.includes(":"));
    for (const tell of watches.get(hostname) ?? []) tell({ ipv4, ipv6 }, { ipv4: until, ipv6: until });
  };
  return { resolver: { watch } as unknown as HostnameResolver, resolve };
}
