/** What controllers said of Gateways and routes: what stands, what an earlier run may know, and what is forgotten. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Parent, RouteFacts } from "../../../src/federation/gateways/attach.ts";
import { GatewayVerdicts } from "../../../src/federation/gateways/gateway-verdicts.ts";

test("what was programmed stays so until it is gone", () => {
  const verdicts = new GatewayVerdicts();
  verdicts.listed();
  assert.equal(verdicts.of("infra/eg"), "never");
  verdicts.note("infra/eg", true);
  verdicts.note("infra/eg", false);
  assert.equal(verdicts.of("infra/eg"), "programmed");
  verdicts.forget("infra/eg");
  verdicts.note("infra/eg", false);
  assert.equal(verdicts.of("infra/eg"), "never");
});

test("what is not programmed in the first list may have been, for an earlier run", () => {
  const verdicts = new GatewayVerdicts();
  verdicts.note("infra/old", false);
  verdicts.listed();
  verdicts.note("infra/new", false);
  verdicts.note("infra/old", false);
  assert.deepEqual([verdicts.of("infra/old"), verdicts.of("infra/new")], ["perhaps", "never"]);
  verdicts.note("infra/old", true);
  assert.equal(verdicts.of("infra/old"), "programmed");
});

function route(...parents: readonly Parent[]): RouteFacts {
  return {
    kind: "HTTPRoute",
    namespace: "shop",
    name: "web",
    createdSeconds: 0,
    hostnames: ["a.example.com"],
    isOpen: false,
    parents,
    services: [],
    ttlSeconds: null,
  };
}

test("a parent of which nothing certain is said counts if it was accepted before", () => {
  const verdicts = new GatewayVerdicts();
  const at = (section: string, isAccepted: boolean): Parent => ({
    holder: "infra/eg",
    section,
    port: 0,
    isAccepted,
  });
  const counting = (...parents: readonly Parent[]): string[] =>
    verdicts.routeOf("HTTPRoute shop/web", route(...parents)).parents.map(({ section }) => section);
  assert.deepEqual(counting(at("http", false)), []);
  assert.deepEqual(counting(at("http", true), at("foo", false)), ["http"]);
  assert.deepEqual(counting(at("http", false)), ["http"]);
  assert.deepEqual(counting(at("http", false)), ["http"], "still");
  assert.deepEqual(counting(), []);
  assert.deepEqual(counting(at("http", false)), []);
});
