/** Who wrote the addresses of a backend: those that tenants wrote, and that lead inside a network, are answered and never probed. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parse } from "yaml";
import { GatewayIndex } from "../../../src/federation/gateways/gateway-index.ts";
import type { HostDeclaration, HostTarget } from "../../../src/federation/hosts/declaration.ts";
import { addressText } from "../../../src/federation/members/address.ts";
import { NO_ANNOTATIONS } from "../../../src/federation/members/backend.ts";
import { Federation } from "../../../src/federation/members/federation.ts";
import { addressRules } from "../../../src/federation/members/refused.ts";
import { ClusterView } from "../../../src/fleet/observe/cluster-view.ts";
import type { HostnameListener, HostnameResolver } from "../../../src/fleet/resolve/hostname.ts";
import { type HostAddresses, NOT_LOOKED_UP } from "../../../src/fleet/resolve/hostname-state.ts";
import { projectDnsEndpoint } from "../../../src/fleet/sources/dnsendpoint.ts";
import { projectGateway } from "../../../src/fleet/sources/gateway.ts";
import { projectIngress } from "../../../src/fleet/sources/ingress.ts";
import { projectRoute } from "../../../src/fleet/sources/route.ts";
import { projectService } from "../../../src/fleet/sources/service.ts";
import { silentLog } from "../../../src/kernel/log.ts";

const ALL = { namespaces: [], readsExternalDns: true };
const SERVICES = {
  ...ALL,
  externalIPs: true,
  balancerHostnames: "resolve",
  readsInternalHostnames: true,
} as const;
const HOST = "www.example.com";
const TARGET = "external-dns.alpha.kubernetes.io/target";
const HOSTNAME = "external-dns.alpha.kubernetes.io/hostname";

/** A cluster in which every host name has these addresses. */
function cluster(found: readonly string[] = [], allow: readonly string[] = []) {
  const federation = new Federation(
    { onService: () => undefined, onLocality: () => undefined, onNamespace: () => undefined },
    4,
  );
  federation.join("west");
  const addresses: HostAddresses = {
    ipv4: found.filter((one) => !one.includes(":")),
    ipv6: found.filter((one) => one.includes(":")),
  };
  const hostnames = {
    watch(_: string, { onAddresses }: HostnameListener) {
      queueMicrotask(() => onAddresses(addresses, NOT_LOOKED_UP));
      return () => undefined;
    },
  } as unknown as HostnameResolver;
  const view = new ClusterView({
    cluster: "west",
    federation,
    hostnames,
    addresses: addressRules({ allow, deny: [] }),
    onAlias: () => undefined,
    log: silentLog,
  });
  view.open();
  return { federation, view };
}
type Cluster = ReturnType<typeof cluster>;

/** "10.0.0.1 unprobed, 192.0.2.1". */
async function stateOf({ federation }: Cluster, key: string): Promise<string> {
  await Promise.resolve();
  const { ipv4, ipv6, unprobed } = federation.member("west")?.backends.get(key) ?? assert.fail();
  return [...ipv4, ...ipv6]
    .map((one) => `${addressText(one)}${unprobed?.has(one) === true ? " unprobed" : ""}`)
    .join(", ");
}

function service(yaml: string, annotations: Record<string, string> = {}): unknown {
  const { spec, status } = parse(yaml) as Record<string, unknown>;
  return { metadata: { namespace: "shop", name: "web", annotations }, spec, status };
}

function ofService(
  yaml: string,
  { found, allow }: { found?: string[]; allow?: string[] } = {},
): Promise<string> {
  const west = cluster(found, allow);
  west.view.setService("shop/web", projectService(SERVICES)(service(yaml))?.value);
  return stateOf(west, "shop/web");
}

function ofTargets(
  targets: readonly HostTarget[],
  found: string[] = [],
  allow: string[] = [],
): Promise<string> {
  const west = cluster(found, allow);
  west.view.setHost(HOST, { targets, services: null, annotations: NO_ANNOTATIONS });
  return stateOf(west, HOST);
}

const targetsIn = (declaration: HostDeclaration | null | undefined): HostTarget[] =>
  declaration?.claims.flatMap(({ target }) => target ?? []) ?? [];

const balancer = (...ips: string[]): string =>
  `{ spec: { type: LoadBalancer }, status: { loadBalancer: { ingress: [${ips.map((ip) => `{ ip: "${ip}" }`).join()}] } } }`;
