/** `fedns get TYPE` against API servers: one table of all members, and what is said of those that cannot be shown. */
import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { parseAllDocuments } from "yaml";
import { widgetDefinition } from "../../sandbox/widgets.ts";
import { suiteScope } from "../../support/programs.ts";
import { cells, configMap, type EverywhereRig, lines, pod, startEverywhere, web } from "./rig.ts";

const SHOP = ["-n", "shop"] as const;
/** A column that has a priority, as `kubectl get -o wide` shows it. */
const column = (name: string, jsonPath: string, priority = 0): object => ({
  name,
  type: "string",
  jsonPath,
  priority,
});
const widgetsWith = (columns: readonly object[]): object =>
  widgetDefinition((definition) => {
    for (const version of definition.spec.versions) version.additionalPrinterColumns = columns;
    definition.spec.versions.pop();
  });

describe("fedns get", () => {
  const scope = suiteScope();
  let rig: EverywhereRig;

  before(async () => {
    rig = await startEverywhere(scope);
    for (const [member, names] of [
      ["m1", ["b", "a"]],
      ["m2", ["c"]],
    ] as const)
      for (const name of names) rig.put(member, pod(name, { labels: { tier: name } }));
    rig.put("m1", web("web", ["web"], 2));
    rig.put("m2", { apiVersion: "v1", kind: "Namespace", metadata: { name: "blue" } });
    rig.put("m2", { ...configMap("everywhere"), metadata: { namespace: "blue", name: "everywhere" } });
    for (const name of ["m1", "m2"]) rig.put(name, configMap("everywhere", { managedFields: [] }));
    for (const name of ["m1", "m2"]) await rig.member(name).settled();
  });

  it("shows the rows of all members with the columns of kubectl behind CLUSTER, by cluster and name", async () => {
    const { out, err, code } = await rig.fedns("get", "pods", ...SHOP, "-l", "tier");
    const [heading, ...rows] = cells(out);
    assert.deepEqual(heading, ["CLUSTER", "NAME", "READY", "STATUS", "RESTARTS", "AGE"]);
    assert.deepEqual(
      rows.map((row) => row.slice(0, 4)),
      [
        ["m1", "a", "1/1", "Running"],
        ["m1", "b", "1/1", "Running"],
        ["m2", "c", "1/1", "Running"],
      ],
    );
    assert.deepEqual([err, code], ["", 0]);
  });

  it("takes a type in all the ways of kubectl", async () => {
    const printed = async (...args: readonly string[]): Promise<string> =>
      (await rig.fedns("get", ...args, ...SHOP, "-o", "name")).out;
    for (const type of [
      "deployments",
      "deployment",
      "Deployment",
      "deploy",
      "deployments.apps",
      "deploy.apps",
      "deployments.v1.apps",
    ])
      assert.equal(await printed(type, "web"), "m1 deployment.apps/web\n", type);
    assert.equal(await printed("deploy/web"), "m1 deployment.apps/web\n");
    assert.equal(await printed("pods", "c", "a"), "m1 pod/a\nm2 pod/c\n");
  });

  it("shows where a named object is, and fails only where no member has it", async () => {
    const found = await rig.fedns("get", "pod", "c", ...SHOP);
    assert.deepEqual(
      [cells(found.out).map(([cluster]) => cluster), found.err, found.code],
      [["CLUSTER", "m2"], "", 0],
    );
    const lost = await rig.fedns("get", "pod", "z", ...SHOP);
    assert.equal(
      lost.err,
      "fedns: there is no pod z in the namespace shop in any of the 2 clusters that answered\n",
    );
    assert.deepEqual([lost.out, lost.code], ["", 1]);
    const none = await rig.fedns("get", "pods", "-n", "empty");
    assert.equal(
      none.err,
      "fedns: there are no pods in the namespace empty in any of the 2 clusters that answered\n",
    );
    assert.deepEqual([none.out, none.code], ["", 0]);
  });

  it("has a NAMESPACE with -A, and more columns with -o wide", async () => {
    const all = cells((await rig.fedns("get", "cm", "-A", "-l", "!kubernetes.io/x")).out);
    assert.deepEqual(all[0], ["CLUSTER", "NAMESPACE", "NAME", "DATA", "AGE"]);
    const mine = all.filter((row) => row[2] === "everywhere").map((row) => row.slice(0, 3));
    assert.deepEqual(mine, [
      ["m1", "shop", "everywhere"],
      ["m2", "blue", "everywhere"],
      ["m2", "shop", "everywhere"],
    ]);
    const wide = cells((await rig.fedns("get", "pods", ...SHOP, "-o", "wide")).out);
    assert.deepEqual(wide[0]?.slice(-4), ["IP", "NODE", "NOMINATED NODE", "READINESS GATES"]);
    const nodes = cells((await rig.fedns("get", "nodes", "-A")).out);
    assert.deepEqual(
      nodes.map((row) => row.slice(0, 2)),
      [
        ["CLUSTER", "NAME"],
        ["m1", "m1-1"],
        ["m2", "m2-1"],
      ],
    );
  });

  it("takes the namespace from the context when none is given", async () => {
    const { err } = await rig.fedns("get", "pods");
    assert.match(err, /there are no pods in the namespace default/);
  });

  it("names a member that lacks the type, and shows the others", async () => {
    rig.put("m1", widgetsWith([column("Color", ".spec.color"), column("Size", ".spec.size", 1)]));
    await rig.member("m1").settled();
    rig.put("m1", {
      apiVersion: "example.com/v1",
      kind: "Widget",
      metadata: { namespace: "shop", name: "w" },
      spec: { color: "red" },
    });
    const { out, err, code } = await rig.fedns("get", "widgets", ...SHOP);
    assert.deepEqual(cells(out)[1]?.slice(0, 3), ["m1", "w", "red"]);
    assert.deepEqual([err, code], ["fedns: m2 has no type widgets.example.com\n", 0]);
    const nowhere = await rig.fedns("get", "widgetz", ...SHOP);
    assert.deepEqual(
      [nowhere.out, nowhere.err, nowhere.code],
      ["", "fedns: no cluster has a type widgetz; did you mean widgets?\n", 1],
    );
  });

  it("merges the columns of members that have different ones", async () => {
    rig.put("m2", widgetsWith([column("Level", ".spec.level"), column("Color", ".spec.color")]));
    await rig.member("m2").settled();
    rig.put("m2", {
      apiVersion: "example.com/v1",
      kind: "Widget",
      metadata: { namespace: "shop", name: "v" },
      spec: { color: "green" },
    });
    const { out } = await rig.fedns("get", "wd", ...SHOP);
    assert.deepEqual(cells(out), [
      ["CLUSTER", "NAME", "LEVEL", "COLOR"],
      ["m1", "w", "<none>", "red"],
      ["m2", "v", "low", "green"],
    ]);
    const wide = await rig.fedns("get", "wd", ...SHOP, "-o", "wide");
    assert.deepEqual(cells(wide.out)[0], ["CLUSTER", "NAME", "LEVEL", "COLOR", "SIZE"]);
  });

  it("prints objects as JSON with their clusters, and as YAML in documents that kubectl takes", async () => {
    const json = JSON.parse((await rig.fedns("get", "configmaps", "everywhere", ...SHOP, "-o", "json")).out);
    assert.deepEqual(
      json.items.map(({ cluster, object }: any) => [
        cluster,
        object.apiVersion,
        object.kind,
        object.metadata.name,
      ]),
      [
        ["m1", "v1", "ConfigMap", "everywhere"],
        ["m2", "v1", "ConfigMap", "everywhere"],
      ],
    );
    assert.deepEqual(json.problems, []);
    assert.ok(json.items.every(({ object }: any) => !("managedFields" in object.metadata)));
    const listed = JSON.parse((await rig.fedns("get", "configmaps", ...SHOP, "-o", "json")).out);
    assert.ok(
      listed.items.every(({ object }: any) => object.kind === "ConfigMap" && object.apiVersion === "v1"),
    );
    const yaml = (await rig.fedns("get", "configmaps", "everywhere", ...SHOP, "-o", "yaml")).out;
    assert.deepEqual(
      lines(yaml).filter((line) => line.startsWith("#")),
      ["# m1", "# m2"],
    );
    assert.deepEqual(
      parseAllDocuments(yaml).map((document) => (document.toJS() as any).data),
      [{ a: "1" }, { a: "1" }],
    );
  });
});
