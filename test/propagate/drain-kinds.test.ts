/** What waits for its clients before it goes: copies of all kinds that Services may lead to, and copies that are changed. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { pauseChanges } from "../../src/fleet/lease/changes-pause.ts";
import { freePermit } from "../../src/fleet/kube/write-permit.ts";
import { until } from "../support/until.ts";
import { deployment, only, ServedApps, serviceOf } from "./drain/served-apps.ts";
import { federated } from "./rig.ts";

describe("a copy of any kind that Services lead to", () => {
  const at = new ServedApps();

  it("waits as a Service as well", async () => {
    at.rig.place("Service", at.app, serviceOf(at.app));
    await at.rig.hasStatus("Service", at.app, "");
    at.rig.place("Service", at.app, serviceOf(at.app), only("m2"));
    await at.rig.hasStatus("Service", at.app, "WaitingForDrain");
    at.says("proved");
    await until("it is gone", () => at.rig.copy("Service", at.app) === null);
  });
  it("waits as a Namespace, for all Services in it", async () => {
    const namespace = `ns-${at.app}`;
    at.rig.rig.host.objects.put({ apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } });
    const place = (placement: object): void =>
      void at.rig.rig.host.objects.put(
        federated("FederatedNamespace", namespace, namespace, placement) as never,
      );
    const copy = (): unknown =>
      at.rig.rig.members.get("m1")?.objects.get({ apiVersion: "v1", kind: "Namespace", name: namespace });
    place({ placement: { clusterSelector: {} } });
    await until("it is made", () => copy() !== undefined);
    for (const name of ["a", "b"])
      at.put("m1", {
        apiVersion: "v1",
        kind: "Service",
        metadata: { namespace, name },
        ...serviceOf(name),
      });
    place(only("m2"));
    await until("all are asked for", () =>
      ["a", "b"].every((name) => at.answers.phaseOf("m1", `${namespace}/${name}`) === "leaving"),
    );
    at.answers.said.set(`m1 ${namespace}/a`, { kind: "proved" });
    const { exchanges } = at.answers;
    await until("it is asked again", () => at.answers.exchanges > exchanges + 1);
    assert.notEqual(copy(), undefined);
    at.answers.said.set(`m1 ${namespace}/b`, { kind: "proved" });
    await until("it is gone", () => copy() === undefined);
  });
  it("waits, and says why, while its Services cannot be read", async () => {
    await at.isServed();
    const heal = at.rig.rig.members.get("m1")?.faults.add({
      effect: { kind: "refuse", code: 500 },
      when: (request) => "resource" in request && request.resource === "services" && request.verb === "list",
    });
    at.moves();
    await at.rig.hasStatus("Deployment", at.app, "WaitingForDrain");
    assert.match(
      at.rig.report("Deployment", at.app).message,
      /^it cannot be read which Services lead to it \(.*500/,
    );
    heal?.();
    at.says("proved");
    await at.isGone();
  });
  it("waits before it is made again, since a field cannot be changed", async () => {
    const annotations = { "fedns.io/recreate": "true" };
    await at.isServed(annotations);
    const { uid } = at.rig.copy("Deployment", at.app).metadata;
    const changed: any = deployment(at.app);
    changed.spec.selector.matchLabels.more = "yes";
    changed.spec.template.metadata.labels.more = "yes";
    at.rig.place("Deployment", at.app, changed, {}, annotations);
    await at.rig.hasStatus("Deployment", at.app, "WaitingForDrain");
    assert.equal(at.rig.copy("Deployment", at.app).metadata.uid, uid);
    at.answers.otherwise = { kind: "proved" };
    await at.rig.hasStatus("Deployment", at.app, "");
    assert.notEqual(at.rig.copy("Deployment", at.app).metadata.uid, uid);
    await until("it is told", () => at.answers.all.has(`gone m1 shop/${at.app}`));
  });
  it("waits before it is scaled to zero, and gets clients again when it is scaled up", async () => {
    await at.isServed();
    at.rig.place("Deployment", at.app, deployment(at.app, 0));
    await at.rig.hasStatus("Deployment", at.app, "WaitingForDrain");
    assert.equal(at.rig.copy("Deployment", at.app).spec.replicas, 2);
    at.answers.otherwise = { kind: "proved" };
    await until("it is scaled", () => at.rig.copy("Deployment", at.app).spec.replicas === 0);
    await until("it is told", () => at.answers.all.has(`gone m1 shop/${at.app}`));
    at.rig.place("Deployment", at.app, deployment(at.app, 1));
    await until("it is back", () => at.rig.copy("Deployment", at.app).spec.replicas === 1);
  });
  it("keeps its clients while changes are paused", async () => {
    await at.isServed();
    await pauseChanges(
      { reason: "a test", since: "2026-01-01T00:00:00Z" },
      {
        transport: at.rig.rig.hostTransport,
        namespace: "kube-federation-system",
        permit: freePermit(10),
        signal: new AbortController().signal,
      },
    );
    at.rig.rig.restart();
    await until("it is paused", () => at.rig.rig.propagator.pause !== null);
    at.moves();
    await at.rig.hasStatus("Deployment", at.app, "Paused");
    assert.deepEqual(at.asked(), []);
  });
});
