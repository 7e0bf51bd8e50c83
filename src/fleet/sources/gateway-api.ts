/** The Gateway API as one source: Gateways, ListenerSets and routes of a cluster, put together by a GatewayIndex. */
import type {
  GatewayFacts,
  ListenerSetFacts,
  RouteFacts,
  RouteKind,
} from "../../federation/gateways/attach.ts";
import { GatewayIndex, type SetKind } from "../../federation/gateways/gateway-index.ts";
import { projectGateway, projectListenerSet, sameGateway, sameListenerSet } from "./gateway.ts";
import type { HostSource, SourceChoice } from "./host-source.ts";
import { projectRoute, sameRoute } from "./route.ts";

export type GatewaySettings = SourceChoice & {
  /** Names of GatewayClasses; empty = all. */
  readonly classes: readonly string[];
};

const ROUTE_KINDS: readonly RouteKind[] = ["HTTPRoute", "GRPCRoute", "TLSRoute", "TCPRoute", "UDPRoute"];
const SET_KINDS: readonly SetKind[] = ["ListenerSet", "XListenerSet"];

/** The settings choose routes; a route's Gateway may be in any namespace and have any labels. */
export const gatewaySource: HostSource<GatewaySettings> = (context, settings) => {
  const { classes, namespaces } = settings;
  const { readsExternalDns } = context;
  const index = new GatewayIndex(
    (key, declaration) => context.declared(key, declaration),
    classes.length === 0,
  );
  context.onNamespace((name, labels) => index.setNamespace(name, labels));
  context.watch<GatewayFacts>("Gateway", {
    project: projectGateway({ classes, readsExternalDns }),
    equal: sameGateway,
    onChange: (key, facts) => index.setGateway(key, facts),
    onListed: () => index.gatewaysListed(),
  });
  for (const kind of SET_KINDS) {
    context.watch<ListenerSetFacts>(kind, {
      project: projectListenerSet,
      equal: sameListenerSet,
      onChange: (key, facts) => index.setListenerSet(kind, key, facts),
    });
  }
  for (const kind of ROUTE_KINDS) {
    context.watch<RouteFacts>(kind, {
      project: projectRoute(kind, { namespaces, readsExternalDns }),
      equal: sameRoute,
      onChange: (key, facts) => index.setRoute(kind, key, facts),
      choice: settings,
    });
  }
};
