/** KubeFed's multicluster DNS with a whole fedns: names, TTLs and hosts from records of the host, statuses and DNSEndpoints in it. */
import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { ApiServer } from "../../../src/sandbox/api-server.ts";
import { UdpClient } from "../../answer/serve/udp-client.ts";
import { type Clusters, startClusters } from "../../support/clusters.ts";
import type { Message } from "../../support/decode.ts";
import { type Fedns, startFedns, temporaryFolder } from "../../support/fedns.ts";
import { NAMESPACE, startHost } from "../../support/host-cluster.ts";
import { atEnd, killHard, suiteScope } from "../../support/programs.ts";
import { LOOK_AGAIN_MS } from "../supervise/whole.ts";
import { until } from "../../support/until.ts";

const GROUP = "multiclusterdns.kubefed.io/v1alpha1";
const A = 1;
const NXDOMAIN = 3;

describe("a DNS record of KubeFed", () => {
  const scope = suiteScope();
  let host: ApiServer;
  let clusters: Clusters;
  let fedns: Fedns;
  let client: UdpClient;
  let id = 0;

  before(async () => {
    const directory = await temporaryFolder(scope);
    clusters = await startClusters(scope, directory);
    host = await startHost();
    atEnd(scope, () => host.close());
    await writeFile(join(directory, "host.kubeconfig"), host.kubeconfig(), { mode: 0o600 });
    const settings = {
      serve: { drainSeconds: 0 },
      clusters: clusters.settings,
      sources: { ingresses: { enabled: true } },
      hosts: [{ suffix: "example.com" }],
      host: { kubeconfig: "./host.kubeconfig", dnsEndpoints: "multiclusterdns.kubefed.io" },
      propagation: { enabled: false },
    };
    fedns = await startFedns(scope, { directory, settings });
    client = await UdpClient.open(scope, fedns);
    host.objects.put({
      apiVersion: GROUP,
      kind: "Domain",
      metadata: { name: "myfed", namespace: NAMESPACE },
      domain: "example.com",
    });
    host.objects.put({ apiVersion: "v1", kind: "Namespace", metadata: { name: "demo" } });
    host.objects.put({ apiVersion: "v1", kind: "Namespace", metadata: { name: "shop" } });
  });

  const ask = (name: string): Promise<Message> => {
    id = (id + 1) & 0xffff;
    return client.ask({ name, type: A, id });
  };
  const becomes = async (claim: string, isTrue: () => Promise<boolean>): Promise<void> => {
    const deadlineMs = performance.now() + 30_000;
    while (!(await isTrue())) {
      if (performance.now() > deadlineMs) assert.fail(claim);
      await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
    }
  };
  const put = (kind: string, namespace: string, name: string, spec: object): void =>
    void host.objects.put({ apiVersion: GROUP, kind, metadata: { namespace, name }, spec: spec as never });
  const get = (kind: string, namespace: string, name: string): any =>
    host.objects.get({ apiVersion: GROUP, kind, namespace, name }) ?? null;

  const HELLO = "hello.demo.myfed.svc.example.com";

  it("gives a Service its TTL", async () => {
    put("ServiceDNSRecord", "demo", "hello", {
      domainRef: "myfed",
      recordTTL: 77,
      externalName: "hi",
      dnsPrefix: "front",
    });
    await becomes("the TTL is that of the record", async () => (await ask(HELLO)).answer[0]?.ttl === 77);
  });
  it("gives it another name, at every level", async () => {
    await becomes(
      "it is answered",
      async () => (await ask("hi.demo.myfed.svc.example.com")).answer.length > 0,
    );
    const { answer } = await ask("hi.demo.myfed.svc.us-west.example.com");
    assert.equal(answer.length > 0, true);
  });
  it("gives it one more name below the suffix", async () => {
    await becomes("it is answered", async () => (await ask("front.example.com")).answer.length > 1);
    const [alias] = (await ask("front.example.com")).answer;
    assert.equal(alias?.data, "hi.demo.myfed.svc.example.com.");
  });
  it("has a status as KubeFed wrote it", async () => {
    await until(
      "the status is written",
      () => get("ServiceDNSRecord", "demo", "hello").status?.dns?.length === 3,
    );
    const { domain, dns } = get("ServiceDNSRecord", "demo", "hello").status;
    assert.equal(domain, "example.com");
    const west = dns.find(({ cluster }: any) => cluster === "us-west");
    assert.equal(west.region, "us-west");
    assert.equal(west.zones.length > 0, true);
    assert.equal(west.loadBalancer.ingress.length > 0, true);
  });
  it("has DNSEndpoints that go with it", async () => {
    await until("they are written", () => get("DNSEndpoint", "demo", "service-hello") !== null);
    const { metadata, spec } = get("DNSEndpoint", "demo", "service-hello");
    assert.equal(metadata.ownerReferences[0].name, "hello");
    const front = spec.endpoints.find(({ dnsName }: any) => dnsName === "front.example.com");
    assert.deepEqual(front, {
      dnsName: "front.example.com",
      recordType: "CNAME",
      recordTTL: 77,
      targets: ["hi.demo.myfed.svc.example.com"],
      labels: { serviceName: "hello" },
    });
  });
  it("gives an Ingress its hosts", async () => {
    put("IngressDNSRecord", "shop", "shop", { hosts: ["store.example.com"], recordTTL: 44 });
    await becomes("the host is answered", async () => (await ask("store.example.com")).answer.length > 0);
    assert.equal((await ask("store.example.com")).answer[0]?.ttl, 44);
    await until(
      "its status is written",
      () => get("IngressDNSRecord", "shop", "shop").status?.dns?.length > 0,
    );
  });
  it("whose Domain is not served says how to serve it", async () => {
    put("ServiceDNSRecord", "demo", "lost", { domainRef: "galactic" });
    const isTold = async (): Promise<boolean> => {
      const { host: report } = (await fedns.status()) as any;
      return (report?.problems ?? []).some(
        ({ object, sentence }: any) =>
          object === "ServiceDNSRecord demo/lost" && /there is no Domain galactic/.test(sentence),
      );
    };
    await becomes("it is told", isTold);
  });
  it("stays in force while the host is away, also when control starts again", async () => {
    await host.close();
    killHard(((await fedns.status()) as any).processes.control.pid);
    await becomes(
      "control is back",
      async () => ((await fedns.status()) as any).processes.control.restarts === 1,
    );
    await becomes("hosts are read", async () => (await ask("store.example.com")).answer.length > 0);
    for (let i = 0; i < 20; i++) {
      assert.equal((await ask("hi.demo.myfed.svc.example.com")).rcode, 0);
      assert.equal((await ask(HELLO)).answer[0]?.ttl, 77);
    }
    assert.notEqual((await ask("hi.demo.myfed.svc.example.com")).rcode, NXDOMAIN);
  });
});
