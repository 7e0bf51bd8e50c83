/** A KubeFedCluster that is deleted: its copies stay, or go with it when it says so, and nothing waits for it for ever. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { clusterRef, NAMESPACE } from "../../support/host-cluster.ts";
import { type Scope, suiteScope } from "../../support/programs.ts";
import { until } from "../../support/until.ts";
import { PlaneRig } from "./plane-rig.ts";
import { inLong } from "../../suite/scale.ts";

const FINALIZER = "fedns.io/copies";
const ANNOTATION = "fedns.io/copies-on-deletion";

type Options = NonNullable<Parameters<typeof PlaneRig.open>[1]>;

/** Two members with copies; m2 says that its copies go with it. */
async function joined(scope: Scope, options: Options = {}): Promise<PlaneRig> {
  const rig = await PlaneRig.open(scope, { members: ["m1", "m2"], ...options });
  rig.members.get("m2")?.objects.put({
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { namespace: "shop", name: "found" },
  });
  rig.start();
  await rig.place("one", "two", "found");
  annotate(rig, "delete");
  await until("it is held", () => rig.cluster("m2").metadata.finalizers?.includes(FINALIZER) === true);
  return rig;
}

function annotate(rig: PlaneRig, value: string | null): void {
  rig.host.objects.patch(clusterRef("m2"), { metadata: { annotations: { [ANNOTATION]: value } } } as never);
}

const isGone = (rig: PlaneRig): boolean => rig.cluster("m2") === null;
const ownerOf = (rig: PlaneRig, name: string, member: string): unknown =>
  rig.copy(name, member)?.metadata.labels?.["fedns.io/owner"];

describe("a KubeFedCluster that is deleted", () => {
  const scope = suiteScope();

  it("goes at once without the annotation, and its copies stay", inLong, async () => {
    const rig = await joined(scope);
    annotate(rig, null);
    await until("it is not held", () => (rig.cluster("m2").metadata.finalizers ?? []).length === 0);
    rig.host.objects.delete(clusterRef("m2"));
    assert.ok(isGone(rig));
    await until("it is no member", () => rig.status?.members.length === 1);
    assert.equal(ownerOf(rig, "one", "m2"), "test");
  });

  it("takes its copies along with the annotation, but for adopted ones; those of other members stay", async () => {
    const rig = await joined(scope);
    rig.host.objects.delete(clusterRef("m2"));
    rig.put("ConfigMap", "late", { template: { data: {} } });
    await until("it is gone", () => isGone(rig));
    assert.deepEqual(
      [rig.copy("one", "m2"), rig.copy("two", "m2"), rig.copy("late", "m2")],
      [null, null, null],
    );
    assert.ok(rig.copy("found", "m2") !== null && ownerOf(rig, "found", "m2") === undefined);
    await until("the new one is elsewhere", () => ownerOf(rig, "late", "m1") === "test");
    assert.equal(ownerOf(rig, "one", "m1"), "test");
    assert.ok(rig.isHeld("ConfigMap", "one"));
    await until("its line leaves the status", () => {
      const clusters = rig.inHost("ConfigMap", "one").status?.clusters ?? [];
      return clusters.every(({ name }: any) => name !== "m2");
    });
    assert.equal(rig.journal.length, 0);
  });

  it("leaves its copies when a person takes the annotation off while it goes", inLong, async () => {
    const rig = await joined(scope, { propagation: { removalsPerMinute: 1 } });
    rig.host.objects.delete(clusterRef("m2"));
    await until("it says what it waits for", () =>
      rig.events("KubeFedCluster").some((event) => event.startsWith("DeletionWaits: the copy of ")),
    );
    annotate(rig, "orphan");
    await until("it is gone", () => isGone(rig));
    const left = ["one", "two"].filter((name) => ownerOf(rig, name, "m2") === "test");
    assert.ok(left.length > 0);
  });
});

describe("a KubeFedCluster that is deleted with its copies and does not answer", () => {
  const scope = suiteScope();

  it(
    "goes after the stated time, without its Secret; what is deleted later goes there when it is back",
    inLong,
    async () => {
      const rig = await joined(scope, { deletionWaitSeconds: 2 });
      const declared = rig.cluster("m2");
      const secretRef = { apiVersion: "v1", kind: "Secret", namespace: NAMESPACE, name: "m2" };
      const secret: any = rig.host.objects.get(secretRef);
      await rig.wires.get("m2")?.refuse();
      await until("it is not seen", () =>
        Boolean(
          rig.status?.members.some(({ name, views }) => name === "m2" && views["configmaps"] === "not-seen"),
        ),
      );
      rig.host.objects.delete(clusterRef("m2"));
      rig.host.objects.delete(secretRef);
      await until("it is gone", () => isGone(rig));
      assert.deepEqual(
        rig.journal
          .filter(({ type }) => type === "configmaps")
          .map(({ cluster, key }) => `${cluster} ${key}`)
          .sort(),
        ["m2 shop/found", "m2 shop/one", "m2 shop/two"],
      );
      rig.delete("ConfigMap", "one");
      await until("the object goes", () => rig.inHost("ConfigMap", "one") === null);
      assert.equal(ownerOf(rig, "one", "m2"), "test");
      rig.host.objects.put({
        apiVersion: "v1",
        kind: "Secret",
        metadata: { namespace: NAMESPACE, name: "m2" },
        data: secret.data,
      });
      const { apiVersion, kind, spec } = declared;
      rig.host.objects.put({ apiVersion, kind, metadata: { namespace: NAMESPACE, name: "m2" }, spec });
      await rig.wires.get("m2")?.mend();
      await until("its copy goes", () => rig.copy("one", "m2") === null);
      await until("the journal is empty", () => rig.journal.length === 0);
      assert.equal(ownerOf(rig, "two", "m2"), "test");
    },
  );
});
