/** Gateways and routes from the documentation of Istio, Envoy Gateway, Contour and ExternalDNS. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { gatewayRig } from "./gateway-rig.ts";

const GATEWAY = `
kind: Gateway
metadata: { name: eg, namespace: infra, creationTimestamp: "2026-01-01T00:00:00Z" }
spec:
  gatewayClassName: eg
  listeners:
    - { name: http, port: 80, protocol: HTTP, allowedRoutes: { namespaces: { from: All } } }
    - { name: https, hostname: "*.example.com", port: 443, protocol: HTTPS, allowedRoutes: { namespaces: { from: All } } }
status:
  addresses: [{ type: IPAddress, value: 192.0.2.30 }]
  conditions: [{ type: Accepted, status: "True" }, { type: Programmed, status: "True" }]
`;

type Ref = { readonly spec: string; readonly status?: readonly string[] };

function route(name: string, { spec, status = [spec] }: Ref, body: string, annotations = ""): string {
  const parents = status.map(
    (ref) => `
    - parentRef: { group: gateway.networking.k8s.io, kind: Gateway, ${ref} }
      controllerName: example.net/controller
      conditions: [{ type: Accepted, status: "True" }, { type: ResolvedRefs, status: "True" }]`,
  );
  return `
kind: HTTPRoute
metadata: { name: ${name}, namespace: shop, annotations: { ${annotations} }, creationTimestamp: "2026-01-02T00:00:00Z" }
spec:
  parentRefs: [{ ${spec} }]
  ${body}
status:
  parents: ${parents.join("")}
`;
}

const EG: Ref = { spec: "name: eg, namespace: infra" };

function linesOf(...yaml: readonly string[]): string[] {
  const rig = gatewayRig();
  for (const one of yaml) rig.apply(one);
  return rig.lines();
}

test("a redirect beside a rule with a Service does not affect readiness", () => {
  const redirect = "{ filters: [{ type: RequestRedirect, requestRedirect: { scheme: https } }] }";
  const both = `hostnames: [shop.example.com]
  rules: [${redirect}, { backendRefs: [{ name: web, port: 80 }] }]`;
  assert.deepEqual(linesOf(GATEWAY, route("web", EG, both)), [
    "HTTPRoute shop/web: shop.example.com -> 192.0.2.30 | shop/web | through infra/eg",
  ]);
});

test("a backend that is not a Service makes the readiness of the whole route unknown", () => {
  const rules = `hostnames: [shop.example.com]
  rules: [{ backendRefs: [{ group: multicluster.x-k8s.io, kind: ServiceImport, name: web }] }, { backendRefs: [{ name: web }] }]`;
  assert.deepEqual(linesOf(GATEWAY, route("web", EG, rules)), [
    "HTTPRoute shop/web: shop.example.com -> 192.0.2.30 | through infra/eg",
  ]);
});

test("a redirect for all hosts of a listener publishes none of them when its annotation says so", () => {
  const rules = "rules: [{ filters: [{ type: RequestRedirect, requestRedirect: { scheme: https } }] }]";
  const from = (word: string): string => `external-dns.alpha.kubernetes.io/gateway-hostname-source: ${word}`;
  assert.equal(linesOf(GATEWAY, route("redirect", EG, rules)).length, 1);
  for (const word of ["defined-hosts-only", "Defined-Hosts-Only", "annotation-only"])
    assert.deepEqual(linesOf(GATEWAY, route("redirect", EG, rules, from(word))), [], word);
  const ofIngress = "external-dns.alpha.kubernetes.io/ingress-hostname-source: annotation-only";
  assert.equal(linesOf(GATEWAY, route("redirect", EG, rules, ofIngress)).length, 1);
});

test("a status for each listener counts for those listeners", () => {
  const hosts = "hostnames: [shop.example.com, shop.example.net]";
  const answered = (section: string): readonly string[] => [`${EG.spec}, sectionName: ${section}`];
  const at = (...status: readonly string[]): string[] =>
    linesOf(GATEWAY, route("web", { ...EG, status }, hosts)).map((line) => line.split(" ")[2] ?? "");
  assert.deepEqual(at(...answered("https")), ["shop.example.com"]);
  assert.deepEqual(at(...answered("http")), ["shop.example.com", "shop.example.net"]);
});

test("a status without section and port counts for those of the spec", () => {
  const hosts = "hostnames: [shop.example.com, shop.example.net]";
  const asked = (more: string, answered = ""): string[] =>
    linesOf(
      GATEWAY,
      route("web", { spec: `${EG.spec}${more}`, status: [`${EG.spec}${answered}`] }, hosts),
    ).map((line) => line.split(" ")[2] ?? "");
  assert.deepEqual(asked(", sectionName: https"), ["shop.example.com"]);
  assert.deepEqual(asked(", port: 443"), ["shop.example.com"]);
  assert.deepEqual(asked(", sectionName: https", ", sectionName: http"), []);
  assert.deepEqual(asked(", port: 443", ", port: 80"), []);
});

test("invalid host names in the annotation of a route are reported", () => {
  const rig = gatewayRig();
  rig.apply(GATEWAY);
  const wrong = "external-dns.alpha.kubernetes.io/hostname: bad..example.com";
  rig.apply(route("web", EG, "hostnames: [shop.example.com]", wrong));
  assert.deepEqual(rig.faults(), ["HTTPRoute shop/web: bad..example.com"]);
  rig.apply(route("web", EG, "rules: []", wrong));
  assert.deepEqual(rig.faults(), ["HTTPRoute shop/web: bad..example.com"]);
  rig.apply(route("web", EG, "hostnames: [shop.example.com]"));
  assert.deepEqual(rig.faults(), []);
});
