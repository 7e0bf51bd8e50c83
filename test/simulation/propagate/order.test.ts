/** Members are the same in the end, whatever the order and the times in which the host came to say what it says. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { UNLIMITED } from "../../propagate/rig.ts";
import { Chance } from "../chance.ts";

import { copiesOf, SYSTEM } from "./written-objects.ts";
import type { Run } from "./run-state.ts";
import { openScene } from "./scene.ts";
import { federatedKindOf, pathOfFederated, typeOf } from "./types.ts";

type Said = {
  readonly type: string;
  readonly namespace: string;
  readonly name: string;
  readonly spec: object;
};

const EVERYWHERE = { clusterSelector: {} };
const GOLD = { clusterSelector: { matchLabels: { tier: "gold" } } };
const ONE = { clusters: [{ name: "m2" }] };

function configMap(namespace: string, name: string, spec: object): Said {
  return { type: "configmaps", namespace, name, spec: { template: { data: { name } }, ...spec } };
}

const SAID: readonly Said[] = [
  { type: "namespaces", namespace: "shop", name: "shop", spec: { template: {}, placement: EVERYWHERE } },
  { type: "namespaces", namespace: "play", name: "play", spec: { template: {}, placement: ONE } },
  configMap("shop", "everywhere", { placement: EVERYWHERE }),
  configMap("shop", "gold", { placement: GOLD }),
  configMap("shop", "nowhere", { placement: { clusters: [] } }),
  configMap("play", "bounded", { placement: EVERYWHERE }),
  configMap("shop", "other", {
    placement: EVERYWHERE,
    overrides: [{ clusterName: "m1", clusterOverrides: [{ path: "/data/name", value: "another" }] }],
  }),
];

/** Each is made as something else first, and changed to what is said in the end. */
async function say(run: Run, { type, namespace, name, spec }: Said, isLast: boolean): Promise<void> {
  const path = pathOfFederated(typeOf(type), namespace);
  const kind = federatedKindOf(typeOf(type));
  const metadata = { namespace, name };
  const first = isLast ? spec : { ...spec, placement: EVERYWHERE, template: { data: { name: "first" } } };
  const body = { apiVersion: "types.kubefed.io/v1beta1", kind, metadata, spec: first };
  const { status } = await run.host.call("kubectl", "POST", path, body);
  if (status !== 409) return assert.equal(status, 201);
  const { json } = await run.host.call("kubectl", "GET", `${path}/${name}`);
  await run.host.call("kubectl", "PUT", `${path}/${name}`, { ...json, spec });
}

async function membersAfter(seed: number): Promise<string> {
  const chance = new Chance(seed);
  const settings = {
    adoption: "always",
    limits: UNLIMITED,
    deletionWaitMs: 3_600_000,
    isQuiet: true,
  } as const;
  const run = openScene(seed, { members: 3, settings });
  for (const [i, member] of run.members.entries()) member.labels = { tier: i === 0 ? "gold" : "iron" };
  run.truth.noteMembers(new Map(run.members.map(({ name, labels }) => [name, labels])), 0);
  for (const name of [SYSTEM, "shop", "play"])
    await run.host.call("kubectl", "POST", "/api/v1/namespaces", { metadata: { name } });
  run.newInstance();
  for (const one of [...chance.shuffle(SAID), ...chance.shuffle(SAID)]) {
    await say(run, one, one.type === "namespaces");
    await run.time.advance(chance.int(0, 3_000));
    if (!chance.is(0.1)) continue;
    run.instances[0]?.kill();
    run.newInstance();
  }
  await run.time.advance(180_000);
  assert.equal(run.wrong, null);
  const lines = run.members.flatMap(({ server }) =>
    [...copiesOf(server)].map(([type, key, { data, metadata }]) =>
      JSON.stringify([server.name, type.name, key, data, metadata.labels]),
    ),
  );
  return lines.sort().join("\n");
}

describe("the order in which the host says things", () => {
  it("does not matter in the end", async () => {
    const first = await membersAfter(1);
    assert.equal(first.split("\n").length, 12);
    for (let seed = 2; seed <= 7; seed++) assert.equal(await membersAfter(seed), first);
  });
});
