/** Properties of server-side apply over random configurations of two managers: applied fields hold, and others go. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import * as fc from "fast-check";
import { defineResource } from "../../src/sandbox/kinds/define.ts";
import { applyConfig } from "../../src/sandbox/merge/apply.ts";
import type { ApplyResult } from "../../src/sandbox/merge/apply.ts";
import { decodeFields, encodeFields } from "../../src/sandbox/merge/field-set.ts";
import { managedFieldsOf, writeManagedFields } from "../../src/sandbox/merge/ownership.ts";
import { fields, keyed, plain, set } from "../../src/sandbox/merge/shape.ts";
import { without } from "../../src/sandbox/object/json.ts";
import type { Json, JsonObject } from "../../src/sandbox/object/json.ts";
import type { KubeObject } from "../../src/sandbox/object/object.ts";

const resource = defineResource("", "v1", {
  plural: "things",
  kind: "Thing",
  shape: fields({ tags: set, ports: keyed(["port", "protocol"], plain, { protocol: "TCP" }) }),
});

const word = fc.constantFrom("a", "b", "c");
const port = fc.record({ port: fc.integer({ min: 1, max: 3 }), name: word }, { requiredKeys: ["port"] });
const config: fc.Arbitrary<JsonObject> = fc.record(
  {
    plain: word,
    deep: fc.record({ x: word, y: fc.record({ z: word }) }, { requiredKeys: ["x"] }),
    list: fc.array(word, { maxLength: 2 }),
    tags: fc.uniqueArray(word, { minLength: 1 }),
    ports: fc.uniqueArray(port, { selector: (one) => one.port, minLength: 1 }),
  },
  { requiredKeys: [] },
);

function apply(live: KubeObject | undefined, manager: string, own: JsonObject): ApplyResult {
  const author = { manager, operation: "Apply", apiVersion: "v1", subresource: "" } as const;
  const whole = { apiVersion: "v1", kind: "Thing", metadata: { name: "t" }, ...own };
  return applyConfig({ resource, author, config: whole, live, isForced: true, wallMs: 0 });
}

/** The object as the server would store it. */
function stored({ object, owners }: ApplyResult): KubeObject {
  const metadata = { name: "t", managedFields: writeManagedFields(owners) };
  return { ...object, apiVersion: "v1", kind: "Thing", metadata };
}

/** The fields of an object without its envelope. */
function content(object: KubeObject): JsonObject {
  return without(without(without(object as JsonObject, "apiVersion"), "kind"), "metadata");
}

/** Whether every value of `part` is in `whole`, with list entries in any order. */
function holds(whole: Json | undefined, part: Json): boolean {
  if (Array.isArray(part)) {
    return (
      Array.isArray(whole) && part.every((item) => (whole as readonly Json[]).some((one) => holds(one, item)))
    );
  }
  if (typeof part !== "object" || part === null) return whole === part;
  if (typeof whole !== "object" || whole === null || Array.isArray(whole)) return false;
  return Object.entries(part).every(
    ([key, value]) => value === undefined || holds((whole as JsonObject)[key], value),
  );
}

describe("server-side apply, whatever is applied", () => {
  const check = (property: (first: JsonObject, second: JsonObject, third: JsonObject) => void): void => {
    fc.assert(fc.property(config, config, config, property), { numRuns: 300 });
  };

  test("sets all applied fields when forced, and changes nothing when repeated", () => {
    check((first, second) => {
      const before = stored(apply(undefined, "one", first));
      const after = stored(apply(before, "two", second));
      assert.ok(holds(content(after), second), JSON.stringify([after, second]));
      assert.deepEqual(stored(apply(after, "two", second)), after);
    });
  });

  test("leaves exactly the last configuration where there is one manager", () => {
    check((first, second) => {
      const after = stored(apply(stored(apply(undefined, "one", first)), "one", second));
      assert.deepEqual(content(after), content(stored(apply(undefined, "one", second))));
    });
  });

  test("takes no field from a manager that applied the same value", () => {
    check((first, second, third) => {
      let live = stored(apply(undefined, "one", first));
      live = stored(apply(live, "two", first));
      live = stored(apply(live, "two", { ...second, ...first }));
      live = stored(apply(live, "two", {}));
      assert.ok(holds(content(live), first), JSON.stringify([live, first, third]));
    });
  });

  test("leaves nothing when every manager has withdrawn its fields", () => {
    check((first, second) => {
      let live = stored(apply(undefined, "one", first));
      live = stored(apply(live, "two", second));
      live = stored(apply(live, "one", {}));
      live = stored(apply(live, "two", {}));
      assert.deepEqual([content(live), managedFieldsOf(live)], [{}, undefined]);
    });
  });

  test("encodes field sets that decode to the same", () => {
    check((first) => {
      for (const { fields: own } of apply(undefined, "one", first).owners) {
        assert.deepEqual(encodeFields(decodeFields(encodeFields(own))), encodeFields(own));
      }
    });
  });
});
