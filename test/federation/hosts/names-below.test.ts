/** Names below a host belong to its owner, whatever comes first; not those below suffixes of rules and tops of zones. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as fc from "fast-check";
import type { HostDeclaration } from "../../../src/federation/hosts/declaration.ts";
import { NameTree } from "../../../src/federation/hosts/name-tree.ts";
import type { HostRule } from "../../../src/federation/hosts/rules.ts";
import { ALL, declaration, declare, open, put, type Rig } from "./claim-rig.ts";
import { answerText, problemText } from "./claim-text.ts";

const SHOP = "Ingress shop/web 2026-01-02 shop.example.com 192.0.2.1";

function rule(suffix: string): HostRule {
  return { suffix, clusters: [], namespaces: [] };
}

/** "namespace/name" of the owner of each of the hosts, "-" = nobody; `lines` are objects of one cluster. */
function owners(hosts: string, lines: readonly string[], rules: readonly HostRule[] = ALL): string {
  const rig = open(rules);
  for (const line of lines) declare(rig, "west", line);
  return hosts
    .split(" ")
    .map((host) => rig.index.answerOf(host)?.owner ?? "-")
    .join(" ");
}

function evil(hosts: string, date: string = "2026-01-03", kind: string = "Ingress"): string {
  return `${kind} evil/web ${date} ${hosts} 203.0.113.66`;
}

describe("a tenant cannot take", () => {
  it("the ACME challenge of another's host, even if it was there first", () => {
    const host = "_acme-challenge.shop.example.com";
    assert.equal(owners(host, [SHOP, evil(host)]), "-");
    assert.equal(owners(host, [SHOP, evil(host, "2026-01-01")]), "-");
    assert.equal(owners(host, [SHOP, `DNSEndpoint evil/txt 2026-01-01 ${host} TXT=x`]), "-");
  });

  it("other names with an underscore: services, keys, policies of mail", () => {
    const hosts = "_443._tcp.shop.example.com _dmarc.shop.example.com a._domainkey.shop.example.com";
    assert.equal(owners(hosts, [SHOP, evil(hosts.replaceAll(" ", ","), "2026-01-01")]), "- - -");
  });

  it("the wildcard below another's host", () => {
    assert.equal(owners("*.shop.example.com", [SHOP, evil("*.shop.example.com")]), "-");
  });

  it("names below it, of any depth", () => {
    const hosts = "api.shop.example.com a.b.c.d.shop.example.com *.x.shop.example.com";
    assert.equal(owners(hosts, [SHOP, evil(hosts.replaceAll(" ", ","))]), "- - -");
  });

  it("names that another's wildcard answers, or the name that it stands below", () => {
    const wild = "Ingress shop/web 2026-01-02 *.shop.example.com 192.0.2.1";
    const hosts = "pay.shop.example.com *.pay.shop.example.com shop.example.com";
    assert.equal(owners(hosts, [wild, evil(hosts.replaceAll(" ", ","))]), "- - -");
    // With shop.example.com it could prove to an authority that it has the wildcard too.
    assert.equal(owners("_acme-challenge.shop.example.com", [wild, evil("shop.example.com")]), "-");
    assert.equal(
      owners("_acme-challenge.shop.example.com", [wild, evil("_acme-challenge.shop.example.com")]),
      "-",
    );
  });

  it("what others have below, by a claim on a name above", () => {
    const lines = ["Ingress shop/web 2026-01-02 a.shop.example.com,*.b.shop.example.com 192.0.2.1"];
    const hosts = "a.shop.example.com *.b.shop.example.com shop.example.com";
    const expected = "shop/web shop/web evil/web";
    assert.equal(owners(hosts, [...lines, evil("shop.example.com")]), expected);
    assert.equal(owners(hosts, [evil("shop.example.com"), ...lines]), expected);
    assert.equal(owners("a.shop.example.com", [...lines, evil("*.shop.example.com")]), "shop/web");
  });

  it("names below a host by a Gateway that the owner uses too", () => {
    const shop = `HTTPRoute shop/web 2026-01-01 shop.example.com 192.0.2.1 through infra/gw`;
    const other = `HTTPRoute evil/web 2026-01-02 api.shop.example.com 192.0.2.1 through infra/gw`;
    assert.equal(owners("api.shop.example.com", [shop, other]), "-");
  });
});

