/**
 * The table of sources: one row for each kind of thing in a member that names what is served. Settings, watches, the rule of
 * who shares a host, and the rights in deploy/member.yaml all read it. A new source is a file in this folder and a row here.
 *
 * The rows load no code of their sources: the supervisor and the command line read them too.
 */
import type { WatchedResource } from "../watch/watched-resource.ts";
import type { ExternalDnsSettings } from "./external-dns.ts";
import type { GatewaySettings } from "./gateway-api.ts";
import type { HostSource, SourceChoice } from "./host-source.ts";
import type { IngressSettings } from "./ingress.ts";
import type { ServiceSettings } from "./service.ts";

/** The settings under `sources`, by their keys. */
export type SourceSettings = {
  readonly services: ServiceSettings;
  readonly ingresses: IngressSettings;
  readonly gateways: GatewaySettings;
  readonly externalDns: ExternalDnsSettings;
  readonly dnsEndpoints: SourceChoice;
};

export type SourceName = keyof SourceSettings;

type SourceRow<Settings> = {
  /** Described in the reference of the settings: the group, and its `enabled`. */
  readonly description: string;
  readonly enabledDescription: string;
  readonly isOnByDefault: boolean;
  /** It names hosts, so that rules in `hosts` must say who may claim them. */
  readonly namesHosts: boolean;
  /** Its objects share a host with others by path, as Ingresses do; objects that are records stand for a host alone. */
  readonly isRouting: boolean;
  /** What is listed and watched, by kind. */
  readonly resources: Readonly<Record<string, WatchedResource>>;
  /** Null: it is no source of host names by itself. */
  readonly load: (() => Promise<HostSource<Settings>>) | null;
};

type Rows = { readonly [Name in SourceName]: SourceRow<SourceSettings[Name]> };

/** The observer reads Services itself: each is a backend, and may declare hosts beside. */
export const SERVICES: WatchedResource = { group: "", plural: "services", versions: ["v1"] };

const GATEWAY_GROUP = "gateway.networking.k8s.io";

export const SOURCES: Rows = {
  services: {
    description: "Services of members.",
    enabledDescription: "Services: the names SERVICE.NAMESPACE.federation.svc.domain.",
    isOnByDefault: true,
    namesHosts: false,
    isRouting: false,
    resources: { Service: SERVICES },
    load: null,
  },
  ingresses: {
    description: "Ingresses of members.",
    enabledDescription: "Ingresses (networking.k8s.io/v1): hosts of rules and TLS.",
    isOnByDefault: false,
    namesHosts: true,
    isRouting: true,
    resources: { Ingress: { group: "networking.k8s.io", plural: "ingresses", versions: ["v1"] } },
    load: async () => (await import("./ingress.ts")).ingressSource,
  },
  gateways: {
    description: "Gateways and routes of members.",
    enabledDescription:
      "The Gateway API: hosts of HTTPRoutes, GRPCRoutes, TLSRoutes, TCPRoutes and UDPRoutes at their Gateways and ListenerSets. Namespaces and labels select routes.",
    isOnByDefault: false,
    namesHosts: true,
    isRouting: true,
    resources: {
      Gateway: { group: GATEWAY_GROUP, plural: "gateways", versions: ["v1", "v1beta1"] },
      HTTPRoute: { group: GATEWAY_GROUP, plural: "httproutes", versions: ["v1", "v1beta1"] },
      GRPCRoute: { group: GATEWAY_GROUP, plural: "grpcroutes", versions: ["v1", "v1alpha2"] },
      TLSRoute: { group: GATEWAY_GROUP, plural: "tlsroutes", versions: ["v1", "v1alpha3", "v1alpha2"] },
      TCPRoute: { group: GATEWAY_GROUP, plural: "tcproutes", versions: ["v1", "v1alpha2"] },
      UDPRoute: { group: GATEWAY_GROUP, plural: "udproutes", versions: ["v1", "v1alpha2"] },
      ListenerSet: { group: GATEWAY_GROUP, plural: "listenersets", versions: ["v1"] },
      XListenerSet: {
        group: "gateway.networking.x-k8s.io",
        plural: "xlistenersets",
        versions: ["v1alpha1"],
      },
    },
    load: async () => (await import("./gateway-api.ts")).gatewaySource,
  },
  externalDns: {
    description: "Annotations of ExternalDNS.",
    enabledDescription:
      "Annotations of ExternalDNS on objects of the other sources: hostname, target, ttl, access, endpoints-type.",
    isOnByDefault: false,
    namesHosts: true,
    isRouting: false,
    resources: {},
    load: null,
  },
  dnsEndpoints: {
    description: "DNSEndpoints of members.",
    enabledDescription: "DNSEndpoints (externaldns.k8s.io/v1alpha1): records as data.",
    isOnByDefault: false,
    namesHosts: true,
    isRouting: false,
    resources: {
      DNSEndpoint: { group: "externaldns.k8s.io", plural: "dnsendpoints", versions: ["v1alpha1"] },
    },
    load: async () => (await import("./dnsendpoint.ts")).dnsEndpointSource,
  },
};

export const SOURCE_NAMES: readonly SourceName[] = Object.keys(SOURCES) as SourceName[];

/** What is read whatever the settings switch on: ready endpoints behind each name, where the cluster is, its namespaces. */
export const ALWAYS_READ: Readonly<Record<"EndpointSlice" | "Node" | "Namespace", WatchedResource>> = {
  EndpointSlice: { group: "discovery.k8s.io", plural: "endpointslices", versions: ["v1"] },
  Node: { group: "", plural: "nodes", versions: ["v1"] },
  Namespace: { group: "", plural: "namespaces", versions: ["v1"] },
};

/** Kinds whose objects share a host by path. */
export const ROUTING_KINDS: ReadonlySet<string> = new Set(
  Object.values(SOURCES).flatMap(({ isRouting, resources }) => (isRouting ? Object.keys(resources) : [])),
);

/** Something is read that may name hosts: then the rules in `hosts` apply. */
export function areHostsRead(settings: SourceSettings): boolean {
  return SOURCE_NAMES.some((name) => SOURCES[name].namesHosts && settings[name].enabled);
}
