/** Events of controllers: what `kubectl describe` shows about a workload, and that there are not too many. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { deployment, deployments, stepsOf } from "./api-steps.ts";
import { startServer } from "./server.ts";

const loadBalancer = {
  ipv4Prefix: "192.0.2.",
  ipv6Prefix: "2001:db8::",
  ipv4PerService: 1,
  ipv6PerService: 0,
};
const { server, client } = await startServer({ loadBalancer });
const { apply, merge } = stepsOf(client);

const about = (kind: string, name = ""): readonly any[] =>
  server.objects
    .list("v1", "Event")
    .filter((event: any) => event.involvedObject.kind === kind && event.involvedObject.name.startsWith(name));
const reasons = (kind: string, name = ""): readonly string[] =>
  about(kind, name).map(({ reason }) => reason as string);

describe("the controllers", () => {
  test("report scaling, scheduling, images and containers of a Deployment", async () => {
    await apply(deployments, deployment("web", { replicas: 2 }));
    await server.settled();
    await merge(`${deployments}/web/scale`, { spec: { replicas: 1 } });
    await server.settled();
    const [set] = server.objects.list("apps/v1", "ReplicaSet", "default");
    const name = set?.metadata.name ?? "";
    const scaled = about("Deployment", "web");
    assert.deepEqual(
      scaled.map(({ message, source, type }) => [message, source.component, type]),
      [
        [`Scaled up replica set ${name} from 0 to 2`, "deployment-controller", "Normal"],
        [`Scaled down replica set ${name} from 2 to 1`, "deployment-controller", "Normal"],
      ],
    );
    assert.deepEqual(reasons("ReplicaSet", "web").toSorted(), [
      "SuccessfulCreate",
      "SuccessfulCreate",
      "SuccessfulDelete",
    ]);
    const [pod] = server.objects.list("v1", "Pod", "default");
    assert.deepEqual(reasons("Pod", pod?.metadata.name), ["Scheduled", "Pulled", "Created", "Started"]);
    const [scheduled] = about("Pod", pod?.metadata.name);
    assert.equal(scheduled.message, `Successfully assigned default/${pod?.metadata.name} to sandbox-1`);
    assert.equal(scheduled.involvedObject.uid, pod?.metadata.uid);
  });

  test("report the addresses of a load balancer and the end of a Job", async () => {
    const service = { metadata: { name: "lb" }, spec: { type: "LoadBalancer", ports: [{ port: 80 }] } };
    await client.create("/api/v1/namespaces/default/services", service);
    const template = { spec: { restartPolicy: "Never", containers: [{ name: "c", image: "i" }] } };
    await client.create("/apis/batch/v1/namespaces/default/jobs", {
      metadata: { name: "once" },
      spec: { template },
    });
    await server.settled();
    assert.deepEqual(reasons("Service", "lb"), ["EnsuringLoadBalancer", "EnsuredLoadBalancer"]);
    assert.deepEqual(reasons("Job", "once"), ["SuccessfulCreate", "Completed"]);
  });

  test("report pods that a quota refuses, count repetitions, and create the pods when there is room", async () => {
    const tight = "/api/v1/namespaces/tight";
    await client.create("/api/v1/namespaces", { metadata: { name: "tight" } });
    await client.create(`${tight}/resourcequotas`, {
      metadata: { name: "q" },
      spec: { hard: { pods: "1" } },
    });
    await client.create(deployments.replace("default", "tight"), deployment("full", { replicas: 3 }));
    await server.settled();
    const podsOf = (): number => server.objects.list("v1", "Pod", "tight").length;
    assert.equal(podsOf(), 1);
    const [warning] = about("ReplicaSet", "full").filter(({ type }) => type === "Warning");
    assert.equal(warning.reason, "FailedCreate");
    assert.match(
      warning.message,
      /^Error creating: pods "full-.*" is forbidden: exceeded quota: q, requested: pods=1, used: pods=1, limited: pods=1$/,
    );
    await merge(`${tight}/resourcequotas/q`, { spec: { hard: { pods: "5" } } });
    await server.settled();
    assert.equal(podsOf(), 3);
  });

  test("keep a bounded number of Events", async () => {
    await apply(deployments, deployment("many", { replicas: 80 }));
    await server.settled();
    assert.ok(server.objects.list("v1", "Event").length <= 200);
  });
});
