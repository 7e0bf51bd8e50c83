/** 1,100 Ingresses of one host, from their text to the answer: the host is published as far as it may be, and others are too. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { declareIn } from "../support/declared.ts";
import { ask, openFront } from "../support/worker-context.ts";

const FLEET = "cluster west us-west/a";

function ingress(i: number): string {
  const entries = [18, 19].map((block) => ({ ip: `198.${block}.${i >> 8}.${i & 255}` }));
  return JSON.stringify({
    apiVersion: "networking.k8s.io/v1",
    kind: "Ingress",
    metadata: { name: `web${i}`, namespace: "shop" },
    spec: { rules: [{ host: "shop.example.com" }] },
    status: { loadBalancer: { ingress: entries } },
  });
}

test("a host of more objects and addresses than count is answered, and so is the next one", () => {
  const front = openFront(FLEET, 8 << 20);
  const declared = declareIn(front, FLEET);
  const texts = Array.from({ length: 1100 }, (_, i) => ingress(i));
  declared.apply("west", texts.join("\n---\n"), false);
  const shop = { name: "shop.example.com", type: 1, class: 1 };
  const answer = ask(front, shop);
  assert.deepEqual([answer.rcode, answer.answer.length], [0, 8]);
  assert.equal(front.federation.member("west")?.backends.get("shop.example.com")?.ipv4.length, 1000);
  assert.match(
    declared.problems.join("\n"),
    /shop.example.com Ingress shop\/web\d+ in west: too many: a name has at most 1000 addresses/,
  );
  declared.apply("west", ingress(1).replaceAll("shop", "blog"), false);
  assert.equal(ask(front, { ...shop, name: "blog.example.com" }).answer.length, 2);
});
