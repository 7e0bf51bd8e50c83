/** Deletion of copies: its pace, what is going already, what is refused, and definitions that others use. */
import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { copiesIn, type MemberCopy } from "../../../src/cli/leave/copies.ts";
import { deleteCopies } from "../../../src/cli/leave/delete-copies.ts";
import { fateOf, waveOf } from "../../../src/cli/leave/fate.ts";
import { declaredTypes } from "../../../src/cli/types/declared-types.ts";
import { HurriedClock } from "../../support/hurried-clock.ts";
import { suiteScope } from "../../support/programs.ts";
import { interceptRequests } from "../clusters/rig.ts";
import { type Loose, NAMESPACE } from "../clusters/host-content.ts";
import { type LeavingRig, runnerFor, startLeavingRig } from "./rig.ts";

const { signal } = new AbortController();

describe("copies that are deleted", () => {
  const scope = suiteScope();
  let rig: LeavingRig;
  before(async () => {
    rig = await startLeavingRig(scope);
    await rig.copy("Namespace", "", "shop");
  });

  const found = async (): Promise<readonly MemberCopy[]> => {
    const types = (await declaredTypes({ host: rig.toHost, namespace: NAMESPACE, signal })) ?? [];
    const copies = await copiesIn(rig.toMember, { types, owner: rig.owner, signal });
    return copies.filter(({ kind }) => kind !== "Namespace");
  };
  type Deleted = { readonly left: readonly string[]; readonly said: string; readonly clock: HurriedClock };
  const deleteAll = async (perMinute = 60_000, meanwhile?: () => void): Promise<Deleted> => {
    const { runner, session } = runnerFor();
    const clock = new HurriedClock(meanwhile);
    const left = await deleteCopies(await found(), {
      runner,
      member: rig.toMember,
      clock,
      signal,
      owner: rig.owner,
      perMinute,
      waitMs: 10_000,
      staying: new Set(),
      deletionOf: () => ({}),
    });
    const said = session.printed() + session.complained();
    return { left: left.map(({ key }) => key.name), said, clock };
  };

  it("go one by one, at most so many per minute", async () => {
    for (const name of ["a", "b", "c", "d"]) await rig.copy("ConfigMap", "shop", name);
    const { left, clock } = await deleteAll(6);
    assert.deepEqual(left, []);
    assert.equal(clock.nowMs(), 30_000);
  });

  it("that are going already are waited for, and named when they stay", async () => {
    await rig.copy("ConfigMap", "shop", "slow");
    const ref = { apiVersion: "v1", kind: "ConfigMap", namespace: "shop", name: "slow" };
    rig.member.objects.patch(ref, { metadata: { finalizers: ["example.com/wait"] } });
    const first = await deleteAll();
    assert.deepEqual(first.left, ["slow"]);
    assert.match(first.said, /ConfigMap shop\/slow is being deleted, and waits for example\.com\/wait/);
    assert.match(
      first.said,
      /ConfigMap shop\/slow is still there after 10 s, and waits for example\.com\/wait/,
    );
    let looks = 0;
    const second = await deleteAll(60_000, () => {
      looks += 1;
      if (looks === 3) rig.member.objects.patch(ref, { metadata: { finalizers: null } });
    });
    assert.deepEqual(second.left, []);
    assert.match(second.said, /is being deleted already\n/);
    assert.equal(second.clock.nowMs(), 3_000);
  });

  it("that are refused do not keep the others, until too many are", async () => {
    const names = Array.from({ length: 8 }, (_, i) => `c${i}`);
    for (const name of names) await rig.copy("ConfigMap", "shop", name);
    const refuse = (refused: RegExp): (() => void) =>
      interceptRequests(scope, (options, send) =>
        options.method === "DELETE" && refused.test(options.path) ? Promise.reject(new Error("no")) : send(),
      );
    const restoreOne = refuse(/c0$/);
    const one = await deleteAll();
    restoreOne();
    assert.deepEqual(one.left, ["c0"]);
    assert.match(one.said, /ConfigMap shop\/c0 could not be deleted: us-west: ConfigMap shop\/c0: no/);
    for (const name of names.slice(1)) await rig.copy("ConfigMap", "shop", name);
    const restoreAll = refuse(/./);
    const all = await deleteAll();
    restoreAll();
    assert.equal(all.left.length, 8);
    assert.equal(all.said.match(/could not be deleted/g)?.length, 5);
    assert.equal(all.said.match(/left: too many were refused before it/g)?.length, 3);
    assert.deepEqual((await deleteAll()).left, []);
  });

  it("that somebody has taken over meanwhile are left alone", async () => {
    await rig.copy("ConfigMap", "shop", "moving");
    const copies = await found();
    const ref = { apiVersion: "v1", kind: "ConfigMap", namespace: "shop", name: "moving" };
    rig.member.objects.patch(ref, { metadata: { labels: { "fedns.io/owner": "another" } } });
    const { runner, session } = runnerFor();
    await deleteCopies(copies, {
      runner,
      member: rig.toMember,
      clock: new HurriedClock(),
      signal,
      owner: rig.owner,
      perMinute: 60_000,
      waitMs: 1_000,
      staying: new Set(),
      deletionOf: () => ({}),
    });
    assert.match(session.printed(), /ConfigMap shop\/moving kept: it is not ours any more/);
    assert.ok(rig.member.objects.get(ref) !== undefined);
  });

  it("are a definition only when nobody has objects of it", async () => {
    assert.equal((await rig.fedns("enable", "crd")).code, 0);
    const names = { plural: "gadgets", kind: "Gadget", singular: "gadget", listKind: "GadgetList" };
    const schema = { openAPIV3Schema: { type: "object" } };
    const labels = { "kubefed.io/managed": "true", "fedns.io/owner": rig.owner };
    rig.member.objects.put({
      apiVersion: "apiextensions.k8s.io/v1",
      kind: "CustomResourceDefinition",
      metadata: { name: "gadgets.example.com", labels },
      spec: {
        group: "example.com",
        scope: "Namespaced",
        names,
        versions: [{ name: "v1", served: true, storage: true, schema }],
      },
    });
    await rig.member.settled();
    const gadget = { apiVersion: "example.com/v1", kind: "Gadget", namespace: "shop", name: "mine" };
    rig.member.objects.put({
      apiVersion: "example.com/v1",
      kind: "Gadget",
      metadata: { namespace: "shop", name: "mine" },
    });
    rig.toMember.discovery.invalidate();
    const kept = await deleteAll();
    assert.deepEqual(kept.left, ["gadgets.example.com"]);
    assert.match(
      kept.said,
      /CustomResourceDefinition gadgets\.example\.com kept: it has gadgets\.example\.com\/mine/,
    );
    rig.member.objects.delete(gadget);
    assert.deepEqual((await deleteAll()).left, []);
  });
});

