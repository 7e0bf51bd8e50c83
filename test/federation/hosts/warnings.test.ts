/** What is told of what objects declare and is not served: to operators by name, and to the owners of objects. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { declaration, declare, open, put } from "./claim-rig.ts";

test("owners hear of what they can cure, and of no name outside our zones", () => {
  const rig = open();
  const faulty = declaration("Service shop/inside 2026-01-01 b.example.com 192.0.2.1");
  const faults = [
    { host: "a.example.com", sentence: "has no address" },
    { host: "", sentence: "is not looked at yet", isPassing: true },
  ];
  put(rig, "us-west", { ...faulty, uid: "u-1", faults });
  declare(rig, "us-west", "Ingress shop/web 2026-01-01 ns1.example.com,shop.example.net 192.0.2.1");
  const told = [...rig.index.warnings()].map(
    ({ kind, key, uid, message }) => `${kind} ${key} ${uid}: ${message}`,
  );
  assert.deepEqual(told.sort(), [
    "Ingress shop/web undefined: ns1.example.com: it is the name of a nameserver",
    "Service shop/inside u-1: a.example.com: has no address",
  ]);
  put(rig, "us-west", faulty);
  assert.equal([...rig.index.warnings()].length, 1);
});

test("a rival hears that a name is taken; its owner does not, and is told in the status", () => {
  const rig = open();
  declare(rig, "us-west", "Ingress shop/web 2026-01-01 a.example.com 192.0.2.1");
  declare(rig, "us-west", "Ingress evil/web 2026-02-01 a.example.com 192.0.2.66");
  assert.deepEqual(
    [...rig.index.warnings()].map(({ key }) => key),
    ["evil/web"],
  );
  assert.equal(rig.index.problemsOf("a.example.com").length, 2);
});

test("about a name are its own problems, those of the objects that claim it, and of their Gateways", () => {
  const rig = open();
  const route = declaration("HTTPRoute shop/web 2026-01-01 a.example.com 192.0.2.1 through infra/eg");
  put(rig, "us-west", { ...route, faults: [{ host: "", sentence: "its backend is gone" }] });
  const gateway = declaration("Gateway infra/eg 2026-01-01 c.example.com 192.0.2.1");
  put(rig, "us-west", { ...gateway, faults: [{ host: "", sentence: "is not programmed" }] });
  put(rig, "eu-central", { ...gateway, faults: [{ host: "", sentence: "is another one" }] });
  const about = (host: string): string[] =>
    rig.index.problemsOf(host).map(({ cluster, object, sentence }) => `${cluster} ${object}: ${sentence}`);
  assert.deepEqual(about("a.example.com").sort(), [
    "us-west Gateway infra/eg: is not programmed",
    "us-west HTTPRoute shop/web: its backend is gone",
  ]);
  assert.deepEqual(about("b.example.com"), []);
});