const named =
  "{ spec: { type: LoadBalancer }, status: { loadBalancer: { ingress: [{ hostname: lb.example.net }] } } }";

describe("a Service", () => {
  const tenants = (...ips: string[]): string =>
    `{ spec: { type: ClusterIP, externalIPs: ${JSON.stringify(ips)} } }`;
  it("has externalIPs that nobody probes where they lead inside a network", async () => {
    const inside = ["10.0.0.1", "100.64.0.1", "172.20.0.1", "192.168.1.1", "198.18.0.1", "fd00::1"];
    assert.equal(await ofService(tenants(...inside)), inside.map((one) => `${one} unprobed`).join(", "));
    assert.equal(await ofService(tenants("203.0.113.1", "2001:db8::1")), "203.0.113.1, 2001:db8::1");
  });
  it("has externalIPs that are probed where addresses.allow names their network", async () => {
    const allow = ["10.0.0.0/24", "192.0.2.0/24", "10.1.0.0/16"];
    assert.equal(await ofService(tenants("10.0.0.1", "10.1.2.3"), { allow }), "10.0.0.1, 10.1.2.3");
  });
  it("has none that pass through a translator", async () => {
    assert.match(await ofService(tenants("64:ff9b::10.0.0.1")), /unprobed/);
    assert.match(await ofService(tenants("2002:a00:1::1")), /unprobed/);
    assert.equal(await ofService(tenants("::ffff:10.0.0.1")), "10.0.0.1 unprobed");
  });
  it("has a load balancer that is probed wherever it is: a controller wrote it", async () => {
    assert.equal(
      await ofService(balancer("10.0.0.1", "100.64.0.1", "fd00::1")),
      "10.0.0.1, 100.64.0.1, fd00::1",
    );
    assert.equal(await ofService(named, { found: ["10.0.0.7"] }), "10.0.0.7");
  });
  it("has externalIPs in the place of those of its load balancer, and these are a tenant's", async () => {
    const both = balancer("10.0.0.1").replace("LoadBalancer }", "LoadBalancer, externalIPs: [10.0.0.1] }");
    assert.equal(await ofService(both), "10.0.0.1 unprobed");
  });
  it("changes hands: the same address is probed when a controller announces it", async () => {
    const west = cluster();
    const set = (yaml: string): void =>
      west.view.setService("shop/web", projectService(SERVICES)(service(yaml))?.value);
    for (const [yaml, state] of [
      [tenants("10.0.0.1"), "10.0.0.1 unprobed"],
      [balancer("10.0.0.1"), "10.0.0.1"],
      [tenants("10.0.0.1"), "10.0.0.1 unprobed"],
    ] as const) {
      set(yaml);
      assert.equal(await stateOf(west, "shop/web"), state);
    }
    west.view.setAddressRules(addressRules({ allow: ["10.0.0.0/8"], deny: [] }));
    assert.equal(await stateOf(west, "shop/web"), "10.0.0.1");
  });
});

