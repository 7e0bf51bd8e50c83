/** What `fedns join` refuses and adopts. */
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { before, describe, it } from "node:test";
import type { ApiServer } from "../../../src/sandbox/api-server.ts";
import { suiteScope } from "../../support/programs.ts";
import { accountOf, clusterIn, NAMESPACE, uidOf } from "./host-content.ts";
import { recordRequests, type Rig, startRig, writesIn } from "./rig.ts";

const EKS = "arn:aws:eks:eu-west-1:123456789012:cluster/Prod_1";

describe("fedns join", () => {
  const scope = suiteScope();
  let rig: Rig;
  let host: ApiServer;
  let west: ApiServer;
  before(async () => {
    rig = await startRig(scope, ["host", "us-west", "eu-central", EKS]);
    [host, west] = [rig.servers["host"] as ApiServer, rig.servers["us-west"] as ApiServer];
    assert.equal((await rig.fedns("init")).code, 0);
  });

  const cluster = (name: string): ReturnType<typeof clusterIn> => clusterIn(host, name);

  for (const [claim, args, sentence] of [
    [
      "a context that does not exist, and names those that do",
      ["join", "nowhere"],
      /^fedns: there is no context "nowhere" in \S+; there are: host, us-west, eu-central, arn:/,
    ],
    [
      "a host context that does not exist",
      ["join", "us-west", "--host-context", "nowhere"],
      /^fedns: there is no context "nowhere" in /,
    ],
    [
      "a namespace in which there is no federation",
      ["join", "us-west", "--kubefed-namespace", "other"],
      /KubeFedConfig other\/kubefed: there is none; run fedns init first, or name the namespace of the federation/,
    ],
    [
      "a kind that the member does not serve, with the nearest one",
      ["join", "us-west", "--kinds", "deploymets"],
      /--kinds: the cluster serves no kind deploymets that can be created; did you mean deployments\?/,
    ],
    [
      "a kind of the whole cluster together with namespaces",
      ["join", "us-west", "--kinds", "namespaces,services", "--namespaces", "default"],
      /--kinds: namespaces are in no namespace; leave them out, or leave out --namespaces/,
    ],
    [
      "a namespace that the member does not have",
      ["join", "us-west", "--kinds", "services", "--namespaces", "shop"],
      /us-west: Namespace shop: there is none; create it first, or leave it out of --namespaces/,
    ],
    [
      "roles without the word for them, and says what they give",
      ["join", "us-west", "--kinds", "roles,deployments,rolebindings"],
      /--kinds: roles\S+, rolebindings\S+: whoever may make federated objects of these gives out every right that fedns has in this cluster; add --allow-rbac/,
    ],
    [
      "roles of the whole cluster, also with the word for kinds of the whole cluster",
      ["join", "us-west", "--kinds", "clusterroles", "--allow-cluster-kinds"],
      /--kinds: clusterroles\S+: whoever .* add --allow-rbac/,
    ],
    [
      "kinds of the whole cluster without the word for them",
      ["join", "us-west", "--kinds", "validatingwebhookconfigurations,crd,namespaces", "--allow-rbac"],
      /--kinds: validatingwebhook\S+, customresourcedefinitions\S+: they belong to no namespace, .* add --allow-cluster-kinds/,
    ],
  ] as const)
    it(`refuses ${claim}, before anything is written`, async () => {
      const { sent, stop } = recordRequests(scope);
      const { code, err } = await rig.fedns(...args);
      stop();
      assert.equal(code, 1);
      assert.match(err, sentence);
      assert.equal(err.trim().split("\n").length, 1);
      assert.deepEqual(writesIn(sent), []);
    });

  it("gives powerful kinds when asked to, and says how far the token reaches", async () => {
    const kinds = "roles,clusterrolebindings,customresourcedefinitions,secrets,deployments";
    const words = ["--allow-rbac", "--allow-cluster-kinds"];
    const { code, err } = await rig.fedns("join", "us-west", "--kinds", kinds, ...words);
    assert.equal(code, 0, err);
    assert.match(
      err,
      /^note: us-west: with secrets and without --namespaces, the account reads every Secret/m,
    );
    assert.match(
      err,
      /^note: us-west: with deployments.apps and without --namespaces, the account runs pods in/m,
    );
    const role = west.objects.get({
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "ClusterRole",
      name: `${accountOf(host)}-propagation`,
    }) as any;
    const verbs = new Set(role.rules.flatMap((rule: any) => rule.verbs));
    for (const verb of ["escalate", "bind", "impersonate", "deletecollection", "*"])
      assert.ok(!verbs.has(verb), verb);
    assert.equal((await rig.fedns("unjoin", "us-west")).code, 0);
  });

  it("makes the name of an object from a context that is none, and finds it again", async () => {
    const joined = await rig.fedns("join", EKS);
    assert.equal(joined.code, 0, joined.err);
    const name = "arn-aws-eks-eu-west-1-123456789012-cluster-prod-1";
    assert.match(joined.err, new RegExp(`is no name of an object: the cluster is named ${name}\n`));
    assert.ok(cluster(name) !== undefined);
    const left = await rig.fedns("unjoin", EKS);
    assert.equal(left.code, 0, left.err);
    assert.equal(cluster(name), undefined);
  });

  it("refuses objects of its names that it did not make", async () => {
    const key = { apiVersion: "v1", kind: "ServiceAccount", namespace: "default", name: accountOf(host) };
    west.objects.put({ apiVersion: "v1", kind: "Namespace", metadata: { name: NAMESPACE } });
    west.objects.put({
      apiVersion: key.apiVersion,
      kind: key.kind,
      metadata: { namespace: NAMESPACE, name: key.name },
    });
    const { code, err } = await rig.fedns("join", "us-west");
    assert.equal(code, 1);
    assert.match(
      err,
      /^fedns: us-west: ServiceAccount \S+: it exists, and fedns did not make it; rename or delete it, then run the command again$/m,
    );
    west.objects.delete({ ...key, namespace: NAMESPACE });
  });

  it("fails on an existing cluster only when asked to", async () => {
    assert.equal((await rig.fedns("join", "us-west")).code, 0);
    const strict = await rig.fedns("join", "us-west", "--error-on-existing");
    assert.equal(strict.code, 1);
    assert.match(strict.err, /KubeFedCluster \S+: it exists; leave out --error-on-existing to repair it/);
  });

  it("refuses a second name for a cluster that is a member already", async () => {
    const { code, err } = await rig.fedns("join", "twin", "--cluster-context", "us-west");
    assert.equal(code, 1);
    assert.match(err, /this cluster is a member already, as us-west; run fedns unjoin us-west first/);
  });

  it("refuses another cluster under the same name, unless it replaces the first", async () => {
    const args = ["join", "us-west", "--cluster-context", "eu-central"];
    const { code, err } = await rig.fedns(...args);
    assert.equal(code, 1);
    assert.match(
      err,
      /is another one than before \(uid \S+, was \S+\); check the context, or join with --replace/,
    );
    const replaced = await rig.fedns(...args, "--replace");
    assert.equal(replaced.code, 0, replaced.err);
    const eu = rig.servers["eu-central"] as ApiServer;
    assert.equal(cluster("us-west")?.metadata.annotations?.["fedns.io/cluster-uid"], uidOf(eu));
    assert.equal((await rig.fedns("join", "us-west", "--replace")).code, 0);
    assert.equal(cluster("us-west")?.metadata.annotations?.["fedns.io/cluster-uid"], uidOf(west));
  });

  it("adopts a cluster that kubefedctl joined", async () => {
    host.objects.put({
      apiVersion: "core.kubefed.io/v1beta1",
      kind: "KubeFedCluster",
      metadata: { namespace: NAMESPACE, name: "eu-central", labels: { tier: "gold" } },
      spec: { apiEndpoint: "https://old.example:6443", secretRef: { name: "eu-central-x7k2p" } },
    });
    const unjoined = await rig.fedns("unjoin", "eu-central");
    assert.equal(unjoined.code, 1);
    assert.match(
      unjoined.err,
      /fedns join did not make it; unjoin it with kubefedctl, or remove it with --force/,
    );
    // The account from the test before, under the name us-west, is kept and renamed.
    const joined = await rig.fedns("join", "eu-central");
    assert.equal(joined.code, 0, joined.err);
    assert.ok(joined.steps.includes(`ServiceAccount ${NAMESPACE}/${accountOf(host)} changed`));
    assert.equal(cluster("eu-central")?.metadata.labels?.["tier"], "gold");
    const spec = cluster("eu-central")?.["spec"] as Record<string, unknown>;
    assert.deepEqual(spec["secretRef"], { name: "fedns-eu-central" });
    assert.equal(spec["apiEndpoint"], rig.servers["eu-central"]?.url);
    assert.equal((await rig.fedns("unjoin", "eu-central")).code, 0);
  });

  it("has the DNS of the cluster forward to fedns, when it is asked to, and shows the difference first", async () => {
    const settings = join(rig.folder, "fedns.yaml");
    await writeFile(
      settings,
      `federations: [{ name: myfed, domain: example.com }]
nameservers: [{ name: ns1.example.com, addresses: [192.0.2.53] }]
host: { kubeconfig: ./kubeconfig }
`,
    );
    const place = { apiVersion: "v1", kind: "ConfigMap", namespace: "kube-system", name: "coredns" };
    const corefile = (): string => String((west.objects.get(place) as any)?.data.Corefile);
    const before = ".:53 {\n    forward . /etc/resolv.conf\n}\n";
    const { apiVersion, kind, ...metadata } = place;
    west.objects.put({ apiVersion, kind, metadata, data: { Corefile: before } } as never);
    const args = ["join", "us-west", "--region", "us-west", "--stub", "coredns", "--config", settings];
    const dry = await rig.fedns(...args, "--dry-run");
    assert.equal(dry.code, 0, dry.err);
    assert.match(dry.out, /\n\+ {4}forward \. 192\.0\.2\.53\n/);
    assert.equal(corefile(), before);
    const done = await rig.fedns(...args);
    assert.equal(done.code, 0, done.err);
    assert.match(corefile(), /forward \. 192\.0\.2\.53/);
    assert.ok(cluster("us-west") !== undefined);
    const both = await rig.fedns(...args, "-o", "yaml");
    assert.deepEqual([both.code, /leave out -o/.test(both.err)], [2, true]);
  });
});
