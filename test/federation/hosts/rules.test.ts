/** The rules in `hosts`, and records other than addresses. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { HostRule } from "../../../src/federation/hosts/rules.ts";
import { RecordType } from "../../../src/dns/message/code.ts";
import { nameOf } from "../../../src/dns/message/name.ts";
import { declaration, declare, open, put, type Rig } from "./claim-rig.ts";
import { answerText, problemText } from "./claim-text.ts";

const HOST = "shop.example.com";

describe("the rules in hosts", () => {
  const rules: readonly HostRule[] = [
    { suffix: "example.com", clusters: [], namespaces: ["infra"] },
    { suffix: "apps.example.com", clusters: ["us-west"], namespaces: [] },
    { suffix: "apps.example.com", clusters: [], namespaces: ["shop"] },
  ];
  const may = (host: string, cluster: string, namespace: string): boolean => {
    const rig = open(rules);
    declare(rig, cluster, `Ingress ${namespace}/web 2026-01-01 ${host} 192.0.2.1`);
    return rig.index.answerOf(host) !== null;
  };

  it("decide by the longest suffix; several of one suffix add up", () => {
    assert.equal(may("x.apps.example.com", "us-west", "blog"), true);
    assert.equal(may("x.apps.example.com", "eu-central", "blog"), false);
    assert.equal(may("apps.example.com", "eu-central", "shop"), true);
    assert.equal(may("x.apps.example.com", "eu-central", "infra"), false);
    assert.equal(may("x.example.com", "eu-central", "infra"), true);
    assert.equal(may("x.example.com", "us-west", "shop"), false);
  });

  it("refuse names that no rule covers", () => {
    const rig = open(rules);
    declare(rig, "us-west", "Ingress shop/web 2026-01-01 a.example.org 192.0.2.1");
    assert.deepEqual(problemText(rig.index, "a.example.org"), [
      "not allowed, us-west, Ingress shop/web: no rule in hosts covers this name",
    ]);
  });

  it("apply before precedence: an older claim that is not allowed does not count", () => {
    const rig = open(rules);
    declare(rig, "eu-central", "Ingress blog/web 2020-01-01 x.apps.example.com 198.51.100.1");
    declare(rig, "us-west", "Ingress blog/web 2026-01-01 x.apps.example.com 192.0.2.1");
    assert.equal(
      answerText(rig.index.answerOf("x.apps.example.com")),
      "of blog/web: us-west 192.0.2.1 (blog/web)",
    );
    assert.match(problemText(rig.index, "x.apps.example.com").join(), /^not allowed, eu-central/);
  });
});

describe("records other than addresses", () => {
  const alias = (target: string) => [
    { type: RecordType.CNAME, ttlSeconds: 60, rdatas: [Uint8Array.from(nameOf(target))] },
  ];
  const record = (cluster: string, rig: Rig, target: string): void => {
    const made = declaration("DNSEndpoint shop/names 2026-01-01 shop.example.com -");
    const claims = made.claims.map((claim) => ({
      ...claim,
      target: null,
      services: null,
      rrsets: alias(target),
    }));
    put(rig, cluster, { ...made, claims });
  };

  it("are joined over the clusters; of two aliases the first is answered, and the other is reported", () => {
    const rig = open();
    record("us-west", rig, "a.example.net");
    record("eu-central", rig, "a.example.net");
    assert.equal(answerText(rig.index.answerOf(HOST)), "of shop/names: 60 CNAME a.example.net.");
    record("us-west", rig, "b.example.net");
    assert.equal(answerText(rig.index.answerOf(HOST)), "of shop/names: 60 CNAME a.example.net.");
    assert.deepEqual(problemText(rig.index, HOST), [
      "alias, us-west, DNSEndpoint shop/names: DNSEndpoint shop/names in eu-central makes this name an alias of another name",
    ]);
  });

  it("are left out when they are an alias and the host has addresses", () => {
    const rig = open();
    record("us-west", rig, "a.example.net");
    declare(rig, "eu-central", `Ingress shop/names 2026-01-02 ${HOST} 198.51.100.1`);
    assert.equal(answerText(rig.index.answerOf(HOST)), "of shop/names: eu-central 198.51.100.1 (shop/names)");
    assert.match(problemText(rig.index, HOST).join(), /^alias, us-west, DNSEndpoint shop\/names: an alias/);
  });
});
