import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { ServiceDnsRecord } from "../../../src/federation/dns-records/dns-record.ts";
import { effectsOf, ServiceRecords } from "../../../src/federation/dns-records/service-records.ts";

const RECORD: ServiceDnsRecord = {
  namespace: "demo",
  name: "hello",
  uid: "u",
  createdSeconds: 0,
  ttlSeconds: 180,
  domainRef: "galactic",
  dnsPrefix: null,
  externalName: "hi",
  allowsServiceWithoutEndpoints: true,
};
const DOMAINS = new Map([["galactic", { name: "galactic", suffix: "example.com" }]]);
const SERVED = [{ name: "galactic", domain: "example.com" }];
const EFFECT = { ttlSeconds: 180, isReadyAnyway: true, otherName: "demo/hi" };

describe("the record of a Service", () => {
  it("has an effect where its Domain is a federation that is served", () => {
    const { effects, problems } = effectsOf([RECORD], DOMAINS, SERVED);
    assert.deepEqual([...effects], [["demo/hello", EFFECT]]);
    assert.deepEqual(problems, []);
  });
  it("gives no other name when it is the same", () => {
    const { effects } = effectsOf([{ ...RECORD, externalName: "hello" }], DOMAINS, SERVED);
    assert.equal(effects.get("demo/hello")?.otherName, null);
  });
  for (const [claim, domains, served, cure] of [
    ["without its Domain", new Map(), SERVED, /there is no Domain galactic; create it/],
    [
      "whose Domain is not served",
      DOMAINS,
      [],
      /add \{name: galactic, domain: example\.com\} to federations/,
    ],
    [
      "whose Domain has another suffix than the federation",
      DOMAINS,
      [{ name: "galactic", domain: "example.net" }],
      /is not served/,
    ],
  ] as const)
    it(`${claim} has no effect, and the cure is told`, () => {
      const { effects, problems } = effectsOf([RECORD], domains, served);
      assert.equal(effects.size, 0);
      assert.match(problems[0]?.sentence ?? "", cure);
    });
});

describe("the records in force", () => {
  it("name the Services for which something has changed", () => {
    const records = new ServiceRecords();
    assert.deepEqual(records.replace(new Map([["demo/hello", EFFECT]])), ["demo/hello"]);
    assert.deepEqual(records.replace(new Map([["demo/hello", { ...EFFECT }]])), []);
    assert.deepEqual(
      records.replace(
        new Map([
          ["demo/hello", { ...EFFECT, ttlSeconds: 5 }],
          ["demo/new", EFFECT],
        ]),
      ),
      ["demo/hello", "demo/new"],
    );
    assert.equal(records.of("demo/hello")?.ttlSeconds, 5);
    assert.deepEqual(records.replace(new Map()), ["demo/hello", "demo/new"]);
    assert.equal(records.of("demo/hello"), undefined);
  });
});
