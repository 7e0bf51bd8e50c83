/** Lists in pages: what a compaction, large objects and a slow line do to them, and lists without end. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { OperationalError } from "../../../src/kernel/error.ts";
import { PageSize } from "../../../src/fleet/list/page-size.ts";
import { PagedStore, readerOf } from "./paged-store.ts";

const NAMES = Array.from({ length: 12 }, (_, at) => `m${String(at).padStart(2, "0")}`);

function filled(): PagedStore {
  const server = new PagedStore();
  for (const name of NAMES) server.put(name, "first");
  return server;
}

describe("a list whose pages expire", () => {
  it("goes on from there, and reads again what came before", async () => {
    const server = filled();
    const reader = readerOf(server);
    let hasChanged = false;
    server.between = (page) => {
      if (page < 8 || hasChanged) return;
      hasChanged = true;
      server.put("m00", "second");
      server.remove("m01");
      server.put("m11", "second");
      server.store.compact();
    };
    const version = await reader.read();
    assert.ok(hasChanged);
    assert.equal(reader.kept.get("m00"), "second");
    assert.equal(reader.kept.has("m01"), false);
    assert.deepEqual(reader.kept, new Map(server.truth));
    for (const event of server.eventsAfter(version)) reader.intake.take(event);
    assert.deepEqual(reader.kept, new Map(server.truth));
  });

  it("never goes back: events that are older than what was read again are skipped", async () => {
    const server = filled();
    const reader = readerOf(server);
    let lap = 0;
    server.between = (page) => {
      if (lap === 0 && page >= 8) {
        lap = 1;
        server.put("m11", "second");
        server.store.compact();
      }
      if (lap !== 1 || server.tokens.at(-1) !== null) return;
      lap = 2;
      for (const value of ["b", "c", "d"]) server.put("m00", value);
    };
    const version = await reader.read();
    assert.deepEqual([lap, reader.kept.get("m00")], [2, "d"]);
    const events = server.eventsAfter(version);
    assert.equal(events.length, 3);
    const before = reader.told.length;
    for (const event of events) reader.intake.take(event);
    assert.deepEqual(reader.told.slice(before), []);
    server.put("m00", "e");
    for (const event of server.eventsAfter(version).slice(3)) reader.intake.take(event);
    assert.equal(reader.kept.get("m00"), "e");
  });

  it("ends with what the server has, and a watch from it misses nothing, whatever happens between pages", async () => {
    const change = fc.oneof(
      fc.record({ do: fc.constant("put" as const), name: fc.constantFrom(...NAMES, "aa", "zz") }),
      fc.record({ do: fc.constant("remove" as const), name: fc.constantFrom(...NAMES, "aa", "zz") }),
      fc.record({ do: fc.constant("compact" as const), name: fc.constant("") }),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(change, { maxLength: 4 }), { minLength: 5, maxLength: 40 }),
        fc.array(change, { maxLength: 10 }),
        async (between, after) => {
          const server = filled();
          const reader = readerOf(server);
          let count = 0;
          const apply = ({ do: what, name }: (typeof after)[number], mayCompact: boolean): void => {
            if (what === "put") server.put(name, `v${count++}`);
            else if (what === "remove") server.remove(name);
            else if (mayCompact) server.store.compact();
          };
          server.between = (page) => {
            // A list that is compacted at every page for ever has no end.
            for (const one of between[page] ?? []) apply(one, page % 3 === 0);
          };
          const version = await reader.read().catch((error: unknown) => error as Error);
          if (version instanceof Error) assert.fail(version);
          for (const one of after) apply(one, false);
          let events;
          try {
            events = server.eventsAfter(version);
          } catch {
            // Compacted during the second lap: the watch is refused, and the list is read anew.
            return;
          }
          for (const event of events) reader.intake.take(event);
          assert.deepEqual(reader.kept, new Map(server.truth));
        },
      ),
      { numRuns: 150 },
    );
  });

  it("starts over where the server offers no token, and after the second time asks for all at once", async () => {
    const server = filled();
    server.offersRest = false;
    server.between = (page) => {
      server.put("m05", String(page));
      server.store.compact();
    };
    const reader = readerOf(server);
    await reader.read();
    assert.equal(server.limits.at(-1), null);
    assert.deepEqual(reader.kept, new Map(server.truth));
  });

  it("fails where every token expires at once", async () => {
    const server = filled();
    server.expiresAll = true;
    await assert.rejects(readerOf(server).read(), { code: "KUBE_BAD_LIST" });
  });
});

describe("the size of pages", () => {
  it("shrinks for objects that are large, to one, and is remembered", async () => {
    const server = filled();
    server.pageMax = 1;
    const pageSize = new PageSize();
    await readerOf(server).read(pageSize);
    const tries = server.limits.length;
    await readerOf(server).read(pageSize);
    assert.ok(server.limits.length - tries <= tries);
    server.fault = () => {
      throw new OperationalError("KUBE_BODY_TOO_LARGE", "one object");
    };
    await assert.rejects(readerOf(server).read(pageSize), { code: "KUBE_BODY_TOO_LARGE" });
  });

  it("shrinks for a slow line at the next try, and grows again", async () => {
    const server = filled();
    server.pageMax = 500;
    const pageSize = new PageSize();
    server.fault = (limit) => {
      if (limit > 30) throw new OperationalError("KUBE_TIMEOUT", "late");
    };
    const sizes: number[] = [];
    for (let isDone = false; !isDone;) {
      sizes.push(pageSize.objects);
      isDone = await readerOf(server)
        .read(pageSize)
        .then(() => true)
        .catch(() => false);
    }
    assert.deepEqual(sizes, [500, 125, 31, 25]);
    // A server that does not answer at all is asked for no less.
    server.fault = () => {
      throw new OperationalError("KUBE_TIMEOUT", "dead");
    };
    for (let again = 0; again < 5; again++) await assert.rejects(readerOf(server).read(pageSize));
    assert.equal(pageSize.objects, 25);
    server.fault = () => undefined;
    for (let again = 0; again < 8; again++) await readerOf(server).read(pageSize);
    assert.equal(pageSize.objects, 500);
  });
});

describe("a cluster that is too large", () => {
  it("is not read any further, and what was known of it stays", async () => {
    const server = filled();
    const limits = { objects: 20, octets: 1 << 20 };
    const reader = readerOf(server, limits);
    await reader.read();
    const before = new Map(reader.kept);
    for (let more = 0; more < 200; more++) server.put(`x${more}`, "more");
    const pages = server.limits.length;
    await assert.rejects(reader.read(), (error: unknown) => {
      assert.ok(error instanceof OperationalError && error.code === "KUBE_TOO_LARGE");
      assert.match(
        error.message,
        /more than 20 objects, the limit of quota.objects; what was known of it stays/,
      );
      return true;
    });
    assert.ok(server.limits.length - pages < 30, "it stops at the limit");
    assert.deepEqual(reader.kept, before);
  });

  it("is so by octets as well, also when it grows by events, and has room again when objects go", async () => {
    const server = filled();
    const reader = readerOf(server, { objects: 1000, octets: 12 * 200 + 4000 });
    const version = await reader.read();
    server.put("m00", "x".repeat(3000));
    server.put("m01", "x".repeat(3000));
    const [first, second] = server.eventsAfter(version);
    assert.ok(first !== undefined && second !== undefined);
    reader.intake.take(first);
    assert.throws(() => reader.intake.take(second), { code: "KUBE_TOO_LARGE" });
    assert.equal(reader.kept.get("m01"), "first");
    reader.intake.take({ ...first, isDeleted: true });
    reader.intake.take(second);
    assert.equal(reader.kept.get("m01")?.length, 3000);
    for (const name of reader.kept.keys())
      reader.intake.take({ identity: `demo/${name}`, resourceVersion: "9", isDeleted: true, object: {} });
    assert.deepEqual({ ...reader.room.used }, { objects: 0, octets: 0 });
  });
});
