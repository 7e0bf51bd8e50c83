/** The picture against a plain Map: whatever is put and removed, readers find exactly that, after any crash and compaction too. */
import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { nameOf } from "../../src/dns/message/name.ts";
import { compactInto } from "../../src/picture/write/compact.ts";
import type { MemberDraft } from "../../src/picture/content/content.ts";
import {
  isPool,
  keyLabels,
  keyOf as keyOfService,
  nodeName,
  poolOf,
} from "../../src/picture/content/decode.ts";
import { PictureFull } from "../../src/picture/write/writer-options.ts";
import { Header } from "../../src/picture/format/layout.ts";
import { type Memory, memoryOf } from "../../src/picture/format/memory.ts";
import { Kind, recordKind } from "../../src/picture/format/record.ts";
import { recordsOf, NODES, SERVICES } from "../../src/picture/format/table.ts";
import { recover } from "../../src/picture/write/transaction.ts";
import { reasonToRefuse } from "../../src/picture/verify/verify.ts";
import { keyOfName } from "../../src/dns/zone/zone.ts";
import { apexNode, copyOf, crashesOf, newPicture, openPicture } from "../support/picture.ts";
import type { TestPicture } from "../support/picture.ts";
import { wireName } from "../support/query.ts";
import { type ServiceAt, serviceFederation } from "../../src/picture/format/pool.ts";

const origin = nameOf("example.com");
const stamp = { wallSeconds: 1 };

function keyOf(text: string): Uint8Array {
  return Uint8Array.from(wireName(text).slice(0, -1));
}

/** What a reader can find, as plain text. */
function contentOf(memory: Memory): Map<string, string> {
  const content = new Map<string, string>();
  for (const at of recordsOf(memory.u32, SERVICES)) {
    if (isPool(memory, at)) {
      const { federation, key, members } = poolOf(memory, at);
      const shown = members.map((one) => ({ ...one, firstEndpoint: undefined }));
      content.set(`${federation} ${keyLabels(key).join(".")}`, JSON.stringify(shown));
    } else content.set(namespaceOf(memory, at), "");
  }
  for (const at of recordsOf(memory.u32, NODES))
    content.set(`node ${keyOfName(nodeName(memory, at))}`, String(recordKind(memory.u32, at)));
  return content;
}

function namespaceOf(memory: Memory, at: ServiceAt): string {
  return `namespace at ${serviceFederation(memory.u32, at)} ${keyLabels(keyOfService(memory, at)).join(".")}`;
}

type Change =
  | {
      readonly kind: "put";
      readonly federation: number;
      readonly key: string;
      readonly members: readonly MemberDraft[];
    }
  | { readonly kind: "remove"; readonly federation: number; readonly key: string }
  | { readonly kind: "putNode" | "removeNode"; readonly name: string }
  | { readonly kind: "commit" };

const key = fc
  .tuple(fc.integer({ min: 0, max: 9 }), fc.integer({ min: 0, max: 3 }))
  .map(([s, n]) => `s${s}.n${n}`);
const federation = fc.integer({ min: 0, max: 1 });
const member = fc.record({
  cluster: fc.integer({ min: 0, max: 127 }),
  tier: fc.integer({ min: 0, max: 255 }),
  weight: fc.integer({ min: 0, max: 65535 }),
  readyEndpoints: fc.integer({ min: 0, max: 3 }),
  wantedEndpoints: fc.integer({ min: 0, max: 65535 }),
  ipv4: fc.uniqueArray(fc.integer({ min: 0, max: 2 ** 32 - 1 }), { maxLength: 3 }),
  ipv6: fc.uniqueArray(
    fc.integer({ min: 0, max: 9 }).map((i) => `2001${String(i).padStart(28, "0")}`),
    { maxLength: 2 },
  ),
  since: fc.constant(7),
});
const members = fc.uniqueArray(member, { maxLength: 4, selector: ({ cluster }) => cluster });
const name = fc.integer({ min: 0, max: 20 }).map((i) => `x${i}.example.com`);
const changes: fc.Arbitrary<Change[]> = fc.array(
  fc.oneof(
    { arbitrary: fc.record({ kind: fc.constant("put" as const), federation, key, members }), weight: 5 },
    { arbitrary: fc.record({ kind: fc.constant("remove" as const), federation, key }), weight: 3 },
    {
      arbitrary: fc.record({ kind: fc.constantFrom("putNode" as const, "removeNode" as const), name }),
      weight: 3,
    },
    { arbitrary: fc.constant({ kind: "commit" as const }), weight: 2 },
  ),
  { maxLength: 60 },
);

