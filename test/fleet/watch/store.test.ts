/** Store: a sink hears of real differences only, sees the new state at once, and may throw. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as fc from "fast-check";
import { Store, type Projection } from "../../../src/fleet/watch/store.ts";
import { silentLog } from "../../../src/kernel/log.ts";

function recordingStore() {
  const told: string[] = [];
  const mirror = new Map<string, number>();
  const store: Store<number> = new Store<number>({
    sink: {
      onChange(key, value) {
        told.push(`${key}=${value}`);
        if (value === undefined) mirror.delete(key);
        else mirror.set(key, value);
      },
      onSynced: () => told.push("synced"),
    },
    equal: (before, after) => before === after,
    log: silentLog,
  });
  return { store, told, mirror };
}

const at = (key: string, value: number): Projection<number> => ({ key, value });

describe("Store", () => {
  it("does not call the sink when a value stays the same", () => {
    const { store, told } = recordingStore();
    store.apply("ns/a", at("a", 1));
    store.apply("ns/a", at("a", 1));
    store.replaceAll(new Map([["ns/a", at("a", 1)]]));
    assert.deepEqual(told, ["a=1", "synced"]);
  });

  it("removes an object whose projection becomes null, and the old key of one whose key changes", () => {
    const { store, told } = recordingStore();
    store.apply("ns/a", at("a", 1));
    store.apply("ns/a", at("b", 1));
    store.apply("ns/a", null);
    store.apply("ns/a", null);
    assert.deepEqual(told, ["a=1", "a=undefined", "b=1", "b=undefined"]);
  });

  it("shows the whole new state from the first call of the sink on", () => {
    const sizes: number[] = [];
    const store: Store<number> = new Store<number>({
      sink: { onChange: () => sizes.push(store.size), onSynced: () => sizes.push(store.size) },
      equal: (before, after) => before === after,
      log: silentLog,
    });
    store.apply("ns/old", at("old", 1));
    store.replaceAll(new Map([1, 2, 3].map((value) => [`ns/${value}`, at(`${value}`, value)])));
    assert.deepEqual(sizes, [1, 3, 3, 3, 3, 3]);
  });

  it("counts errors of a sink, and goes on", () => {
    const seen: string[] = [];
    const store = new Store<number>({
      sink: {
        onChange(key) {
          if (key === "bad") throw new Error("no");
          seen.push(key);
        },
        onSynced() {
          throw new Error("no");
        },
      },
      equal: (before, after) => before === after,
      log: silentLog,
    });
    store.replaceAll(new Map(["a", "bad", "b"].map((key) => [`ns/${key}`, at(key, 1)])));
    assert.deepEqual(seen, ["a", "b"]);
    assert.equal(store.sinkErrors, 2);
  });

  it("equals a mirror that is built from its changes", () => {
    const entry = fc.record({ identity: fc.nat(5), value: fc.option(fc.nat(3), { nil: null }) });
    fc.assert(
      fc.property(fc.array(fc.oneof(entry, fc.array(entry))), (steps) => {
        const { store, mirror } = recordingStore();
        for (const step of steps) {
          if (!Array.isArray(step))
            store.apply(`${step.identity}`, step.value === null ? null : at(`k${step.identity}`, step.value));
          else
            store.replaceAll(
              new Map(
                step.flatMap(({ identity, value }) =>
                  value === null ? [] : [[`${identity}`, at(`k${identity}`, value)]],
                ),
              ),
            );
          assert.deepEqual(new Map([...store.values()].map(({ key, value }) => [key, value])), mirror);
        }
      }),
    );
  });
});
