/**
 * Gateway API (gateway.networking.k8s.io), shortened to the most used fields, in structural schemas of our own.
 * The real definitions have more fields and more checks (CEL rules); the fields here are the same as there.
 */
import type { JsonObject } from "../object/json.ts";
import type { Manifest } from "../store/objects.ts";
import {
  conditions,
  definition,
  keyedList,
  listOf,
  mapOf,
  object,
  enumOf,
  open,
  text,
  int32,
} from "./describe.ts";
import type { Schema } from "../custom/schema.ts";
import type { DefinitionOptions } from "./describe.ts";

export const gatewayGroup = "gateway.networking.k8s.io";

const namePattern = String.raw`^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$`;
const hostPattern = String.raw`^(\*\.)?[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$`;

const name = text({ minLength: 1, maxLength: 253 });
const sectionName = text({ minLength: 1, maxLength: 253, pattern: namePattern });
const namespace = text({ minLength: 1, maxLength: 63 });
const hostname = text({ minLength: 1, maxLength: 253, pattern: hostPattern });
const port = int32(1, 65_535);
const hostnames = listOf(hostname, { maxItems: 16 });

const parentRef = object(
  {
    group: text({ default: gatewayGroup }),
    kind: text({ default: "Gateway" }),
    namespace,
    name,
    sectionName,
    port,
  },
  ["name"],
);
const backendRef = object(
  {
    group: text({ default: "" }),
    kind: text({ default: "Service" }),
    namespace,
    name,
    port,
    weight: int32(0, 1_000_000, { default: 1 }),
    filters: listOf(open()),
  },
  ["name"],
);
const routeStatus = object(
  {
    parents: listOf(
      object({ parentRef, controllerName: text(), conditions }, ["parentRef", "controllerName"]),
    ),
  },
  ["parents"],
);

/** The fields that all kinds of routes share; `rule` holds the fields of this kind's rules. */
function routeSpec(rule: JsonObject, more: JsonObject = {}): Schema {
  const backendRefs = listOf(backendRef, { maxItems: 16 });
  const rules = listOf(object({ name: sectionName, backendRefs, ...rule }), { maxItems: 16, ...more });
  return object({ parentRefs: listOf(parentRef, { maxItems: 32 }), hostnames, rules });
}

const everything = [{ path: { type: "PathPrefix", value: "/" } }];
const pathMatch = object({
  type: enumOf(["Exact", "PathPrefix", "RegularExpression"], "PathPrefix"),
  value: text({ default: "/", maxLength: 1024 }),
});
const valueMatch = keyedList(
  ["name"],
  object({ name, type: enumOf(["Exact", "RegularExpression"], "Exact"), value: text({ minLength: 1 }) }, [
    "name",
    "value",
  ]),
);
const httpMatch = object({
  path: { ...pathMatch, default: { type: "PathPrefix", value: "/" } },
  headers: valueMatch,
  queryParams: valueMatch,
  method: enumOf(["GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"]),
});
const methodMatch = object({
  type: enumOf(["Exact", "RegularExpression"], "Exact"),
  service: text({ maxLength: 1024 }),
  method: text({ maxLength: 1024 }),
});
const httpRule = {
  matches: listOf(httpMatch, { maxItems: 64, default: everything }),
  filters: listOf(open()),
  timeouts: object({ request: text(), backendRequest: text() }),
};
const grpcRule = {
  matches: listOf(object({ method: methodMatch, headers: valueMatch }), { maxItems: 64 }),
  filters: listOf(open()),
};

const secretRef = object(
  { group: text({ default: "" }), kind: text({ default: "Secret" }), namespace, name },
  ["name"],
);
const routeKind = object({ group: text({ default: gatewayGroup }), kind: text() }, ["kind"]);
const allowedRoutes = object({
  namespaces: {
    ...object({ from: enumOf(["All", "Selector", "Same", "None"], "Same"), selector: open() }),
    default: { from: "Same" },
  },
  kinds: listOf(routeKind, { maxItems: 8 }),
});
const listener = object(
  {
    name: sectionName,
    hostname,
    port,
    protocol: text({ minLength: 1, maxLength: 255 }),
    tls: object({
      mode: enumOf(["Terminate", "Passthrough"], "Terminate"),
      certificateRefs: listOf(secretRef, { maxItems: 64 }),
      options: mapOf(text()),
    }),
    allowedRoutes: { ...allowedRoutes, default: { namespaces: { from: "Same" } } },
  },
  ["name", "port", "protocol"],
);
const address = object({ type: text({ default: "IPAddress" }), value: text({ maxLength: 253 }) });
const listenerStatus = object(
  {
    name: sectionName,
    supportedKinds: listOf(routeKind),
    attachedRoutes: int32(0, 2_147_483_647),
    conditions,
  },
  ["name", "attachedRoutes", "conditions"],
);
const gatewaySpec = object(
  {
    gatewayClassName: name,
    listeners: keyedList(["name"], listener, { minItems: 1, maxItems: 64 }),
    addresses: listOf(address, { maxItems: 16 }),
    allowedListeners: object({
      namespaces: object({ from: enumOf(["All", "Selector", "Same", "None"], "None"), selector: open() }),
    }),
    infrastructure: object({ labels: mapOf(text()), annotations: mapOf(text()), parametersRef: open() }),
  },
  ["gatewayClassName", "listeners"],
);
const gatewayStatus = object({
  addresses: listOf(address, { maxItems: 16 }),
  conditions,
  listeners: keyedList(["name"], listenerStatus),
});
const setSpec = object(
  {
    parentRef: object(
      { group: text({ default: gatewayGroup }), kind: text({ default: "Gateway" }), namespace, name },
      ["name"],
    ),
    listeners: keyedList(["name"], listener, { minItems: 1, maxItems: 64 }),
  },
  ["parentRef", "listeners"],
);
const setStatus = object({ conditions, listeners: keyedList(["name"], listenerStatus) });
/** Routes of connections, which have no host names. */
const plainRoute = object({
  parentRefs: listOf(parentRef, { maxItems: 32 }),
  rules: listOf(object({ name: sectionName, backendRefs: listOf(backendRef, { maxItems: 16 }) }), {
    minItems: 1,
    maxItems: 16,
  }),
});
const classSpec = object(
  {
    controllerName: text({ minLength: 1, maxLength: 253, pattern: String.raw`^[^/]+\/.+$` }),
    description: text({ maxLength: 64 }),
    parametersRef: object({ group: text(), kind: text(), name, namespace }, ["group", "kind", "name"]),
  },
  ["controllerName"],
);
const grantSpec = object(
  {
    from: listOf(object({ group: text(), kind: text(), namespace }, ["group", "kind", "namespace"]), {
      minItems: 1,
    }),
    to: listOf(object({ group: text(), kind: text(), name: text() }, ["group", "kind"]), { minItems: 1 }),
  },
  ["from", "to"],
);

