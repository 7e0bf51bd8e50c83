/** `fedns stub --apply` and `--remove`: the ConfigMap of a cluster's DNS, with what others wrote in it. */
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { before, after, describe, it, type TestContext } from "node:test";
import { type ApiServer, startApiServer } from "../../src/sandbox/api-server.ts";
import { main } from "../../src/cli/program.ts";
import { temporaryFolder } from "../support/fedns.ts";
import { corefile } from "./corefile.ts";
import { fakeSession } from "./fake-session.ts";
import { SETTINGS } from "./stub-rig.ts";

const COREFILE = ".:53 {\n    errors\n    forward . /etc/resolv.conf\n}\n";

describe("fedns stub", () => {
  let api: ApiServer;
  before(async () => {
    api = await startApiServer({ name: "us-west" });
  });
  after(() => api.close());

  const put = (name: string, data: Readonly<Record<string, string>>): void =>
    void api.objects.put({
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name, namespace: "kube-system" },
      data,
    });
  const dataOf = (name: string): Readonly<Record<string, string>> | undefined =>
    api.objects.get({ apiVersion: "v1", kind: "ConfigMap", namespace: "kube-system", name })?.["data"] as
      | Readonly<Record<string, string>>
      | undefined;
  const run = async (t: TestContext, line: string): Promise<readonly [number, string]> => {
    const folder = await temporaryFolder(t);
    await writeFile(join(folder, "fedns.yaml"), SETTINGS);
    await writeFile(join(folder, "kubeconfig"), api.kubeconfig(), { mode: 0o600 });
    const session = fakeSession();
    const files = [
      "--config",
      join(folder, "fedns.yaml"),
      "--cluster-kubeconfig",
      join(folder, "kubeconfig"),
    ];
    const code = await main(["stub", "--cluster", "us-west", ...line.split(" "), ...files], session);
    return [code, `${session.printed()}${session.complained()}`];
  };

  it("writes a section into the Corefile, changes it, and takes it out to the last octet", async (t) => {
    put("coredns", { Corefile: COREFILE, other: "kept" });
    const line = "--for coredns --region us-west --apply";
    const [dryCode, dry] = await run(t, `${line} --dry-run`);
    assert.equal(dryCode, 0, dry);
    assert.match(dry, /^--- us-west: ConfigMap kube-system\/coredns\n\+\+\+ .*\n@@ /);
    assert.match(dry, /\n\+ {4}forward \. 192\.0\.2\.53 2001:db8::53\n/);
    assert.match(dry, /not written: --dry-run\n$/);
    assert.equal(dataOf("coredns")?.["Corefile"], COREFILE);

    assert.match((await run(t, line))[1], /written\n$/);
    const written = dataOf("coredns")?.["Corefile"] ?? "";
    assert.ok(written.startsWith(COREFILE));
    const [first, ...blocks] = corefile(written);
    assert.deepEqual([first?.key, blocks.length], [".:53", 4]);
    assert.deepEqual(await run(t, line), [0, "us-west: ConfigMap kube-system/coredns is as it should be\n"]);

    await run(t, `${line} --zone b`);
    assert.match(dataOf("coredns")?.["Corefile"] ?? "", /svc\.b\.us-west\.example\.com/);
    assert.equal(corefile(dataOf("coredns")?.["Corefile"] ?? "").length, 5);

    assert.equal((await run(t, "--for coredns --remove"))[0], 0);
    assert.deepEqual(dataOf("coredns"), { Corefile: COREFILE, other: "kept" });
  });

  it("merges its entries into those of kube-dns, and takes them out alone", async (t) => {
    const others = {
      federations: "elsewhere=example.net",
      stubDomains: '{"corp.example":["10.0.0.1"]}',
      upstreamNameservers: '["10.0.0.2"]',
    };
    put("kube-dns", others);
    assert.equal((await run(t, "--for kube-dns --apply"))[0], 0);
    const data = dataOf("kube-dns") ?? {};
    assert.equal(data["federations"], "elsewhere=example.net,myfed=example.com,other=fed.example.org");
    assert.deepEqual(JSON.parse(data["stubDomains"] ?? ""), {
      "corp.example": ["10.0.0.1"],
      "example.com": ["192.0.2.53"],
      "fed.example.org": ["192.0.2.53"],
    });
    assert.equal(data["upstreamNameservers"], others.upstreamNameservers);
    assert.equal((await run(t, "--for kube-dns --remove"))[0], 0);
    const left = dataOf("kube-dns") ?? {};
    assert.deepEqual({ ...left, stubDomains: left["stubDomains"]?.trim() }, others);
  });

  it("makes the ConfigMap of kube-dns, which need not be there, and leaves it without keys", async (t) => {
    api.objects.delete({ apiVersion: "v1", kind: "ConfigMap", namespace: "kube-system", name: "kube-dns" });
    assert.deepEqual(await run(t, "--for kube-dns --remove"), [
      0,
      "us-west: ConfigMap kube-system/kube-dns is not there\n",
    ]);
    assert.match((await run(t, "--for kube-dns --apply"))[1], /written\n$/);
    assert.deepEqual(Object.keys(dataOf("kube-dns") ?? {}), ["federations", "stubDomains"]);
    await run(t, "--for kube-dns --remove");
    assert.deepEqual(dataOf("kube-dns") ?? {}, {});
  });

  it("says which Nodes lack the labels that kube-dns reads, with the command that cures it", async (t) => {
    put("kube-dns", {});
    const label = (labels: object): void =>
      void api.objects.put({ apiVersion: "v1", kind: "Node", metadata: { name: "n1", labels } } as never);
    const topology = { "topology.kubernetes.io/region": "us-west", "topology.kubernetes.io/zone": "a" };
    label(topology);
    const [code, text] = await run(t, "--for kube-dns --apply");
    assert.equal(code, 0, text);
    assert.match(
      text,
      /Nodes lack labels.*\n.*label node n1 failure-domain.beta.kubernetes.io\/region=us-west failure-domain.beta.kubernetes.io\/zone=a\n/,
    );
    const old = {
      "failure-domain.beta.kubernetes.io/region": "us-west",
      "failure-domain.beta.kubernetes.io/zone": "a",
    };
    label({ ...topology, ...old });
    assert.doesNotMatch((await run(t, "--for kube-dns --apply"))[1], /label node n1/);
  });

  it("refuses what would not work, with the cure, and writes nothing", async (t) => {
    api.objects.delete({ apiVersion: "v1", kind: "ConfigMap", namespace: "kube-system", name: "coredns" });
    for (const [line, code, sentence] of [
      ["--for coredns --region us-west --apply", 1, /is the DNS of this cluster another one\?/],
      [
        "--for coredns --region us-west --apply --server 127.0.0.1:1053",
        1,
        /is the Pod of this DNS server itself.* --server/,
      ],
      ["--for dnsmasq --apply", 2, /a file of a machine/],
      ["--for coredns --apply --remove", 2, /exclude each other/],
    ] as const) {
      const [actual, text] = await run(t, line);
      assert.equal(actual, code, text);
      assert.match(text, sentence);
    }
    put("kube-dns", { stubDomains: "{" });
    assert.match((await run(t, "--for kube-dns --apply"))[1], /is not a JSON object.* mend it first/);
    assert.deepEqual(dataOf("kube-dns"), { stubDomains: "{" });
  });
});
