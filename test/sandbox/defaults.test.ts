/** Defaults of built-in kinds, as a real API server sets them. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { container, job, type Kind, paths, pod, service, workload } from "./objects.ts";
import { startServer } from "./server.ts";

const { client } = await startServer();

describe("a built-in kind", () => {
  const defaults: readonly (readonly [Kind, object, readonly string[], unknown])[] = [
    [
      "Deployment",
      workload({ strategy: {} }),
      ["strategy"],
      { type: "RollingUpdate", rollingUpdate: { maxUnavailable: "25%", maxSurge: "25%" } },
    ],
    ["Deployment", workload({ replicas: null }), ["replicas"], 1],
    [
      "StatefulSet",
      workload({}),
      ["updateStrategy"],
      { type: "RollingUpdate", rollingUpdate: { partition: 0 } },
    ],
    [
      "DaemonSet",
      workload({}),
      ["updateStrategy"],
      { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 1, maxSurge: 0 } },
    ],
    ["Deployment", workload({}), ["template", "spec", "terminationGracePeriodSeconds"], 30],
    [
      "Deployment",
      workload({}),
      ["template", "spec", "containers", "0"],
      {
        ...container,
        resources: {},
        terminationMessagePath: "/dev/termination-log",
        terminationMessagePolicy: "File",
        imagePullPolicy: "Always",
      },
    ],
    [
      "Pod",
      pod({ containers: [{ ...container, image: "r.example:5000/i:1" }] }),
      ["containers", "0", "imagePullPolicy"],
      "IfNotPresent",
    ],
    ["Pod", pod({ volumes: [{ name: "v" }] }), ["volumes"], [{ name: "v", emptyDir: {} }]],
    ["Pod", pod({}), ["schedulerName"], "default-scheduler"],
    [
      "Service",
      service({ sessionAffinity: "ClientIP" }),
      ["sessionAffinityConfig"],
      { clientIP: { timeoutSeconds: 10_800 } },
    ],
  ];
  for (const [index, [kind, body, steps, value]] of defaults.entries()) {
    test(`${kind} has a default: ${steps.join(".")} is ${JSON.stringify(value)}`, async () => {
      const made = await client.create(paths[kind], { metadata: { name: `filled-${index}` }, ...body });
      assert.equal(made.code, 201, JSON.stringify(made.body));
      assert.deepEqual(
        steps.reduce((part, step) => part[step], made.body.spec),
        value,
      );
    });
  }

  test("Job selects its pods by a generated label", async () => {
    const { body } = await client.create(paths.Job, {
      metadata: { name: "own" },
      ...job({ restartPolicy: "Never" }),
    });
    const labels = body.spec.selector.matchLabels;
    assert.deepEqual(labels, { "batch.kubernetes.io/controller-uid": body.metadata.uid });
    assert.equal(body.spec.template.metadata.labels["batch.kubernetes.io/job-name"], "own");
  });
});