describe("a host", () => {
  const targetsOf = (yaml: string, annotations: Record<string, string>): HostTarget[] =>
    targetsIn(
      projectService(SERVICES)(service(yaml, { [HOSTNAME]: HOST, ...annotations }))?.value.declaration,
    );

  it("of a Service has the targets of an annotation, which nobody probes inside a network", async () => {
    const targets = targetsOf(balancer("10.0.0.1"), { [TARGET]: "10.0.0.2,192.0.2.1" });
    assert.equal(await ofTargets(targets), "10.0.0.2 unprobed, 192.0.2.1");
    assert.equal(await ofTargets(targets, [], ["10.0.0.2/32", "192.0.2.1/32"]), "10.0.0.2, 192.0.2.1");
  });
  it("has the addresses of a name that a tenant wrote, which nobody probes inside a network", async () => {
    const name = targetsOf(balancer("10.0.0.1"), { [TARGET]: "inside.attacker.example" });
    assert.equal(await ofTargets(name, ["10.0.0.9", "192.0.2.9"]), "10.0.0.9 unprobed, 192.0.2.9");
    const external = targetsOf("{ spec: { type: ExternalName, externalName: inside.attacker.example } }", {});
    assert.equal(await ofTargets(external, ["10.0.0.9", "fd00::9"]), "10.0.0.9 unprobed, fd00::9 unprobed");
    const literal = targetsOf("{ spec: { type: ExternalName, externalName: 10.0.0.3 } }", {});
    assert.equal(await ofTargets(literal), "10.0.0.3 unprobed");
    const ips = targetsOf("{ spec: { type: ExternalName, externalName: a.b, externalIPs: [10.0.0.4] } }", {});
    assert.equal(await ofTargets(ips), "10.0.0.4 unprobed");
  });
  it("of the annotation internal-hostname has a cluster IP, which nobody probes", async () => {
    const [target] = targetsOf("{ spec: { type: ClusterIP, clusterIP: 10.96.0.1 } }", {
      "external-dns.alpha.kubernetes.io/internal-hostname": HOST,
    });
    assert.equal(await ofTargets([target ?? assert.fail()]), "10.96.0.1 unprobed");
  });
  it("of a DNSEndpoint has addresses that nobody probes inside a network", async () => {
    const endpoints = [{ dnsName: HOST, recordType: "A", targets: ["10.0.0.5", "192.0.2.5"] }];
    const object = { metadata: { namespace: "shop", name: "web" }, spec: { endpoints } };
    const targets = targetsIn(projectDnsEndpoint({ ...ALL, ttlSeconds: 30 })(object)?.value);
    assert.equal(await ofTargets(targets), "10.0.0.5 unprobed, 192.0.2.5");
  });
  it("of an Ingress has the addresses of its status, and a tenant's if an annotation replaces them", async () => {
    const status = { loadBalancer: { ingress: [{ ip: "10.0.0.6" }] } };
    const ingress = (annotations: Record<string, string>): HostTarget[] =>
      targetsIn(
        projectIngress({ ...ALL, classes: [], tlsHosts: true })({
          metadata: { namespace: "shop", name: "web", annotations },
          spec: { rules: [{ host: HOST }] },
          status,
        })?.value,
      );
    assert.equal(await ofTargets(ingress({})), "10.0.0.6");
    assert.equal(await ofTargets(ingress({ [TARGET]: "10.0.0.6" })), "10.0.0.6 unprobed");
  });
  it("of a route has the addresses of its Gateway's status, and a tenant's if an annotation replaces them", async () => {
    const conditions = ["Accepted", "Programmed"].map((type) => ({ type, status: "True" }));
    const through = (annotations: Record<string, string>): HostTarget[] => {
      const declared = new Map<string, HostDeclaration | null>();
      const index = new GatewayIndex((key, declaration) => void declared.set(key, declaration));
      index.gatewaysListed();
      const gateway = projectGateway({ classes: [], readsExternalDns: true })({
        metadata: { namespace: "shop", name: "gate", annotations },
        spec: { gatewayClassName: "c", listeners: [{ name: "http", port: 80, protocol: "HTTP" }] },
        status: {
          addresses: [{ type: "IPAddress", value: "10.0.0.8" }],
          conditions,
          listeners: [{ name: "http", conditions }],
        },
      });
      index.setGateway("shop/gate", gateway?.value);
      const parent = { name: "gate" };
      const route = projectRoute(
        "HTTPRoute",
        ALL,
      )({
        metadata: { namespace: "shop", name: "web" },
        spec: { hostnames: [HOST], parentRefs: [parent] },
        status: { parents: [{ parentRef: parent, conditions: [{ type: "Accepted", status: "True" }] }] },
      });
      index.setRoute("HTTPRoute", "shop/web", route?.value);
      return [...declared.values()].flatMap((one) => targetsIn(one));
    };
    assert.equal(await ofTargets(through({})), "10.0.0.8");
    assert.equal(await ofTargets(through({ [TARGET]: "10.0.0.8" })), "10.0.0.8 unprobed");
  });
  it("is probed at an address that a controller announces, although a tenant wrote it too", async () => {
    const tenants: HostTarget = {
      kind: "addresses",
      addresses: ["10.0.0.1", "10.0.0.2"],
      hostnames: [],
      isOfTenant: true,
    };
    const controllers: HostTarget = { kind: "addresses", addresses: ["10.0.0.1"], hostnames: [] };
    for (const targets of [
      [tenants, controllers],
      [controllers, tenants],
    ])
      assert.equal(await ofTargets(targets), "10.0.0.1, 10.0.0.2 unprobed");
  });
});
