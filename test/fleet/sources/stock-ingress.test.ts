/** Ingresses from repositories of users of ingress-nginx, the AWS and GKE controllers and ExternalDNS. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { parse } from "yaml";
import { type IngressFilter, projectIngress } from "../../../src/fleet/sources/ingress.ts";
import { declarationText } from "../../federation/hosts/claim-text.ts";

const ANY: IngressFilter = { namespaces: [], classes: [], tlsHosts: true, readsExternalDns: true };

function linesOf(yaml: string): string[] {
  return declarationText(projectIngress(ANY)(parse(yaml))?.value);
}

function backend(name: string, port = "number: 80"): string {
  return `{ path: /, pathType: Prefix, backend: { service: { name: ${name}, port: { ${port} } } } }`;
}

test("a host that is only in TLS has the Services of the rules for any host", () => {
  const yaml = `
metadata: { name: web, namespace: shop }
spec:
  ingressClassName: nginx
  tls: [{ hosts: [shop.example.com], secretName: shop-tls }]
  defaultBackend: { service: { name: fallback, port: { number: 80 } } }
  rules: [{ http: { paths: [${backend("storefront")}] } }]
status: { loadBalancer: { ingress: [{ ip: 192.0.2.10 }] } }
`;
  assert.deepEqual(linesOf(yaml), ["shop.example.com -> 192.0.2.10 | shop/storefront"]);
});

test("a host of TLS or of an annotation has the Services of a wildcard rule one label above", () => {
  const yaml = `
metadata:
  name: tenants
  namespace: shop
  annotations: { external-dns.alpha.kubernetes.io/hostname: b.shops.example.com }
spec:
  tls: [{ hosts: [a.shops.example.com, deep.a.shops.example.com] }]
  rules:
    - { host: "*.shops.example.com", http: { paths: [${backend("tenants")}] } }
    - { http: { paths: [${backend("any")}] } }
`;
  assert.deepEqual(linesOf(yaml), [
    "*.shops.example.com -> no address yet | shop/tenants",
    "a.shops.example.com -> no address yet | shop/tenants",
    "deep.a.shops.example.com -> no address yet | shop/any",
    "b.shops.example.com -> no address yet | shop/tenants",
  ]);
});

test("a backend that refers to an annotation of the AWS controller is not a Service", () => {
  const yaml = `
metadata:
  name: web
  namespace: shop
  annotations:
    alb.ingress.kubernetes.io/actions.ssl-redirect: '{"Type": "redirect", "RedirectConfig": { "Protocol": "HTTPS" }}'
spec:
  ingressClassName: alb
  rules:
    - { host: www.example.com, http: { paths: [${backend("ssl-redirect", "name: use-annotation")}, ${backend("web")}] } }
    - { host: old.example.com, http: { paths: [${backend("ssl-redirect", "name: use-annotation")}] } }
status: { loadBalancer: { ingress: [{ hostname: k8s-shop-web-1.eu-central-1.elb.example.net }] } }
`;
  assert.deepEqual(linesOf(yaml), [
    "www.example.com -> k8s-shop-web-1.eu-central-1.elb.example.net | shop/web",
    "old.example.com -> k8s-shop-web-1.eu-central-1.elb.example.net",
  ]);
});

test("the hostname-source annotation for Ingresses is read in upper and lower case", () => {
  const source = (annotation: string): string[] =>
    linesOf(`
metadata:
  name: web
  namespace: shop
  annotations:
    external-dns.alpha.kubernetes.io/hostname: www.example.com
    external-dns.alpha.kubernetes.io/${annotation}
spec: { rules: [{ host: shop.example.com }] }
`).map((line) => line.split(" ")[0] ?? "");
  assert.deepEqual(source("ingress-hostname-source: Annotation-Only"), ["www.example.com"]);
  assert.deepEqual(source("ingress-hostname-source: DEFINED-hosts-only"), ["shop.example.com"]);
  assert.deepEqual(source("ingress-hostname-source: neither"), []);
  assert.deepEqual(source("gateway-hostname-source: annotation-only"), [
    "shop.example.com",
    "www.example.com",
  ]);
});

test("invalid host names in an annotation are reported, and the others stay", () => {
  const yaml = `
metadata:
  name: web
  namespace: shop
  annotations: { external-dns.alpha.kubernetes.io/hostname: "https://www.example.com/,ok.example.com" }
spec: { rules: [{ http: { paths: [] } }] }
`;
  const declaration = projectIngress(ANY)(parse(yaml))?.value;
  assert.deepEqual(declarationText(declaration), ["ok.example.com -> no address yet"]);
  assert.deepEqual(declaration?.faults, [
    {
      host: "https://www.example.com/",
      sentence: "an annotation of ExternalDNS names it, but it is no host name",
    },
  ]);
});

test("hosts beyond the limit are reported, and the first ones stay", () => {
  const rules = Array.from({ length: 258 }, (_, i) => ({ host: `h${i}.example.com` }));
  const object = { metadata: { name: "web", namespace: "shop" }, spec: { rules } };
  const declaration = projectIngress(ANY)(object)?.value;
  assert.deepEqual([declaration?.claims.length, declaration?.faults?.[0]?.host], [256, "h256.example.com"]);
});
