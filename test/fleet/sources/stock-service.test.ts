/** Services from charts and the documentation of ExternalDNS. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { parse } from "yaml";
import { portKey } from "../../../src/federation/members/backend.ts";
import { projectSlice } from "../../../src/fleet/sources/endpoint-slice.ts";
import { projectService, type ServiceFacts, type ServiceFilter } from "../../../src/fleet/sources/service.ts";
import { declarationText } from "../../federation/hosts/claim-text.ts";

const ALL: ServiceFilter = {
  namespaces: [],
  externalIPs: true,
  balancerHostnames: "resolve",
  readsExternalDns: true,
  readsInternalHostnames: true,
};

function facts(spec: string, annotations = ""): ServiceFacts | undefined {
  const yaml = `
metadata: { name: web, namespace: shop, annotations: { ${annotations} } }
spec: { ${spec} }
status: { loadBalancer: { ingress: [{ ip: 192.0.2.1 }] } }
`;
  return projectService(ALL)(parse(yaml))?.value;
}

const HOSTNAME = "external-dns.alpha.kubernetes.io/hostname";

test("a port may have any name that fits a label with its underscore", () => {
  const [long, tooLong] = ["http-metrics-external", "x".repeat(63)];
  const ports = [long, "x".repeat(62), tooLong, "UPPER", "-x"].map((name) => `{ name: "${name}", port: 80 }`);
  const { ports: named } = facts(`type: LoadBalancer, ports: [${ports.join(", ")}]`) ?? assert.fail();
  assert.deepEqual(named.map(portKey), [`_${long}._tcp`, `_${"x".repeat(62)}._tcp`]);
});

test("a host of an ExternalName has its target, whatever is ready in this cluster", () => {
  const to = (spec: string, more = ""): string[] =>
    declarationText(facts(`type: ExternalName, ${spec}`, `${HOSTNAME}: db.example.com${more}`)?.declaration);
  assert.deepEqual(to("externalName: prod.db.example.net."), ["db.example.com -> prod.db.example.net"]);
  assert.deepEqual(to("externalName: 192.0.2.7"), ["db.example.com -> 192.0.2.7"]);
  assert.deepEqual(to("externalName: a.example.net, externalIPs: [192.0.2.8]"), [
    "db.example.com -> 192.0.2.8",
  ]);
  const target = ", external-dns.alpha.kubernetes.io/target: 192.0.2.9";
  assert.deepEqual(to("externalName: a.example.net", target), ["db.example.com -> 192.0.2.9"]);
  assert.deepEqual(to('externalName: ""'), []);
  const { exposure, hasName, isElsewhere, declaration } =
    facts("type: ExternalName, externalName: a.example.net") ?? assert.fail();
  assert.deepEqual([exposure, hasName, isElsewhere, declaration], ["none", false, true, null]);
});

test("an internal host name has the cluster IPs, also of old API servers", () => {
  const inside = (spec: string): string[] =>
    declarationText(
      facts(spec, "external-dns.alpha.kubernetes.io/internal-hostname: in.example.com")?.declaration,
    );
  assert.deepEqual(inside("type: ClusterIP, clusterIP: 10.96.0.7"), [
    "in.example.com -> 10.96.0.7 | shop/web",
  ]);
  assert.deepEqual(inside('type: ClusterIP, clusterIP: 10.96.0.7, clusterIPs: [10.96.0.7, "fd00::7"]'), [
    "in.example.com -> 10.96.0.7 fd00::7 | shop/web",
  ]);
  assert.deepEqual(inside("clusterIP: None, clusterIPs: [None]"), []);
});

test("invalid host names in annotations are reported, also for a Service without valid ones", () => {
  const told = (value: string): readonly string[] =>
    (facts("type: LoadBalancer", `${HOSTNAME}: "${value}"`)?.declaration?.faults ?? []).map(
      ({ host }) => host,
    );
  assert.deepEqual(told("ok.example.com,*bad.example.com"), ["*bad.example.com"]);
  assert.deepEqual(told("{{ .Values.host }}"), ["{{.Values.host}}"]);
  assert.deepEqual(told("ok.example.com"), []);
});

test("addresses of endpoints that no controller wrote are kept, for headless Services without a selector", () => {
  const of = (labels: string): readonly string[] | undefined =>
    projectSlice(
      parse(`
metadata: { name: db-1, namespace: shop, labels: { kubernetes.io/service-name: db, ${labels} } }
addressType: IPv4
ports: [{ name: pg, port: 5432 }]
endpoints: [{ addresses: [10.9.0.1] }]
`),
    )?.value.addresses;
  const manager = "endpointslice.kubernetes.io/managed-by";
  assert.deepEqual(of(`${manager}: staff`), ["10.9.0.1"]);
  assert.deepEqual(of(`${manager}: endpointslicemirroring-controller.k8s.io`), ["10.9.0.1"]);
  assert.deepEqual(of(`${manager}: endpointslice-controller.k8s.io`), []);
  assert.deepEqual(of(`${manager}: endpointslice-controller.k8s.io, service.kubernetes.io/headless: ""`), [
    "10.9.0.1",
  ]);
});

test("a host in an annotation has nodes or endpoints, and gives no federated name", () => {
  const of = (spec: string, annotations: string): unknown => {
    const found = facts(spec, annotations);
    return found === undefined
      ? null
      : [found.exposure, found.hasName, found.ports.length, ...declarationText(found.declaration)];
  };
  const named = `${HOSTNAME}: web.example.com`;
  const host = "web.example.com -> Service shop/web | shop/web";
  const ports = "ports: [{ name: http, port: 80, nodePort: 30080 }]";
  assert.deepEqual(of(`type: NodePort, ${ports}`, named), ["nodes", false, 0, host]);
  assert.deepEqual(of(`clusterIP: None, ${ports}`, named), ["endpoints", false, 0, host]);
  assert.deepEqual(of(`type: NodePort, ${ports}`, `${named}, fedns.io/expose: nodes`), [
    "nodes",
    true,
    1,
    host,
  ]);
  assert.deepEqual(of(`type: NodePort, ${ports}`, `${named}, fedns.io/expose: endpoints`), [
    "nodes",
    false,
    0,
    host,
  ]);
  assert.deepEqual(of(`type: ClusterIP, ${ports}`, named), ["none", false, 0]);
  assert.equal(
    of(`type: NodePort, ${ports}`, `${named}, external-dns.alpha.kubernetes.io/controller: mine`),
    null,
  );
});
