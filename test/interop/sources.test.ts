/** Names declared as the users of each system declare them: applied with kubectl, asked with dig, requested with curl. */
import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { before, describe, it } from "node:test";
import { dnsResolver, startIngressProxy } from "../../src/sandbox/edge/ingress-proxy.ts";
import { dataOf, dig, needsDig } from "../support/dig.ts";
import { type Clusters, startClusters } from "../support/clusters.ts";
import { type Fedns, startFedns, temporaryFolder } from "../support/fedns.ts";
import { atEnd, needs, run, suiteScope } from "../support/programs.ts";
import { SETTINGS } from "../run/supervise/whole.ts";
import { GATEWAY, MORE_ROUTES } from "./route-manifests.ts";

const SOURCES = {
  services: { namespaces: [] },
  ingresses: { enabled: true },
  gateways: { enabled: true },
  externalDns: { enabled: true, internalHostnames: true },
  dnsEndpoints: { enabled: true },
};
const HOSTS = [
  { suffix: "apps.example.com" },
  { suffix: "eu.example.com", clusters: ["eu-central"], namespaces: ["shop"] },
];

/** From the documentation of ingress-nginx. */
const NGINX = `
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: minimal-ingress
  namespace: shop
  annotations:
    nginx.ingress.kubernetes.io/rewrite-target: /
    fedns.io/ttl: "7"
spec:
  ingressClassName: nginx
  tls: [{ hosts: [secure.apps.example.com], secretName: tls }]
  rules:
  - host: hello.apps.example.com
    http: { paths: [{ path: /testpath, pathType: Prefix, backend: { service: { name: inventory, port: { number: 80 } } } }] }
  - host: outside.example.net
    http: { paths: [{ path: /, pathType: Prefix, backend: { service: { name: inventory, port: { number: 80 } } } }] }
`;
const nginxStatus = (ip: string): string =>
  JSON.stringify({ status: { loadBalancer: { ingress: [{ ip }] } } });

/** From the tutorials of ExternalDNS. */
const EXTERNAL_DNS = `
apiVersion: v1
kind: Service
metadata:
  name: nginx
  namespace: shop
  annotations:
    external-dns.alpha.kubernetes.io/hostname: my-app.apps.example.com
    external-dns.alpha.kubernetes.io/ttl: "120"
spec: { type: LoadBalancer, externalIPs: [192.0.2.200], selector: { app: inventory }, ports: [{ port: 80, name: http }] }
---
apiVersion: externaldns.k8s.io/v1alpha1
kind: DNSEndpoint
metadata: { name: examplednsrecord, namespace: shop }
spec:
  endpoints:
  - { dnsName: crd.apps.example.com, recordTTL: 180, recordType: A, targets: [192.0.2.201] }
  - { dnsName: crd.apps.example.com, recordTTL: 180, recordType: TXT, targets: ["heritage=external-dns"] }
  - { dnsName: _sip._udp.apps.example.com, recordTTL: 180, recordType: SRV, targets: ["0 0 5060 sip.apps.example.com"] }
  - { dnsName: alias.apps.example.com, recordType: CNAME, targets: [crd.apps.example.com] }
`;

/** By opt-in: services that are not reachable from outside without it. */
const EXPOSED = `
apiVersion: v1
kind: Service
metadata: { name: headless, namespace: shop, annotations: { fedns.io/expose: endpoints } }
spec: { clusterIP: None, selector: { app: inventory }, ports: [{ port: 5432, name: pg }] }
---
apiVersion: v1
kind: Service
metadata: { name: ported, namespace: shop, annotations: { fedns.io/expose: nodes } }
spec: { type: NodePort, selector: { app: inventory }, ports: [{ port: 80, name: http, nodePort: 30080 }] }
`;

const needsKubectl = needs("kubectl", "kubernetes-client");
const needsCurl = needs("curl", "curl");
const skip = needsDig.skip || needsKubectl.skip || needsCurl.skip;

