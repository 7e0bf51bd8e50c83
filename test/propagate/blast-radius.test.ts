/** How much one change may remove within a minute, by real API semantics. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { FakeClock } from "../support/fake-clock.ts";
import { type Scope, suiteScope } from "../support/programs.ts";
import { until } from "../support/until.ts";
import { CopyRig } from "./copy-rig.ts";
import { UNLIMITED } from "./rig.ts";

const MINUTE_MS = 60_000;
const NAMES = ["a", "b", "c", "d", "e"];
const MOST = 2;
const STEP_MS = 250;

type Removal = {
  readonly rig: CopyRig;
  readonly clock: FakeClock;
  /** How many of the five are there, and 1 for the namespace unless it is going. */
  readonly left: () => number;
};

async function placed(scope: Scope): Promise<Removal> {
  const clock = new FakeClock();
  const limits = { ...UNLIMITED, radius: { ...UNLIMITED.radius, removalsPerMinute: MOST } };
  const rig = await CopyRig.start(scope, ["m1"], { clock, limits });
  const reached = (claim: string, condition: () => boolean): Promise<void> =>
    until(claim, () => {
      clock.advance(2);
      return condition();
    });
  for (const name of NAMES) rig.place("ConfigMap", name, { data: {} });
  for (const name of NAMES)
    await reached(`${name} is made`, () => rig.report("ConfigMap", name).status === "");
  await reached("the namespace is ours", () => rig.report("Namespace", "shop").status === "");
  // It was there before, and what was not made by us is not deleted by us.
  const labels = { "fedns.io/adopted": null };
  assert.equal((await rig.client.patch("/api/v1/namespaces/shop", { metadata: { labels } })).code, 200);
  const row = rig.rig.propagator.engine.objects.rowOf({ type: "namespaces", key: "shop/shop" }) ?? -1;
  const isMade = (): boolean => {
    const live = rig.rig.propagator.engine.members.get("m1")?.copies.live(row, true);
    return live?.kind === "present" && !live.isAdopted;
  };
  await reached("it is as if we had made it", isMade);
  const namespace = (): any =>
    rig.rig.members.get("m1")?.objects.get({ apiVersion: "v1", kind: "Namespace", name: "shop" });
  const isGoing = (): boolean => namespace()?.metadata.deletionTimestamp !== undefined;
  return {
    rig,
    clock,
    left: () =>
      NAMES.filter((name) => rig.copy("ConfigMap", name) !== null).length +
      (namespace() === undefined || isGoing() ? 0 : 1),
  };
}

const FEDERATED = {
  apiVersion: "types.kubefed.io/v1beta1",
  kind: "FederatedNamespace",
  namespace: "shop",
  name: "shop",
};

/** What is left at the end of each minute, until nothing is. */
async function minutesOf({ rig, clock, left }: Removal): Promise<readonly number[]> {
  const startMs = clock.nowMs();
  const minutes: number[] = [];
  await until("all is gone", () => {
    const minute = Math.floor((clock.nowMs() - startMs) / MINUTE_MS);
    minutes[minute] = left();
    if (left() === 0) return true;
    if (rig.report("Namespace", "shop").status === "Paused") clock.advance(STEP_MS);
    else clock.advance(2);
    return false;
  });
  return minutes;
}

describe("a namespace that is placed in a cluster no longer", () => {
  const scope = suiteScope();
  it("goes with what is in it, as much as a minute may bring", async () => {
    const removal = await placed(scope);
    const { objects } = removal.rig.rig.host;
    const before: any = objects.get(FEDERATED);
    objects.put({ ...before, spec: { ...before.spec, placement: { clusters: [] } } });
    const minutes = await minutesOf(removal);
    for (const [minute, left] of minutes.entries())
      assert.ok(left >= NAMES.length + 1 - MOST * (minute + 1), `${minutes.join(", ")} are left`);
  });
});

describe("a namespace whose federated object is deleted", () => {
  const scope = suiteScope();
  it("has what it takes along counted, and goes when all is", async () => {
    const removal = await placed(scope);
    removal.rig.rig.host.objects.delete(FEDERATED);
    await until("it waits", () => {
      removal.clock.advance(2);
      return removal.rig.report("Namespace", "shop").status === "Paused";
    });
    const { message } = removal.rig.report("Namespace", "shop");
    assert.match(message, /removalsPerMinute.*5 in it go along/);
    const minutes = await minutesOf(removal);
    assert.deepEqual(minutes.slice(0, 2), [6, 6], "two of five are counted in each minute");
  });
});

describe("adoptions that are refused", () => {
  const scope = suiteScope();
  it("do not count as updates, as nothing is written", async () => {
    const clock = new FakeClock();
    const limits = { ...UNLIMITED, radius: { ...UNLIMITED.radius, updatesPerMinute: 1 } };
    const rig = await CopyRig.start(scope, ["m1"], { adoption: "if-no-diff", clock, limits });
    const reached = (claim: string, condition: () => boolean): Promise<void> =>
      until(claim, () => {
        clock.advance(2);
        return condition();
      });
    // The namespace is adopted, which is the one update of its minute.
    await reached("the namespace is ours", () => rig.report("Namespace", "shop").status === "");
    clock.advance(MINUTE_MS);
    for (const name of NAMES) {
      const body = { apiVersion: "v1", kind: "ConfigMap", metadata: { name }, data: { theirs: "1" } };
      await rig.client.create("/api/v1/namespaces/shop/configmaps", body);
      rig.place("ConfigMap", name, { data: { theirs: "2" } });
    }
    const startMs = clock.nowMs();
    for (const name of NAMES)
      await reached("it is refused", () => rig.report("ConfigMap", name).status === "AlreadyExists");
    const same = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "same" }, data: { a: "1" } };
    await rig.client.create("/api/v1/namespaces/shop/configmaps", same);
    rig.place("ConfigMap", "same", { data: { a: "1" } });
    await reached("it is adopted", () => rig.report("ConfigMap", "same").status === "");
    assert.ok(clock.nowMs() - startMs < MINUTE_MS, "nothing had to wait for the next minute");
  });
});
