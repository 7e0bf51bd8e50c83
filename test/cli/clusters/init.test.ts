/** `fedns init` where KubeFed is or was installed, and `fedns uninstall` of what others wait for. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, it } from "node:test";
import { parse } from "yaml";
import { KubeError } from "../../../src/fleet/kube/kube-error.ts";
import type { ApiServer } from "../../../src/sandbox/api-server.ts";
import type { KubeObject } from "../../../src/sandbox/object/object.ts";
import { main } from "../../../src/cli/program.ts";
import { systemClock } from "../../../src/kernel/clock.ts";
import { fakeSession } from "../fake-session.ts";
import { suiteScope } from "../../support/programs.ts";
import { NAMESPACE } from "./host-content.ts";
import { interceptRequests, recordRequests, type Rig, startRig, writesIn } from "./rig.ts";

const CRDS = join(import.meta.dirname, "..", "..", "..", "deploy", "crds");
const CLUSTERS = "kubefedclusters.core.kubefed.io";

/** KubeFedCluster as an older KubeFed installed it: fewer fields and columns, and one of its own. */
function olderDefinition(): KubeObject {
  const definition = parse(readFileSync(join(CRDS, "kubefedclusters.yaml"), "utf8")) as Record<string, any>;
  const [version] = definition["spec"].versions;
  version.additionalPrinterColumns.pop();
  const { properties } = version.schema.openAPIV3Schema;
  delete properties.spec.properties.proxyURL;
  delete properties.status.properties.region;
  properties.spec.properties.flavour = { type: "string" };
  definition["metadata"].annotations = { "controller-gen.kubebuilder.io/version": "v0.6.2" };
  return definition as KubeObject;
}

