/** `fedns explain workload` says what the Services in front of a workload bring it. */
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { before, describe, it } from "node:test";
import { fakeResolvers, reply } from "../../support/fake-resolver.ts";
import { suiteScope } from "../../support/programs.ts";
import { type PlanRig, startPlanRig } from "../plan/rig.ts";
import { explanation } from "../traffic/explanation.ts";

const labels = { app: "web" };
const everywhere = { clusterSelector: {} };

describe("the Services in front of a workload", () => {
  const scope = suiteScope();
  const server = fakeResolvers();
  let rig: PlanRig;
  let config = "";
  const explain = (...args: readonly string[]): ReturnType<PlanRig["fedns"]> =>
    rig.fedns("explain", "workload", "deployment/web", "-n", "shop", "--host-context", "host", ...args);

  before(async () => {
    rig = await startPlanRig(scope);
    rig.put("FederatedNamespace", "shop", { placement: everywhere, template: {} });
    rig.put("FederatedDeployment", "web", {
      placement: everywhere,
      template: {
        spec: {
          replicas: 1,
          selector: { matchLabels: labels },
          template: { metadata: { labels }, spec: { containers: [{ name: "web", image: "web" }] } },
        },
      },
    });
    for (const [name, app] of Object.entries({ web: "web", other: "other" }))
      rig.put("FederatedService", name, {
        placement: everywhere,
        template: { spec: { selector: { app }, ports: [{ port: 80 }] } },
      });
    await rig.propagate();
    config = join(rig.folder, "fedns.yaml");
    await writeFile(
      config,
      "federations: [{ name: myfed, domain: example.com }]\nnameservers: [{ name: ns1.example.com, addresses: [127.0.0.1] }]\nlisten: [{ address: 127.0.0.1, port: 1 }]\nhost: { kubeconfig: ./kubeconfig, context: host }\n",
    );
  });

  it("are asked about by the names of the configuration", async () => {
    const lines = [
      "host (top): 1 of 2 can answer",
      "m1: 100 % of answers; 1 ready of 1, API seen now",
      "m2: out: no endpoint is ready; 0 ready of 1, API seen now",
    ];
    const dns = await server((asked) => [reply(asked, explanation(asked.name, lines))]);
    const { code, out, err } = await explain("-c", config, "--server", dns.server);
    assert.deepEqual([code, err], [0, ""]);
    assert.deepEqual(
      dns.asked.map(({ name }) => name),
      ["why.web.shop.myfed.svc.example.com"],
    );
    assert.match(out, /^ {2}traffic +by the Service web: 1 of 2 can answer$/m);
    assert.match(out, /^ {2}traffic +100 % of answers, by the Service web$/m);
    assert.match(out, /^ {2}traffic +none by the Service web: no endpoint is ready$/m);
  });
  it("are left out where no fedns answers, unless it is named", async () => {
    const quiet = await explain("-c", config);
    assert.deepEqual([quiet.code, quiet.err, /traffic/.test(quiet.out)], [0, "", false], quiet.err);
    const named = await explain("-c", config, "--server", "127.0.0.1:1");
    assert.match(named.out, /^ {2}traffic +by the Service web: not known: .*connection refused/m);
    assert.doesNotMatch((await explain()).out, /traffic/);
  });
});