function apply(picture: TestPicture, change: Change): void {
  const { writer } = picture;
  if (change.kind === "put") writer.putPool(change.federation, keyOf(change.key), change.members);
  else if (change.kind === "remove") writer.removePool(change.federation, keyOf(change.key));
  else if (change.kind === "commit") writer.commit(stamp);
  else if (change.kind === "removeNode") writer.removeNode(nameOf(change.name));
  else writer.putNode(apexNode(change.name), origin);
}

function note(model: Map<string, string>, change: Change): void {
  if (change.kind === "put") model.set(`${change.federation} ${change.key}`, JSON.stringify(change.members));
  else if (change.kind === "remove") model.delete(`${change.federation} ${change.key}`);
  else if (change.kind === "putNode") model.set(`node ${keyOfName(nameOf(change.name))}`, String(Kind.Node));
  else if (change.kind === "removeNode") model.delete(`node ${keyOfName(nameOf(change.name))}`);
}

/** The model with the namespaces that its services imply. */
function whole(model: ReadonlyMap<string, string>): Map<string, string> {
  const all = new Map(model);
  for (const entry of model.keys()) {
    const [, id, namespace] = /^(\d+) s\d+\.(n\d+)$/.exec(entry) ?? [];
    if (namespace !== undefined) all.set(`namespace at ${id} ${namespace}`, "");
  }
  return all;
}

function isSame(memory: Memory, model: ReadonlyMap<string, string>): void {
  assert.deepEqual(contentOf(memory), whole(model));
  assert.equal(reasonToRefuse(memory), null);
}

test("readers find what was committed, and nothing of what was not", () => {
  fc.assert(
    fc.property(changes, (list) => {
      const picture = newPicture({ octets: 1 << 20 });
      const model = new Map<string, string>();
      let committed = new Map(model);
      for (const change of list) {
        apply(picture, change);
        note(model, change);
        if (change.kind === "commit") committed = new Map(model);
        if (change.kind === "commit") isSame(picture.memory, committed);
      }
      isSame(picture.memory, committed);
      isSame(copyOf(picture.memory), committed);
    }),
    { numRuns: 120 },
  );
});

test("a writer that is killed at any moment of a commit leaves the picture before it or, repaired, after it", () => {
  fc.assert(
    fc.property(changes, changes, (first, second) => {
      const picture = newPicture({ octets: 1 << 20, endpointCapacity: 500 });
      const model = new Map<string, string>();
      for (const change of [...first, { kind: "commit" } as const]) {
        apply(picture, change);
        note(model, change);
      }
      const before = copyOf(picture.memory);
      const old = new Map(model);
      for (const change of second.filter(({ kind }) => kind !== "commit")) {
        apply(picture, change);
        note(model, change);
      }
      if (!picture.writer.commit(stamp)) return;
      for (const crashed of crashesOf(before, picture.memory)) {
        const isBegun = recover(crashed);
        isSame(crashed, isBegun ? model : old);
        assert.equal(recover(crashed), false, "what is repaired needs no repair");
      }
    }),
    { numRuns: 25 },
  );
});

