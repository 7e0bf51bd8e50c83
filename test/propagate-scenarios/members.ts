/** Scenarios about members that differ, have objects already, move, or are shared; and the host that goes back in time: 19 to 21 and 3; see scenarios.test.ts. */
import assert from "node:assert/strict";
import { rename, writeFile } from "node:fs/promises";
import { it } from "node:test";
import { DEFAULTS } from "../support/fedns.ts";
import { NAMESPACE } from "../support/host-cluster.ts";
import { until } from "../support/until.ts";
import { Wire } from "../support/wire.ts";
import { backupOf, isPaused } from "./backup.ts";
import { widgets } from "../support/widgets.ts";
import { putAdoption, to, web } from "./objects.ts";
import { ALL, OWNER, type Stage } from "./stage.ts";

/** Without any look in between, discovery is read again every 30 s. */
const DISCOVERED_WITHIN_MS = 60_000;

/** First of all: the host begins with adoption off. */
export function itExists(stage: () => Stage): void {
  it("20 what exists already is no obstacle, is not touched, and is adopted later without a restart", async () => {
    const s = stage();
    const { objects } = s.member("m2");
    objects.put({ apiVersion: "v1", kind: "Namespace", metadata: { name: "shop" } });
    const there = web(4, "web:1") as { metadata: object };
    const metadata = { ...there.metadata, name: "web", namespace: "shop", annotations: { note: "theirs" } };
    objects.put({ apiVersion: "apps/v1", kind: "Deployment", ...there, metadata });
    const before = s.copy("m2", "Deployment", "shop", "web");
    await s.namespace("shop");
    s.place("Deployment", "shop", "web", { template: web(4, "web:2") });
    s.place("ConfigMap", "shop", "beside", { template: { data: { a: "1" } } });
    await s.says("Deployment", "shop", "web", "m2", "AlreadyExists");
    await s.isReady("ConfigMap", "shop", "beside");
    await s.says("Deployment", "shop", "web", "m1");
    assert.match(s.lineOf("Deployment", "shop", "web", "m2")?.["message"], /allow adoption/);
    // Whether it is there is found out by a create that it refuses.
    assert.equal(s.copy("m2", "Deployment", "shop", "web").metadata.generation, before.metadata.generation);
    assert.equal(s.copy("m2", "Deployment", "shop", "web").metadata.labels["fedns.io/owner"], undefined);
    const { pid } = (await s.serve.status()).processes.propagate;
    putAdoption(s.host, true);
    await s.isReady("Deployment", "shop", "web");
    const after = s.copy("m2", "Deployment", "shop", "web");
    assert.equal(after.metadata.uid, before.metadata.uid);
    assert.deepEqual(after.metadata.annotations.note, "theirs");
    const [container] = after.spec.template.spec.containers;
    assert.equal(container.image, "web:2");
    assert.equal(after.metadata.generation, before.metadata.generation + 1);
    assert.equal((await s.serve.status()).processes.propagate.pid, pid);
  });
}

export function oldMember(stage: () => Stage): void {
  it("19 one old member stops a type for nobody else", async () => {
    const s = stage();
    await s.namespace("nineteen");
    s.place("Widget", "nineteen", "one", { template: { spec: { size: 1 } } });
    s.place("ConfigMap", "nineteen", "beside", { template: {} });
    await s.says("Widget", "nineteen", "one", "m3", "KindNotServed");
    await s.says("Widget", "nineteen", "one", "m1");
    await s.says("Widget", "nineteen", "one", "m2");
    await s.isReady("ConfigMap", "nineteen", "beside");
    s.edit("Widget", "nineteen", "one", { template: { spec: { size: 2 } } });
    await until("the others follow", () =>
      ["m1", "m2"].every((member) => s.copy(member, "Widget", "nineteen", "one").spec.size === 2),
    );
    s.member("m3").objects.put(widgets("v1"));
    await s.member("m3").settled();
    await s.join("m3");
  });
}

/** After the others: in the meantime it is found. */
export function oldMemberUpdated(stage: () => Stage): void {
  it("19 the old member gets its copies when it serves the type", async () => {
    const s = stage();
    await until(
      "the copy is there",
      () => s.copy("m3", "Widget", "nineteen", "one")?.spec.size === 2,
      DISCOVERED_WITHIN_MS,
    );
    await s.isReady("Widget", "nineteen", "one");
  });
}

