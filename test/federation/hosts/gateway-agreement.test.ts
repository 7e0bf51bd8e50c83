/** Routes through one Gateway own a host together: in one namespace everywhere, otherwise in one cluster. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { declare, open } from "./claim-rig.ts";
import { answerText } from "./claim-text.ts";

const HOST = "shop.example.com";

/** The answer, after objects as "cluster line". */
function answer(...objects: readonly string[]): string {
  const rig = open();
  for (const object of objects) {
    const cut = object.indexOf(" ");
    declare(rig, object.slice(0, cut), object.slice(cut + 1));
  }
  return answerText(rig.index.answerOf(HOST));
}

const SHOP = `west HTTPRoute shop/web 2026-01-01 ${HOST} 192.0.2.1 through infra/public`;

test("a Gateway of the same name in another cluster lets nobody in", () => {
  const evil = `east HTTPRoute evil/web 2026-01-02 ${HOST} 203.0.113.66 through infra/public`;
  assert.equal(answer(SHOP, evil), "of shop/web: west 192.0.2.1 (shop/web)");
});

test("nor does it where the owner leads through another Gateway", () => {
  const shop = `east HTTPRoute shop/web 2026-01-02 ${HOST} 192.0.2.2 through infra/private`;
  const evil = `east HTTPRoute evil/web 2026-01-03 ${HOST} 203.0.113.66 through infra/public`;
  assert.equal(answer(SHOP, shop, evil), "of shop/web: west 192.0.2.1 (shop/web); east 192.0.2.2 (shop/web)");
});

test("a Gateway of one's own beside that of the owner adds no address", () => {
  const evil = `west HTTPRoute evil/web 2026-01-02 ${HOST} 192.0.2.1,203.0.113.66 through infra/public,evil/gw`;
  assert.equal(answer(SHOP, evil), "of shop/web: west 192.0.2.1 (shop/web)");
});

test("who is let in by a Gateway lets nobody else in", () => {
  const blog = `west HTTPRoute blog/web 2026-01-02 ${HOST} 192.0.2.1 through infra/public`;
  const far = `east Ingress blog/web 2026-01-03 ${HOST} 203.0.113.66`;
  assert.equal(answer(SHOP, blog, far), "of shop/web: west 192.0.2.1 (shop/web blog/web)");
});

test("in each cluster where the owner leads through the Gateway, others may with it; and in its namespace everywhere", () => {
  assert.equal(
    answer(
      SHOP,
      `east HTTPRoute shop/web 2026-01-02 ${HOST} 192.0.2.2 through infra/public`,
      `east HTTPRoute blog/web 2026-01-03 ${HOST} 192.0.2.2 through infra/public`,
      `south Gateway shop/gw 2026-01-04 ${HOST} 192.0.2.3 through infra/public`,
    ),
    "of shop/web: west 192.0.2.1 (shop/web); east 192.0.2.2 (shop/web blog/web); south 192.0.2.3 (shop/gw)",
  );
});
