/** ClaimIndex: a change touches only the hosts of its object, and the order of changes does not matter. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as fc from "fast-check";
import { CLAIMS_PER_CLUSTER_MAX } from "../../../src/federation/hosts/claim-index.ts";
import type { HostDeclaration } from "../../../src/federation/hosts/declaration.ts";
import { declaration, declare, open, put } from "./claim-rig.ts";
import { answerText, problemText } from "./claim-text.ts";

const HOST = "shop.example.com";

describe("ClaimIndex", () => {
  it("a change of one object touches the hosts it had and has, and no others", () => {
    const rig = open();
    for (let i = 0; i < 2000; i++)
      declare(rig, "us-west", `Ingress shop/web${i} 2026-01-01 h${i}.example.com 192.0.2.1`);
    rig.told.length = 0;
    declare(rig, "us-west", "Ingress shop/web7 2026-01-01 h8.example.com,new.example.com 192.0.2.2");
    assert.deepEqual(rig.told.toSorted(), ["h7.example.com", "h8.example.com", "new.example.com"]);
    assert.equal(rig.index.answerOf("h7.example.com"), null);
    assert.equal(rig.index.size, 2000);
  });

  it("a member that leaves takes its own claims with it, and no others", () => {
    const rig = open();
    declare(rig, "us-west", `Ingress shop/web 2026-01-01 ${HOST},own.example.com 192.0.2.1`);
    declare(rig, "eu-central", `Ingress shop/web 2026-01-01 ${HOST} 198.51.100.1`);
    rig.index.leave("us-west");
    assert.equal(answerText(rig.index.answerOf(HOST)), "of shop/web: eu-central 198.51.100.1 (shop/web)");
    assert.deepEqual([...rig.index.hosts], [HOST]);
  });

  it("the order of changes does not affect answers and problems", () => {
    const cluster = fc.constantFrom("a", "b");
    const line = fc
      .tuple(
        fc.constantFrom("Ingress", "Service", "HTTPRoute"),
        fc.constantFrom("shop/web", "shop/api", "blog/web"),
        fc.constantFrom("2026-01-01", "2026-01-02"),
        fc.constantFrom("x.example.com", "y.example.com", "x.example.com,y.example.com", "z.example.net"),
      )
      .map(([kind, key, date, hosts]) => `${kind} ${key} ${date} ${hosts} 192.0.2.1`);
    const event = fc.tuple(cluster, line, fc.boolean());
    fc.assert(
      fc.property(fc.array(event, { maxLength: 20 }), (events) => {
        const lived = open();
        const last = new Map<string, { cluster: string; made: HostDeclaration }>();
        for (const [where, text, isGone] of events) {
          const made = declaration(text);
          const key = `${made.kind} ${made.namespace}/${made.name}`;
          lived.index.set(where, key, isGone ? null : made);
          if (isGone) last.delete(`${where} ${key}`);
          else last.set(`${where} ${key}`, { cluster: where, made });
        }
        const fresh = open();
        for (const { cluster: where, made } of [...last.values()].toReversed()) put(fresh, where, made);
        for (const host of ["x.example.com", "y.example.com", "z.example.net"]) {
          assert.equal(answerText(lived.index.answerOf(host)), answerText(fresh.index.answerOf(host)));
          assert.deepEqual(problemText(lived.index, host), problemText(fresh.index, host));
        }
      }),
    );
  });

  it("a cluster cannot claim more than CLAIMS_PER_CLUSTER_MAX names", () => {
    const rig = open();
    const made = declaration("Ingress shop/web 2026-01-01 x.example.com 192.0.2.1");
    const claims = (from: number) =>
      Array.from({ length: 10_000 }, (_, i) => ({ ...made.claims[0]!, host: `h${from + i}.example.com` }));
    for (let i = 0; i < 7; i++) put(rig, "us-west", { ...made, name: `web${i}`, claims: claims(i * 10_000) });
    assert.equal(rig.index.size, CLAIMS_PER_CLUSTER_MAX);
    assert.deepEqual([...rig.index.overflowing], ["us-west"]);
    rig.index.leave("us-west");
    assert.deepEqual([rig.index.size, rig.index.overflowing.size], [0, 0]);
  });
});
