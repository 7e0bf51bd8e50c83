/** The sample federation as a new user finds it. */
import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { KubeConfig } from "@kubernetes/client-node";
import { startSandbox } from "../../src/sandbox/sandbox.ts";
import type { Sandbox } from "../../src/sandbox/sandbox.ts";
import { a as addressRecord, reply, startFakeResolver } from "../support/fake-resolver.ts";
import { needs, run } from "../support/programs.ts";

describe("the sandbox", () => {
  let directory: string;
  let sandbox: Sandbox;
  /** CPU time, since other tests run at the same time. */
  let startCpuMs: number;
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), "fedns-sandbox-"));
    const earlier = process.cpuUsage();
    sandbox = await startSandbox({ directory: join(directory, "made") });
    const { user, system } = process.cpuUsage(earlier);
    startCpuMs = (user + system) / 1000;
  });
  after(async () => {
    await sandbox.close();
    await rm(directory, { recursive: true });
  });

  const member = (name: string): any =>
    sandbox.clusters.find((cluster) => cluster.name === name)?.server.objects;
  const addresses = (cluster: string, namespace: string, name: string): readonly string[] =>
    member(cluster)
      .get({ apiVersion: "v1", kind: "Service", namespace, name })
      .status.loadBalancer.ingress.map((entry: any) => entry.ip ?? entry.hostname);
  const endpoints = (cluster: string, namespace: string, name: string): number =>
    member(cluster)
      .list("discovery.k8s.io/v1", "EndpointSlice", namespace)
      .filter(
        (slice: any) =>
          slice.metadata.labels["kubernetes.io/service-name"] === name && slice.addressType === "IPv4",
      )
      .flatMap((slice: any) => slice.endpoints ?? []).length;

  test("starts completely in well under a second of CPU time", () => {
    assert.ok(startCpuMs < 700, `took ${startCpuMs} ms`);
    assert.deepEqual(
      sandbox.clusters.map(({ name }) => name),
      ["us-west", "eu-central", "ap-northeast"],
    );
  });

  test("has demo/hello in every member, with its own addresses and three endpoints", () => {
    assert.deepEqual(addresses("us-west", "demo", "hello"), ["192.0.2.10", "192.0.2.11", "2001:db8:1::a"]);
    assert.deepEqual(addresses("eu-central", "demo", "hello"), [
      "198.51.100.10",
      "198.51.100.11",
      "2001:db8:2::a",
    ]);
    assert.deepEqual(addresses("ap-northeast", "demo", "hello"), [
      "203.0.113.10",
      "203.0.113.11",
      "2001:db8:3::a",
    ]);
    for (const { name } of sandbox.clusters) assert.equal(endpoints(name, "demo", "hello"), 3);
  });

  test("has Services of other types", () => {
    assert.deepEqual(
      [endpoints("us-west", "shop", "checkout"), endpoints("eu-central", "shop", "checkout")],
      [0, 2],
    );
    assert.deepEqual(addresses("us-west", "media", "images"), ["images.us-west.lb.example.net"]);
    assert.equal(
      addresses("us-west", "shop", "legacy").some((address) => address.includes(":")),
      false,
    );
    const invoices = { apiVersion: "v1", kind: "Service", namespace: "billing", name: "invoices" };
    assert.deepEqual(
      sandbox.clusters.map(({ name }) => member(name).get(invoices) !== undefined),
      [false, true, false],
    );
  });

  test("labels the nodes of every member with its region and two zones", () => {
    for (const cluster of sandbox.clusters) {
      const labels = cluster.server.objects.list("v1", "Node").map((node) => node.metadata.labels ?? {});
      assert.ok(labels.every((one) => one["topology.kubernetes.io/region"] === cluster.region));
      assert.deepEqual(
        [...new Set(labels.map((one) => one["topology.kubernetes.io/zone"] ?? ""))].toSorted((a, b) =>
          a.localeCompare(b),
        ),
        cluster.zones,
      );
    }
  });

  test("writes kubeconfigs that only their owner can read, one with a certificate, and one with all contexts", async () => {
    for (const { kubeconfigPath, context } of [...sandbox.clusters, sandbox.host]) {
      assert.equal((await stat(kubeconfigPath)).mode & 0o777, 0o600);
      const config = new KubeConfig();
      config.loadFromFile(kubeconfigPath);
      assert.equal(config.getCurrentContext(), context);
    }
    const all = new KubeConfig();
    all.loadFromFile(sandbox.kubeconfigPath);
    assert.deepEqual(
      all.getContexts().map(({ name }) => name),
      ["us-west", "eu-central", "ap-northeast", "host"],
    );
    const text = await readFile(sandbox.clusters[1]?.kubeconfigPath ?? "", "utf8");
    assert.match(text, /client-certificate-data/);
    assert.doesNotMatch(text, /token:/);
  });

  test("names the directory it cannot write to", async () => {
    const file = sandbox.kubeconfigPath;
    await assert.rejects(startSandbox({ directory: file }), {
      name: "OperationalError",
      code: "SANDBOX_DIRECTORY",
    });
  });
});

describe("the ingress proxy of the sandbox", () => {
  test(
    "lets curl reach the sample Ingress and Gateway by name, in the member that DNS answers",
    needs("curl", "curl"),
    async (t) => {
      const directory = await mkdtemp(join(tmpdir(), "fedns-proxy-"));
      const names = new Map<string, string>();
      const dns = await startFakeResolver((asked) => {
        const address = asked.type === 1 ? names.get(asked.name) : undefined;
        return [reply(asked, address === undefined ? [] : [addressRecord(asked.name, 30, address)])];
      });
      const sandbox = await startSandbox({ directory, ingressProxy: { port: 0, dns: dns.server } });
      t.after(async () => {
        await Promise.all([sandbox.close(), dns.close()]);
        await rm(directory, { recursive: true });
      });
      const port = sandbox.ingressProxyPort;
      for (const { name, server } of sandbox.clusters) {
        const ingress = {
          apiVersion: "networking.k8s.io/v1",
          kind: "Ingress",
          namespace: "shop",
          name: "shop",
        };
        const gateway = {
          apiVersion: "gateway.networking.k8s.io/v1",
          kind: "Gateway",
          namespace: "shop",
          name: "public",
        };
        names.set(
          "shop.apps.example.com",
          (server.objects.get(ingress) as any).status.loadBalancer.ingress[0].ip,
        );
        names.set("catalog.apps.example.com", (server.objects.get(gateway) as any).status.addresses[0].value);
        for (const host of names.keys()) {
          const annotations = new RegExp(
            `^cluster ${name}\n[^]*to service shop/inventory port 80\n[^]*for GET ${host}/cart\n$`,
          );
          const asProxy = await run("curl", ["-s", "-x", `127.0.0.1:${port}`, `http://${host}/cart`]);
          assert.match(asProxy.out, annotations);
          const resolved = ["--resolve", `${host}:${port}:127.0.0.1`];
          const asServer = await run("curl", ["-s", ...resolved, `http://${host}:${port}/cart`]);
          assert.equal(asServer.out.replace(/from pod .*/, ""), asProxy.out.replace(/from pod .*/, ""));
        }
      }
      const { out } = await run("curl", ["-s", "-x", `127.0.0.1:${port}`, "http://gone.apps.example.com/"]);
      assert.match(out, /^gone\.apps\.example\.com has no address in the federation's DNS$/m);
    },
  );
});
