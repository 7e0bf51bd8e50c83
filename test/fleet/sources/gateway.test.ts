/** The Gateway API: hostnames × attached listeners × addresses of the Gateway, when Accepted and Programmed. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as fc from "fast-check";
import { projectGateway, sameGateway } from "../../../src/fleet/sources/gateway.ts";
import { projectRoute, sameRoute } from "../../../src/fleet/sources/route.ts";
import { parse } from "yaml";
import { gatewayRig } from "./gateway-rig.ts";

const GATEWAY = `
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: { name: public, namespace: infra, creationTimestamp: "2026-01-01T00:00:00Z" }
spec:
  gatewayClassName: cilium
  listeners:
    - name: https
      hostname: "*.apps.example.com"
      port: 443
      protocol: HTTPS
      allowedRoutes: { namespaces: { from: Selector, selector: { matchLabels: { exposed: "yes" } } } }
    - { name: http, port: 80, protocol: HTTP, allowedRoutes: { namespaces: { from: All } } }
    - { name: tls, hostname: db.example.com, port: 6443, protocol: TLS, allowedRoutes: { namespaces: { from: All } } }
status:
  addresses: [{ type: IPAddress, value: 192.0.2.30 }, { type: Hostname, value: lb.example.net }]
  conditions: [{ type: Accepted, status: "True" }, { type: Programmed, status: "True" }]
  listeners:
    - { name: https, conditions: [{ type: Accepted, status: "True" }, { type: Programmed, status: "True" }] }
`;

type RouteParts = {
  readonly spec: string;
  readonly kind?: string;
  readonly parent?: string;
  readonly accepted?: string;
};

function route({
  spec,
  kind = "HTTPRoute",
  parent = "name: public, namespace: infra",
  accepted = "True",
}: RouteParts): string {
  return `
kind: ${kind}
metadata: { name: web, namespace: shop, creationTimestamp: "2026-01-02T00:00:00Z" }
spec:
  parentRefs: [{ ${parent} }]
  ${spec}
status:
  parents:
    - parentRef: { group: gateway.networking.k8s.io, kind: Gateway, ${parent} }
      controllerName: io.cilium/gateway-controller
      conditions: [{ type: Accepted, status: "${accepted}" }, { type: ResolvedRefs, status: "True" }]
`;
}

const NAMESPACE = 'kind: Namespace\nmetadata: { name: shop, labels: { exposed: "yes" } }\n';
const TO = "-> 192.0.2.30 lb.example.net";

const SET = `
kind: Gateway
metadata: { name: public, namespace: infra, creationTimestamp: "2026-01-01T00:00:00Z" }
spec:
  gatewayClassName: cilium
  allowedListeners: { namespaces: { from: Selector, selector: { matchLabels: { adds: "yes" } } } }
  listeners: [{ name: http, port: 80, protocol: HTTP, hostname: www.example.com }]
status:
  addresses: [{ type: IPAddress, value: 192.0.2.30 }]
  conditions: [{ type: Accepted, status: "True" }, { type: Programmed, status: "True" }]
---
kind: ListenerSet
metadata: { name: extra, namespace: team }
spec:
  parentRef: { name: public, namespace: infra }
  listeners: [{ name: extra, port: 80, protocol: HTTP, hostname: extra.example.com, allowedRoutes: { namespaces: { from: All } } }]
status:
  conditions: [{ type: Accepted, status: "True" }, { type: Programmed, status: "True" }]
---
kind: HTTPRoute
metadata: { name: web, namespace: shop, creationTimestamp: "2026-01-02T00:00:00Z" }
spec: { parentRefs: [{ group: gateway.networking.k8s.io, kind: ListenerSet, name: extra, namespace: team }] }
status:
  parents:
    - parentRef: { group: gateway.networking.k8s.io, kind: ListenerSet, name: extra, namespace: team }
      conditions: [{ type: Accepted, status: "True" }, { type: ResolvedRefs, status: "True" }]
`;

describe("the listeners of a ListenerSet", () => {
  const team = (labels: string): string =>
    `kind: Namespace\nmetadata: { name: team, labels: { ${labels} } }\n`;
  it("come and go with the labels of its namespace, for open routes of other namespaces too", () => {
    const rig = gatewayRig();
    rig.apply(SET);
    const served = (): boolean => rig.lines().some((line) => line.includes("extra.example.com ->"));
    assert.equal(served(), false);
    rig.apply(team('adds: "yes"'));
    assert.equal(served(), true, rig.lines().join("\n"));
    rig.apply(team(""));
    assert.equal(served(), false);
  });
});

function linesOf(...yaml: string[]): string[] {
  const rig = gatewayRig();
  for (const one of yaml) rig.apply(one);
  return rig.lines();
}

describe("a route", () => {
  it("has its hosts that match attached listeners, at the addresses of the Gateway", () => {
    const spec = `hostnames: [shop.apps.example.com, www.example.com]
  rules: [{ backendRefs: [{ name: storefront, port: 80 }, { name: old, port: 80, weight: 0 }] }]`;
    assert.deepEqual(linesOf(NAMESPACE, GATEWAY, route({ spec })), [
      `HTTPRoute shop/web: shop.apps.example.com ${TO} | shop/storefront | through infra/public`,
      `HTTPRoute shop/web: www.example.com ${TO} | shop/storefront | through infra/public`,
    ]);
  });

  it("is attached only to the section or port that it names", () => {
    const spec = 'hostnames: ["*.example.com"]';
    const at = (more: string): string[] =>
      linesOf(NAMESPACE, GATEWAY, route({ spec, parent: `name: public, namespace: infra${more}` })).map(
        (line) => line.split(" ")[2] ?? "",
      );
    assert.deepEqual(at(", sectionName: https"), ["*.apps.example.com"]);
    assert.deepEqual(at(", sectionName: http"), ["*.example.com"]);
    assert.deepEqual(at(", port: 443"), ["*.apps.example.com"]);
    assert.deepEqual(at(", sectionName: https, port: 80"), []);
    assert.deepEqual(at(""), ["*.apps.example.com", "*.example.com"]);
  });

  it("is attached only if the listener allows its kind, namespace and labels", () => {
    const spec = "hostnames: [shop.apps.example.com]";
    const section = (name: string) => `name: public, namespace: infra, sectionName: ${name}`;
    const https = route({ spec, parent: section("https") });
    assert.equal(linesOf(GATEWAY, https).length, 0);
    assert.equal(linesOf(GATEWAY, https, NAMESPACE.replace('"yes"', '"no"')).length, 0);
    assert.equal(linesOf(GATEWAY, https, NAMESPACE).length, 1);
    const same = GATEWAY.replaceAll("from: All", "from: Same");
    assert.equal(linesOf(same, route({ spec, parent: section("http") })).length, 0);
    const grpc = GATEWAY.replaceAll("{ from: All }", "{ from: All }, kinds: [{ kind: GRPCRoute }]");
    assert.equal(linesOf(grpc, route({ spec, parent: section("http") })).length, 0);
    assert.equal(linesOf(grpc, route({ spec, parent: section("http"), kind: "GRPCRoute" })).length, 1);
  });

  it("of kind TLSRoute is attached to listeners of protocol TLS only", () => {
    const spec = "hostnames: [db.example.com, shop.apps.example.com]";
    assert.deepEqual(linesOf(NAMESPACE, GATEWAY, route({ spec, kind: "TLSRoute" })), [
      `TLSRoute shop/web: db.example.com ${TO} | through infra/public`,
    ]);
  });

  it("counts only when Accepted, at a Gateway that is Accepted and Programmed", () => {
    const spec = "hostnames: [www.example.com]";
    const count = (gateway: string, accepted = "True"): number =>
      linesOf(gateway, route({ spec, accepted })).length;
    assert.equal(count(GATEWAY), 1);
    assert.equal(count(GATEWAY, "False"), 0);
    assert.equal(count(GATEWAY, "Unknown"), 0);
    assert.equal(
      count(
        GATEWAY.replace(
          'Programmed, status: "True" }]\n  listeners',
          'Programmed, status: "False" }]\n  listeners',
        ),
      ),
      0,
    );
    assert.equal(count(GATEWAY.replace(/ {2}conditions: .*\n/, "")), 0);
    const down = '    - { name: http, conditions: [{ type: Programmed, status: "False" }] }\n';
    assert.equal(count(GATEWAY + down), 0);
    assert.equal(linesOf(route({ spec })).length, 0);
  });

  it("does not count at a parent that is only in the status or only in the spec", () => {
    const text = route({ spec: "hostnames: [www.example.com]" });
    assert.equal(
      linesOf(GATEWAY, text.replace("parentRefs: [{ name: public", "parentRefs: [{ name: other")).length,
      0,
    );
    assert.equal(linesOf(GATEWAY, text.replace(/status:[^]*$/, "")).length, 0);
  });

  it("without hosts has those of its listeners, which the Gateway declares", () => {
    const rig = gatewayRig();
    rig.apply(NAMESPACE);
    rig.apply(GATEWAY);
    assert.deepEqual(rig.lines(), []);
    rig.apply(route({ spec: "rules: [{ backendRefs: [{ name: storefront }] }]" }));
    assert.deepEqual(rig.lines(), [
      `Gateway infra/public: *.apps.example.com ${TO} | shop/storefront | through infra/public`,
    ]);
    rig.remove("HTTPRoute", "shop/web");
    assert.deepEqual(rig.lines(), []);
  });

  it("has annotations of ExternalDNS: target on the Gateway, the others on the route", () => {
    const gateway = GATEWAY.replace(
      "namespace: infra,",
      "namespace: infra, annotations: { external-dns.alpha.kubernetes.io/target: 203.0.113.9 },",
    );
    const annotated = route({ spec: "hostnames: [www.example.com]" }).replace(
      "namespace: shop,",
      'namespace: shop, annotations: { external-dns.alpha.kubernetes.io/hostname: "m.example.com", external-dns.alpha.kubernetes.io/ttl: "30" },',
    );
    assert.deepEqual(linesOf(gateway, annotated), [
      "HTTPRoute shop/web: m.example.com -> 203.0.113.9 | through infra/public | ttl 30",
      "HTTPRoute shop/web: www.example.com -> 203.0.113.9 | through infra/public | ttl 30",
    ]);
  });
});

describe("GatewayIndex", () => {
  it("updates the routes of a Gateway or namespace that changes, and no others", () => {
    const rig = gatewayRig();
    rig.apply(GATEWAY);
    rig.apply(route({ spec: "hostnames: [www.example.com]" }));
    rig.apply(route({ spec: "hostnames: [x.apps.example.com]" }).replace("name: web", "name: api"));
    rig.told.length = 0;
    rig.apply(NAMESPACE);
    assert.equal(rig.told.length, 0);
    rig.apply(GATEWAY.replace("192.0.2.30", "192.0.2.31"));
    assert.deepEqual(
      rig.told.toSorted((a, b) => a.localeCompare(b)),
      ["HTTPRoute shop/api", "HTTPRoute shop/web"],
    );
    rig.remove("Gateway", "infra/public");
    assert.deepEqual(rig.lines(), []);
  });

  it("hears of a change exactly when the facts differ", () => {
    const gateways = [GATEWAY, GATEWAY.replace("443", "8443"), GATEWAY.replace("HTTPS", "HTTP")].map(
      (text) => projectGateway({ classes: [], readsExternalDns: false })(parse(text))?.value,
    );
    gateways.forEach((a, i) => gateways.forEach((b, j) => assert.equal(sameGateway(a!, b!), i === j)));
    const routes = ["hostnames: [a.b]", "hostnames: [a.c]", "rules: [{ backendRefs: [{ name: x }] }]"].map(
      (spec) =>
        projectRoute("HTTPRoute", { namespaces: [], readsExternalDns: false })(parse(route({ spec })))?.value,
    );
    routes.forEach((a, i) => routes.forEach((b, j) => assert.equal(sameRoute(a!, b!), i === j)));
  });
});

it("no value makes the projection of Gateways and routes throw", () => {
  const odd = fc.oneof(fc.anything(), fc.constantFrom(null, [], {}, "x", [null], [{}]));
  const refs = fc.oneof(
    odd,
    fc.array(
      fc.record({
        name: odd,
        namespace: odd,
        parentRef: odd,
        conditions: odd,
        backendRefs: odd,
        allowedRoutes: odd,
        hostname: odd,
      }),
    ),
  );
  const object = fc.record({
    metadata: fc.constant({ name: "a", namespace: "b" }),
    spec: fc.record({
      parentRefs: refs,
      hostnames: odd,
      rules: refs,
      listeners: refs,
      gatewayClassName: odd,
    }),
    status: fc.record({ parents: refs, listeners: refs, addresses: refs, conditions: refs }),
  });
  fc.assert(
    fc.property(fc.oneof(object, fc.anything()), (raw) => {
      projectGateway({ classes: [], readsExternalDns: true })(raw);
      projectRoute("TLSRoute", { namespaces: [], readsExternalDns: true })(raw);
    }),
    { numRuns: 300 },
  );
});
