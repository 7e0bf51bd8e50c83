import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { silentLog } from "../../../src/kernel/log.ts";
import { WatchedCopies } from "../../../src/propagate/copies/watched-copies.ts";

/** Objects are numbers, which the columns know or do not. */
function setUp() {
  const keys: string[] = [];
  const columns = new Map<number, number>();
  const told: string[] = [];
  const lists: (readonly number[])[] = [];
  const find = (key: string): number | undefined => (keys.includes(key) ? keys.indexOf(key) : undefined);
  const take = (key: string): number => find(key) ?? keys.push(key) - 1;
  const copies = new WatchedCopies<number>({
    rows: {
      take,
      find,
      keyOf: (row) => keys[row] ?? null,
      isKnown: (row, value) => columns.get(row) === value,
      onList: (listed) => void lists.push(listed.rows()),
    },
    namespace: null,
    keyOfIdentity: (identity) => identity,
    sink: {
      onChange: (key, value) => {
        told.push(`${key}=${value ?? "gone"}`);
        if (value === undefined) columns.delete(take(key));
        else columns.set(take(key), value);
      },
      onSynced: () => told.push("synced"),
    },
    log: silentLog,
  });
  const flush = (): string => told.splice(0).join(" ");
  const list = (values: Readonly<Record<string, number>>): void =>
    copies.replaceAll(new Map(Object.entries(values).map(([key, value]) => [key, { key, value }])));
  const show = (key: string, value: number | null): void =>
    copies.apply(key, value === null ? null : { key, value });
  return { copies, keys, columns, lists, take, flush, list, show };
}

describe("what a watch of copies keeps", () => {
  it("tells differences, and the end of what it has shown", () => {
    const { list, show, flush, copies } = setUp();
    list({ a: 1, b: 1 });
    assert.equal(flush(), "a=1 b=1 synced");
    show("a", 2);
    show("c", 1);
    show("b", null);
    assert.equal(flush(), "a=2 c=1 b=gone");
    list({ c: 1, d: 1 });
    assert.equal(flush(), "a=gone d=1 synced");
    assert.equal(copies.size, 2);
    copies.clear();
    assert.equal(flush(), "c=gone d=gone");
    assert.equal(copies.size, 0);
  });

  it("does not tell the echo of what was known before, and tells its end all the same", () => {
    const { take, columns, show, list, flush } = setUp();
    columns.set(take("a"), 7);
    show("a", 7);
    assert.equal(flush(), "");
    list({ a: 7 });
    assert.equal(flush(), "synced");
    show("a", null);
    assert.equal(flush(), "a=gone");
  });

  it("tells which rows each whole list has", () => {
    const { take, columns, list, show, lists } = setUp();
    columns.set(take("made"), 1);
    list({ a: 1, b: 1 });
    show("c", 1);
    list({ c: 1 });
    assert.deepEqual(lists, [[take("a"), take("b")], [take("c")]]);
  });

  it("does not tell the end of what it has never shown, and makes no row for it", () => {
    const { take, columns, show, list, flush, keys } = setUp();
    columns.set(take("a"), 7);
    show("a", null);
    show("b", null);
    list({});
    assert.equal(flush(), "synced");
    assert.deepEqual(keys, ["a"]);
  });

  it("forgets a row that is used for another object", () => {
    const { take, copies, show, list, flush } = setUp();
    show("a", 1);
    flush();
    copies.forget(take("a"));
    list({});
    assert.equal(flush(), "synced");
  });
});
