import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  hasKubefedEntry,
  withoutField,
  withoutKubefed,
  withoutManager,
} from "../../../src/propagate/apply/managed-fields.ts";

const LABEL = { "f:metadata": { "f:labels": { "f:kubefed.io/managed": {} } } };
const KUBEFED = { manager: "controller-manager", operation: "Update", fieldsV1: { ...LABEL, "f:spec": {} } };
const OURS = {
  manager: "fedns",
  operation: "Apply",
  fieldsV1: { ...LABEL, "f:spec": { "f:replicas": {}, "f:paused": {} } },
};
const SCALE = {
  manager: "fedns",
  operation: "Apply",
  subresource: "scale",
  fieldsV1: { "f:spec": { "f:replicas": {} } },
};

describe("managed fields", () => {
  it("lose KubeFed's entry and keep all others", () => {
    assert.deepEqual(withoutKubefed([KUBEFED, OURS], "fedns"), [OURS]);
    assert.deepEqual(withoutKubefed([{ ...KUBEFED, manager: "before-first-apply" }, OURS], "fedns"), [OURS]);
  });
  it("keep the entry of another program of the same name", () => {
    const other = { ...KUBEFED, fieldsV1: { "f:spec": { "f:replicas": {} } } };
    assert.equal(hasKubefedEntry([other], "fedns"), false);
    assert.deepEqual(withoutKubefed([other], "fedns"), [other]);
  });
  it("lose what we own in the entry of old writers, when KubeFed is among them", () => {
    const spec = {
      "f:replicas": {},
      "f:ports": { 'k:{"port":80}': { ".": {}, "f:port": {}, "f:name": {} } },
    };
    const old = { ...KUBEFED, manager: "ancient-changes", fieldsV1: { ...LABEL, "f:spec": spec } };
    const ours = {
      ...OURS,
      fieldsV1: { ...LABEL, "f:spec": { "f:ports": { 'k:{"port":80}': { ".": {}, "f:port": {} } } } },
    };
    assert.equal(hasKubefedEntry([old], "fedns"), true);
    const left = withoutKubefed([old, ours], "fedns");
    const rest = { "f:spec": { "f:replicas": {}, "f:ports": { 'k:{"port":80}': { "f:name": {} } } } };
    assert.deepEqual(left, [{ ...old, fieldsV1: rest }, ours]);
    assert.equal(hasKubefedEntry(left, "fedns"), false);
    assert.deepEqual(withoutKubefed([{ ...old, fieldsV1: ours.fieldsV1 }, ours], "fedns"), [ours]);
  });
  it("lose what we own in an entry of KubeFed's program that has not set the label", () => {
    const again = { ...KUBEFED, fieldsV1: { "f:spec": { "f:paused": {}, "f:minReadySeconds": {} } } };
    const left = { ...again, fieldsV1: { "f:spec": { "f:minReadySeconds": {} } } };
    assert.deepEqual(withoutKubefed([again, OURS], "fedns"), [left, OURS]);
    const status = { ...again, subresource: "status" };
    assert.deepEqual(withoutKubefed([status, OURS], "fedns"), [status, OURS]);
  });
  it("keep the entry of old writers without KubeFed", () => {
    const old = { ...KUBEFED, manager: "ancient-changes", fieldsV1: { "f:spec": { "f:paused": {} } } };
    assert.equal(hasKubefedEntry([old], "fedns"), false);
    assert.deepEqual(withoutKubefed([old, OURS], "fedns"), [old, OURS]);
  });
  it("lose what we own in the entry of a time without records, when an object was adopted", () => {
    const fieldsV1 = { "f:data": { ".": {}, "f:a": {}, "f:mine": {} } };
    const unrecorded = { manager: "before-first-apply", operation: "Update", fieldsV1 };
    const ours = { ...OURS, fieldsV1: { ...LABEL, "f:data": { "f:a": {} } } };
    assert.equal(hasKubefedEntry([unrecorded], "fedns"), false, "nobody has applied anything yet");
    assert.equal(hasKubefedEntry([unrecorded, ours], "fedns"), true);
    const left = withoutKubefed([unrecorded, ours], "fedns");
    assert.deepEqual(left, [{ ...unrecorded, fieldsV1: { "f:data": { ".": {}, "f:mine": {} } } }, ours]);
    assert.equal(hasKubefedEntry(left, "fedns"), false);
  });
  it("keep what KubeFed's program wrote to the status", () => {
    assert.equal(hasKubefedEntry([{ ...KUBEFED, subresource: "status" }], "fedns"), false);
  });
  it("lose all that a manager applies, but not what it set by a subresource", () => {
    assert.deepEqual(withoutManager([KUBEFED, OURS, SCALE], "fedns"), [KUBEFED, SCALE]);
  });
  it("lose one field of ours", () => {
    const fieldsV1 = { ...LABEL, "f:spec": { "f:paused": {} } };
    assert.deepEqual(withoutField([KUBEFED, OURS], "fedns", ["spec", "replicas"]), [
      KUBEFED,
      { ...OURS, fieldsV1 },
    ]);
  });
  it("lose parents that would be empty", () => {
    const own = { ...OURS, fieldsV1: { ...LABEL, "f:spec": { "f:replicas": {} } } };
    assert.deepEqual(withoutField([own], "fedns", ["spec", "replicas"]), [{ ...own, fieldsV1: LABEL }]);
  });
  it("stay as they are when we do not own the field", () => {
    assert.equal(withoutField([OURS], "fedns", ["spec", "selector"]), null);
    assert.equal(withoutField([KUBEFED], "fedns", ["spec", "replicas"]), null);
    assert.equal(withoutField(undefined, "fedns", ["spec", "replicas"]), null);
  });
});
