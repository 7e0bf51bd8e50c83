/** Services: their addresses, named ports, and the hosts in their annotations. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as fc from "fast-check";
import { parse } from "yaml";
import { portKey } from "../../../src/federation/members/backend.ts";
import { countsOf } from "../../../src/fleet/observe/backend.ts";
import { projectSlice, sameSlice, type SliceFacts } from "../../../src/fleet/sources/endpoint-slice.ts";
import {
  announcedAddresses,
  type NodeAddresses,
  projectNodeAddresses,
  sameNodeAddresses,
  servicePorts,
} from "../../../src/fleet/sources/endpoints.ts";
import {
  projectService,
  sameService,
  type ServiceFacts,
  type ServiceFilter,
} from "../../../src/fleet/sources/service.ts";
import { declarationText } from "../../federation/hosts/claim-text.ts";

const ALL: ServiceFilter = {
  namespaces: [],
  externalIPs: true,
  balancerHostnames: "resolve",
  readsExternalDns: true,
  readsInternalHostnames: false,
};

function facts(yaml: string, filter: ServiceFilter = ALL): ServiceFacts | undefined {
  return projectService(filter)(parse(yaml))?.value;
}

function service(spec: string, more = ""): string {
  return `metadata: { name: web, namespace: shop${more} }\nspec: { ${spec} }\n`;
}

const BALANCER = `${service("type: LoadBalancer, clusterIPs: [10.96.0.7, 'fd00::7'], ports: [{ name: https, port: 443 }, { name: quic, port: 443, protocol: UDP }, { port: 80 }]")}
status:
  loadBalancer:
    ingress:
      - { ip: 192.0.2.1, ipMode: VIP }
      - { ip: "2001:db8::1", ipMode: Proxy }
      - { hostname: lb.example.net }
`;

describe("a Service", () => {
  it("of type LoadBalancer has the addresses of its balancer in both families, with any ipMode", () => {
    const { exposure, ips, hostnames, isAlias, ports } = facts(BALANCER) ?? assert.fail();
    assert.deepEqual(
      [exposure, ips, hostnames],
      ["addresses", ["192.0.2.1", "2001:db8::1"], ["lb.example.net"]],
    );
    assert.equal(isAlias, false);
    assert.deepEqual(
      ports.map((port) => `${portKey(port)} ${port.port}`),
      ["_https._tcp 443", "_quic._udp 443"],
    );
  });

  it("has its balancer's host name answered as an alias by the setting or its annotation", () => {
    const alias = (text: string, balancerHostnames: "resolve" | "alias"): boolean | undefined =>
      facts(text, { ...ALL, balancerHostnames })?.isAlias;
    const saying = (word: string): string =>
      BALANCER.replace(
        "namespace: shop",
        `namespace: shop, annotations: { fedns.io/balancer-hostname: ${word} }`,
      );
    assert.equal(alias(BALANCER, "alias"), true);
    assert.equal(alias(saying("alias"), "resolve"), true);
    assert.equal(alias(saying("resolve"), "alias"), false);
  });

  it("of any type has its externalIPs, unless the setting switches them off", () => {
    const external = BALANCER.replace("type: LoadBalancer", "type: LoadBalancer, externalIPs: [203.0.113.5]");
    assert.deepEqual(facts(external)?.ips, ["203.0.113.5"]);
    assert.deepEqual(facts(external, { ...ALL, externalIPs: false })?.ips, ["192.0.2.1", "2001:db8::1"]);
    assert.equal(facts(service("type: ClusterIP, externalIPs: [203.0.113.5]"))?.exposure, "addresses");
    const elsewhere = facts(service("type: ExternalName, externalName: a.b, externalIPs: [203.0.113.5]"));
    assert.deepEqual([elsewhere?.exposure, elsewhere?.hasName], ["none", false]);
  });

  it("of another type has a federated name only with fedns.io/expose", () => {
    for (const spec of ["type: ClusterIP", "type: NodePort", "clusterIP: None", ""])
      assert.equal(facts(service(spec)), undefined, spec);
    const expose = (what: string): string => `, annotations: { fedns.io/expose: ${what} }`;
    assert.equal(facts(service("type: NodePort", expose("nodes")))?.exposure, "nodes");
    assert.equal(facts(service("clusterIP: None", expose("endpoints")))?.exposure, "endpoints");
    for (const text of [
      service("type: ClusterIP", expose("nodes")),
      service("type: NodePort", expose("endpoints")),
    ]) {
      const { exposure, hasName, declaration } = facts(text) ?? {};
      assert.deepEqual([exposure, hasName, declaration?.claims], ["none", false, []]);
      assert.match(
        declaration?.faults?.[0]?.sentence ?? "",
        /^fedns\.io\/expose: .* does not fit a Service of type/,
      );
    }
  });

  it("does not count when it is ignored, in another namespace or being deleted", () => {
    assert.equal(facts(BALANCER.replace("shop }", "shop, labels: { fedns.io/ignore: 'yes' } }")), undefined);
    assert.equal(facts(BALANCER, { ...ALL, namespaces: ["blog"] }), undefined);
    assert.equal(
      facts(BALANCER.replace("shop }", "shop, deletionTimestamp: '2026-01-01T00:00:00Z' }")),
      undefined,
    );
  });

  it("has the hosts in its annotations, at its own addresses or at their targets", () => {
    const saying = (...annotations: string[]): string =>
      BALANCER.replace(
        "shop }",
        `shop, annotations: { ${annotations.map((one) => `external-dns.alpha.kubernetes.io/${one}`).join(", ")} } }`,
      );
    const lines = (text: string, filter = ALL): string[] => declarationText(facts(text, filter)?.declaration);
    const named = 'hostname: "www.example.com,shop.example.com"';
    assert.deepEqual(lines(saying(named)), [
      "www.example.com -> Service shop/web | shop/web",
      "shop.example.com -> Service shop/web | shop/web",
    ]);
    assert.deepEqual(lines(saying("hostname: a.example.com", "target: edge.example.net", 'ttl: "120"')), [
      "a.example.com -> edge.example.net | shop/web | ttl 120",
    ]);
    const inside = saying("internal-hostname: in.example.com");
    assert.deepEqual(lines(inside), []);
    assert.deepEqual(lines(inside, { ...ALL, readsInternalHostnames: true }), [
      "in.example.com -> 10.96.0.7 fd00::7 | shop/web",
    ]);
    assert.deepEqual(lines(saying(named, "controller: other")), []);
    assert.deepEqual(lines(saying(named), { ...ALL, readsExternalDns: false }), []);
    const bare = service(
      "type: ClusterIP, clusterIP: 10.96.0.8",
      ", annotations: { external-dns.alpha.kubernetes.io/hostname: a.example.com }",
    );
    assert.deepEqual(lines(bare), []);
    assert.deepEqual(
      facts(bare)?.declaration?.faults?.map(({ host }) => host),
      ["a.example.com"],
    );
  });
});

const SLICE = `
metadata: { name: web-abc, namespace: shop, labels: { kubernetes.io/service-name: web, service.kubernetes.io/headless: "" } }
addressType: IPv4
ports: [{ name: https, port: 8443, protocol: TCP }]
endpoints:
  - { addresses: [10.1.0.1], nodeName: n1, conditions: { ready: true } }
  - { addresses: [10.1.0.2], nodeName: n2, conditions: { ready: false, serving: false, terminating: false } }
  - { addresses: [10.1.0.3], nodeName: n3, conditions: { ready: false, terminating: true } }
  - { addresses: [10.1.0.4], nodeName: n1 }
  - { addresses: [], nodeName: n1 }
`;

function node(
  external: string[],
  internal: string[],
  more: "" | "down" | "excluded" | "open" = "",
): NodeAddresses {
  const addresses = [
    ...external.map((address) => ({ type: "ExternalIP", address })),
    ...internal.map((address) => ({ type: "InternalIP", address })),
    { type: "Hostname", address: "n" },
  ];
  const conditions = [{ type: "Ready", status: more === "down" ? "Unknown" : "True" }];
  const labels = more === "excluded" ? { "node.kubernetes.io/exclude-from-external-load-balancers": "" } : {};
  const object = { metadata: { name: "n", labels }, status: { addresses, conditions } };
  return projectNodeAddresses(object, more === "open")?.value ?? assert.fail();
}

describe("a Service with its slices and nodes", () => {
  const slice = projectSlice(parse(SLICE))?.value ?? assert.fail();
  const plain = facts(BALANCER) ?? assert.fail();

  it("counts ready endpoints, or with publishNotReadyAddresses all that do not terminate", () => {
    assert.equal(countsOf([slice]).readyEndpoints, 2);
    assert.equal(countsOf([slice], true).readyEndpoints, 3);
    const ipv6: SliceFacts = { ...slice, addressType: "IPv6", ready: [1] };
    assert.equal(countsOf([slice, ipv6, slice]).readyEndpoints, 2);
    assert.equal(
      facts(BALANCER.replace("type: L", "publishNotReadyAddresses: true, type: L"))?.publishesNotReady,
      true,
    );
  });

  it("has the addresses and ports of ready endpoints if it is headless", () => {
    const headless: ServiceFacts = { ...plain, exposure: "endpoints" };
    assert.deepEqual(announcedAddresses(headless, [slice], new Map()), ["10.1.0.1", "10.1.0.4"]);
    assert.deepEqual(servicePorts(headless, [slice]), [{ name: "https", protocol: "tcp", port: 8443 }]);
    assert.deepEqual(servicePorts(plain, [slice]), plain.ports);
    const other = projectSlice(parse(SLICE.replace('service.kubernetes.io/headless: ""', "a: b")))?.value;
    assert.deepEqual([other?.addresses, other?.ready.length], [[], 2]);
  });

  it("that is headless has addresses of the nodes of its endpoints if endpoints-type says so", () => {
    const nodes = new Map([
      ["n1", node(["192.0.2.11", "2001:db8::21"], ["10.0.0.11", "10.0.0.12"], "down")],
      ["n2", node(["192.0.2.12"], ["10.0.0.12"])],
      ["n5", node(["192.0.2.15"], [])],
    ]);
    const spread: SliceFacts = { ...slice, nodes: ["n1", "n5", "n6"] };
    const at = (value: string, slices = [slice]): readonly string[] => {
      const named = `, annotations: { external-dns.alpha.kubernetes.io/hostname: db.example.com, external-dns.alpha.kubernetes.io/endpoints-type: ${value} }`;
      return announcedAddresses(facts(service("clusterIP: None", named)) ?? assert.fail(), slices, nodes);
    };
    assert.deepEqual(at("NodeExternalIP"), ["192.0.2.11", "2001:db8::21"]);
    assert.deepEqual(at("HostIP"), ["10.0.0.11"]);
    assert.deepEqual(at("HostIP", [spread]), ["10.0.0.11", "192.0.2.15"]);
    assert.deepEqual(at("nodeexternalip"), ["10.1.0.1", "10.1.0.4"], "an unknown value");
    assert.deepEqual(at("toString"), ["10.1.0.1", "10.1.0.4"]);
  });

  it("has the addresses of usable nodes if it has a node port, as in ExternalDNS", () => {
    const nodes = new Map([
      ["n1", node(["192.0.2.11"], ["10.0.0.11", "2001:db8::11"])],
      ["n2", node(["192.0.2.12"], ["10.0.0.12"])],
      ["n3", node(["192.0.2.13"], ["10.0.0.13"], "down")],
      ["n4", node(["192.0.2.14"], ["10.0.0.14"], "excluded")],
    ]);
    const by = (access: ServiceFacts["access"], isLocal = false): readonly string[] =>
      announcedAddresses({ ...plain, exposure: "nodes", access, isLocal }, [slice], nodes);
    assert.deepEqual(by("either"), ["192.0.2.11", "192.0.2.12"]);
    assert.deepEqual(by("public"), by("either"));
    assert.deepEqual(by("private"), ["10.0.0.11", "2001:db8::11", "10.0.0.12"]);
    assert.deepEqual(by("either", true), ["192.0.2.11"]);
    const inside = new Map([["n1", node([], ["10.0.0.11"])]]);
    const all = announcedAddresses({ ...plain, exposure: "nodes" }, [], inside);
    assert.deepEqual(all, ["10.0.0.11"]);
    // Internal IPv6 addresses count by a setting, per node, and never alone.
    const open = (external: string[]): readonly string[] => {
      const one = new Map([["n1", node(external, ["10.0.0.11", "2001:db8::11"], "open")]]);
      return announcedAddresses({ ...plain, exposure: "nodes" }, [], one);
    };
    assert.deepEqual(open(["192.0.2.11"]), ["192.0.2.11", "2001:db8::11"]);
    assert.deepEqual(open(["192.0.2.11", "2001:db8::21"]), ["192.0.2.11", "2001:db8::21"]);
    assert.deepEqual(open([]), ["10.0.0.11", "2001:db8::11"]);
    const ports = facts(
      service(
        "type: NodePort, ports: [{ name: https, port: 443, nodePort: 30443 }]",
        ", annotations: { fedns.io/expose: nodes, external-dns.alpha.kubernetes.io/access: private }",
      ),
    );
    assert.deepEqual([ports?.ports[0]?.port, ports?.access], [30443, "private"]);
  });
});

it("facts of Services are equal exactly when all their parts are", () => {
  const services = [
    BALANCER,
    BALANCER.replace("443", "444"),
    BALANCER.replace("192.0.2.1,", "192.0.2.2,"),
    BALANCER.replace("spec: {", "spec: { externalTrafficPolicy: Local,"),
  ].map((text) => facts(text)!);
  services.forEach((a, i) => services.forEach((b, j) => assert.equal(sameService(a, b), i === j)));
  const slices = [
    SLICE,
    SLICE.replace("n1", "n9"),
    SLICE.replace("8443", "1"),
    SLICE.replace("10.1.0.1", "10.1.0.9"),
  ];
  const kept = slices.map((text) => projectSlice(parse(text))!.value);
  kept.forEach((a, i) => kept.forEach((b, j) => assert.equal(sameSlice(a, b), i === j)));
  assert.equal(sameNodeAddresses(node(["192.0.2.1"], []), node(["192.0.2.1"], [])), true);
  assert.equal(sameNodeAddresses(node(["192.0.2.1"], []), node(["192.0.2.1"], [], "down")), false);
});

it("no value makes the projection of Services, slices and nodes throw", () => {
  const odd = fc.oneof(fc.anything(), fc.constantFrom(null, [], {}, "x", [null], [{}], 70_000));
  const spec = fc.record({
    type: fc.constantFrom("LoadBalancer", "NodePort", null),
    externalIPs: odd,
    ports: fc.array(fc.record({ name: odd, port: odd, protocol: odd, nodePort: odd })),
    clusterIPs: odd,
  });
  const object = fc.record({
    metadata: fc.record({
      name: fc.constant("a"),
      namespace: fc.constant("b"),
      labels: odd,
      annotations: odd,
      creationTimestamp: odd,
    }),
    spec,
    status: fc.record({ loadBalancer: fc.record({ ingress: odd }), addresses: odd, conditions: odd }),
    endpoints: fc.oneof(odd, fc.array(fc.record({ addresses: odd, conditions: odd, nodeName: odd }))),
    ports: odd,
  });
  fc.assert(
    fc.property(fc.oneof(object, fc.anything()), (raw) => {
      projectService({ ...ALL, readsInternalHostnames: true })(raw);
      projectSlice(raw);
      projectNodeAddresses(raw);
    }),
    { numRuns: 300 },
  );
});
