/** `fedns get TYPE` where a member hangs, refuses, lies, is old, or cannot be found: the others are shown. */
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { before, describe, it } from "node:test";
import { suiteScope } from "../../support/programs.ts";
import { until } from "../../support/until.ts";
import {
  cells,
  configMap,
  type EverywhereRig,
  lines,
  PLAIN_DISCOVERY,
  startEverywhere,
  startPlainServer,
} from "./rig.ts";

const SHOP = ["-n", "shop"] as const;
const ESC = "\u001B";

describe("fedns get, of members with troubles", () => {
  const scope = suiteScope();
  let rig: EverywhereRig;
  let silent = "";
  /** How many requests the silent server got. */
  let asked = 0;

  before(async () => {
    rig = await startEverywhere(scope);
    const keepSilent = (): void => void (asked += 1);
    silent = await startPlainServer(scope, { "/api": keepSilent, "/apis": keepSilent });
    await rig.addContext("silent", silent);
    for (const name of ["m1", "m2"]) rig.put(name, configMap("settings"));
  });

  it("tells in one line who does not answer within the time, and shows the others", async () => {
    rig.declare("silent", { apiEndpoint: silent });
    const { out, err, code } = await rig.fedns("get", "cm", "settings", ...SHOP, "--timeout", "1s");
    assert.deepEqual(
      cells(out).map(([cluster]) => cluster),
      ["CLUSTER", "m1", "m2"],
    );
    assert.deepEqual(lines(err), [
      "fedns: silent: discovery: silent does not answer within 1s; --timeout waits longer",
    ]);
    assert.equal(code, 1);
    const json = JSON.parse(
      (await rig.fedns("get", "cm", "settings", ...SHOP, "-o", "json", "--timeout", "1s")).out,
    );
    assert.deepEqual(
      json.problems.map(({ cluster }: any) => cluster),
      ["silent"],
    );
    assert.equal(json.items.length, 2);
  });

  it("has nothing to do with clusters that were not asked for", async () => {
    const { out, err, code } = await rig.fedns("get", "cm", "settings", ...SHOP, "--clusters", "m2");
    assert.deepEqual([cells(out).map(([cluster]) => cluster), err, code], [["CLUSTER", "m2"], "", 0]);
    const unknown = await rig.fedns("get", "cm", ...SHOP, "--clusters", "m2,m3");
    assert.deepEqual([unknown.err, unknown.code], ["fedns: there is no cluster m3; did you mean m1?\n", 1]);
  });

  it("says what an account may not do, and shows the others", async () => {
    const remove = rig.member("m1").faults.add({
      effect: { kind: "refuse", code: 503 },
      when: ({ resource }: any) => resource === "configmaps",
    });
    const { out, err, code } = await rig.fedns("get", "cm", "settings", ...SHOP, "--clusters", "m1,m2");
    remove();
    assert.deepEqual(
      cells(out).map(([cluster]) => cluster),
      ["CLUSTER", "m2"],
    );
    assert.match(err, /^fedns: m1: cm in shop: the API server answered 503 [^\n]*\n$/);
    assert.equal(code, 1);
  });

  it("needs no more rights than to read what is asked for", async () => {
    const m1 = rig.member("m1");
    const rules = [{ apiGroups: [""], resources: ["configmaps"], verbs: ["get", "list"] }];
    const rbac = "rbac.authorization.k8s.io";
    const metadata = { namespace: "shop", name: "reader" };
    rig.put("m1", { apiVersion: `${rbac}/v1`, kind: "Role", metadata, rules });
    rig.put("m1", {
      apiVersion: `${rbac}/v1`,
      kind: "RoleBinding",
      metadata,
      roleRef: { apiGroup: rbac, kind: "Role", name: "reader" },
      subjects: [{ apiGroup: rbac, kind: "User", name: "dev" }],
    });
    await rig.addContext("dev", { kubeconfig: m1.kubeconfig(await m1.issueClient("dev", [])) });
    const args = ["--clusters", "m1,m2", "--cluster-contexts", "m1=dev"] as const;
    const own = await rig.fedns("get", "cm", "settings", ...SHOP, ...args);
    assert.deepEqual(
      cells(own.out).map(([cluster]) => cluster),
      ["CLUSTER", "m1", "m2"],
    );
    assert.deepEqual([own.err, own.code], ["", 0]);
    const all = await rig.fedns("get", "cm", "-A", ...args);
    assert.ok(
      cells(all.out)
        .slice(1)
        .every(([cluster]) => cluster === "m2"),
    );
    assert.match(
      all.err,
      /^fedns: m1: cm: the API server answered 403 Forbidden: [^\n]*User "dev" cannot list [^\n]*\n$/,
    );
    assert.equal(all.code, 1);
  });

  it("takes the namespace of the host's context when none is given", async () => {
    await rig.setContext("host", { namespace: "shop" });
    const { out } = await rig.fedns("get", "cm", "settings", "--clusters", "m1");
    await rig.setContext("host", { namespace: "" });
    assert.deepEqual(
      cells(out).map(([cluster]) => cluster),
      ["CLUSTER", "m1"],
    );
  });

  it("ends at once when the person does not want to wait", async () => {
    asked = 0;
    const waiting = rig.start(["get", "cm", ...SHOP, "--clusters", "m1,silent", "--timeout", "10m"]);
    await until("the silent one is asked", () => asked > 0);
    assert.deepEqual([await waiting.interrupt(), waiting.printed(), waiting.complained()], [130, "", ""]);
    const mute = await startPlainServer(scope, {
      "/api/v1/namespaces/kube-system": () => void (asked += 1),
    });
    await rig.addContext("mute", mute);
    rig.declare("mute", { apiEndpoint: mute, uid: "u" });
    asked = 0;
    const sooner = rig.start(["get", "cm", ...SHOP, "--clusters", "m1,mute", "--timeout", "10m"]);
    await until("its uid is asked for", () => asked > 0);
    assert.deepEqual([await sooner.interrupt(), sooner.printed(), sooner.complained()], [130, "", ""]);
  });

  it("shows names and ages of a server that has no tables, and no control characters of it", async () => {
    const hostile = `${ESC}[2Jevil\u009B`;
    const item = (name: string): object => ({
      metadata: {
        namespace: "shop",
        name,
        uid: name,
        resourceVersion: "1",
        creationTimestamp: "2020-01-01T00:00:00Z",
      },
      data: { note: `${ESC}]0;title\u0007` },
    });
    const plain = await startPlainServer(scope, {
      ...PLAIN_DISCOVERY,
      "/api/v1/namespaces/shop/configmaps": {
        kind: "ConfigMapList",
        metadata: { resourceVersion: "1" },
        items: [item(hostile)],
      },
    });
    await rig.addContext("plain", plain);
    rig.declare("plain", { apiEndpoint: plain });
    const args = ["get", "cm", ...SHOP, "--clusters", "m1,plain"] as const;
    const { out, code } = await rig.fedns(...args);
    const rows = cells(out);
    assert.deepEqual(rows[0], ["CLUSTER", "NAME", "DATA", "AGE"]);
    const shown = rows.find(([cluster]) => cluster === "plain") ?? [];
    assert.deepEqual(shown.slice(0, 3), ["plain", "?[2Jevil?", "<none>"]);
    assert.match(shown[3] ?? "", /^\d+w/);
    assert.equal(code, 0);
    for (const output of ["yaml", "name"])
      assert.doesNotMatch((await rig.fedns(...args, "-o", output)).out, /[^\P{Cc}\n]/u);
    const json = JSON.parse((await rig.fedns(...args, "-o", "json")).out);
    assert.equal(json.items.find(({ cluster }: any) => cluster === "plain").object.metadata.name, hostile);
  });

  it("lets no name of a type move the cursor either", async () => {
    const resource = { singularName: "", kind: "Evil", namespaced: true, verbs: ["get", "list"] };
    const plain = await startPlainServer(scope, {
      ...PLAIN_DISCOVERY,
      "/api/v1": {
        kind: "APIResourceList",
        groupVersion: "v1",
        resources: [{ ...resource, name: `evil${ESC}s` }],
      },
    });
    await rig.addContext("evil", plain);
    rig.declare("evil", { apiEndpoint: plain });
    const { err, code } = await rig.fedns("get", "evils", ...SHOP, "--clusters", "evil");
    assert.deepEqual([err, code], ["fedns: no cluster has a type evils; did you mean evil?s?\n", 1]);
  });

  it("refuses a context that leads to another cluster than the one that joined", async () => {
    rig.declare("m1", { uid: "another" });
    const { out, err, code } = await rig.fedns("get", "cm", "settings", ...SHOP, "--clusters", "m1,m2");
    rig.declare("m1");
    assert.deepEqual(
      cells(out).map(([cluster]) => cluster),
      ["CLUSTER", "m2"],
    );
    assert.match(
      err,
      /^fedns: m1: context m1 leads to another cluster than the one that was joined; [^\n]*\n$/,
    );
    assert.equal(code, 1);
  });

  it("finds a context by the address of the cluster, or by what the person says", async () => {
    rig.declare("renamed", { apiEndpoint: `${rig.member("m2").url}/` });
    rig.declare("strange", { apiEndpoint: "https://192.0.2.1" });
    const args = ["get", "cm", "settings", ...SHOP, "--clusters", "renamed,strange"] as const;
    const { out, err, code } = await rig.fedns(...args);
    assert.deepEqual(
      cells(out).map(([cluster]) => cluster),
      ["CLUSTER", "renamed"],
    );
    assert.equal(
      err,
      "fedns: strange: the kubeconfig has no context of this name, and none with the address https://192.0.2.1; name one with --cluster-contexts strange=CONTEXT\n",
    );
    assert.equal(code, 1);
    const named = await rig.fedns(...args, "--cluster-contexts", "strange=m1");
    assert.deepEqual(
      cells(named.out).map(([cluster]) => cluster),
      ["CLUSTER", "renamed", "strange"],
    );
    const missing = await rig.fedns(...args, "--cluster-contexts", "strange=mars");
    assert.match(missing.err, /^fedns: strange: there is no context "mars"; there are: host, m1, m2/);
  });

  it("asks the clusters of the settings as well, or only those where there is no host", async () => {
    const file = join(rig.folder, "fedns.yaml");
    const ofFedns = join(rig.folder, "fedns.kubeconfig");
    await writeFile(ofFedns, rig.member("m2").kubeconfig());
    const settings = `federations: [{ name: f, domain: example.com }]
nameservers: [{ name: ns.example.net }]
clusters: [{ name: listed, kubeconfig: ${ofFedns} }, { name: m1, kubeconfig: ./none }]
`;
    await writeFile(file, settings);
    const args = ["get", "cm", "settings", ...SHOP, "--config", file] as const;
    const { out, err, code } = await rig.fedns(...args, "--host-context", "nowhere");
    assert.deepEqual(
      cells(out).map(([cluster]) => cluster),
      ["CLUSTER", "listed", "m1"],
    );
    assert.deepEqual([err, code], ["", 0]);
    await writeFile(file, `${settings}host: { kubeconfig: ./none, context: host }\n`);
    const both = await rig.fedns(...args, "--clusters", "listed,m1,m2");
    assert.deepEqual(
      cells(both.out).map(([cluster]) => cluster),
      ["CLUSTER", "listed", "m1", "m2"],
    );
    assert.deepEqual([both.err, both.code], ["", 0]);
  });

  it("does without a host that cannot be read, where the clusters are named", async () => {
    const args = ["get", "cm", "settings", ...SHOP, "--host-context", "m1"] as const;
    const all = await rig.fedns(...args);
    assert.match(
      all.err,
      /this cluster is no host yet; run fedns init first; or name the clusters with --clusters\n$/,
    );
    assert.deepEqual([all.out, all.code], ["", 1]);
    const named = await rig.fedns(...args, "--clusters", "m2");
    assert.deepEqual([cells(named.out).map(([cluster]) => cluster), named.code], [["CLUSTER", "m2"], 0]);
    assert.match(named.err, /; the clusters are those of --clusters\n$/);
  });
});