describe("names of the members' own objects", { skip }, () => {
  const scope = suiteScope();
  let fedns: Fedns;
  let clusters: Clusters;
  let directory: string;
  before(async () => {
    directory = await temporaryFolder(scope);
    clusters = await startClusters(scope, directory);
    const settings = { ...SETTINGS, clusters: clusters.settings, sources: SOURCES, hosts: HOSTS };
    fedns = await startFedns(scope, { directory, settings });
  });

  const kubectl = async (cluster: string, args: readonly string[], manifest?: string): Promise<void> => {
    const folder = await mkdtemp(join(tmpdir(), "fedns-kubectl-"));
    const file = join(folder, "manifest.yaml");
    await writeFile(file, manifest ?? "");
    const always = [
      "--kubeconfig",
      join(directory, `${cluster}.kubeconfig`),
      "--cache-dir",
      join(directory, "cache"),
    ];
    const input = manifest === undefined ? [] : ["-f", file];
    const { code, out, err } = await run("kubectl", [...always, ...args, ...input], { timeoutMs: 20_000 });
    await rm(folder, { recursive: true });
    assert.equal(code, 0, out + err);
  };

  /** Waits until dig gets these records, and the status if one is named. */
  const becomes = async (
    name: string,
    type: string,
    expected: readonly string[] | RegExp,
    status: string | null = null,
  ): Promise<void> => {
    const isIt = (data: readonly string[]): boolean =>
      expected instanceof RegExp ? expected.test(data.join(" ")) : data.join() === expected.join();
    for (const startMs = performance.now(); ;) {
      const found = await dig(fedns, name, type);
      if (isIt(dataOf(found)) && (status ?? found.status) === found.status) return;
      if (performance.now() - startMs > 10_000) assert.fail(`${name} ${type}: ${found.text}`);
    }
  };

  it("an Ingress of the sample is answered in all clusters, and curl reaches one by its name", async () => {
    await becomes("shop.apps.example.com", "A", /^(192\.0\.2|198\.51\.100|203\.0\.113)\.\d+( |$)/);
    const proxy = await startIngressProxy({
      clusters: clusters.settings.map(({ name }) => ({ name, objects: clusters.server(name).objects })),
      resolve: dnsResolver(`127.0.0.1:${fedns.port}`),
      port: 0,
      random: Math.random,
    });
    atEnd(scope, () => proxy.close());
    for (const host of ["shop.apps.example.com", "catalog.apps.example.com"]) {
      const { code, out } = await run("curl", [
        "-s",
        "--proxy",
        `127.0.0.1:${proxy.port}`,
        `http://${host}/`,
      ]);
      assert.equal(code, 0);
      assert.match(out, /^cluster (us-west|eu-central|ap-northeast)\n/, host);
    }
  });

  it("an Ingress of nginx is answered in each cluster once its controller has written addresses there", async () => {
    for (const cluster of ["us-west", "eu-central"]) await kubectl(cluster, ["apply"], NGINX);
    await becomes("hello.apps.example.com", "A", [], "NOERROR");
    const patch = [
      "-n",
      "shop",
      "patch",
      "ingress",
      "minimal-ingress",
      "--subresource=status",
      "--type=merge",
      "-p",
    ];
    await kubectl("us-west", [...patch, nginxStatus("192.0.2.90")]);
    await becomes("hello.apps.example.com", "A", ["192.0.2.90"]);
    await becomes("secure.apps.example.com", "A", ["192.0.2.90"]);
    await kubectl("eu-central", [...patch, nginxStatus("127.0.0.1")]);
    await kubectl("eu-central", [...patch, nginxStatus("198.51.100.90")]);
    const { answer } = await dig(fedns, "hello.apps.example.com");
    assert.match(answer.join(), /^hello\.apps\.example\.com\. 7 IN A /);
    await kubectl("us-west", ["-n", "shop", "delete", "ingress", "minimal-ingress"]);
    await becomes("hello.apps.example.com", "A", ["198.51.100.90"]);
    await kubectl("us-west", ["-n", "shop", "scale", "deployment", "inventory", "--replicas=1"]);
    await kubectl("eu-central", ["-n", "shop", "delete", "ingress", "minimal-ingress"]);
    await becomes("hello.apps.example.com", "A", [], "NXDOMAIN");
  });

  it("the hosts of a Gateway's routes are answered, and a listener's wildcard is a DNS wildcard", async () => {
    await kubectl("ap-northeast", ["apply"], GATEWAY);
    await becomes("foo.apps.example.com", "A", /^203\.0\.113\.\d+( |$)/);
    await becomes("any.thing.wild.apps.example.com", "A", /^203\.0\.113\.\d+( |$)/);
    await kubectl("ap-northeast", ["-n", "shop", "delete", "httproute", "any-route"]);
    await becomes("any.thing.wild.apps.example.com", "A", []);
  });

  it("routes at ListenerSets and TCPRoutes are answered, and a backend that is gone attracts nobody", async () => {
    await kubectl("ap-northeast", ["apply"], MORE_ROUTES);
    for (const name of ["cart.team.apps.example.com", "db.apps.example.com"])
      await becomes(name, "A", /^203\.0\.113\.\d+( |$)/);
    const rules = JSON.stringify({ spec: { rules: [{ backendRefs: [{ name: "gone", port: 80 }] }] } });
    await kubectl("ap-northeast", [
      "-n",
      "shop",
      "patch",
      "tcproute",
      "db-route",
      "--type=merge",
      "-p",
      rules,
    ]);
    await becomes("db.apps.example.com", "A", [], "NOERROR");
  });

  it("objects written for ExternalDNS have the same meaning in fedns", async () => {
    await kubectl("eu-central", ["apply"], EXTERNAL_DNS);
    await becomes("my-app.apps.example.com", "A", ["192.0.2.200"]);
    assert.deepEqual((await dig(fedns, "my-app.apps.example.com")).answer, [
      "my-app.apps.example.com. 120 IN A 192.0.2.200",
    ]);
    await becomes("crd.apps.example.com", "TXT", ['"heritage=external-dns"']);
    assert.deepEqual((await dig(fedns, "crd.apps.example.com")).answer, [
      "crd.apps.example.com. 180 IN A 192.0.2.201",
    ]);
    await becomes("_sip._udp.apps.example.com", "SRV", ["0 0 5060 sip.apps.example.com."]);
    await becomes("alias.apps.example.com", "A", ["crd.apps.example.com.", "192.0.2.201"]);
  });

  it("node ports and headless services are answered after an opt-in", async () => {
    await kubectl("us-west", ["apply"], EXPOSED);
    await becomes("headless.shop.myfed.svc.example.com", "A", /^10\./);
    await becomes("ported.shop.myfed.svc.example.com", "A", /\d+\.\d+/);
  });

  it("/status reports host names that no object may claim, and those that two objects claim", async () => {
    const stranger = (host: string): string => NGINX.replaceAll("hello.apps.example.com", host);
    await kubectl("us-west", ["apply"], stranger("shop.eu.example.com"));
    await kubectl("eu-central", ["apply"], stranger("hello.demo.myfed.svc.example.com"));
    const told = async (): Promise<string[]> =>
      ((await fedns.status()).hosts?.problems ?? []).map(
        ({ host, reason, cluster }: any) => `${host} ${reason} ${cluster}`,
      );
    const expected = [
      "shop.eu.example.com not allowed us-west",
      "hello.demo.myfed.svc.example.com reserved eu-central",
      "outside.example.net outside eu-central",
    ];
    for (const startMs = performance.now(); ;) {
      const now = await told();
      if (expected.every((line) => now.includes(line))) break;
      assert.ok(performance.now() - startMs < 10_000, now.join("\n"));
    }
    assert.equal((await dig(fedns, "shop.eu.example.com")).status, "NXDOMAIN");
  });
});
