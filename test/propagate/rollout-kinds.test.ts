/** Versions in steps of other objects: plain ones of Federation v1, Secrets; and what holds all changes holds them as well. */
import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { freePermit } from "../../src/fleet/kube/write-permit.ts";
import { OperationalError } from "../../src/kernel/error.ts";
import { suiteScope } from "../support/programs.ts";
import { until } from "../support/until.ts";
import { CopyRig } from "./copy-rig.ts";
import { PlainRig, SELECTOR } from "./plain-rig.ts";
import { typeOf, UNLIMITED } from "./rig.ts";
import { Releases } from "./rollout/releases.ts";

const MEMBERS = ["m1", "m2", "m3"];

describe("a plain Deployment of Federation v1", () => {
  const scope = suiteScope();
  let rig: PlainRig;
  before(async () => {
    rig = await PlainRig.start(scope, MEMBERS);
  });
  const images = (): readonly (string | undefined)[] =>
    MEMBERS.map((member) => rig.copy("Deployment", "web", member)?.spec.template.spec.containers[0].image);
  const has = (...expected: readonly string[]): Promise<void> =>
    until(`they have ${expected.join(", ")}`, () => images().join() === expected.join());
  const record = (): any =>
    JSON.parse(rig.object("Deployment", "web").metadata.annotations["fedns.io/rollout-record"] ?? "null");
  const ref = { apiVersion: "apps/v1", kind: "Deployment", namespace: "shop", name: "web" };

  it("goes to its canary first, while its replicas are shared as before", async () => {
    rig.deploy("web", 6, { [SELECTOR]: "[]", "fedns.io/rollout": "canary=m2; pause=manual" }, "web:1");
    await has("web:1", "web:1", "web:1");
    await until("it is done", () => record()?.phase === "done");
    rig.rig.host.objects.patch(ref, {
      spec: { template: { spec: { containers: [{ name: "web", image: "web:2" }] } } },
    } as never);
    await has("web:1", "web:2", "web:1");
    await until("it pauses", () => record()?.state === "well");
    rig.rig.host.objects.patch(ref, { spec: { replicas: 9 } });
    await until("all are scaled", () =>
      MEMBERS.every((member) => rig.copy("Deployment", "web", member)?.spec.replicas === 3),
    );
    assert.deepEqual(images(), ["web:1", "web:2", "web:1"]);
    const order = { what: "resume", target: record().target, id: "1", by: "a tester" };
    rig.rig.host.objects.patch(ref, {
      metadata: { annotations: { "fedns.io/rollout-order": JSON.stringify(order) } },
    });
    await has("web:2", "web:2", "web:2");
    await until("it is done", () => record()?.phase === "done");
    const handedOn = Object.keys(rig.copy("Deployment", "web", "m1").metadata.annotations ?? {});
    assert.deepEqual(
      handedOn.filter((name) => name.startsWith("fedns.io/")),
      [],
    );
  });
});

describe("a version while all writes are paused", () => {
  let isPaused = false;
  const free = freePermit(10);
  const at = new Releases({
    permit: {
      ask: () => {
        if (isPaused) throw new OperationalError("WRITE_NOT_PERMITTED", "writes are paused");
        return free.ask();
      },
    },
  });

  it("is not given up for time that nobody could use", async () => {
    await at.isReleased("canary=m1; pause=0s; timeout=10s");
    at.patch({ spec: { template: { spec: { paused: true } } } });
    await until("it is watched", () => at.condition?.reason === "Progressing");
    isPaused = true;
    at.clock.advance(9_000);
    await at.isLookedAt();
    isPaused = false;
    at.clock.advance(9_000);
    await at.isLookedAt();
    assert.equal(at.record?.phase, "rolling");
    at.clock.advance(11_000);
    await at.isIn("it is given up", ({ phase }) => phase === "failed");
  });
});

describe("a federated Secret", () => {
  const scope = suiteScope();
  const SECRETS = typeOf({ kind: "Secret", plural: "secrets" });
  let rig: CopyRig;
  before(async () => {
    const radius = { updatesPerMinute: null, removalsPerMinute: null, clustersPerMinute: 1 };
    rig = await CopyRig.start(scope, MEMBERS, { types: [SECRETS], limits: { ...UNLIMITED, radius } });
  });
  const object = (name: string): any => rig.object("Secret", name);
  const record = (name: string): any =>
    JSON.parse(object(name).metadata.annotations["fedns.io/rollout-record"] ?? "null");
  const values = (name: string): readonly (string | undefined)[] =>
    MEMBERS.map((member) => rig.copy("Secret", name, member)?.data?.key);
  const release = (name: string, key: string): void => {
    const { apiVersion, kind } = object(name);
    const ref = { apiVersion, kind, namespace: "shop", name };
    rig.rig.host.objects.patch(ref, { spec: { template: { data: { key } } } });
  };
  const place = async (name: string, rollout: string): Promise<void> => {
    rig.place("Secret", name, { data: { key: "b25l" } }, {}, { "fedns.io/rollout": rollout });
    await until("it is everywhere", () => values(name).every((value) => value === "b25l"));
    await until("it is done", () => record(name)?.phase === "done");
  };

  it("has its previous content nowhere but in itself", async () => {
    await place("token", "canary=m1; pause=manual");
    release("token", "dHdv");
    await until("the canary has it", () => values("token").join() === "dHdv,b25l,b25l");
    for (const kind of ["ConfigMap", "Secret"])
      for (const namespace of ["kube-federation-system", "shop"])
        for (const one of rig.rig.host.objects.ofResource(`${kind.toLowerCase()}s`, "", namespace))
          assert.ok(!JSON.stringify(one).includes("b25l"), JSON.stringify(one));
    assert.ok(!JSON.stringify(object("token").status ?? {}).includes("b25l"));
  });
  it("waits for what may be changed in a minute, and is not given up for that", async () => {
    await place("slow", "canary=m1; pause=0s; step=1; timeout=10s");
    release("slow", "dHdv");
    await until("the next one is held", () => record("slow").state === "held");
    assert.deepEqual(values("slow"), ["dHdv", "b25l", "b25l"]);
    assert.equal(rig.report("Secret", "slow", "m2").status, "Paused");
  });
});
