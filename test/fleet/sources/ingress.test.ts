/** Ingresses and the hosts that they declare. */
import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { parse } from "yaml";
import { type IngressFilter, projectIngress } from "../../../src/fleet/sources/ingress.ts";
import { declarationText } from "../../federation/hosts/claim-text.ts";

const ANY: IngressFilter = { namespaces: [], classes: [], tlsHosts: true, readsExternalDns: false };

const SHOP = `
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: web
  namespace: shop
  creationTimestamp: "2026-03-01T10:00:00Z"
spec:
  ingressClassName: nginx
  tls:
    - { hosts: [Shop.Example.com, admin.example.com], secretName: shop-tls }
  defaultBackend: { service: { name: fallback, port: { number: 80 } } }
  rules:
    - host: shop.example.com
      http:
        paths:
          - { path: /, pathType: Prefix, backend: { service: { name: storefront, port: { name: http } } } }
          - { path: /api, pathType: Prefix, backend: { service: { name: api, port: { number: 8080 } } } }
    - host: "*.shops.example.com"
      http:
        paths: [{ path: /, pathType: Prefix, backend: { service: { name: tenants, port: { number: 80 } } } }]
status:
  loadBalancer:
    ingress:
      - { ip: 192.0.2.10, ports: [{ port: 443, protocol: TCP }] }
      - { hostname: abc.elb.example.net }
`;

function linesOf(yaml: string, filter: IngressFilter = ANY): string[] {
  return declarationText(projectIngress(filter)(parse(yaml))?.value);
}

test("hosts of rules and TLS have the addresses of the balancer and the Services of their paths", () => {
  assert.deepEqual(linesOf(SHOP), [
    "shop.example.com -> 192.0.2.10 abc.elb.example.net | shop/storefront shop/api",
    "*.shops.example.com -> 192.0.2.10 abc.elb.example.net | shop/tenants",
    "admin.example.com -> 192.0.2.10 abc.elb.example.net | shop/fallback",
  ]);
  const { key, value } = projectIngress(ANY)(parse(SHOP)) ?? {};
  assert.equal(key, "shop/web");
  assert.deepEqual([value?.kind, value?.createdSeconds], ["Ingress", Date.UTC(2026, 2, 1, 10) / 1000]);
});

test("an Ingress claims its hosts even without a balancer or a backend that is a Service", () => {
  const yaml = `
metadata: { name: web, namespace: shop }
spec:
  rules:
    - host: a.example.com
      http: { paths: [{ backend: { resource: { kind: StorageBucket, name: static } } }] }
`;
  assert.deepEqual(linesOf(yaml), ["a.example.com -> no address yet"]);
});

test("the class is that of the field, or of the older annotation if there is no field", () => {
  const only = (...classes: string[]): IngressFilter => ({ ...ANY, classes });
  assert.equal(linesOf(SHOP, only("nginx")).length, 3);
  assert.equal(linesOf(SHOP, only("traefik")).length, 0);
  const old = SHOP.replace("  ingressClassName: nginx\n", "").replace(
    "namespace: shop\n",
    "namespace: shop\n  annotations: { kubernetes.io/ingress.class: traefik }\n",
  );
  assert.equal(linesOf(old, only("traefik")).length, 3);
  assert.equal(linesOf(old, only("nginx")).length, 0);
});

test("Ingresses of other namespaces, ignored ones and those being deleted do not count", () => {
  assert.equal(linesOf(SHOP, { ...ANY, namespaces: ["blog"] }).length, 0);
  assert.equal(linesOf(SHOP, { ...ANY, namespaces: ["blog", "shop"] }).length, 3);
  const having = (line: string): string[] =>
    linesOf(SHOP.replace("  name: web\n", `  name: web\n  ${line}\n`));
  assert.equal(having("labels: { fedns.io/ignore: '' }").length, 0);
  assert.equal(having("labels: { fedns.io/ignore: 'true' }").length, 0);
  assert.equal(having("labels: { fedns.io/ignore: 'false' }").length, 3);
  assert.equal(having('deletionTimestamp: "2026-03-02T00:00:00Z"').length, 0);
});

