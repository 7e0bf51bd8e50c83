/** A version goes to its canary and on, by real processes: the propagator asks control about clients, and both may be killed. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { type ApiServer, startApiServer } from "../../src/sandbox/api-server.ts";
import { federated, TYPES, typeOf } from "../propagate/rig.ts";
import { inLong } from "../suite/scale.ts";
import { type Fedns, startFedns, temporaryFolder } from "../support/fedns.ts";
import { NAMESPACE, putCluster, putSecret, startHost } from "../support/host-cluster.ts";
import { killHard, suiteScope } from "../support/programs.ts";
import { until } from "../support/until.ts";

const MEMBERS = ["m1", "m2", "m3"] as const;
/** A lease that nobody renews any more is taken after 15 s; then there is the start of a process. */
const WITHIN_MS = 90_000;

const KINDS = [TYPES.namespaces, TYPES["deployments.apps"], typeOf({ kind: "Service", plural: "services" })];
const labels = { app: "web" };
const deployment = (image: string): object => ({
  spec: {
    replicas: 2,
    selector: { matchLabels: labels },
    template: { metadata: { labels }, spec: { containers: [{ name: "web", image }] } },
  },
});

describe("a version that reaches members in steps, by real processes", inLong, () => {
  const scope = suiteScope();
  const members = new Map<string, ApiServer>();
  let host: ApiServer;
  let fedns: Fedns;
  const ref = {
    apiVersion: "types.kubefed.io/v1beta1",
    kind: "FederatedDeployment",
    namespace: "shop",
    name: "web",
  };
  const image = (member: string): string | undefined => {
    const copy: any = members.get(member)?.objects.get({
      apiVersion: "apps/v1",
      kind: "Deployment",
      namespace: "shop",
      name: "web",
    });
    return copy?.spec.template.spec.containers[0].image;
  };
  const has = (...images: readonly string[]): Promise<void> =>
    until(`members have ${images.join(", ")}`, () => MEMBERS.map(image).join() === images.join(), WITHIN_MS);
  const record = (): any => {
    const object: any = host.objects.get(ref);
    return JSON.parse(object?.metadata.annotations?.["fedns.io/rollout-record"] ?? "null");
  };
  const release = (version: string): void =>
    void host.objects.patch(ref, { spec: { template: deployment(version) } } as never);
  const pid = async (child: "control" | "propagate"): Promise<number> =>
    (await fedns.status()).processes[child].pid as number;
  const isDone = (): Promise<void> => until("it is done", () => record()?.phase === "done", WITHIN_MS);

  before(async () => {
    host = await startHost();
    for (const [i, name] of MEMBERS.entries()) {
      const loadBalancer = {
        ipv4Prefix: `198.51.${100 + i}.`,
        ipv6Prefix: `2001:db8:${i}::`,
        ipv4PerService: 1,
        ipv6PerService: 0,
      };
      const member = await startApiServer({ name, loadBalancer });
      members.set(name, member);
      putSecret(host, name, member.token);
      putCluster(host, name, member);
    }
    host.objects.put({ apiVersion: "v1", kind: "Namespace", metadata: { name: "shop" } });
    for (const { name, target, federated: own } of KINDS) {
      const { group, version, kind, plural: pluralName } = target;
      const scope = target.isNamespaced ? "Namespaced" : "Cluster";
      host.objects.put({
        apiVersion: "core.kubefed.io/v1beta1",
        kind: "FederatedTypeConfig",
        metadata: { name, namespace: NAMESPACE },
        spec: {
          propagation: "Enabled",
          targetType: { group, version, kind, pluralName, scope },
          federatedType: {
            group: own.group,
            version: own.version,
            kind: `Federated${kind}`,
            pluralName: own.plural,
            scope: "Namespaced",
          },
        },
      } as never);
    }
    const all = { placement: { clusterSelector: {} } };
    const put = (kind: string, name: string, template: object, annotations: object = {}): void => {
      const object: any = federated(kind, "shop", name, { ...all, template });
      host.objects.put({ ...object, metadata: { ...object.metadata, annotations } });
    };
    const service = { spec: { type: "LoadBalancer", selector: labels, ports: [{ port: 80 }] } };
    put("FederatedNamespace", "shop", {});
    put("FederatedService", "web", service);
    put("FederatedDeployment", "web", deployment("web:1"), {
      "fedns.io/rollout": "canary=m2; pause=0s; step=1",
    });
    const directory = await temporaryFolder(scope);
    writeFileSync(join(directory, "host.kubeconfig"), host.kubeconfig(), { mode: 0o600 });
    const settings = { host: { kubeconfig: "./host.kubeconfig" }, clusters: [] };
    fedns = await startFedns(scope, { directory, settings });
    await has("web:1", "web:1", "web:1");
    await isDone();
  });
  after(() => Promise.all([host, ...members.values()].map((server) => server.close())));

  it("goes no further while nobody says that clients are served, and on when somebody does", async () => {
    const control = await pid("control");
    process.kill(control, "SIGSTOP");
    release("web:2");
    await has("web:1", "web:2", "web:1");
    const isSaid = (): boolean =>
      JSON.stringify(host.objects.get(ref)).includes("it is not known whether clients are served there") ||
      record()?.state === "waiting";
    await until("it waits", isSaid, WITHIN_MS);
    assert.deepEqual(MEMBERS.map(image), ["web:1", "web:2", "web:1"]);
    process.kill(control, "SIGCONT");
    await has("web:2", "web:2", "web:2");
    await isDone();
  });
  it("goes on when the propagator is killed at its canary", async () => {
    release("web:3");
    await has("web:2", "web:3", "web:2");
    killHard(await pid("propagate"));
    await has("web:3", "web:3", "web:3");
    await isDone();
  });
  it("goes back when the canary refuses it", async () => {
    const broken = { spec: { template: { spec: { containers: [] } } } };
    host.objects.patch(ref, { spec: { template: broken } } as never);
    await until("it has failed", () => record()?.phase === "failed", WITHIN_MS);
    await has("web:3", "web:3", "web:3");
  });
});