export function moving(stage: () => Stage): void {
  it("21 a member's new address and new token are used without a restart", async (t) => {
    const s = stage();
    await s.namespace("moved", ["m1"]);
    const member = s.member("m1");
    const wire = await Wire.lay(t, member.port);
    const account: any = member.objects
      .list("v1", "ServiceAccount", NAMESPACE)
      .find(({ metadata }) => metadata.name.startsWith("fedns"));
    assert.ok(account !== undefined);
    await s.wire("m1").refuse();
    const user = `system:serviceaccount:${NAMESPACE}:${account.metadata.name}`;
    member.setTokens({
      [member.token]: "sandbox-admin",
      rotated: { name: user, groups: ["system:serviceaccounts"] },
    });
    s.host.objects.patch(s.clusterRef("m1"), { spec: { apiEndpoint: `https://127.0.0.1:${wire.port}` } });
    const data = { token: Buffer.from("rotated").toString("base64") };
    s.host.objects.patch(
      { apiVersion: "v1", kind: "Secret", namespace: NAMESPACE, name: "fedns-m1" },
      { data },
    );
    await s.passed("moved", "m1");
    await s.wire("m1").mend();
    s.host.objects.patch(s.clusterRef("m1"), {
      spec: { apiEndpoint: `https://127.0.0.1:${s.wire("m1").port}` },
    });
    await wire.refuse();
    await s.passed("moved", "m1");
  });

  it("21 after a restart nothing is written where nothing differs, and a new object is there at once", async () => {
    const s = stage();
    await s.namespace("many");
    const names = Array.from({ length: 40 }, (_, i) => `object-${i}`);
    for (const name of names) s.place("ConfigMap", "many", name, { template: { data: { name } } });
    await until("all are there", () =>
      names.every((name) => s.conditionOf("ConfigMap", "many", name, "Ready")?.["status"] === "True"),
    );
    await s.passed("many", ...ALL);
    const written = new Set<string>();
    const stop = s.host.objects.subscribe(({ object }: any) => {
      if (object.metadata.namespace === "many" && object.kind.startsWith("Federated"))
        written.add(object.metadata.name);
    });
    const before = ALL.map((member) => s.writesIn(member, "many").length);
    const { pid } = (await s.serve.status()).processes.propagate;
    const settings = {
      ...DEFAULTS,
      ...s.settings,
      propagation: { owner: OWNER, deletionWaitSeconds: 3_601 },
    };
    await writeFile(`${s.file}.new`, JSON.stringify(settings));
    await rename(`${s.file}.new`, s.file);
    s.serve.signal("SIGHUP");
    for (;;) {
      const now = (await s.serve.status()).processes.propagate.pid;
      if (now !== null && now !== pid) break;
    }
    s.place("ConfigMap", "many", "fresh", { template: { data: {} } });
    await s.isReady("ConfigMap", "many", "fresh");
    await s.passed("many", ...ALL);
    stop();
    assert.deepEqual(
      ALL.map((member) => s.writesIn(member, "many").length),
      before.map((count) => count + 1),
    );
    assert.deepEqual(
      [...written].filter((name) => !name.startsWith("after-")),
      ["fresh"],
    );
  });

  it("21 two control planes over one member leave the other's objects and rights alone", async () => {
    const s = stage();
    await s.namespace("both", ["m1"]);
    const done = async (...args: readonly string[]): Promise<void> => {
      const { code, err } = await s.rig.fedns(...args, "--host-context", "other");
      assert.equal(code, 0, err);
    };
    await done("init");
    await done("enable", "namespaces", "configmaps");
    await done("join", "m1", "--kinds", "namespaces,configmaps");
    const labels = { "kubefed.io/managed": "true", "fedns.io/owner": "another" };
    for (const name of ["theirs", "unknown"])
      s.member("m1").objects.put({
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: { namespace: "both", name, labels },
        data: { a: "theirs" },
      });
    s.place("ConfigMap", "both", "theirs", { template: { data: { a: "ours" } }, ...to("m1") });
    await until(
      "it is refused",
      () => (s.lineOf("ConfigMap", "both", "theirs", "m1")?.["status"] ?? "") !== "",
    );
    s.remove("ConfigMap", "both", "theirs");
    await until("the object is gone", () => s.inHost("ConfigMap", "both", "theirs") === null);
    assert.equal(s.copy("m1", "ConfigMap", "both", "theirs").data.a, "theirs");
    s.place("ConfigMap", "both", "ours", { template: { data: { a: "ours" } }, ...to("m1") });
    await s.isReady("ConfigMap", "both", "ours");
    await done("unjoin", "m1", "--workloads", "delete", "--owner", "another", "--per-minute", "60000");
    assert.deepEqual(
      ["theirs", "unknown"].map((name) => s.copy("m1", "ConfigMap", "both", name)),
      [null, null],
    );
    assert.equal(s.copy("m1", "ConfigMap", "both", "ours").data.a, "ours");
    await s.passed("both", "m1");
  });
}

/** Last of all: the host is another one afterwards. */
export function backInTime(stage: () => Stage): void {
  it("3 a host that is restored from a backup removes nothing that it does not know", async () => {
    const s = stage();
    await s.namespace("three");
    s.place("ConfigMap", "three", "old", { template: { data: { a: "1" } } });
    await s.isReady("ConfigMap", "three", "old");
    const backup = backupOf(s.host);
    s.place("ConfigMap", "three", "new", { template: { data: { a: "1" } } });
    s.edit("ConfigMap", "three", "old", { template: { data: { a: "2" } } });
    await s.isReady("ConfigMap", "three", "new");
    await s.isReady("ConfigMap", "three", "old");
    const before = ALL.map((member) => s.writesIn(member, "three").length);
    await s.restore(backup);
    await until("changes are paused", () => isPaused(s.host));
    const later = "later";
    s.place("ConfigMap", "three", later, { template: {} });
    await until("new objects are made", () => s.copy("m1", "ConfigMap", "three", later) !== null);
    for (const member of ALL) {
      assert.equal(s.copy(member, "ConfigMap", "three", "old").data.a, "2");
      assert.equal(s.copy(member, "ConfigMap", "three", "new").data.a, "1");
    }
    assert.deepEqual(
      ALL.map((member) => s.writesIn(member, "three").length).map(
        (count, i) => count - (before[i] ?? 0) <= 1,
      ),
      [true, true, true],
    );
    const plan = await s.rig.fedns("plan", "--all", "-c", s.file);
    assert.match(plan.out, /three\/old/);
    const { code, out } = await s.rig.fedns("resume");
    assert.equal(code, 0, out);
    await until("what the host says is done", () =>
      ALL.every((member) => s.copy(member, "ConfigMap", "three", "old").data.a === "1"),
    );
    await s.isReady("ConfigMap", "three", "old");
    assert.deepEqual(
      ALL.map((member) => s.copy(member, "ConfigMap", "three", "new")?.data.a),
      ["1", "1", "1"],
    );
  });
}
