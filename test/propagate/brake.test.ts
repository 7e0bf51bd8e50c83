/** A host that loses many objects at once, or goes back in time: nothing that exists is changed until a person says so. */
import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { freePermit } from "../../src/fleet/kube/write-permit.ts";
import { resumeChanges } from "../../src/fleet/lease/changes-pause.ts";
import { suiteScope } from "../support/programs.ts";
import { until } from "../support/until.ts";
import { federated, type Rig, startRig, UNLIMITED } from "./rig.ts";

const ALL = { placement: { clusterSelector: {} } };
const OBJECTS = Array.from({ length: 12 }, (_, i) => `object-${i}`);
const LIMITS = { ...UNLIMITED, loss: { percent: 30, objects: 5 } };

describe("a host that loses many objects at once", () => {
  const scope = suiteScope();
  let rig: Rig;
  const put = (name: string, a: string): void =>
    void rig.host.objects.put(
      federated("FederatedConfigMap", "shop", name, { ...ALL, template: { data: { a } } }) as never,
    );
  const copy = (name: string): any =>
    rig.members.get("m1")?.objects.get({ apiVersion: "v1", kind: "ConfigMap", namespace: "shop", name }) ??
    null;
  const key = (name: string) =>
    ({
      apiVersion: "types.kubefed.io/v1beta1",
      kind: "FederatedConfigMap",
      namespace: "shop",
      name,
    }) as const;
  const inHost = (name: string): any => rig.host.objects.get(key(name)) ?? null;
  const lineOf = (name: string): string | undefined => inHost(name)?.status?.clusters?.[0]?.status;
  const order = (): any =>
    rig.host.objects.get({
      apiVersion: "v1",
      kind: "ConfigMap",
      namespace: "kube-federation-system",
      name: "fedns-changes",
    });
  const isThere = (name: string): boolean => copy(name) !== null;
  const host = () => ({
    transport: rig.hostTransport,
    namespace: "kube-federation-system",
    permit: freePermit(10),
    signal: new AbortController().signal,
  });

  before(async () => {
    rig = await startRig(scope, { members: ["m1"], limits: LIMITS });
    rig.host.objects.put({ apiVersion: "v1", kind: "Namespace", metadata: { name: "shop" } });
    rig.host.objects.put(federated("FederatedNamespace", "shop", "shop", { ...ALL, template: {} }) as never);
    for (const name of OBJECTS) put(name, "1");
    await until("all copies are there", () => OBJECTS.every(isThere));
    await rig.settled();
  });

  it("has its copies kept, but for the first few", async () => {
    for (const name of OBJECTS.slice(0, 8)) rig.host.objects.delete(key(name));
    await until("changes are paused", () => rig.propagator.pause !== null);
    assert.match(
      rig.propagator.pause?.reason ?? "",
      /^\d+ of 13 federated objects were deleted within a minute$/,
    );
    await until("the host has the order", () => order()?.data.state === "paused");
    await until("the status says it", () => OBJECTS.slice(0, 8).some((name) => lineOf(name) === "Paused"));
    assert.ok(OBJECTS.filter(isThere).length >= 8);
  });
  it("has no copy changed, and new ones made", async () => {
    put("object-11", "2");
    put("new", "1");
    await until("the new copy is made", () => isThere("new"));
    await until("the status says it", () => lineOf("object-11") === "Paused");
    assert.equal(copy("object-11").data.a, "1");
  });
  it("has the pause obeyed by the process that takes over", async () => {
    rig.restart();
    await until("changes are paused", () => rig.propagator.pause !== null);
    assert.equal(copy("object-11").data.a, "1");
    assert.ok(OBJECTS.filter(isThere).length >= 8);
  });
  it("has all done when a person resumes, and is not paused again for the same", async () => {
    await resumeChanges(Date.now(), host());
    await until("the change is done", () => copy("object-11").data.a === "2");
    await until("the copies are removed", () => !OBJECTS.slice(0, 8).some(isThere));
    await until("the objects are gone", () => OBJECTS.slice(0, 8).every((name) => inHost(name) === null));
    rig.restart();
    put("object-11", "3");
    await until("changes go on", () => copy("object-11").data.a === "3");
    assert.equal(rig.propagator.pause, null);
  });
});

describe("a host that loses a namespace with many objects", () => {
  const scope = suiteScope();
  it("has it kept in the members, although it is one object", async () => {
    const rig = await startRig(scope, { members: ["m1"], limits: LIMITS });
    const namespace = { apiVersion: "v1", kind: "Namespace", name: "shop" };
    rig.host.objects.put({ apiVersion: "v1", kind: "Namespace", metadata: { name: "shop" } });
    const put = (kind: string, name: string): void =>
      void rig.host.objects.put(federated(kind, "shop", name, { ...ALL, template: {} }) as never);
    put("FederatedNamespace", "shop");
    for (const name of OBJECTS) put("FederatedConfigMap", name);
    const copy = (name: string): any =>
      rig.members.get("m1")?.objects.get({ apiVersion: "v1", kind: "ConfigMap", namespace: "shop", name });
    await until("all copies are there", () => OBJECTS.every((name) => copy(name) !== undefined));
    await rig.settled();
    rig.host.objects.delete({
      apiVersion: "types.kubefed.io/v1beta1",
      kind: "FederatedNamespace",
      namespace: "shop",
      name: "shop",
    });
    await until("changes are paused", () => rig.propagator.pause !== null);
    assert.match(rig.propagator.pause?.reason ?? "", /of 13 federated objects were deleted/);
    await rig.settled();
    assert.equal(rig.members.get("m1")?.objects.get(namespace)?.metadata["deletionTimestamp"], undefined);
    assert.equal(copy("object-0") === undefined, false);
  });
});

describe("a host that was restored from a backup", () => {
  const scope = suiteScope();
  it("changes nothing that exists until a person resumes, although the process was started again", async () => {
    const rig = await startRig(scope, { members: ["m1"], isRunning: false });
    await rig.remember("999999999");
    rig.restart();
    await until("changes are paused", () => rig.propagator.pause !== null);
    assert.match(rig.propagator.pause?.reason ?? "", /older state than before/);
  });
});