test("hosts that are not valid names are left out, and the others stay", () => {
  const rules = ["a..example.com", "*", "a.*.example.com", "ok.example.com.", "-x.example.com", 7, ""];
  const yaml = JSON.stringify({
    metadata: { name: "web", namespace: "shop" },
    spec: { rules: rules.map((host) => ({ host })) },
  });
  assert.deepEqual(linesOf(yaml), ["ok.example.com -> no address yet"]);
});

const ANNOTATED = `
metadata:
  name: web
  namespace: shop
  annotations:
    external-dns.alpha.kubernetes.io/hostname: "www.example.com, shop.example.com"
    external-dns.alpha.kubernetes.io/target: 203.0.113.7
    external-dns.alpha.kubernetes.io/ttl: "1m"
spec:
  rules: [{ host: shop.example.com }, { http: { paths: [{ backend: { service: { name: any } } }] } }]
status: { loadBalancer: { ingress: [{ ip: 192.0.2.10 }] } }
`;

test("annotations of ExternalDNS add hosts, replace targets and set the TTL, if that source is on", () => {
  const read = { ...ANY, readsExternalDns: true };
  assert.deepEqual(linesOf(ANNOTATED), ["shop.example.com -> 192.0.2.10"]);
  assert.deepEqual(linesOf(ANNOTATED, read), [
    "shop.example.com -> 203.0.113.7 | ttl 60",
    "www.example.com -> 203.0.113.7 | shop/any | ttl 60",
  ]);
  const source = (word: string): string[] =>
    linesOf(
      ANNOTATED.replace(
        "  annotations:\n",
        `  annotations:\n    external-dns.alpha.kubernetes.io/ingress-hostname-source: ${word}\n`,
      ),
      read,
    );
  assert.equal(source("defined-hosts-only").length, 1);
  assert.deepEqual(
    source("annotation-only").map((line) => line.split(" ")[0]),
    ["www.example.com", "shop.example.com"],
  );
  assert.equal(linesOf(ANNOTATED.replace("ttl:", "controller: mine\n    x:"), read).length, 0);
});

test("no value makes the projection throw", () => {
  const part = fc.oneof(fc.anything(), fc.constantFrom(null, [], {}, "x"));
  const object = fc.record(
    {
      metadata: fc.oneof(
        part,
        fc.constant({
          name: "a",
          namespace: "b",
          annotations: { "external-dns.alpha.kubernetes.io/ttl": "9h" },
        }),
      ),
      spec: fc.record({
        rules: fc.oneof(part, fc.array(part)),
        tls: fc.oneof(part, fc.array(part)),
        defaultBackend: part,
      }),
      status: part,
    },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(fc.oneof(object, fc.anything()), (raw) => {
      projectIngress({ ...ANY, readsExternalDns: true })(raw);
    }),
    { numRuns: 300 },
  );
});

test("hosts of TLS count by the setting, or as the annotation on the object says", () => {
  const lines = (tlsHosts: boolean, annotation = ""): string[] => {
    const yaml = `
kind: Ingress
metadata: { name: web, namespace: shop, annotations: { ${annotation} } }
spec: { rules: [{ host: a.example.com }], tls: [{ hosts: [a.example.com, b.example.com] }] }
`;
    const { value } = projectIngress({ ...ANY, tlsHosts })(parse(yaml)) ?? {};
    return (value?.claims ?? []).map(({ host }) => host);
  };
  const both = ["a.example.com", "b.example.com"];
  assert.deepEqual(lines(true), both);
  assert.deepEqual(lines(false), ["a.example.com"]);
  assert.deepEqual(lines(false, "fedns.io/ingress-hosts: all"), both);
  assert.deepEqual(lines(true, "fedns.io/ingress-hosts: rules"), ["a.example.com"]);
});
