/** Ownership of hosts: reserved names, precedence, and hosts of several clusters. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { nameOf } from "../../../src/dns/message/name.ts";
import type { RRset } from "../../../src/dns/message/record.ts";
import { declaration, declare, open, OURS, put } from "./claim-rig.ts";
import { answerText, problemText } from "./claim-text.ts";

const HOST = "shop.example.com";

describe("a host name", () => {
  it("is answered from all clusters in which the same owner claims it", () => {
    const rig = open();
    declare(rig, "us-west", `Ingress shop/web 2026-01-02 ${HOST} 192.0.2.1`);
    declare(rig, "eu-central", `Ingress shop/web 2026-01-01 ${HOST} 198.51.100.1`);
    declare(rig, "ap-northeast", `Service shop/web 2026-01-03 ${HOST} 203.0.113.1`);
    assert.equal(
      answerText(rig.index.answerOf(HOST)),
      "of shop/web: eu-central 198.51.100.1 (shop/web); us-west 192.0.2.1 (shop/web); ap-northeast 203.0.113.1 (shop/web)",
    );
    assert.equal(rig.index.problems.size, 0);
  });

  it("belongs to the oldest object; the conflict is reported for both, and the younger one takes over when the older goes", () => {
    const rig = open();
    declare(rig, "us-west", `Ingress blog/web 2026-01-02 ${HOST} 192.0.2.1`);
    declare(rig, "eu-central", `Ingress shop/web 2026-01-01 ${HOST} 198.51.100.1`);
    assert.equal(answerText(rig.index.answerOf(HOST)), "of shop/web: eu-central 198.51.100.1 (shop/web)");
    assert.deepEqual(problemText(rig.index, HOST), [
      "other owner, eu-central, Ingress shop/web: Ingress blog/web in us-west claims this name too, and is not answered",
      "other owner, us-west, Ingress blog/web: Ingress shop/web in eu-central has this name: it is older, or comes first among equals",
    ]);
    rig.index.set("eu-central", "Ingress shop/web", null);
    assert.equal(answerText(rig.index.answerOf(HOST)), "of blog/web: us-west 192.0.2.1 (blog/web)");
    assert.equal(rig.index.problems.size, 0);
  });

  it("belongs to the first by name among objects of the same age, in whatever order they come", () => {
    const lines = [
      `Ingress b/web 2026-01-01 ${HOST} 192.0.2.1`,
      `Ingress a/web 2026-01-01 ${HOST} 192.0.2.2`,
      `Service a/alone 2026-01-01 ${HOST} 192.0.2.3`,
    ];
    for (const order of [lines, lines.toReversed()]) {
      const rig = open();
      for (const line of order) declare(rig, "us-west", line);
      assert.equal(answerText(rig.index.answerOf(HOST)), "of a/alone: us-west 192.0.2.3 (a/alone)");
    }
  });

  it("is shared by the Ingresses and routes of a namespace, and by routes through one gateway", () => {
    const rig = open();
    declare(rig, "us-west", `Ingress shop/web 2026-01-01 ${HOST} 192.0.2.1`);
    declare(rig, "us-west", `Ingress shop/canary 2026-01-02 ${HOST} 192.0.2.1`);
    declare(rig, "us-west", `Service shop/other 2026-01-02 ${HOST} 192.0.2.9`);
    assert.equal(
      answerText(rig.index.answerOf(HOST)),
      "of shop/web: us-west 192.0.2.1 (shop/web shop/canary)",
    );
    assert.equal(problemText(rig.index, HOST).length, 2);
    const routes = open();
    declare(routes, "us-west", `HTTPRoute shop/web 2026-01-01 ${HOST} 192.0.2.1 through infra/public`);
    declare(routes, "us-west", `HTTPRoute blog/web 2026-01-02 ${HOST} 192.0.2.1 through infra/public`);
    declare(routes, "us-west", `HTTPRoute wiki/web 2026-01-03 ${HOST} 192.0.2.2 through infra/private`);
    assert.equal(
      answerText(routes.index.answerOf(HOST)),
      "of shop/web: us-west 192.0.2.1 (shop/web blog/web)",
    );
    assert.deepEqual(
      problemText(routes.index, HOST).map((line) => line.slice(0, line.indexOf(":"))),
      ["other owner, us-west, HTTPRoute shop/web", "other owner, us-west, HTTPRoute wiki/web"],
    );
  });

  it("is as ready as the Services in its claims; without any, or with an unknown backend, it is taken as ready", () => {
    const behind = (...services: readonly (readonly string[] | null)[]): unknown => {
      const rig = open();
      services.forEach((of, i) => {
        const one = declaration(`HTTPRoute shop/r${i} 2026-01-01 ${HOST} 192.0.2.1`);
        put(rig, "us-west", {
          ...one,
          claims: one.claims.map((claim) => ({ ...claim, services: of })),
        });
      });
      return rig.index.answerOf(HOST)?.perCluster.get("us-west")?.services;
    };
    assert.deepEqual(behind([], ["shop/web"]), ["shop/web"]);
    assert.equal(behind([]), null);
    assert.equal(behind(["shop/web"], null), null);
  });

  it("is delegated (NS) only by claims whose rule allows delegations", () => {
    const NS: RRset = { type: 2, ttlSeconds: 60, rdatas: [nameOf("ns.example.net")] };
    const TXT: RRset = { type: 16, ttlSeconds: 60, rdatas: [Uint8Array.of(1, 65)] };
    const rules = [
      { suffix: "example.com", clusters: [], namespaces: [], delegations: false },
      { suffix: "child.example.com", clusters: [], namespaces: ["infra"], delegations: true },
      { suffix: "child.example.com", clusters: [], namespaces: ["shop"], delegations: false },
    ];
    const have = (namespace: string, host: string, ...rrsets: readonly RRset[]): unknown => {
      const rig = open(rules);
      const one = declaration(`DNSEndpoint ${namespace}/web 2026-01-01 ${host} 192.0.2.1`);
      const claims = one.claims.map((claim) => ({ ...claim, target: null, rrsets }));
      put(rig, "us-west", { ...one, claims });
      const types = rig.index.answerOf(host)?.rrsets.map(({ type }) => type);
      return [types, problemText(rig.index, host).length];
    };
    assert.deepEqual(have("infra", "child.example.com", NS), [[2], 0]);
    assert.deepEqual(have("infra", "x.child.example.com", NS), [[2], 0]);
    assert.deepEqual(have("shop", "child.example.com", NS), [undefined, 1]);
    assert.deepEqual(have("shop", "child.example.com", NS, TXT), [[16], 1]);
    assert.deepEqual(have("infra", "us-west.example.com", NS), [undefined, 1]);
  });

  it("is reported and not answered when it is reserved or outside our zones", () => {
    const rig = open();
    const claim = (host: string): string => {
      declare(rig, "us-west", `Ingress shop/web 2026-01-01 ${host} 192.0.2.1`);
      assert.equal(rig.index.answerOf(host), null, host);
      return problemText(rig.index, host).join();
    };
    const whose = "us-west, Ingress shop/web";
    assert.equal(claim("shop.example.net"), `outside, ${whose}: it is in none of the served zones`);
    assert.equal(claim("xexample.com"), `outside, ${whose}: it is in none of the served zones`);
    assert.equal(claim("ns1.example.com"), `reserved, ${whose}: it is the name of a nameserver`);
    assert.equal(claim("www.example.com"), `reserved, ${whose}: a zone file has records there`);
    for (const host of [
      "svc.example.com",
      "a.b.f.svc.example.com",
      "x.svc.us-west.example.com",
      "*.svc.example.com",
    ])
      assert.equal(
        claim(host),
        `reserved, ${whose}: names with svc in them belong to the federation's services`,
      );
    declare(rig, "us-west", "Ingress shop/web 2026-01-01 svc.example.org 192.0.2.1");
    assert.equal(
      answerText(rig.index.answerOf("svc.example.org")),
      "of shop/web: us-west 192.0.2.1 (shop/web)",
    );
  });

  it("may be a wildcard, for which rules and zones apply to the name it stands below", () => {
    const rig = open([{ suffix: "apps.example.com", clusters: [], namespaces: [] }]);
    declare(rig, "us-west", "Ingress shop/web 2026-01-01 *.apps.example.com,*.example.com 192.0.2.1");
    const answer = rig.index.answerOf("*.apps.example.com");
    assert.deepEqual(
      [answer?.isWildcard, answerText(answer)],
      [true, "of shop/web: us-west 192.0.2.1 (shop/web)"],
    );
    assert.equal(rig.index.answerOf("*.example.com"), null);
  });

  it("is decided again when zones change", () => {
    const rig = open();
    declare(rig, "us-west", `Ingress shop/web 2026-01-01 ${HOST},other.example.com 192.0.2.1`);
    rig.told.length = 0;
    rig.index.setAuthority({
      ...OURS,
      occupied: (host) => (host === HOST ? "a zone file has records there" : null),
    });
    assert.deepEqual(rig.told, [HOST]);
    assert.equal(rig.index.answerOf(HOST), null);
    rig.index.setAuthority(OURS);
    assert.notEqual(rig.index.answerOf(HOST), null);
    assert.equal(rig.index.problems.size, 0);
  });
});