type Part = Pick<DefinitionOptions, "kind" | "plural" | "what" | "versions"> & Partial<DefinitionOptions>;

function gatewayKind(part: Part): Manifest {
  return definition({ group: gatewayGroup, categories: ["gateway-api"], ...part });
}

const hostnamesColumn = ["Hostnames", "string", ".spec.hostnames"] as const;

/** Versions with the same spec and status, the storage version first. */
function versions(names: readonly string[], rest: Omit<Part["versions"][number], "name">): Part["versions"] {
  return names.map((version) => ({ name: version, ...rest }));
}

export const gatewayDefinitions: readonly Manifest[] = [
  gatewayKind({
    kind: "GatewayClass",
    plural: "gatewayclasses",
    shortNames: ["gc"],
    isClusterWide: true,
    what: "A kind of Gateways, and the controller that makes them work.",
    versions: versions(["v1", "v1beta1"], {
      spec: classSpec,
      status: object({ conditions, supportedFeatures: listOf(open()) }),
      columns: [
        ["Controller", "string", ".spec.controllerName"],
        ["Accepted", "string", '.status.conditions[?(@.type=="Accepted")].status'],
      ],
    }),
  }),
  gatewayKind({
    kind: "Gateway",
    plural: "gateways",
    shortNames: ["gtw"],
    what: "A point where traffic enters the cluster: addresses, and listeners on their ports.",
    versions: versions(["v1", "v1beta1"], {
      spec: gatewaySpec,
      status: gatewayStatus,
      columns: [
        ["Class", "string", ".spec.gatewayClassName"],
        ["Address", "string", ".status.addresses[*].value"],
        ["Programmed", "string", '.status.conditions[?(@.type=="Programmed")].status'],
      ],
    }),
  }),
  gatewayKind({
    kind: "HTTPRoute",
    plural: "httproutes",
    what: "Which HTTP requests, by host and path, go to which Services.",
    versions: versions(["v1", "v1beta1"], {
      spec: routeSpec(httpRule, { default: [{ matches: everything }] }),
      status: routeStatus,
      columns: [hostnamesColumn],
    }),
  }),
  gatewayKind({
    kind: "GRPCRoute",
    plural: "grpcroutes",
    what: "Which gRPC calls, by host and method, go to which Services.",
    versions: versions(["v1"], {
      spec: routeSpec(grpcRule),
      status: routeStatus,
      columns: [hostnamesColumn],
    }),
  }),
  gatewayKind({
    kind: "TLSRoute",
    plural: "tlsroutes",
    what: "Which TLS connections, by the name in their hello (SNI), go to which Services.",
    versions: versions(["v1alpha2", "v1alpha3", "v1"], {
      spec: routeSpec({}, { minItems: 1 }),
      status: routeStatus,
      columns: [hostnamesColumn],
    }),
  }),
  gatewayKind({
    kind: "TCPRoute",
    plural: "tcproutes",
    what: "Which Services TCP connections to a port go to.",
    versions: versions(["v1alpha2", "v1"], { spec: plainRoute, status: routeStatus }),
  }),
  gatewayKind({
    kind: "UDPRoute",
    plural: "udproutes",
    what: "Which Services UDP messages to a port go to.",
    versions: versions(["v1alpha2", "v1"], { spec: plainRoute, status: routeStatus }),
  }),
  gatewayKind({
    kind: "ListenerSet",
    plural: "listenersets",
    what: "Listeners that a namespace adds to a Gateway.",
    versions: versions(["v1"], { spec: setSpec, status: setStatus }),
  }),
  gatewayKind({
    kind: "ReferenceGrant",
    plural: "referencegrants",
    shortNames: ["refgrant"],
    what: "Leave for objects of other namespaces to refer to objects of this one.",
    versions: versions(["v1beta1"], { spec: grantSpec }),
  }),
];
