/** The quota of a member: what it has stays and is kept current, what is more is refused, and other members do not notice. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as fc from "fast-check";
import { type Backend, NO_ANNOTATIONS } from "../../../src/federation/members/backend.ts";
import { Federation } from "../../../src/federation/members/federation.ts";

function backend(...ipv4: number[]): Backend {
  return { readyEndpoints: 1, wantedEndpoints: 1, annotations: NO_ANNOTATIONS, ipv4, ipv6: [] };
}

function open(names: number, endpoints: number): Federation {
  const nothing = (): void => undefined;
  const federation = new Federation({ onService: nothing, onLocality: nothing, onNamespace: nothing }, 4);
  federation.join("west");
  federation.join("east");
  federation.setQuota({ names, endpoints });
  return federation;
}

function published(federation: Federation, name: string): Record<string, readonly (number | string)[]> {
  const backends = federation.member(name)?.backends ?? [];
  return Object.fromEntries([...backends].map(([key, { ipv4 }]) => [key, ipv4]));
}

describe("a member over its quota", () => {
  it("has no further names, while what it has changes as before", () => {
    const federation = open(2, 100);
    for (const key of ["a/a", "a/b", "a/c"]) federation.setBackend("west", key, backend(1));
    federation.setBackend("west", "a/a", backend(9));
    assert.deepEqual(published(federation, "west"), { "a/a": [9], "a/b": [1] });
    const { names, refused, refusedFirst } = federation.quotaOf("west");
    assert.deepEqual([names, refused, refusedFirst], [{ used: 2, limit: 2 }, 1, ["a/c"]]);
  });

  it("has what was refused as soon as there is room, as it is then", () => {
    const federation = open(1, 100);
    federation.setBackend("west", "a/a", backend(1));
    federation.setBackend("west", "a/b", backend(2));
    federation.setBackend("west", "a/c", backend(3));
    federation.setBackend("west", "a/b", backend(22));
    federation.setBackend("west", "a/c", null);
    federation.setBackend("west", "a/a", null);
    assert.deepEqual(published(federation, "west"), { "a/b": [22] });
    assert.equal(federation.quotaOf("west").refused, 0);
  });

  it("has a service that grows too much with as many addresses as fit", () => {
    const federation = open(10, 4);
    federation.setBackend("west", "a/a", backend(1, 2));
    federation.setBackend("west", "a/b", backend(3));
    federation.setBackend("west", "a/a", backend(1, 2, 4, 5, 6));
    assert.deepEqual(published(federation, "west"), { "a/a": [1, 2, 4], "a/b": [3] });
    federation.setBackend("west", "a/b", null);
    federation.setBackend("west", "a/a", backend(6, 5, 4, 2));
    assert.deepEqual(published(federation, "west"), { "a/a": [6, 5, 4, 2] });
  });

  it("takes nothing from the others", () => {
    const federation = open(1, 1);
    for (const key of ["a/a", "a/b"]) federation.setBackend("west", key, backend(1));
    federation.setBackend("east", "a/b", backend(2));
    assert.deepEqual(published(federation, "east"), { "a/b": [2] });
    assert.equal(federation.quotaOf("east").refused, 0);
  });

  it("keeps what it had when the quota was larger", () => {
    const federation = open(10, 10);
    for (const key of ["a/a", "a/b"]) federation.setBackend("west", key, backend(1, 2));
    federation.setQuota({ names: 1, endpoints: 1 });
    federation.setBackend("west", "a/b", backend(3, 4, 5));
    assert.deepEqual(published(federation, "west"), { "a/a": [1, 2], "a/b": [3, 4] });
  });
});

it("whatever comes, what is used is counted, never over the quota, and nothing is refused that would fit", () => {
  const keys = ["a/a", "a/b", "a/c", "a/d"];
  const change = fc.record({ key: fc.constantFrom(...keys), count: fc.integer({ min: -1, max: 4 }) });
  fc.assert(
    fc.property(fc.array(change, { maxLength: 40 }), (changes) => {
      const federation = open(3, 6);
      const declared = new Map<string, number>();
      for (const { key, count } of changes) {
        const now = count < 0 ? null : backend(...Array.from({ length: count }, (_, i) => i));
        federation.setBackend("west", key, now);
        if (now === null) declared.delete(key);
        else declared.set(key, count);
        const there = published(federation, "west");
        const used = Object.values(there).reduce((sum, list) => sum + list.length, 0);
        const { names, endpoints, refused } = federation.quotaOf("west");
        assert.deepEqual([names.used, endpoints.used], [Object.keys(there).length, used]);
        assert.ok(names.used <= 3 && used <= 6);
        const short = [...declared].filter(([name, count]) => (there[name]?.length ?? -1) !== count);
        assert.equal(refused, short.length);
        for (const [name, count] of short) {
          const had = there[name]?.length;
          const isRoom = had === undefined ? names.used < 3 : true;
          assert.ok(!isRoom || used - (had ?? 0) + count > 6, `${name} would fit`);
        }
      }
    }),
  );
});