test("a restarted writer and a compacted picture hold the same, and go on from there", () => {
  fc.assert(
    fc.property(changes, changes, fc.boolean(), (first, second, isCompacted) => {
      let picture = newPicture({ octets: 1 << 20 });
      const model = new Map<string, string>();
      for (const change of [...first, { kind: "commit" } as const]) {
        apply(picture, change);
        note(model, change);
      }
      if (isCompacted) {
        const fresh = memoryOf(new ArrayBuffer(1 << 20));
        compactInto(picture.memory, fresh, () => undefined);
        picture = openPicture(fresh);
        // The first tables, and less than a line of the cache before each record.
        const most = 4096 + 15 * (contentOf(fresh).size + 1);
        assert.ok(picture.writer.garbageWords <= most, "no more than the first tables");
      } else picture = openPicture(picture.memory);
      isSame(picture.memory, model);
      for (const change of [...second, { kind: "commit" } as const]) {
        apply(picture, change);
        note(model, change);
      }
      isSame(picture.memory, model);
    }),
    { numRuns: 60 },
  );
});

test("tables grow past their first size, shrink nothing, and lose nothing", () => {
  const picture = newPicture({ octets: 4 << 20, endpointCapacity: 10 });
  const model = new Map<string, string>();
  for (let round = 0; round < 3; round++) {
    for (let i = 0; i < 2500; i++) {
      const change: Change =
        (i + round) % 3 === 0
          ? { kind: "remove", federation: 0, key: `s${i}.n${i % 7}` }
          : { kind: "put", federation: 0, key: `s${i}.n${i % 7}`, members: [] };
      apply(picture, change);
      note(model, change);
      if (i % 100 === 0) apply(picture, { kind: "commit" });
    }
    apply(picture, { kind: "commit" });
    isSame(picture.memory, model);
  }
});

test("putting what is there already changes nothing and needs no commit", () => {
  const picture = newPicture();
  const put: Change = {
    kind: "put",
    federation: 0,
    key: "s.n",
    members: [
      {
        cluster: 3,
        tier: 0,
        readyEndpoints: 1,
        wantedEndpoints: 1,
        weight: 1,
        ipv4: [1],
        ipv6: [],
        since: 7,
      },
    ],
  };
  apply(picture, put);
  assert.ok(picture.writer.commit(stamp));
  const end = picture.memory.u32[Header.ArenaEnd];
  apply(picture, put);
  assert.equal(picture.writer.commit(stamp), false);
  assert.equal(picture.memory.u32[Header.ArenaEnd], end);
});

test("an empty picture has no garbage, and replaced records are garbage until they are compacted away", () => {
  const picture = newPicture({ octets: 4 << 20 });
  assert.equal(picture.writer.garbageWords, 0);
  for (let i = 0; i < 100; i++) {
    apply(picture, {
      kind: "put",
      federation: 0,
      key: "s.n",
      members: [
        {
          cluster: i,
          tier: 0,
          readyEndpoints: 1,
          wantedEndpoints: 1,
          weight: 1,
          ipv4: [],
          ipv6: [],
          since: 7,
        },
      ],
    });
    picture.writer.commit(stamp);
  }
  const { garbageWords, liveWords } = picture.writer;
  assert.ok(garbageWords > 90 * (liveWords / 2), `${garbageWords} words`);
  const reopened = openPicture(picture.memory).writer;
  assert.deepEqual([reopened.garbageWords, reopened.liveWords], [garbageWords, liveWords]);
});

test("a picture without room says so and keeps what was committed", () => {
  const picture = newPicture({ octets: 400 << 10, endpointCapacity: 10 });
  const model = new Map<string, string>();
  let isFull = false;
  for (let i = 0; i < 5000 && !isFull; i++) {
    const change: Change = { kind: "put", federation: 0, key: `s${i}.n0`, members: [] };
    try {
      apply(picture, change);
      apply(picture, { kind: "commit" });
      note(model, change);
    } catch (error) {
      isFull = error instanceof PictureFull;
    }
  }
  assert.ok(isFull);
  isSame(picture.memory, model);
});
