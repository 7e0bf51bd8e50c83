/** The `propagate` bench's own parts: its content, its synthetic objects, and goals that are computed. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { bareBody, federatedSpec, memberName, objectName } from "../../bench/propagate/content.ts";
import {
  endToEndRatio,
  type Measured,
  octetsPerCopy,
  propagateGoals,
  propagateTables,
} from "../../bench/propagate/goals.ts";
import { sumOf, writesSince } from "../../bench/propagate/orders.ts";
import { copyText, federatedText, manager, owner } from "../../bench/propagate/synthetic-objects.ts";
import { coversAll, ownFields } from "../../src/propagate/apply/owned-fields.ts";
import { parseFederatedObject } from "../../src/propagate/federated/federated-object.ts";
import { APPLIED } from "../../src/propagate/federated/labels.ts";
import { render } from "../../src/propagate/render/render.ts";

const course = { ms: 1_000, cpuMs: 500, membersCpuMs: 600 };
const round = { fedns: course, bare: course };
const good: Measured = {
  members: 20,
  objects: 2_000,
  atRest: { copyMs: [20, 30], lastMs: [30] },
  underLoad: { copyMs: [40], lastMs: [40] },
  loadPerSecond: 10,
  made: round,
  rounds: [round, { ...round, fedns: { ...course, ms: 1_200 } }],
  afterStop: { ms: 3_000, needless: {} },
  afterKill: null,
  steady: { host: 100, members: 200 },
  steadyMs: 30_000,
  empty: null,
  full: null,
  memory: {
    copies: 1_000,
    octets: { bare: 0, withCopies: 300_000, withoutMembers: 200_000 },
    rss: { bare: 0, withCopies: 0, withoutMembers: 0 },
    readCpuMs: 100,
    changeCpuMs: [1],
    relabelCpuMs: [2],
    writes: 0,
  },
  serving: { restMicros: [20, 20], placingMicros: [21, null], answerMs: [5] },
};
const missed = (change: Partial<Measured>): readonly string[] =>
  propagateGoals({ ...good, ...change })
    .filter(({ met }) => !met)
    .map(({ name }) => name);

describe("the propagate bench", () => {
  it("meets its goals or misses them, one by one", () => {
    assert.deepEqual(missed({}), []);
    const late = { copyMs: [20, 300], lastMs: [300] };
    assert.deepEqual(missed({ atRest: late, underLoad: late }), ["change to copy at rest, p99"]);
    assert.deepEqual(missed({ rounds: [{ ...round, fedns: { ...course, ms: 1_310 } }] }), [
      "all objects change, beside bare applies",
    ]);
    assert.deepEqual(missed({ afterStop: { ms: 5_000, needless: { configmaps: 1, namespaces: 2 } } }), [
      "restart to the first change in all copies",
      "needless writes after a restart",
    ]);
    const octets = { ...good.memory.octets, withCopies: 401_000 };
    assert.deepEqual(missed({ memory: { ...good.memory, octets, writes: 1 } }), [
      "memory of a copy",
      "needless writes with all of these copies",
    ]);
    assert.deepEqual(missed({ serving: { restMicros: [], placingMicros: [], answerMs: [Infinity] } }), [
      "CPU of serve per query while copies are placed, beside at rest",
      "change to answer meanwhile, p99",
    ]);
  });

  it("computes ratios round by round, and what one copy takes", () => {
    assert.equal(endToEndRatio(good), 1.1);
    assert.equal(octetsPerCopy(good), 100);
    const few = { ...good.memory, octets: { ...good.memory.octets, withCopies: 190_000 } };
    assert.equal(octetsPerCopy({ memory: few }), null);
    const rows = new Map(propagateTables(good)[2]?.rows.map(([what = "", figure]) => [what, figure]));
    assert.equal(rows.get("requests of a member at rest, each minute"), "20.0");
    assert.equal(rows.get("requests of the host at rest, each minute"), "200.0");
  });

  it("counts writes between two moments", () => {
    const before = { all: 5, writes: { configmaps: 2, leases: 1 } };
    const after = { all: 9, writes: { configmaps: 4, leases: 1, namespaces: 1 } };
    assert.deepEqual(writesSince(before, after), { configmaps: 2, namespaces: 1 });
    assert.equal(sumOf(writesSince(before, after)), 3);
  });

  it("applies bare bodies that are about as long as those of fedns", () => {
    const object = { ...JSON.parse(federatedText(7, 2)), spec: federatedSpec(7, 0) };
    const parsed = parseFederatedObject(object);
    assert.ok(parsed !== null && "object" in parsed);
    const target = { apiVersion: "v1", kind: "ConfigMap", isNamespaced: true };
    const cluster = { name: memberName(0), labels: {} };
    const rendered = render({
      object: parsed.object,
      target,
      cluster,
      owner: "00000000-0000-4000-8000-000000000000",
      isUpdate: true,
    });
    assert.ok("body" in rendered);
    const difference = JSON.stringify(rendered.body).length - JSON.stringify(bareBody(7, 0)).length;
    assert.ok(Math.abs(difference) < 10, `${difference} octets`);
  });

  for (const [index, member] of [
    [7, 0],
    [10, 0],
    [10, 1],
  ] as const)
    it(`has copies in place: ${objectName(index)} in ${memberName(member)}`, () => {
      const parsed = parseFederatedObject(JSON.parse(federatedText(index, 2)));
      const { metadata } = JSON.parse(copyText(member, index));
      assert.ok(parsed !== null && "object" in parsed && parsed.object.isHeld);
      const rendered = render({
        object: parsed.object,
        target: { apiVersion: "v1", kind: "ConfigMap", isNamespaced: true },
        cluster: { name: memberName(member), labels: {} },
        owner,
        isUpdate: true,
      });
      assert.ok("body" in rendered);
      assert.equal(metadata.labels[APPLIED], rendered.hash);
      const fields = ownFields(metadata.managedFields, manager);
      assert.ok(fields !== null && coversAll(fields, rendered.body));
    });
});
