/** A plan for the loss of a cluster: copies that are lost, replicas that others get, and the clients that move. */
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { before, describe, it } from "node:test";
import { fakeResolvers, reply } from "../../support/fake-resolver.ts";
import { suiteScope } from "../../support/programs.ts";
import { until } from "../../support/until.ts";
import { explanation } from "../traffic/explanation.ts";
import { type PlanRig, startPlanRig } from "./rig.ts";

const NAME = "web.shop.myfed.svc.example.com";
const labels = { app: "web" };
const everywhere = { clusterSelector: {} };
const template = {
  spec: {
    replicas: 1,
    selector: { matchLabels: labels },
    template: { metadata: { labels }, spec: { containers: [{ name: "web", image: "web" }] } },
  },
};
const service = (clusters: object): object => ({
  placement: clusters,
  template: { spec: { selector: labels, ports: [{ port: 80 }] } },
});

describe("a plan without a cluster", () => {
  const scope = suiteScope();
  const server = fakeResolvers();
  let rig: PlanRig;
  let config = "";
  /** A fedns whose answers come from both members, or from those that are not left out. */
  const fedns = async (): Promise<Awaited<ReturnType<typeof server>>> =>
    server((asked) => {
      const left = ["m1", "m2"].filter((name) => !asked.name.includes(`_without.${name}.`));
      const lines = ["m1", "m2"].map((name) =>
        left.includes(name)
          ? `${name}: ${(100 / left.length).toFixed(1)} % of answers; 3 ready of 3, API seen now`
          : `${name}: out: left out, as the question says; 3 ready of 3, API seen now`,
      );
      return [
        reply(asked, explanation(asked.name, [`host (top): ${left.length} of 2 can answer`, ...lines])),
      ];
    });
  const replicasIn = (plan: any): any =>
    plan.objects.find(({ kind }: any) => kind === "Deployment")?.replicas;

  before(async () => {
    rig = await startPlanRig(scope);
    rig.put("FederatedNamespace", "shop", { placement: everywhere, template: {} });
    rig.put("FederatedDeployment", "web", { placement: everywhere, template });
    rig.put("FederatedService", "web", service(everywhere));
    rig.servers["host"]?.objects.put({
      apiVersion: "scheduling.kubefed.io/v1alpha1",
      kind: "ReplicaSchedulingPreference",
      metadata: { namespace: "shop", name: "web" },
      spec: {
        targetKind: "FederatedDeployment",
        totalReplicas: 6,
        rebalance: true,
        clusters: { "*": { weight: 1 } },
      },
    });
    await rig.propagate();
    await until("three are ready in each member", () =>
      ["m1", "m2"].every((member) => rig.copy(member, "Deployment", "web")?.status?.readyReplicas === 3),
    );
    config = join(rig.folder, "fedns.yaml");
    await writeFile(
      config,
      "federations: [{ name: myfed, domain: example.com }]\nnameservers: [{ name: ns1.example.com, addresses: [127.0.0.1] }]\nlisten: [{ address: 127.0.0.1, port: 1 }]\nhost: { kubeconfig: ./kubeconfig, context: host }\n",
    );
  });

  it("says what is lost, and what the others get", async () => {
    const changes = await rig.changes();
    const { code, plan, err } = await rig.plan("--all", "--without", "m2");
    assert.equal(code, 1, err);
    assert.match(err, /which clients would move is not known: name the configuration of fedns with -c/);
    assert.deepEqual([plan.without, plan.summary.lost, plan.summary.hasProblems], ["m2", 3, false]);
    assert.deepEqual(replicasIn(plan), [
      { cluster: "m1", before: 3, after: 6, target: null },
      { cluster: "m2", before: 3, after: 0, target: null },
    ]);
    assert.deepEqual(changes, []);
  });
  it("asks a running fedns for the shares of clients, now and after", async () => {
    const dns = await fedns();
    const asked = ["-c", config, "--server", dns.server];
    const { code, plan } = await rig.plan("deployment/web", "-n", "shop", "--without", "m2", ...asked);
    const [one, ...others] = plan.services;
    assert.deepEqual([code, others.length, one.domainName, one.moved], [1, 0, NAME, 0.5]);
    assert.deepEqual(one.clusters, [
      { cluster: "m1", before: 0.5, after: 1 },
      { cluster: "m2", before: 0.5, after: 0 },
    ]);
    assert.deepEqual(
      dns.asked.map(({ name }) => name),
      [`why.${NAME}`, `why._without.m2.${NAME}`],
    );
    const alone = await rig.plan("service/web", "-n", "shop", "--without", "m2", ...asked);
    assert.deepEqual(
      alone.plan.services.map(({ moved }: any) => moved),
      [0.5],
    );
    const run = ["plan", "--all", "--without", "m2", "--host-context", "host", ...asked];
    const { out } = await rig.fedns(...run);
    assert.match(out, /^ {2}m2 {2}would be lost with its cluster \(in: /m);
    assert.match(out, /^ {2}replicas: m1 3 → 6, m2 3 → 0$/m);
    assert.match(
      out,
      /^Clients of Service shop\/web \(web\.shop\.myfed\.svc\.example\.com\)\n {2}m1 {2}50\.0 % → 100\.0 %\n {2}m2 {2}50\.0 % → 0 %\n {2}50\.0 % of them would move\n$/m,
    );
    assert.match(out, /3 lost with their cluster/);
  });
  it("is part of every plan that takes a Service away, where fedns answers", async () => {
    const dns = await fedns();
    const file = join(rig.folder, "service.json");
    const metadata = { namespace: "shop", name: "web" };
    const spec = service({ clusters: [{ name: "m1" }] });
    const manifest = { apiVersion: "types.kubefed.io/v1beta1", kind: "FederatedService", metadata, spec };
    await writeFile(file, JSON.stringify(manifest));
    const { code, plan } = await rig.plan(file, "-c", config, "--server", dns.server);
    assert.deepEqual([code, plan.services.map(({ moved }: any) => moved)], [1, [0.5]]);
    const quiet = await rig.plan(file, "-c", config);
    assert.deepEqual([quiet.code, quiet.plan.services, quiet.err], [1, [], ""]);
    const same = await rig.plan("service/web", "-n", "shop", "-c", config, "--server", dns.server);
    assert.deepEqual([same.code, same.plan.services], [0, []]);
  });
  it("refuses a cluster that the host does not have, and questions that are two", async () => {
    const unknown = await rig.plan("--all", "--without", "m3");
    assert.equal(unknown.code, 2);
    assert.match(
      unknown.err,
      /^fedns: --without: the host has no cluster "m3"; did you mean m1\?\n\(fedns plan --help/,
    );
    const both = await rig.plan("deployment/web", "-n", "shop", "--delete", "--without", "m2");
    assert.deepEqual([both.code, /are two questions/.test(both.err)], [2, true]);
  });
  it("plans for a cluster that does not answer any more", async () => {
    await rig.servers["m2"]?.close();
    const { code, plan, err } = await rig.plan("--all", "--without", "m2");
    assert.deepEqual([code, plan.summary.lost, plan.summary.hasProblems], [1, 3, false], err);
    assert.deepEqual(replicasIn(plan), [{ cluster: "m1", before: 3, after: 6, target: null }]);
  });
});
