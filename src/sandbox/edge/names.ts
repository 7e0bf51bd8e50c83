/** Names and classes: which Ingresses and Gateways the sandbox serves. */
import { listAt, textAt } from "../object/json.ts";
import type { KubeObject, StringMap } from "../object/object.ts";
import type { ObjectClient } from "../store/objects.ts";
import { gatewayGroup } from "../bundled/gateway.ts";

export const ingressControllerName = "sandbox.fedns.io/ingress";
export const gatewayControllerName = "sandbox.fedns.io/gateway";
export const gatewayVersion: string = `${gatewayGroup}/v1`;
export const grantVersion: string = `${gatewayGroup}/v1beta1`;

/** The Service whose addresses all Ingresses share. */
export const ingressService: { readonly namespace: string; readonly name: string } = {
  namespace: "ingress-system",
  name: "sandbox-ingress",
};

/** For Services that only carry the addresses of something else: they need no federated name. */
export const ignoreLabel: StringMap = { "fedns.io/ignore": "true" };

/** Kinds of routes with the versions that may be served, preferred first. */
const routeKinds: readonly (readonly [kind: string, versions: readonly string[]])[] = [
  ["HTTPRoute", ["v1"]],
  ["GRPCRoute", ["v1"]],
  ["TLSRoute", ["v1", "v1alpha3", "v1alpha2"]],
  ["TCPRoute", ["v1", "v1alpha2"]],
  ["UDPRoute", ["v1", "v1alpha2"]],
];

export function routesIn(objects: ObjectClient): readonly KubeObject[] {
  return routeKinds.flatMap(([kind, versions]) => {
    const apiVersion = versions
      .map((version) => `${gatewayGroup}/${version}`)
      .find((one) => objects.isKnown({ apiVersion: one, kind }));
    return apiVersion === undefined ? [] : objects.list(apiVersion, kind);
  });
}

/** The ListenerSets that name the Gateway. */
export function setsOf(objects: ObjectClient, gateway: KubeObject): readonly KubeObject[] {
  return listKnown(objects, gatewayVersion, "ListenerSet").filter((set) => isOf(set, gateway));
}

export function isOf(set: KubeObject, gateway: KubeObject): boolean {
  const namespace = textAt(set, "spec.parentRef.namespace") || set.metadata.namespace;
  return (
    textAt(set, "spec.parentRef.name") === gateway.metadata.name && namespace === gateway.metadata.namespace
  );
}

/** All objects of a kind, or none where its definition is not installed. */
export function listKnown(objects: ObjectClient, apiVersion: string, kind: string): readonly KubeObject[] {
  return objects.isKnown({ apiVersion, kind }) ? objects.list(apiVersion, kind) : [];
}

/** Matched by class, by the older annotation, or by a default class where the Ingress names none. */
export function isOurIngress(objects: ObjectClient, ingress: KubeObject): boolean {
  const named =
    textAt(ingress, "spec.ingressClassName") || ingress.metadata.annotations?.["kubernetes.io/ingress.class"];
  const ours = objects
    .list("networking.k8s.io/v1", "IngressClass")
    .filter((one) => textAt(one, "spec.controller") === ingressControllerName);
  if (named) return ours.some(({ metadata }) => metadata.name === named);
  return ours.some(
    ({ metadata }) => metadata.annotations?.["ingressclass.kubernetes.io/is-default-class"] === "true",
  );
}

export function isOurGateway(objects: ObjectClient, gateway: KubeObject): boolean {
  const name = textAt(gateway, "spec.gatewayClassName");
  const found = objects.get({ apiVersion: gatewayVersion, kind: "GatewayClass", name });
  return textAt(found, "spec.controllerName") === gatewayControllerName;
}

/** The Service that carries a Gateway's addresses. */
export function gatewayServiceName(gateway: KubeObject): string {
  return `${gateway.metadata.name}-sandbox`.slice(-63).replace(/^[^a-z]+/, "");
}

export function addressesOf(service: KubeObject | undefined): readonly string[] {
  const entries = listAt(service, "status.loadBalancer.ingress");
  return entries.map((entry) => textAt(entry, "ip")).filter((address) => address !== "");
}
