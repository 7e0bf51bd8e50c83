/** Federated objects that nobody works on can be deleted: those without a FederatedTypeConfig, and those of one that is Disabled. */
import assert from "node:assert/strict";
import { before, beforeEach, describe, it } from "node:test";
import { freePermit } from "../../../src/fleet/kube/write-permit.ts";
import { systemClock } from "../../../src/kernel/clock.ts";
import { silentLog } from "../../../src/kernel/log.ts";
import { LostTypes, type TypeClaims } from "../../../src/propagate/retire/lost-types.ts";
import { suiteScope } from "../../support/programs.ts";
import { until } from "../../support/until.ts";
import { CopyRig } from "../copy-rig.ts";
import { type Rig, TYPES } from "../rig.ts";

const FINALIZER = "kubefed.io/sync-controller";
const { configmaps, ...others } = TYPES;
const GROUPS = new Set([configmaps.federated.group]);
const OF_OTHERS = Object.values(others).map(({ federated: { group, plural } }) => `${plural}.${group}`);
const NAME = `${configmaps.federated.plural}.${configmaps.federated.group}`;
const LOST: TypeClaims = { claimed: new Set(OF_OTHERS), disabled: new Map(), groups: GROUPS };
const CLAIMED: TypeClaims = { ...LOST, claimed: new Set([...OF_OTHERS, NAME]) };
const DISABLED: TypeClaims = { ...CLAIMED, disabled: new Map([["configmaps", configmaps.federated]]) };

describe("a federated object that nobody works on", () => {
  const scope = suiteScope();
  let copies: CopyRig;
  let rig: Rig;
  const ref = (name: string) => ({
    apiVersion: "types.kubefed.io/v1beta1",
    kind: "FederatedConfigMap",
    namespace: "shop",
    name,
  });
  const inHost = (name: string): any => rig.host.objects.get(ref(name)) ?? null;
  const isHeld = (name: string): boolean => inHost(name)?.metadata.finalizers?.includes(FINALIZER) === true;
  const isOurs = (name: string): boolean =>
    copies.copy("ConfigMap", name)?.metadata.labels["fedns.io/owner"] === "test";
  const sweeper = (deletionWaitMs = 0): LostTypes =>
    new LostTypes({
      transport: rig.hostTransport,
      permit: freePermit(10),
      signal: new AbortController().signal,
      onlyNamespace: null,
      deletionWaitMs,
      remember: (type, key, object) => rig.propagator.remember(type, key, object),
      clock: systemClock,
      log: silentLog,
    });
  /** It is placed and held; then its type is propagated no more, and it is deleted. */
  const loseTypeOf = async (name: string): Promise<void> => {
    rig.start();
    copies.place("ConfigMap", name, { data: { a: "1" } });
    await until("it is placed and held", () => isHeld(name) && isOurs(name));
    await rig.settled();
    rig.propagator.setTypes(Object.values(others));
    rig.host.objects.delete(ref(name));
    assert.ok(isHeld(name));
  };

  before(async () => {
    copies = await CopyRig.start(scope, ["m1"]);
    rig = copies.rig;
  });
  beforeEach(() => rig.start());

  it("goes when it is deleted and two looks in a row find no FederatedTypeConfig; its copy stays", async () => {
    await loseTypeOf("lost");
    const lost = sweeper();
    await lost.sweep(LOST);
    assert.ok(isHeld("lost"));
    await lost.sweep(CLAIMED);
    await lost.sweep(LOST);
    assert.ok(isHeld("lost"));
    await lost.sweep(LOST);
    assert.equal(inHost("lost"), null);
    assert.ok(isOurs("lost"));
  });

  it("keeps its finalizer while it lives: the FederatedTypeConfig may come again", async () => {
    copies.place("ConfigMap", "lives", { data: {} });
    await until("it is held", () => isHeld("lives"));
    const lost = sweeper();
    await lost.sweep(LOST);
    await lost.sweep(LOST);
    assert.ok(isHeld("lives"));
  });

  it("stays as it is in a group that has no federated types", async () => {
    await loseTypeOf("other-group");
    const lost = sweeper();
    await lost.sweep({ ...LOST, groups: new Set() });
    await lost.sweep({ ...LOST, groups: new Set() });
    assert.ok(isHeld("other-group"));
  });

  it("of a type that is Disabled is kept for the stated time", async () => {
    await loseTypeOf("waits");
    await sweeper(3_600_000).sweep(DISABLED);
    assert.ok(isHeld("waits"));
  });

  it("of a type that is Disabled goes after that time, and its copy when the type is enabled again", async () => {
    await loseTypeOf("switched-off");
    await until("it goes", () => {
      void sweeper().sweep(DISABLED);
      return inHost("switched-off") === null;
    });
    assert.ok(isOurs("switched-off"));
    assert.ok(rig.propagator.journalSize > 0);
    rig.start();
    await until("its copy is deleted", () => copies.copy("ConfigMap", "switched-off") === null);
    await until("the journal is empty", () => rig.propagator.journalSize === 0);
    assert.ok(isOurs("lost"));
  });

  it("does not keep the namespace that it is in", async () => {
    await loseTypeOf("in-namespace");
    const namespace = { apiVersion: "v1", kind: "Namespace", name: "shop" };
    rig.host.objects.delete(namespace);
    const lost = sweeper();
    await lost.sweep(LOST);
    await lost.sweep(LOST);
    await until("the namespace is gone", () => rig.host.objects.get(namespace) === undefined);
  });
});
