/** What `fedns init` adds to installed definitions, and how it knows what KubeFed left. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { extendDefinition } from "../../../src/cli/membership/extend-definition.ts";
import { isFreshLock, isKubeFedWebhook } from "../../../src/cli/membership/kubefed-remains.ts";

const TEXT = { type: "string" };

type Version = Record<string, any>;
type Spec = { names: object; versions: Version[] };

const spec = (properties: object, parts: object = {}, names: object = {}): Spec => ({
  names: { plural: "things", ...names },
  versions: [
    { name: "v1", served: true, storage: true, schema: { openAPIV3Schema: { properties } }, ...parts },
  ],
});

describe("an installed definition", () => {
  it("is left alone when it has everything, and whatever more", () => {
    const installed = spec(
      { a: { type: "integer" }, b: TEXT },
      { additionalPrinterColumns: [{ name: "Age" }] },
    );
    const wanted = spec({ a: TEXT }, { additionalPrinterColumns: [{ name: "age" }] });
    assert.deepEqual(extendDefinition(installed, wanted), { spec: installed, added: [] });
  });

  it("gets fields, columns, names, versions and the subresource that it lacks, at any depth", () => {
    const installed = spec({ spec: { properties: { a: TEXT, list: { items: { properties: {} } } } } });
    const wanted = spec(
      { spec: { properties: { b: TEXT, list: { items: { properties: { c: TEXT } } } } } },
      { additionalPrinterColumns: [{ name: "ready" }], subresources: { status: {} } },
      { shortNames: ["t"], categories: ["all"] },
    );
    wanted.versions.push({ ...wanted.versions[0], name: "v2", storage: true });
    const { spec: extended, added } = extendDefinition(installed, wanted);
    assert.deepEqual(added.toSorted(), [
      "category all",
      "field v1.spec.b",
      "field v1.spec.list[].c",
      "short name t",
      "v1: column ready",
      "v1: subresource status",
      "version v2",
    ]);
    const [v1, v2] = extended["versions"] as Version[];
    assert.deepEqual(v1?.["schema"].openAPIV3Schema.properties.spec.properties, {
      a: TEXT,
      list: { items: { properties: { c: TEXT } } },
      b: TEXT,
    });
    assert.equal(v2?.["storage"], false);
    assert.deepEqual(extendDefinition(extended, wanted).added, []);
  });

  it("gets no list of fields where it keeps all fields: a list would drop the others", () => {
    const installed = spec({ spec: { "x-kubernetes-preserve-unknown-fields": true } });
    assert.deepEqual(extendDefinition(installed, spec({ spec: { properties: { b: TEXT } } })).added, []);
  });
});

describe("the lock of KubeFed", () => {
  const renewTime = "2026-01-01T00:00:00Z";
  const renewedMs = Date.parse(renewTime);
  const record = { holder: "a_1", durationSeconds: 20, renewTime, acquireTime: "", transitions: 0 };

  it("is fresh for its duration, and for 15 s at least", () => {
    assert.ok(isFreshLock(record, renewedMs + 19_999) && !isFreshLock(record, renewedMs + 20_000));
    assert.ok(isFreshLock({ ...record, durationSeconds: 0 }, renewedMs + 14_999));
  });

  it("is not fresh without a holder or a time", () => {
    assert.ok(!isFreshLock({ ...record, holder: "" }, renewedMs));
    assert.ok(!isFreshLock({ ...record, renewTime: "x" }, renewedMs));
  });
});

describe("webhooks of KubeFed", () => {
  const of = (...names: readonly string[]): object => ({ webhooks: names.map((name) => ({ name })) });

  it("are those whose names are all in its group", () => {
    assert.ok(isKubeFedWebhook(of("kubefedclusters.core.kubefed.io", "kubefedconfigs.core.kubefed.io")));
    const others = [of(), of("x.example.com"), of("a.core.kubefed.io", "x.example.com"), {}];
    assert.ok(!others.some(isKubeFedWebhook));
  });
});
