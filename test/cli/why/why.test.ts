/** `fedns why`: what the host places and what a running fedns answers, in one table, with the reason of each difference. */
import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { fakeResolvers, reply } from "../../support/fake-resolver.ts";
import { suiteScope } from "../../support/programs.ts";
import { until } from "../../support/until.ts";
import { type PlanRig, startPlanRig } from "../plan/rig.ts";
import { explanation } from "../traffic/explanation.ts";

const HOST = ["--host-context", "host"];
const NAME = "web.shop.myfed.svc.example.com";
const NOBODY = ["--server", "127.0.0.1:1"];
const labels = { app: "web" };
const template = {
  spec: {
    replicas: 2,
    selector: { matchLabels: labels },
    template: { metadata: { labels }, spec: { containers: [{ name: "web", image: "web" }] } },
  },
};
const everywhere = { clusterSelector: {} };

describe("fedns why", () => {
  const scope = suiteScope();
  const server = fakeResolvers();
  let rig: PlanRig;
  const why = async (
    lines: readonly string[] | null,
    ...args: readonly string[]
  ): Promise<{ code: number; found: any; at: (cluster: string) => any; err: string }> => {
    const dns =
      lines === null ? null : await server((asked) => [reply(asked, explanation(asked.name, lines))]);
    const where = dns === null ? NOBODY : ["--server", dns.server];
    const { code, out, err } = await rig.fedns("why", NAME, ...where, ...HOST, "-o", "json", ...args);
    const found = out === "" ? null : JSON.parse(out);
    return { code, found, err, at: (cluster) => found.clusters.find((one: any) => one.cluster === cluster) };
  };
  const both = [
    "host (top): 2 of 2 can answer",
    "m1: 50.0 % of answers; 2 ready of 2, policy geo, API seen now",
    "m2: 50.0 % of answers; 2 ready of 2, policy geo, API seen now",
  ];
  const texts = (line: any): string[] => line.reasons.map(({ text }: any) => text);

  before(async () => {
    rig = await startPlanRig(scope);
    rig.put("FederatedNamespace", "shop", { placement: everywhere, template: {} });
    rig.put("FederatedDeployment", "web", { placement: everywhere, template });
    rig.put("FederatedService", "web", {
      placement: everywhere,
      template: { spec: { selector: labels, ports: [{ port: 80 }] } },
    });
    rig.put("FederatedDeployment", "other", {
      placement: { clusters: [] },
      template: { spec: { ...template.spec, template: { metadata: { labels: { app: "other" } } } } },
    });
    await rig.propagate();
    await until("two are ready in each member", () =>
      ["m1", "m2"].every((member) => rig.copy(member, "Deployment", "web")?.status?.readyReplicas === 2),
    );
  });

  it("has nothing to say where all is as wanted", async () => {
    const changes = await rig.changes();
    const { code, found, at } = await why(both);
    assert.deepEqual(
      [code, found.missing, found.workloads, found.federatedService],
      [0, [], ["FederatedDeployment shop/web"], "shop/web"],
      JSON.stringify(found),
    );
    const { wanted, placed, ready, share, reasons } = at("m1");
    assert.deepEqual([wanted, placed, ready, share, reasons], [2, 2, 2, 0.5, []]);
    assert.deepEqual(changes, []);
  });
  it("tells a drain, which somebody ordered, from a fault", async () => {
    const out = (reason: string): string[] => [
      "host (top): 1 of 2 can answer",
      "m1: 100 % of answers; 2 ready of 2, API seen now",
      `m2: out: ${reason}; 2 ready of 2, API seen now`,
    ];
    const drained = await why(out("the cluster is drained or forced down"));
    assert.deepEqual(
      [drained.code, texts(drained.at("m2"))],
      [0, ["gets no clients: the cluster is drained or forced down"]],
    );
    const down = await why(out("every IPv4 address is down"));
    assert.deepEqual([down.code, down.at("m2").share], [1, 0]);
    const unseen = await why(both.slice(0, 2));
    assert.deepEqual(
      [unseen.code, unseen.at("m2").share, texts(unseen.at("m2"))],
      [1, null, ["the running fedns has not seen its Service"]],
    );
  });
  it("answers with one half where the other is missing, and says which", async () => {
    const placement = await why(null);
    assert.deepEqual([placement.code, placement.at("m1").ready, placement.at("m1").share], [0, 2, null]);
    assert.match(placement.found.missing.join(), /^the traffic: .*connection refused/);
    const dns = await server((asked) => [reply(asked, explanation(asked.name, both))]);
    const traffic = ["why", NAME, "--server", dns.server, "--host-context", "nowhere", "-o", "json"];
    const { code, out } = await rig.fedns(...traffic);
    const [m1] = JSON.parse(out).clusters;
    assert.deepEqual([code, m1.cluster, m1.wanted, m1.ready, m1.share], [0, "m1", null, 2, 0.5]);
    assert.match(JSON.parse(out).missing.join(), /^the placement: .*nowhere/);
    const neither = await rig.fedns("why", NAME, ...NOBODY, "--host-context", "nowhere");
    assert.equal(neither.code, 2);
    assert.match(neither.out, /not known: the traffic: .*\nnot known: the placement: /);
  });
  it("says what a name of two labels lacks, and whose Service is asked about by another name", async () => {
    const { code, out } = await rig.fedns("why", "web.shop", ...HOST);
    assert.equal(code, 0);
    assert.match(out, /not known: the traffic: give the whole domain name, or the configuration/);
    const named = await rig.fedns("why", "www.example.com", "--service", "web.shop", ...NOBODY, ...HOST);
    assert.match(named.out, /^Service shop\/web\n/);
    const wrong = await rig.fedns("why", "www.example.com", "--service", "web", ...HOST);
    assert.deepEqual([wrong.code, /is no SERVICE\.NAMESPACE/.test(wrong.err)], [2, true]);
  });
  it("prints a table and the reasons below it", async () => {
    rig.put("FederatedDeployment", "web", { placement: { clusters: [{ name: "m1" }] }, template });
    await rig.propagate();
    const dns = await server((asked) => [reply(asked, explanation(asked.name, both))]);
    const { code, out } = await rig.fedns("why", NAME, "--server", dns.server, ...HOST);
    assert.equal(code, 1);
    assert.match(
      out,
      /^CLUSTER {3}WANTED {3}PLACED {3}READY {3}SHARE\nm1 +2 +2 +2 +50\.0 %\nm2 +0 +0 +2 +50\.0 %$/m,
    );
    assert.match(
      out,
      /^ {2}m2 {2}! gets clients, although it is not placed: Deployment shop\/web: spec\.placement\.clusters does not name it$/m,
    );
  });
  it("counts what is not ready, and names a Service that is not placed", async () => {
    rig.put("FederatedDeployment", "web", { placement: everywhere, template });
    rig.put("FederatedService", "web", {
      placement: { clusters: [{ name: "m1" }] },
      template: { spec: { selector: labels, ports: [{ port: 80 }] } },
    });
    await rig.propagate();
    const { code, at } = await why(both.slice(0, 2));
    const [reason] = at("m2").reasons.filter(({ text }: any) => text.startsWith("its Service"));
    assert.equal(code, 1);
    assert.deepEqual(reason, {
      text: "its Service is not placed: spec.placement.clusters does not name it",
      isProblem: true,
    });
  });
  it("knows a Service that is a member's own", async () => {
    rig.servers["m1"]?.objects.put({
      apiVersion: "v1",
      kind: "Service",
      metadata: { namespace: "shop", name: "own" },
      spec: { selector: { app: "own" }, ports: [{ port: 80 }] },
    });
    const lines = ["host (top): 1 of 1 can answer", "m1: 100 % of answers; 1 ready of 1, API seen now"];
    const dns = await server((asked) => [reply(asked, explanation(asked.name, lines))]);
    const name = NAME.replace("web", "own");
    const { code, out } = await rig.fedns("why", name, "--server", dns.server, ...HOST, "-o", "json");
    const [m1] = JSON.parse(out).clusters;
    assert.deepEqual(
      [code, m1.wanted, m1.ready, texts(m1)],
      [0, null, 1, ["its Service is its own: nothing of it is federated"]],
    );
  });
});
