/** Objects that cannot be read, as a whole or in parts: they are held, told, and can be deleted; what they have is known. */
import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { systemClock } from "../../src/kernel/clock.ts";
import { silentLog } from "../../src/kernel/log.ts";
import { parseFederatedObject } from "../../src/propagate/federated/federated-object.ts";
import { type SeenObject, TypeWatch } from "../../src/propagate/objects/type-watch.ts";
import { suiteScope } from "../support/programs.ts";
import { until } from "../support/until.ts";
import { CopyRig } from "./copy-rig.ts";
import { DEEP, deepTransport } from "./deep-transport.ts";
import { engineMember, TYPES } from "./rig.ts";

const FINALIZER = "kubefed.io/sync-controller";

describe("a federated object that cannot be read", () => {
  const scope = suiteScope();
  let rig: CopyRig;
  const ref = (name: string) => ({
    apiVersion: "types.kubefed.io/v1beta1",
    kind: "FederatedConfigMap",
    namespace: "shop",
    name,
  });
  const inHost = (name: string): any => rig.rig.host.objects.get(ref(name)) ?? null;
  const isHeld = (name: string): boolean => inHost(name)?.metadata.finalizers?.includes(FINALIZER) === true;
  const reasonOf = (name: string): string | undefined =>
    inHost(name)?.status?.conditions?.find(({ type }: any) => type === "Propagation")?.reason;
  const messages = (name: string): readonly string[] =>
    rig.rig.host.objects
      .list("v1", "Event", "shop")
      .filter(({ involvedObject }: any) => involvedObject.name === name)
      .map(({ message }: any) => message);

  before(async () => {
    rig = await CopyRig.start(scope, ["m1"]);
  });

  it("is held from the start, although nothing of it is placed", async () => {
    rig.place("ConfigMap", "broken", {}, { placement: { clusters: "m1" } });
    await until("it is held and told", () => isHeld("broken") && reasonOf("broken") !== undefined);
    assert.equal(reasonOf("broken"), "ComputePlacementFailed");
    assert.equal(rig.copy("ConfigMap", "broken"), null);
    rig.rig.host.objects.delete(ref("broken"));
    await until("it goes", () => inHost("broken") === null);
  });

  it("takes its copy along when it is deleted, also one that somebody else labelled before it was held", async () => {
    const labels = { "kubefed.io/managed": "true" };
    rig.rig.members.get("m1")?.objects.put({
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { namespace: "shop", name: "of-kubefed", labels },
    });
    rig.place("ConfigMap", "of-kubefed", {}, { placement: { clusters: "m1" } });
    await until("it is held", () => isHeld("of-kubefed"));
    assert.notEqual(rig.copy("ConfigMap", "of-kubefed"), null);
    rig.rig.host.objects.delete(ref("of-kubefed"));
    await until("it goes", () => inHost("of-kubefed") === null);
    assert.equal(rig.copy("ConfigMap", "of-kubefed"), null);
  });

  it("for the options of its deletion says so while it lives, and goes without them", async () => {
    rig.place("ConfigMap", "options", { data: { a: "1" } });
    await rig.isInSync("ConfigMap", "options");
    const annotations = { "kubefed.io/deleteoption": "Foreground" };
    rig.place("ConfigMap", "options", { data: { a: "1" } }, {}, annotations);
    await until("it is told", () => messages("options").some((text) => text.includes("deleteoption")));
    assert.equal(reasonOf("options"), "ComputeResourceFailed");
    assert.ok(isHeld("options"));
    rig.rig.host.objects.delete(ref("options"));
    await until("it goes", () => inHost("options") === null);
    assert.equal(rig.copy("ConfigMap", "options"), null);
  });

  it("for being thousands of levels deep is seen, as one that is too deep", async () => {
    rig.rig.host.objects.put({
      apiVersion: "types.kubefed.io/v1beta1",
      kind: "FederatedConfigMap",
      metadata: { namespace: "shop", name: "deep", labels: DEEP },
      spec: {},
    } as never);
    const seen = new Map<string, SeenObject>();
    const watch = new TypeWatch({
      transport: deepTransport(rig.rig.hostTransport, "spec"),
      type: TYPES.configmaps,
      onlyNamespace: null,
      sink: {
        onObject: (key, object) => seen.set(key, object),
        onRead: () => undefined,
        onPast: () => undefined,
      },
      clock: systemClock,
      random: Math.random,
      log: silentLog,
    });
    const ending = new AbortController();
    void watch.run(ending.signal);
    await until("it is seen", () => seen.has("shop/deep"));
    ending.abort();
    const parsed = parseFederatedObject(JSON.parse(String(seen.get("shop/deep")?.bytes)));
    assert.ok(parsed !== null && "problem" in parsed);
    assert.match(parsed.problem, /^spec has more than 256 levels/);
  });
});

describe("a copy whose status is thousands of levels deep", () => {
  const scope = suiteScope();

  it("is known all the same: it is found again, and is deleted with its federated object", async () => {
    const copies = await CopyRig.start(scope, ["m1"], { isRunning: false });
    const { rig } = copies;
    rig.propagator.setTypes([TYPES.namespaces, { ...TYPES.configmaps, collectsStatus: true }]);
    copies.place("ConfigMap", "deep", { data: { a: "1" }, metadata: { labels: DEEP } });
    await copies.isInSync("ConfigMap", "deep");
    await rig.wires.get("m1")?.refuse();
    const { engine } = rig.propagator;
    await until("it is not seen", () => engine.members.get("m1")?.viewOf("configmaps") === "not-seen");
    const ref = { apiVersion: "types.kubefed.io/v1beta1", kind: "FederatedConfigMap" };
    const name = { namespace: "shop", name: "deep" };
    rig.host.objects.delete({ ...ref, ...name });
    // As a process that starts: nothing is known of the member but what it shows.
    const transport = deepTransport(rig.transports.get("m1") as never, "status");
    rig.propagator.setMembers([engineMember("m1", transport)]);
    await rig.wires.get("m1")?.mend();
    await until("it goes", () => rig.host.objects.get({ ...ref, ...name }) === undefined);
    assert.equal(copies.copy("ConfigMap", "deep"), null);
  });
});
