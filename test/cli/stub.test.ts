/** `fedns stub`: each output field by field against what its resolver documents, and dnsmasq with it for real. */
import assert from "node:assert/strict";
import { readFile, writeFile, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import { parse } from "yaml";
import { main } from "../../src/cli/program.ts";
import { isAddress, isDnsLabel, isDnsName, splitServer } from "../../src/kernel/literal.ts";
import { temporaryFolder } from "../support/fedns.ts";
import { corefile } from "./corefile.ts";
import { fakeSession } from "./fake-session.ts";
import { printed, SETTINGS, stub } from "./stub-rig.ts";
import { startFakeServer } from "./fake-server.ts";

describe("for kube-dns", () => {
  it("it is its ConfigMap, with federations and stubDomains as kube-dns checks them", async (t) => {
    const { apiVersion, kind, metadata, data, ...rest } = parse(
      await printed(t, "--for kube-dns --cluster us-west"),
    );
    assert.deepEqual(
      [apiVersion, kind, metadata, rest],
      ["v1", "ConfigMap", { name: "kube-dns", namespace: "kube-system" }, {}],
    );
    assert.deepEqual(Object.keys(data), ["federations", "stubDomains"]);
    assert.equal(data.federations, "myfed=example.com,other=fed.example.org");
    for (const pair of data.federations.split(",")) {
      const [name, domain] = pair.split("=");
      assert.ok(isDnsLabel(name) && isDnsName(domain));
    }
    const domains = JSON.parse(data.stubDomains) as Record<string, string[]>;
    assert.deepEqual(domains, { "example.com": ["192.0.2.53"], "fed.example.org": ["192.0.2.53"] });
    for (const servers of Object.values(domains)) for (const one of servers) assert.ok(isAddress(one));
  });

  it("it has the port of a server, as HOST:PORT, and IPv6 only where there is nothing else", async (t) => {
    const domains = async (servers: string): Promise<string[]> =>
      JSON.parse(parse(await printed(t, `--for kube-dns --cluster us-west ${servers}`)).data.stubDomains)[
        "example.com"
      ];
    assert.deepEqual(await domains("-s 10.0.0.9:5353 -s 2001:db8::9"), ["10.0.0.9:5353"]);
    assert.deepEqual(await domains("-s 2001:db8::9"), ["2001:db8::9"]);
  });
});

describe("for CoreDNS", () => {
  const HOME = "--for coredns --cluster us-west --region us-west --zone a";

  it("it is a server block for each federation and each domain, of plugins every build has", async (t) => {
    const blocks = corefile(await printed(t, HOME));
    assert.deepEqual(
      blocks.map(({ key }) => key),
      ["myfed.svc.cluster.local:53", "other.svc.cluster.local:53", "example.com:53", "fed.example.org:53"],
    );
    for (const { plugins } of blocks) {
      assert.deepEqual(plugins.get("forward"), [["forward", ".", "192.0.2.53", "2001:db8::53"]]);
      assert.deepEqual([plugins.get("errors"), plugins.get("cache")], [[["errors"]], [["cache", "30"]]]);
      assert.ok(
        [...plugins.keys()].every((name) => ["errors", "cache", "rewrite", "forward"].includes(name)),
      );
    }
  });

  it("it asks for the cluster's own zone-level name, and gives the answer the name that was asked", async (t) => {
    const [block] = corefile(await printed(t, HOME));
    const local = "hello.demo.myfed.svc.cluster.local.";
    const level = "hello.demo.myfed.svc.a.us-west.example.com.";
    assert.equal(block?.rewriteQuestion(local), level);
    assert.equal(block?.rewriteAnswer(level, local), local);
    const srv = `_http._tcp.${local}`;
    assert.equal(block?.rewriteQuestion(srv), `_http._tcp.${level}`);
    assert.equal(block?.rewriteAnswer(`_http._tcp.${level}`, srv), srv);
    // The SRV record points to it, and the address beside it must have that name.
    assert.equal(block?.rewriteAnswer(level, srv), level);
    for (const odd of [
      "demo.myfed.svc.cluster.local.",
      "a.b.c.myfed.svc.cluster.local.",
      "a.b.myfedxsvc.cluster.local.",
    ])
      assert.equal(block?.rewriteQuestion(odd), odd);
    assert.equal(
      block?.rewriteAnswer("hello.demo.myfed.svc.us-west.example.com.", local),
      "hello.demo.myfed.svc.us-west.example.com.",
    );
  });

  it("with the cluster first it asks kubernetes, and what falls through goes to the federation", async (t) => {
    const blocks = corefile(await printed(t, `${HOME} --first cluster --cluster-domain k8s.internal`));
    const [outer, inner] = blocks;
    assert.equal(outer?.key, "myfed.svc.k8s.internal:53");
    assert.equal(
      outer?.rewriteQuestion("hello.demo.myfed.svc.k8s.internal."),
      "hello.demo.svc.k8s.internal.",
    );
    assert.equal(
      outer?.rewriteAnswer("hello.demo.svc.k8s.internal.", "hello.demo.myfed.svc.k8s.internal."),
      "hello.demo.myfed.svc.k8s.internal.",
    );
    assert.deepEqual(outer?.plugins.get("kubernetes"), [
      ["kubernetes", "k8s.internal", "{", "ignore", "empty_service", "fallthrough", "}"],
    ]);
    assert.deepEqual(outer?.plugins.get("forward"), [["forward", ".", "127.0.0.1:5300"]]);
    assert.equal(inner?.key, "k8s.internal:5300");
    assert.deepEqual(inner?.plugins.get("bind"), [["bind", "127.0.0.1"]]);
    assert.equal(
      inner?.rewriteQuestion("hello.demo.svc.k8s.internal."),
      "hello.demo.myfed.svc.a.us-west.example.com.",
    );
    assert.equal(blocks[2]?.plugins.get("forward")?.[0]?.[2], "127.0.0.1:5301");
  });

  it("it takes the place from the settings, and mentions the places that it did not take", async (t) => {
    const text = await printed(t, "--for coredns --cluster eu-central");
    assert.match(
      text,
      /# It also has nodes in eu-central, zone a; choose another place with --region and --zone\.\n/,
    );
    assert.equal(
      corefile(text)[0]?.rewriteQuestion("a.b.myfed.svc.cluster.local."),
      "a.b.myfed.svc.b.eu-central.example.com.",
    );
  });

  it("it takes the place from a running fedns; a cluster that has none gets global names", async (t) => {
    const server = await startFakeServer(t);
    const place = (places: object[], isSynced = true): void => {
      server.status = { clusters: [{ name: "us-west", isSynced, places }] };
    };
    const asked = async (): Promise<string | undefined> =>
      corefile(
        await printed(t, `--for coredns --cluster us-west --socket ${server.path}`),
      )[0]?.rewriteQuestion("a.b.myfed.svc.cluster.local.");
    place([
      { region: "us-west", zone: "a" },
      { region: "us-west", zone: "b" },
    ]);
    assert.equal(await asked(), "a.b.myfed.svc.a.us-west.example.com.");
    place([{ region: "us-west", zone: null }]);
    assert.equal(await asked(), "a.b.myfed.svc.us-west.example.com.");
    place([]);
    assert.equal(await asked(), "a.b.myfed.svc.example.com.");
    place([{ region: "x } import /etc", zone: null }]);
    assert.equal(await asked(), "a.b.myfed.svc.example.com.");
    place([], false);
    const { code, err } = await stub(t, `--for coredns --cluster us-west --socket ${server.path}`);
    assert.equal(code, 1);
    assert.match(
      err,
      /^fedns: the region of us-west is unknown: cluster us-west has not been read yet; start fedns, or use/,
    );
  });
});

describe("for dnsmasq and systemd-resolved", () => {
  it("the domains and the federations' local names go to fedns", async (t) => {
    const lines = (await printed(t, "--for dnsmasq --cluster us-west -s 10.0.0.9:5353 -s 2001:db8::9")).split(
      "\n",
    );
    assert.deepEqual(
      lines.filter((line) => line !== "" && !line.startsWith("#")),
      [
        ...["example.com", "fed.example.org", "myfed.svc.cluster.local", "other.svc.cluster.local"].flatMap(
          (one) => [`server=/${one}/10.0.0.9#5353`, `server=/${one}/2001:db8::9`],
        ),
        "rebind-domain-ok=/example.com/",
        "rebind-domain-ok=/fed.example.org/",
        "rebind-domain-ok=/myfed.svc.cluster.local/",
        "rebind-domain-ok=/other.svc.cluster.local/",
      ],
    );
  });

  it("a delegate of systemd-resolved has its section and keys, and routes without searching", async (t) => {
    const text = await printed(t, "--for systemd-resolved --cluster us-west");
    const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
    assert.equal(lines[0], "[Delegate]");
    const fields = new Map(lines.slice(1).map((line) => line.split("=") as [string, string]));
    assert.deepEqual([...fields.keys()], ["DNS", "Domains", "DefaultRoute"]);
    for (const server of (fields.get("DNS") ?? "").split(" ")) assert.notEqual(splitServer(server), null);
    for (const domain of (fields.get("Domains") ?? "").split(" "))
      assert.ok(domain.startsWith("~") && isDnsName(domain.slice(1)), domain);
    assert.equal(fields.get("DefaultRoute"), "no");
  });

  it("the zone file is one that fedns takes", async (t) => {
    const folder = join(await temporaryFolder(t), "zones");
    await mkdir(folder);
    const one = SETTINGS.replace(/, \{ name: other[^}]*\}/, "");
    const { out } = await stub(t, "--for zone-file --cluster us-west", one);
    const file = join(folder, `${/^; (\S+), /.exec(out)?.[1]}`);
    await writeFile(file, out);
    assert.match(await readFile(file, "utf8"), /^@ 30 IN DNAME myfed\.svc\.example\.com\.$/m);
    const session = fakeSession();
    assert.equal(await main(["check", "--zones", folder], session), 0, session.printed());
  });
});