describe("fedns init beside KubeFed", () => {
  const scope = suiteScope();
  let rig: Rig;
  let host: ApiServer;
  const definition = (): Record<string, any> =>
    host.objects.get({
      apiVersion: "apiextensions.k8s.io/v1",
      kind: "CustomResourceDefinition",
      name: CLUSTERS,
    }) as Record<string, any>;
  before(async () => {
    rig = await startRig(scope, ["host"]);
    host = rig.servers["host"] as ApiServer;
    host.objects.put({ apiVersion: "v1", kind: "Namespace", metadata: { name: NAMESPACE } });
    host.objects.put(olderDefinition());
    await host.settled();
    host.objects.put({
      apiVersion: "core.kubefed.io/v1beta1",
      kind: "KubeFedCluster",
      metadata: { namespace: NAMESPACE, name: "old" },
      spec: { apiEndpoint: "https://old.example", secretRef: { name: "old" }, flavour: "sweet" },
    });
  });

  it("leaves an installed type as it is where it may not be changed, and says so", async () => {
    const restore = interceptRequests(scope, (options, send) => {
      if (options.method !== "PATCH" || !options.path.endsWith(CLUSTERS)) return send();
      const sentence = `User "x" cannot patch resource "customresourcedefinitions"`;
      throw new KubeError({
        status: 403,
        reason: "Forbidden",
        message: `the API server answered 403 Forbidden: ${sentence}`,
        sentence,
        contentType: "application/json",
        retryAfterMs: null,
        details: {},
      });
    });
    const { code, err } = await rig.fedns("init");
    restore();
    assert.equal(code, 0, err);
    assert.match(
      err,
      /note: host: CustomResourceDefinition kubefedclusters\S+: .* 403 .*\. It stays as it is, without v1beta1: column kubernetes-version, field v1beta1\.spec\.proxyURL, field v1beta1\.status\.region: what it has no room for is in Events and in fedns status/,
    );
    assert.equal(definition()["spec"].versions[0].additionalPrinterColumns.length, 2);
  });

  it("adds to an installed type what it lacks, and takes nothing away", async () => {
    const { code, steps } = await rig.fedns("init");
    assert.equal(code, 0);
    assert.ok(
      steps.includes(
        `CustomResourceDefinition ${CLUSTERS} extended by v1beta1: column kubernetes-version, field v1beta1.spec.proxyURL, field v1beta1.status.region`,
      ),
      steps.join("\n"),
    );
    const [version] = definition()["spec"].versions;
    const { spec, status } = version.schema.openAPIV3Schema.properties;
    assert.deepEqual(spec.properties.flavour, { type: "string" });
    assert.ok("proxyURL" in spec.properties && "region" in status.properties);
    assert.equal(definition()["metadata"].labels, undefined);
    const old = host.objects.get({
      apiVersion: "core.kubefed.io/v1beta1",
      kind: "KubeFedCluster",
      namespace: NAMESPACE,
      name: "old",
    }) as Record<string, any>;
    assert.equal(old["spec"].flavour, "sweet");
    const again = await rig.fedns("init");
    assert.ok(again.steps.includes(`CustomResourceDefinition ${CLUSTERS} unchanged`));
  });

  it("keeps a KubeFedConfig that is there", async () => {
    const key = { apiVersion: "core.kubefed.io/v1beta1", kind: "KubeFedConfig", namespace: NAMESPACE };
    host.objects.patch({ ...key, name: "kubefed" }, { spec: { clusterHealthCheck: { period: "5s" } } });
    const { steps } = await rig.fedns("init");
    assert.ok(steps.includes(`KubeFedConfig ${NAMESPACE}/kubefed kept as it is`));
    const { spec } = host.objects.get({ ...key, name: "kubefed" }) as Record<string, any>;
    assert.deepEqual(spec, { scope: "Cluster", clusterHealthCheck: { period: "5s" } });
  });

  it("reports a controller of KubeFed that still holds its lock, and does not take over from it", async () => {
    const renewTime = new Date().toISOString();
    const leader = { holderIdentity: "host_1", leaseDurationSeconds: 15, renewTime };
    const lock = {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: {
        namespace: NAMESPACE,
        name: "kubefed-controller-manager",
        annotations: { "control-plane.alpha.kubernetes.io/leader": JSON.stringify(leader) },
      },
    };
    host.objects.put(lock);
    host.objects.put({
      apiVersion: "admissionregistration.k8s.io/v1",
      kind: "ValidatingWebhookConfiguration",
      metadata: { name: "validations.core.kubefed.io" },
      webhooks: [
        {
          name: "kubefedclusters.core.kubefed.io",
          clientConfig: { service: { namespace: NAMESPACE, name: "kubefed-admission-webhook" } },
          failurePolicy: "Fail",
          sideEffects: "None",
          admissionReviewVersions: ["v1"],
          rules: [],
        },
      ],
    } as KubeObject);
    const { sent, stop } = recordRequests(scope);
    const { code, err } = await rig.fedns("init", "--take-over");
    stop();
    assert.equal(code, 1);
    assert.match(
      err,
      /note: KubeFed's controller host_1 holds its lock: fedns writes nothing to this host until it is stopped \(kubectl -n kube-federation-system scale deployment kubefed-controller-manager --replicas 0\)/,
    );
    assert.match(
      err,
      /webhooks of KubeFed are installed \(validations\.core\.kubefed\.io\).*; stop KubeFed's controller first/,
    );
    assert.deepEqual(
      writesIn(sent).filter((write) => write.startsWith("DELETE")),
      [],
    );
    host.objects.delete({
      apiVersion: "v1",
      kind: "ConfigMap",
      namespace: NAMESPACE,
      name: lock.metadata.name,
    });
  });

  it("reports webhooks that KubeFed left, and removes them with --take-over", async () => {
    host.objects.put({
      apiVersion: "admissionregistration.k8s.io/v1",
      kind: "ValidatingWebhookConfiguration",
      metadata: { name: "others" },
      webhooks: [
        {
          name: "others.example.com",
          clientConfig: { url: "https://127.0.0.1:1" },
          sideEffects: "None",
          admissionReviewVersions: ["v1"],
          rules: [],
        },
      ],
    } as KubeObject);
    const reported = await rig.fedns("init");
    assert.equal(reported.code, 1);
    assert.match(reported.err, /run fedns init --take-over to remove them/);
    const taken = await rig.fedns("init", "--take-over");
    assert.equal(taken.code, 0, taken.err);
    assert.ok(taken.steps.includes("ValidatingWebhookConfiguration validations.core.kubefed.io deleted"));
    const left = host.objects.list("admissionregistration.k8s.io/v1", "ValidatingWebhookConfiguration");
    assert.deepEqual(
      left.map(({ metadata }) => metadata.name),
      ["others"],
    );
  });

  it("is undone by uninstall only when the person agrees", async () => {
    for (const [isAgreed, code, sentence] of [
      [false, 1, "fedns: nothing was removed\n"],
      [true, 0, ""],
    ] as const) {
      const questions: string[] = [];
      const session = {
        ...fakeSession(),
        clock: systemClock,
        confirm: (question: string) => {
          questions.push(question);
          return Promise.resolve(isAgreed);
        },
      };
      assert.equal(await main(["uninstall", "--kubeconfig", rig.kubeconfig], session), code);
      assert.deepEqual(questions, ["Remove fedns from host?"]);
      assert.ok(session.complained().endsWith(sentence));
    }
    assert.equal((await rig.fedns("init")).code, 0);
  });

  it("leaves KubeFed's finalizers while its controller is at work", async () => {
    const key = {
      apiVersion: "core.kubefed.io/v1beta1",
      kind: "KubeFedCluster",
      namespace: NAMESPACE,
      name: "old",
    };
    host.objects.patch(key, { metadata: { finalizers: ["fedns.io/a", "core.kubefed.io/x"] } });
    const spec = {
      holderIdentity: "host_2",
      leaseDurationSeconds: 15,
      renewTime: new Date().toISOString().replace("Z", "000Z"),
    };
    const lease = { namespace: NAMESPACE, name: "kubefed-controller-manager" };
    host.objects.put({
      apiVersion: "coordination.k8s.io/v1",
      kind: "Lease",
      metadata: lease,
      spec,
    } as KubeObject);
    const { err, steps } = await rig.fedns("uninstall", "--yes", "--dry-run");
    assert.match(err, /note: KubeFed's controller host_2 is at work: its finalizers stay/);
    assert.ok(
      steps.includes(`KubeFedCluster ${NAMESPACE}/old would lose its finalizer fedns.io/a (dry run)`),
    );
    host.objects.delete({ apiVersion: "coordination.k8s.io/v1", kind: "Lease", ...lease });
  });

  it("is undone by uninstall, which removes our finalizers and leaves KubeFed's types", async () => {
    host.objects.patch(
      {
        apiVersion: "core.kubefed.io/v1beta1",
        kind: "KubeFedCluster",
        namespace: NAMESPACE,
        name: "old",
      },
      { metadata: { finalizers: ["fedns.io/cleanup", "example.com/other", "core.kubefed.io/x"] } },
    );
    const { code, err, steps } = await rig.fedns("uninstall", "--yes", "--crds");
    assert.equal(code, 0, err);
    assert.match(err, /note: old: still joined; their accounts stay in these clusters until fedns unjoin/);
    const line = `KubeFedCluster ${NAMESPACE}/old lost its finalizer fedns.io/cleanup, core.kubefed.io/x`;
    assert.ok(steps.includes(line), steps.join("\n"));
    const removed = steps.filter((step) => step.startsWith("CustomResourceDefinition "));
    assert.ok(removed.length > 0 && removed.every((step) => !step.includes(CLUSTERS)), steps.join("\n"));
    const old = host.objects.get({
      apiVersion: "core.kubefed.io/v1beta1",
      kind: "KubeFedCluster",
      namespace: NAMESPACE,
      name: "old",
    });
    assert.deepEqual(old?.metadata.finalizers, ["example.com/other"]);
  });
});