describe("the fate of a copy", () => {
  const copyOf = (type: string, namespace: string, name: string, labels: Loose = {}): MemberCopy =>
    ({
      type: { name: type },
      key: { namespace, name },
      object: { metadata: { labels } },
    }) as unknown as MemberCopy;
  const adopted = { "fedns.io/adopted": "true" };
  const rows: readonly (readonly [
    copy: MemberCopy,
    isHost: boolean,
    orphan: boolean | null,
    fate: string,
  ])[] = [
    [copyOf("configmaps", "shop", "a"), false, null, "delete"],
    [copyOf("configmaps", "shop", "a"), true, null, "delete"],
    [copyOf("configmaps", "shop", "a"), false, true, "release"],
    [copyOf("configmaps", "shop", "a", adopted), false, null, "release"],
    [copyOf("configmaps", "shop", "a", adopted), false, false, "delete"],
    [copyOf("configmaps", "kube-system", "a"), false, false, "release"],
    [copyOf("configmaps", "default", "a"), false, false, "release"],
    [copyOf("namespaces", "", "kube-public"), false, false, "release"],
    [copyOf("namespaces", "", "default"), false, false, "release"],
    [copyOf("namespaces", "", "shop"), false, null, "delete"],
    [copyOf("namespaces", "", "shop"), true, null, "release"],
    [copyOf("clusterroles.rbac.authorization.k8s.io", "", "kube-like"), false, null, "delete"],
  ];
  for (const [copy, isHost, orphan, fate] of rows)
    it(`${copy.type.name} ${copy.key.namespace}/${copy.key.name}, host ${isHost}, orphan ${orphan}: ${fate}`, () => {
      assert.equal(fateOf(copy, { isHost, federated: orphan === null ? null : { orphan } }), fate);
    });

  it("comes in waves: workloads, what they name, definitions, Namespaces", () => {
    const types = [
      "deployments.apps",
      "secrets",
      "roles.rbac.authorization.k8s.io",
      "customresourcedefinitions.apiextensions.k8s.io",
      "namespaces",
    ];
    assert.deepEqual(
      types.map((type) => waveOf(copyOf(type, "", "a"))),
      [0, 1, 1, 2, 3],
    );
  });
});
