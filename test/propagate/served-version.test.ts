/** A member that serves a kind in another version gets its copies in that one; a kind that it lacks costs one line. */
import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { suiteScope } from "../support/programs.ts";
import { until } from "../support/until.ts";
import { widgets } from "../support/widgets.ts";
import { CopyRig } from "./copy-rig.ts";
import { typeOf } from "./rig.ts";

const WIDGETS = typeOf({ kind: "Widget", plural: "widgets", group: "example.com" });
const path = "/apis/example.com";

describe("a kind that members serve in different versions", () => {
  const scope = suiteScope();
  let rig: CopyRig;
  const serve = (member: string, ...versions: readonly string[]): void =>
    void rig.rig.members.get(member)?.objects.put(widgets(...versions));
  /** As the passing of time does. */
  const lookAt = (member: string): void =>
    rig.rig.propagator.engine.members.get(member)?.lookAt(WIDGETS.name);
  const read = async (member: string, version: string): Promise<any> =>
    (await rig.rig.client(member).call(`${path}/${version}/namespaces/shop/widgets/one`)).body;
  const entry = (object: any): any =>
    object.metadata.managedFields.find(({ manager }: any) => manager === "fedns");

  before(async () => {
    rig = await CopyRig.start(scope, ["m1", "m2", "m3", "m4"], { types: [WIDGETS], isRunning: false });
    serve("m1", "v1");
    serve("m2", "v1beta1");
    serve("m3", "v2alpha1", "v1beta1");
    for (const server of rig.rig.members.values()) await server.settled();
    rig.rig.start();
  });

  it("is in each member in the version of the type, or in the newest one", async () => {
    rig.place("Widget", "one", { spec: { size: 1 } });
    for (const member of ["m1", "m2", "m3"]) await rig.hasStatus("Widget", "one", "", member);
    for (const [member, version] of [
      ["m1", "v1"],
      ["m2", "v1beta1"],
      ["m3", "v1beta1"],
    ] as const)
      assert.equal(entry(await read(member, version)).apiVersion, `example.com/${version}`, member);
  });
  it("is one line where a member lacks it, until the member has it", async () => {
    await rig.hasStatus("Widget", "one", "KindNotServed", "m4");
    assert.match(rig.report("Widget", "one", "m4").message, /nor in another version: install its definition/);
    serve("m4", "v1beta1");
    await rig.rig.members.get("m4")?.settled();
    lookAt("m4");
    await rig.hasStatus("Widget", "one", "", "m4");
  });
  it("goes on in another version when its own is not served any more, and is not written for that", async () => {
    await rig.settled();
    const { metadata } = await read("m2", "v1beta1");
    serve("m2", "v1");
    await rig.rig.members.get("m2")?.settled();
    await until("it is watched", () => versionIn("m2") === "v1");
    await rig.hasStatus("Widget", "one", "", "m2");
    await rig.settled();
    assert.equal((await read("m2", "v1")).metadata.resourceVersion, metadata.resourceVersion);
    rig.place("Widget", "one", { spec: { size: 2 } });
    for (const member of ["m1", "m2", "m3"]) await until("it changes", () => sizeIn(member) === 2);
    await rig.hasStatus("Widget", "one", "", "m2");
    assert.equal((await read("m2", "v1")).metadata.uid, metadata.uid);
  });
  it("can be set for one member by an override", async () => {
    const overrides = [
      { clusterName: "m3", clusterOverrides: [{ path: "/apiVersion", value: "example.com/v2alpha1" }] },
      { clusterName: "m1", clusterOverrides: [{ path: "/apiVersion", value: "example.com/v9" }] },
    ];
    rig.place("Widget", "one", { spec: { size: 3 } }, { overrides });
    await until("it changes", () => sizeIn("m3") === 3);
    await rig.hasStatus("Widget", "one", "KindNotServed", "m1");
    await rig.hasStatus("Widget", "one", "", "m3");
    assert.equal(entry(await read("m3", "v1beta1")).apiVersion, "example.com/v2alpha1");
    rig.place("Widget", "one", { spec: { size: 3 } });
    await rig.hasStatus("Widget", "one", "", "m1");
  });
  it("is a line again when its definition goes, and other kinds are not affected", async () => {
    const members = rig.rig.members.get("m1");
    members?.objects.delete({
      apiVersion: "apiextensions.k8s.io/v1",
      kind: "CustomResourceDefinition",
      name: "widgets.example.com",
    });
    await rig.hasStatus("Widget", "one", "KindNotServed", "m1");
    rig.place("ConfigMap", "beside", { data: { a: "1" } });
    await rig.hasStatus("ConfigMap", "beside", "");
    assert.equal(rig.report("Widget", "one", "m2").status, "");
  });

  const versionIn = (member: string): string | undefined =>
    rig.rig.propagator.engine.members.get(member)?.versionOf(WIDGETS);
  const sizeIn = (member: string): unknown => {
    const ref = { apiVersion: `example.com/${versionIn(member)}`, kind: "Widget", namespace: "shop" };
    const copy: any = rig.rig.members.get(member)?.objects.get({ ...ref, name: "one" });
    return copy?.spec.size;
  };
});
