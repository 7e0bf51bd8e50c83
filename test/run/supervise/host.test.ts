/** A whole fedns with a host cluster: kubectl declares its members, and it is restarted while the host is away. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { nodesOf, sampleManifests, sampleMembers } from "../../../src/sandbox/sample.ts";
import { type ApiServer, startApiServer } from "../../../src/sandbox/api-server.ts";
import { type Authority, createAuthority } from "../../../src/sandbox/tls/authority.ts";
import { openKubectl, type Kubectl } from "../../sandbox/kubectl.ts";
import { type Fedns, startFedns, temporaryFolder } from "../../support/fedns.ts";
import { clusterRef, memberToken, NAMESPACE, startHost } from "../../support/host-cluster.ts";
import { needs, suiteScope } from "../../support/programs.ts";
import { until } from "../../support/until.ts";
import { setTimeout as delay } from "node:timers/promises";
import { UdpClient } from "../../answer/serve/udp-client.ts";
import { addresses, LOOK_AGAIN_MS } from "./whole.ts";

const WEST = "hello.demo.myfed.svc.us-west.example.com";
const CENTRAL = "hello.demo.myfed.svc.eu-central.example.com";
const MOVED = "hello.demo.myfed.svc.atlantis.example.com";

async function eventually(claim: string, isSo: () => Promise<boolean>): Promise<void> {
  const startMs = performance.now();
  while (!(await isSo())) {
    assert.ok(performance.now() - startMs < 30_000, `still not so: ${claim}`);
    await delay(LOOK_AGAIN_MS);
  }
}

describe("fedns with a host cluster", needs("kubectl", "kubernetes-client"), () => {
  const scope = suiteScope();
  const members = new Map<string, ApiServer>();
  let authority: Authority;
  let host: ApiServer;
  let hostPort = 0;
  let kubectl: Kubectl;
  let directory = "";
  let fedns: Fedns;
  let client: UdpClient;
  const settings = { host: { kubeconfig: "./host.kubeconfig" }, clusters: [] };

  before(async () => {
    authority = await createAuthority();
    host = await startHost({ authority });
    hostPort = host.port;
    kubectl = await openKubectl("kubectl", host);
    directory = await temporaryFolder(scope);
    writeFileSync(join(directory, "host.kubeconfig"), host.kubeconfig());
    for (const sample of sampleMembers.slice(0, 2)) {
      const { name, loadBalancer } = sample;
      const server = await startApiServer({ name, loadBalancer, nodes: nodesOf(sample) });
      for (const manifest of sampleManifests(name)) server.objects.put(manifest);
      await server.settled();
      members.set(name, server);
    }
    await start();
  });
  after(async () => {
    await kubectl.close();
    await Promise.all([...members.values(), host].map((server) => server.close()));
  });

  const start = async (): Promise<void> => {
    fedns = await startFedns(scope, { directory, settings });
    client = await UdpClient.open(scope, fedns);
  };
  const member = (name: string): ApiServer => members.get(name) as ApiServer;
  const apply = async (...objects: object[]): Promise<void> => {
    const { code, out } = await kubectl.run(
      ["apply", "-f", "-"],
      JSON.stringify({ apiVersion: "v1", kind: "List", items: objects }),
    );
    assert.equal(code, 0, out);
  };
  const secret = (name: string, token: string): object => ({
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name, namespace: NAMESPACE },
    stringData: { token },
  });
  const cluster = (name: string, annotations: object = {}, spec: object = {}): object => ({
    apiVersion: "core.kubefed.io/v1beta1",
    kind: "KubeFedCluster",
    metadata: { name, namespace: NAMESPACE, annotations },
    spec: {
      apiEndpoint: member(name).url,
      caBundle: Buffer.from(member(name).caPem).toString("base64"),
      secretRef: { name },
      ...spec,
    },
  });
  /** A name whose cluster has nothing climbs to those that have: the prefix tells whose addresses are counted. */
  const count = async (name: string): Promise<number> => {
    const prefix = name === CENTRAL ? "198.51.100." : "192.0.2.";
    return (await addresses(client, name)).filter((data) => data.startsWith(prefix)).length;
  };
  const problems = async (): Promise<readonly string[]> =>
    (((await fedns.status()).host?.problems ?? []) as { object: string; sentence: string }[]).map(
      ({ object, sentence }) => `${object}: ${sentence}`,
    );

  it("answers for members as kubectl declares them", async () => {
    for (const name of members.keys())
      await apply(secret(name, await memberToken(member(name))), cluster(name));
    await eventually(
      "both are answered",
      async () => (await count(WEST)) === 2 && (await count(CENTRAL)) === 2,
    );
    await until("they are ready in the host", () => {
      const status = host.objects.get(clusterRef("us-west"))?.["status"] as
        | { conditions?: { status: string }[] }
        | undefined;
      return status?.conditions?.[0]?.status === "True";
    });
    const { out } = await kubectl.run(["-n", NAMESPACE, "get", "kfc", "us-west"]);
    assert.match(out, /us-west +\S+ +True/);
  });

  it("moves a member to another region", async () => {
    await apply(cluster("us-west", { "fedns.io/region": "atlantis" }));
    await eventually("it is answered there", async () => (await count(MOVED)) === 2);
    await eventually("and no longer here", async () => (await count(WEST)) === 0);
    await apply(cluster("us-west", { "fedns.io/region": "us-west" }));
    await eventually("it is back", async () => (await count(WEST)) === 2);
  });

  it("reports objects that cannot be used, and keeps their members as they were", async () => {
    await apply(cluster("us-west", { "fedns.io/region": "us-west" }, { caBundle: "aGVsbG8=" }), {
      ...cluster("eu-central"),
      metadata: { name: "nowhere", namespace: NAMESPACE },
    });
    await eventually("both are reported", async () => {
      const text = (await problems()).join("\n");
      return (
        text.includes("KubeFedCluster us-west: spec.caBundle holds no certificate") &&
        text.includes("KubeFedCluster nowhere: ") === true
      );
    });
    assert.equal(await count(WEST), 2);
    await kubectl.run(["-n", NAMESPACE, "delete", "kfc", "nowhere"]);
    await apply(cluster("us-west", { "fedns.io/region": "us-west" }));
    await eventually("nothing is wrong", async () => (await problems()).length === 0);
  });

  it("takes a token that is rotated", async () => {
    const server = member("us-west");
    server.setTokens({
      [server.token]: "sandbox-admin",
      rotated: "system:serviceaccount:fedns-system:fedns-reader",
    });
    server.closeConnections();
    await apply(secret("us-west", "rotated"));
    server.objects.delete({ apiVersion: "v1", kind: "Service", namespace: "demo", name: "hello" });
    await eventually("a change is seen again", async () => (await count(WEST)) === 0);
  });

  it("starts and follows its members while the host is away, and finds the host again", async () => {
    await host.close();
    await fedns.stop();
    await start();
    await eventually("it answers", async () => (await count(CENTRAL)) === 2);
    await eventually("it says that the host is away", async () =>
      (await problems()).some((text) => text.startsWith("host: the host cluster is not reachable")),
    );
    member("eu-central").objects.delete({
      apiVersion: "v1",
      kind: "Service",
      namespace: "demo",
      name: "hello",
    });
    await eventually("members are followed", async () => (await count(CENTRAL)) === 0);
    const restored = await startHost({ authority, port: hostPort, token: host.token });
    host = restored;
    await eventually("its members are missed", async () =>
      (await problems()).some((text) => /KubeFedCluster us-west: the host lost it/.test(text)),
    );
    const { clusters } = await fedns.status();
    assert.deepEqual(clusters.map(({ name }: { name: string }) => name).sort(), ["eu-central", "us-west"]);
  });
});
