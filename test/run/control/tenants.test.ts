/** What tenants and members may not, through the control process: its settings, API servers, restarts and answers. */
import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { controlStatus } from "../../../src/run/control/status.ts";
import { Lives, type Settings } from "./lives.ts";

const SERVICES = "/api/v1/services";
const SLICES = "/apis/discovery.k8s.io/v1/endpointslices";
const NAMESPACES = "/api/v1/namespaces";
const HOST = "shop.example.com";
const [SHOP, EVIL] = ["192.0.2.1", "203.0.113.66"];
const LONG_AGO = "2001-01-01T00:00:00Z";
const SETTINGS = {
  sources: { externalDns: { enabled: true } },
  hosts: [{ suffix: "example.com" }],
};

type Own = { readonly created?: string; readonly host?: string; readonly annotations?: Settings };

/** A Service with a ready endpoint and, by annotation, a host. */
function put(lives: Lives, cluster: string, key: string, ip: string, own: Own = {}): void {
  const { created = LONG_AGO, host = HOST, annotations = {} } = own;
  const [namespace = "", name = ""] = key.split("/");
  const { server } = lives.cluster(cluster);
  const metadata = {
    name,
    namespace,
    creationTimestamp: created,
    annotations: { "external-dns.alpha.kubernetes.io/hostname": host, ...annotations },
  };
  const sliceMetadata = { name, namespace, labels: { "kubernetes.io/service-name": name } };
  server.put(SERVICES, {
    apiVersion: "v1",
    kind: "Service",
    metadata,
    spec: { type: "LoadBalancer", ports: [{ name: "http", port: 80 }] },
    status: { loadBalancer: { ingress: [{ ip }] } },
  });
  server.put(SLICES, {
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: sliceMetadata,
    addressType: "IPv4",
    endpoints: [{ addresses: ["10.0.0.1"], conditions: { ready: true } }],
  });
}

async function started(t: TestContext, settings: Settings = {}): Promise<Lives> {
  const lives = await Lives.prepare(t, ["west", "east"]);
  put(lives, "west", "shop/web", SHOP, { created: "2026-01-01T00:00:00Z" });
  await lives.start({ ...SETTINGS, ...settings });
  await lives.until("all is read", () => lives.plane.fleet.isSynced);
  await lives.until("the host is answered", () => lives.addresses(HOST).join() === SHOP);
  return lives;
}

function problems(lives: Lives): string {
  const { problems: all } = controlStatus(lives.plane).hosts;
  return all.map(({ host, object, sentence }) => `${host} ${object}: ${sentence}`).join("\n");
}

describe("a host name", { timeout: 60_000 }, () => {
  it("stays its owner's when a member dates its objects back, in this life of control and in those that follow", async (t) => {
    const lives = await started(t);
    await lives.pass(120_000);
    put(lives, "east", "evil/web", EVIL);
    await lives.until("it is told", () => problems(lives).includes("evil/web"));
    assert.deepEqual(lives.addresses(HOST), [SHOP]);
    await lives.plane.sights.save();
    await lives.kill();
    put(lives, "east", "evil/late", EVIL);
    await lives.start(SETTINGS);
    await lives.until("all is read", () => lives.plane.fleet.isSynced);
    await lives.until("both are told", () =>
      /evil\/late[^]*evil\/web|evil\/web[^]*evil\/late/.test(problems(lives)),
    );
    assert.deepEqual(lives.addresses(HOST), [SHOP]);
    lives.cluster("west").server.remove(SERVICES, "shop/web");
    await lives.until("the next has it", () => lives.addresses(HOST).join() === EVIL);
    put(lives, "west", "shop/web", SHOP, { created: new Date(lives.clock.wallMs()).toISOString() });
    await lives.until("who makes its object again has it back", () => lives.addresses(HOST).join() === SHOP);
  });
});

describe("namespaces of a member that may not declare", { timeout: 60_000 }, () => {
  it("have no names and steer nothing, and are told; names are given when they may", async (t) => {
    const lives = await Lives.prepare(t, ["west", "east"]);
    put(lives, "west", "shop/web", SHOP);
    put(lives, "west", "evil/web", EVIL, { host: "evil.example.com" });
    lives.cluster("west").server.put(NAMESPACES, {
      metadata: { name: "evil", annotations: { "fedns.io/ttl": "5" } },
    });
    const limited = (namespaces: Settings): readonly Settings[] => lives.entries(["west"], { namespaces });
    await lives.start({ ...SETTINGS, clusters: limited({ allow: ["shop"] }) });
    await lives.until("all is read", () => lives.plane.fleet.isSynced);
    await lives.until("the host is answered", () => lives.addresses(HOST).join() === SHOP);
    assert.deepEqual(lives.addresses("evil.example.com"), []);
    assert.deepEqual(lives.addresses("web.evil.myfed.svc.example.com"), []);
    assert.deepEqual(lives.addresses("web.shop.myfed.svc.example.com"), [SHOP]);
    const [west] = lives.plane.fleet.members;
    assert.deepEqual(
      [west?.status["outsideNamespaces"], lives.plane.federation.member("west")?.namespaces.size],
      [{ count: 2, first: ["Service evil/web", "Namespace evil"] }, 0],
    );
    lives.setMembers(limited({ allow: ["shop", "evil"] }));
    await lives.until("they may", () => lives.addresses("evil.example.com").join() === EVIL);
    assert.deepEqual(lives.addresses("web.evil.myfed.svc.example.com"), [EVIL]);
    lives.setMembers(limited({ selector: "team=web" }));
    await lives.until(
      "none may",
      () => lives.addresses(HOST).length + lives.addresses("evil.example.com").length === 0,
    );
    const labelled = { name: "shop", labels: { team: "web" } };
    lives.cluster("west").server.put(NAMESPACES, { metadata: labelled });
    await lives.until("labels let it", () => lives.addresses(HOST).join() === SHOP);
    assert.deepEqual(lives.addresses("evil.example.com"), []);
    lives.cluster("west").server.put(NAMESPACES, { metadata: { name: "shop" } });
    await lives.until("and take it back", () => lives.addresses(HOST).length === 0);
  });
});