describe("names below a host", () => {
  it("are its owner's own, in any object of the namespace and any cluster", () => {
    const rig = open();
    declare(rig, "west", SHOP);
    declare(rig, "west", "DNSEndpoint shop/acme 2026-01-03 _acme-challenge.shop.example.com TXT=x");
    declare(rig, "east", "Service shop/api 2026-01-04 api.shop.example.com 192.0.2.2");
    assert.equal(
      answerText(rig.index.answerOf("_acme-challenge.shop.example.com")),
      'of shop/acme: 60 TXT "x"',
    );
    assert.equal(
      answerText(rig.index.answerOf("api.shop.example.com")),
      "of shop/api: east 192.0.2.2 (shop/api)",
    );
    assert.equal(rig.index.problems.size, 0);
  });

  it("are free below the suffix of a rule and the top of a zone, whoever has these", () => {
    const top = [rule("example.com")];
    const apex = "Ingress shop/web 2026-01-01 example.com,*.example.com 192.0.2.1";
    assert.equal(
      owners("a.example.com *.b.example.com", [apex, evil("a.example.com,*.b.example.com")], top),
      "evil/web evil/web",
    );
    const apps = [...top, rule("shop.example.com")];
    assert.equal(owners("a.shop.example.com", [SHOP, evil("a.shop.example.com")], apps), "evil/web");
    const deeper = [...top, rule("x.shop.example.com")];
    const hosts = "x.shop.example.com a.x.shop.example.com y.shop.example.com";
    assert.equal(owners(hosts, [SHOP, evil(hosts.replaceAll(" ", ","))], deeper), "evil/web evil/web -");
  });

  it("may be shared by one who leads to the owner's addresses, as while a host moves to another namespace", () => {
    const rig = open();
    declare(rig, "west", "Ingress old/web 2026-01-01 shop.example.com,api.shop.example.com 192.0.2.1");
    declare(rig, "west", "Ingress new/web 2026-01-02 shop.example.com,api.shop.example.com 192.0.2.1");
    assert.equal(
      answerText(rig.index.answerOf("api.shop.example.com")),
      "of old/web: west 192.0.2.1 (old/web new/web)",
    );
    rig.told.length = 0;
    rig.index.set("west", "Ingress old/web", null);
    assert.equal(
      answerText(rig.index.answerOf("api.shop.example.com")),
      "of new/web: west 192.0.2.1 (new/web)",
    );
  });

  it("are told to both, with the cure; and change hands when the host does", () => {
    const rig = open();
    declare(rig, "west", evil("api.shop.example.com"));
    const settled = (): string => {
      for (const host of rig.told.splice(0)) rig.index.answerOf(host);
      return `${rig.told.splice(0).join()} ${answerText(rig.index.answerOf("api.shop.example.com"))}`;
    };
    assert.match(settled(), /^ of evil\/web/);
    declare(rig, "west", SHOP);
    assert.equal(settled(), "api.shop.example.com not answered");
    assert.deepEqual(problemText(rig.index, "api.shop.example.com"), [
      "other owner, west, Ingress evil/web: shop.example.com belongs to namespace shop, and the names below it with it; a rule in hosts with the suffix shop.example.com lets others claim them",
    ]);
    rig.index.setRules([...ALL, rule("shop.example.com")]);
    assert.match(settled(), /of evil\/web/);
    rig.index.setRules(ALL);
    assert.match(settled(), /not answered/);
    rig.index.set("west", "Ingress shop/web", null);
    assert.match(settled(), /^api.shop.example.com of evil\/web/);
  });

  it("are the same whatever comes first, and each change is told", () => {
    const names = ["x", "a.x", "*.x", "_t.x", "b.a.x", "*.a.x", "y"].map((one) => `${one}.example.com`);
    const line = fc
      .tuple(
        fc.constantFrom("Ingress", "Service"),
        fc.constantFrom("shop/web", "shop/api", "blog/web", "evil/web"),
        fc.constantFrom("2026-01-01", "2026-01-02", "2026-01-03"),
        fc.subarray(names, { minLength: 1 }),
      )
      .map(([kind, key, date, hosts]) => `${kind} ${key} ${date} ${hosts.join()} 192.0.2.1`);
    const event = fc.tuple(fc.constantFrom("a", "b"), line, fc.boolean(), fc.boolean());
    fc.assert(
      fc.property(fc.array(event, { maxLength: 20 }), (events) => {
        const lived = open();
        const answers = new Map<string, string>();
        const last = new Map<string, { cluster: string; made: HostDeclaration }>();
        for (const [where, text, isGone, doSettle] of events) {
          const made = declaration(text);
          const key = `${made.kind} ${made.namespace}/${made.name}`;
          lived.index.set(where, key, isGone ? null : made);
          if (isGone) last.delete(`${where} ${key}`);
          else last.set(`${where} ${key}`, { cluster: where, made });
          if (doSettle) settle(lived, answers);
        }
        settle(lived, answers);
        const fresh = open();
        for (const { cluster, made } of [...last.values()].toReversed()) put(fresh, cluster, made);
        for (const host of names) {
          assert.equal(answers.get(host) ?? "not answered", answerText(fresh.index.answerOf(host)), host);
          assert.deepEqual(problemText(lived.index, host), problemText(fresh.index, host));
        }
      }),
      { numRuns: 300 },
    );
  });
});

/** As the controller does: whatever is told is asked for. */
function settle({ index, told }: Rig, answers: Map<string, string>): void {
  while (told.length > 0) {
    const host = told.shift() as string;
    answers.set(host, answerText(index.answerOf(host)));
  }
}

it("names of many labels count as often as they cost", () => {
  const deep = (i: number): string => `${"a.".repeat(100)}h${i}.example.com`;
  const rig = open();
  const made = declaration("Ingress evil/web 2026-01-01 x.example.com 192.0.2.1");
  const claims = Array.from({ length: 5_000 }, (_, i) => ({ ...made.claims[0]!, host: deep(i) }));
  put(rig, "west", { ...made, claims });
  assert.ok(rig.index.size < 4_000, String(rig.index.size));
  assert.deepEqual([...rig.index.overflowing], ["west"]);
  rig.index.set("west", "Ingress evil/web", null);
  const tree = new NameTree();
  for (const host of ["*.a.b.c", "a.b.c", "c"]) tree.add(host);
  assert.deepEqual([...tree.hostsFrom("b.c", () => false)], ["*.a.b.c", "a.b.c"]);
  for (const host of ["*.a.b.c", "a.b.c", "c"]) tree.remove(host);
  assert.equal(tree.size, 0);
});
