/** Annotations of many objects: each remembers its own last valid value, and what is wrong is known of all. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { AnnotationReader } from "../../src/steer/reader.ts";

describe("AnnotationReader", () => {
  it("remembers the last valid value of each object, over any number of bad ones, until it is gone", () => {
    const reader = new AnnotationReader();
    reader.read("service a", { "fedns.io/policy": "all" });
    for (const bad of ["x", "y"])
      assert.deepEqual(reader.read("service a", { "fedns.io/policy": bad }).settings, { policy: "all" });
    assert.deepEqual(reader.read("service b", { "fedns.io/policy": "x" }).settings, {});
    reader.forget("service a");
    assert.deepEqual(reader.read("service a", { "fedns.io/policy": "x" }).settings, {});
    reader.read("service a", {});
    assert.deepEqual(reader.read("service a", { "fedns.io/policy": "x" }).settings, {});
  });

  it("reads the same annotations once", () => {
    const reader = new AnnotationReader();
    const annotations = { "fedns.io/ttl": "5" };
    assert.equal(reader.read("a", annotations), reader.read("a", annotations));
    const empty = {};
    assert.equal(reader.read("b", empty), reader.read("c", empty));
  });

  it("lists what is wrong, by object, and forgets what was put right", () => {
    const reader = new AnnotationReader();
    reader.read("service b in x", { "fedns.io/ttl": "0" });
    reader.read("namespace a in x", { "fedns.io/ttl": "1" });
    assert.deepEqual(reader.problems, [
      {
        object: "namespace a in x",
        message: 'fedns.io/ttl "1" makes every resolver ask every 1 s; 5 or more is usual',
      },
      {
        object: "service b in x",
        message:
          'fedns.io/ttl "0" must be seconds from 1 to 2147483647, or like 30s, 5m, 1h (not in force: the last valid value, if any, stays)',
      },
    ]);
    reader.read("service b in x", { "fedns.io/ttl": "5" });
    reader.read("namespace a in x", {});
    assert.deepEqual(reader.problems, []);
  });
});