describe("what cannot be printed", () => {
  for (const [claim, line, sentence] of [
    [
      "an unknown cluster",
      "--for coredns --cluster moon",
      /unknown cluster moon; the configuration has: us-west, eu-central$/,
    ],
    [
      "a cluster whose region is unknown",
      "--for coredns --cluster us-west --socket /nowhere/admin.sock",
      /the region of us-west is unknown: no running fedns responds on .*; start fedns, or use --region and --zone$/,
    ],
    [
      "a domain inside the cluster's",
      "--for coredns --cluster us-west --cluster-domain com",
      /the domain example\.com is inside the cluster domain com/,
    ],
  ] as const) {
    it(`is reported in one line, with code 1: ${claim}`, async (t) => {
      const { code, out, err } = await stub(t, line);
      assert.deepEqual([code, out], [1, ""]);
      assert.match(err.trimEnd(), sentence);
      assert.equal(err.trimEnd().split("\n").length, 1);
    });
  }

  it("is reported when the nameservers have no addresses", async (t) => {
    const { code, err } = await stub(
      t,
      "--for dnsmasq --cluster us-west",
      SETTINGS.replace(/name: ns1.*/, "name: ns.example.net }]"),
    );
    assert.equal(code, 1);
    assert.match(err, /have no addresses; give the address of fedns with --server/);
  });

  it("is wrong usage when an argument is", async (t) => {
    for (const line of [
      "--for bind --cluster us-west",
      "--cluster us-west",
      "--for coredns",
      "--for coredns --cluster us-west -s ns1",
      "--for coredns --cluster us-west --region a.b",
    ])
      assert.equal((await stub(t, line)).code, 2, line);
  });
});
