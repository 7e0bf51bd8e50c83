/** Names of clusters, kinds on the command line, and the objects that a member gets. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { parseAllDocuments } from "yaml";
import { hostObjects } from "../../../src/cli/membership/init-objects.ts";
import { SOURCE_NAMES } from "../../../src/fleet/sources/source-table.ts";
import { findKinds } from "../../../src/cli/membership/kinds.ts";
import { memberObjects, type MemberPlan } from "../../../src/cli/membership/member-objects.ts";
import { clusterNameOf } from "../../../src/cli/membership/names.ts";
import { readRules } from "../../../src/cli/membership/rights.ts";
import type { ServedKind } from "../../../src/fleet/objects/discovery-document.ts";

describe("the name of a cluster", () => {
  for (const [text, name] of [
    ["us-west", "us-west"],
    ["prod.eu", "prod.eu"],
    ["kind-Prod_1", "kind-prod-1"],
    ["user@cluster:6443", "user-cluster-6443"],
    ["a".repeat(63), "a".repeat(63)],
    ["--", null],
    ["", null],
  ] as const)
    it(`is ${name} for ${JSON.stringify(text)}`, () => {
      assert.equal(clusterNameOf(text), name);
    });

  it("has at most 63 characters, and differs where long names differ", () => {
    const [a, b] = ["1", "2"].map((end) => clusterNameOf("x".repeat(80) + end));
    assert.ok(a !== b && a?.length === 63 && b?.length === 63);
  });
});

const served = (
  kind: string,
  plural: string,
  group: string,
  parts: Partial<ServedKind> = {},
): ServedKind => ({
  group,
  kind,
  plural,
  isNamespaced: true,
  shortNames: [],
  versions: [{ version: "v1", verbs: ["create", "list"], subresources: [] }],
  ...parts,
});

describe("kinds on the command line", () => {
  const kinds = [
    served("Deployment", "deployments", "apps", { shortNames: ["deploy"] }),
    served("Service", "services", ""),
    served("Service", "services", "serving.knative.dev"),
    served("Backup", "backups", "a.example.com"),
    served("Backup", "backups", "b.example.com"),
    served("NodeMetrics", "nodes", "metrics.k8s.io", {
      versions: [{ version: "v1", verbs: ["get"], subresources: [] }],
    }),
  ];
  for (const [word, expected] of [
    ["deployments", "deployments in apps"],
    ["Deployment", "deployments in apps"],
    ["deploy", "deployments in apps"],
    ["deployments.apps", "deployments in apps"],
    ["services", "services in "],
    ["services.serving.knative.dev", "services in serving.knative.dev"],
    ["backups.b.example.com", "backups in b.example.com"],
  ] as const)
    it(`are found by ${word}`, () => {
      const found = findKinds(kinds, [word]);
      assert.deepEqual(found.problems, []);
      assert.deepEqual(
        found.kinds.map(({ plural, group }) => `${plural} in ${group}`),
        [expected],
      );
    });

  it("are refused where they are ambiguous, unknown, or cannot be created", () => {
    assert.deepEqual(findKinds(kinds, ["backups", "servces", "nodes"]).problems, [
      "backups may be backups.a.example.com or backups.b.example.com; write it with its group",
      "the cluster serves no kind servces that can be created; did you mean services?",
      "the cluster serves no kind nodes that can be created; kubectl api-resources lists what it serves",
    ]);
  });

  it("count once, however often they are named", () => {
    assert.equal(findKinds(kinds, ["deploy", "deployments"]).kinds.length, 1);
  });
});

describe("the rights in the host", () => {
  const manifests = (file: string): Record<string, any>[] =>
    parseAllDocuments(readFileSync(join(import.meta.dirname, "..", "..", "..", "deploy", file), "utf8")).map(
      (document) => document.toJS() as Record<string, any>,
    );
  const rightsIn = (rules: readonly Record<string, any>[]): readonly string[] =>
    rules.flatMap(({ apiGroups, resources, verbs }) =>
      (resources as string[]).flatMap((resource) =>
        (verbs as string[]).map((verb) => `${verb} ${resource}.${String(apiGroups)}`),
      ),
    );

  it("that init gives are those of deploy/host.yaml, and those of leases", () => {
    const account = { namespace: "fedns", name: "fedns" };
    const endpointGroup = "externaldns.k8s.io";
    const plan = {
      hostUid: "x",
      namespace: "fed",
      account,
      scope: "Cluster",
      endpointGroup,
      hasPlain: false,
    } as const;
    const rulesOf = (objects: readonly any[]): Record<string, any>[] =>
      objects.flatMap(({ kind, rules }) => (kind === "Role" || kind === "ClusterRole" ? rules : []));
    const given = new Set(rightsIn(rulesOf(hostObjects(plan).map(({ manifest }) => manifest))));
    const documented = rightsIn(rulesOf(manifests("host.yaml")));
    assert.ok(documented.length > 5);
    assert.deepEqual(
      documented.filter((right) => !given.has(right)),
      [],
    );
    const more = [...given].filter((right) => !documented.includes(right));
    assert.ok(
      more.every((right) => /(leases|configmaps|endpoints)\./.test(right)),
      more.join(),
    );
  });

  it("for plain objects of Federation v1 are those of deploy/federation-v1.yaml, and only when they are asked for", () => {
    const account = { namespace: "fedns", name: "fedns" };
    const plan = { hostUid: "x", namespace: "fed", account, scope: "Cluster", endpointGroup: null } as const;
    const given = (hasPlain: boolean): readonly string[] =>
      hostObjects({ ...plan, hasPlain }).flatMap(({ manifest }) =>
        rightsIn((manifest["rules"] ?? []) as Record<string, any>[]),
      );
    const more = new Set(given(true));
    for (const right of given(false)) more.delete(right);
    const [{ rules } = { rules: [] }] = manifests("federation-v1.yaml");
    // Those of the namespace of the federation are for one namespace alone.
    const always = new Set(given(false));
    assert.deepEqual(
      [...more].toSorted(),
      rightsIn(rules as Record<string, any>[])
        .filter((right) => !always.has(right))
        .toSorted(),
    );
    assert.ok(more.has("watch secrets.") && more.has("patch deployments/status.apps"));
  });

  it("for DNS records are for all namespaces, or for the one that is federated", () => {
    const account = { namespace: "fedns", name: "fedns" };
    const group = "externaldns.k8s.io";
    const plan = { hostUid: "x", namespace: "fed", account, endpointGroup: group, hasPlain: false } as const;
    const recordsIn = (scope: "Cluster" | "Namespaced"): readonly string[] =>
      hostObjects({ ...plan, scope })
        .filter(({ manifest }) => /servicednsrecords.*dnsendpoints/.test(JSON.stringify(manifest)))
        .map(({ manifest }) => manifest.kind);
    assert.deepEqual(recordsIn("Cluster"), ["ClusterRole"]);
    assert.deepEqual(recordsIn("Namespaced"), ["Role"]);
  });

  it("and in a member that join gives are those of deploy/member.yaml", () => {
    const rules = memberObjects({
      hostUid: "0a1b2c3d-x",
      cluster: "us-west",
      namespace: "fedns-system",
      sources: SOURCE_NAMES,
      kinds: [],
      namespaces: null,
    }).flatMap(({ manifest }) => (manifest["rules"] ?? []) as Record<string, any>[]);
    const written = manifests("member.yaml").flatMap(
      ({ rules: all }) => (all ?? []) as Record<string, any>[],
    );
    const isResource = ({ resources }: Record<string, any>): boolean => resources !== undefined;
    assert.deepEqual(
      rightsIn(rules.filter(isResource)).toSorted(),
      rightsIn(written.filter(isResource)).toSorted(),
    );
  });
});

describe("the objects in a member", () => {
  const plan: MemberPlan = {
    hostUid: "0a1b2c3d-x",
    cluster: "us-west",
    namespace: "fed",
    sources: [],
    kinds: [],
    namespaces: null,
  };
  const kinds = [{ group: "apps", plural: "deployments", isNamespaced: true }];
  const rolesOf = (parts: Partial<MemberPlan>): readonly string[] =>
    memberObjects({ ...plan, ...parts })
      .filter(({ manifest }) => manifest.kind.endsWith("Role"))
      .map(({ key, manifest }) => `${manifest.kind} ${key.namespace}/${key.name}`);

  it("have a role for writing only where kinds may be propagated, in the whole cluster or in each namespace", () => {
    const always = ["ClusterRole /fedns-0a1b2c3d", "Role fed/fedns-0a1b2c3d"];
    assert.deepEqual(rolesOf({}), always);
    assert.deepEqual(rolesOf({ kinds }), [...always, "ClusterRole /fedns-0a1b2c3d-propagation"]);
    assert.deepEqual(rolesOf({ kinds, namespaces: ["shop", "blog"] }), [
      ...always,
      "Role shop/fedns-0a1b2c3d-propagation",
      "Role blog/fedns-0a1b2c3d-propagation",
    ]);
  });

  it("have the rights of the given sources, and those that are always needed", () => {
    const read = readRules(["services"]).flatMap(({ resources = [] }) => resources);
    assert.deepEqual(read, ["services", "nodes", "namespaces", "endpointslices"]);
  });

  it("carry the labels by which they are found again", () => {
    for (const { manifest } of memberObjects(plan))
      assert.deepEqual(manifest.metadata?.["labels"], {
        "app.kubernetes.io/managed-by": "fedns",
        "fedns.io/host": "0a1b2c3d-x",
        "fedns.io/cluster": "us-west",
      });
  });
});
