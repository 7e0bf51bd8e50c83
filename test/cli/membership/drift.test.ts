/** The table of drift: each row against clusters that are alike otherwise. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type ComparedCluster, minorOf, nodeFactsOf } from "../../../src/cli/membership/compared-cluster.ts";
import { driftOf } from "../../../src/cli/membership/drift.ts";
import type { ServedKind } from "../../../src/fleet/objects/discovery-document.ts";

const REGION = "topology.kubernetes.io/region";
const ZONE = "topology.kubernetes.io/zone";
const OLD = "failure-domain.beta.kubernetes.io";

const node = (name: string, labels: Readonly<Record<string, string>>) =>
  nodeFactsOf({ metadata: { name, labels } });

const kind = (
  plural: string,
  group: string,
  versions: readonly string[],
  verbs = ["create"],
): ServedKind => ({
  group,
  kind: plural,
  plural,
  isNamespaced: true,
  shortNames: [],
  versions: versions.map((version) => ({ version, verbs, subresources: [] })),
});
const deployments = kind("deployments", "apps", ["v1"]);

const sound = (name: string, parts: Partial<ComparedCluster> = {}): ComparedCluster => ({
  name,
  uid: `uid-of-${name}`,
  apiEndpoint: `https://${name}.example:6443`,
  version: "v1.34.1",
  clockSkewMs: 200,
  region: null,
  nodes: [node("n1", { [REGION]: "us-west", [ZONE]: "a" })],
  storageClasses: [{ name: "fast", provisioner: "ebs.csi.aws.com" }],
  kinds: [deployments],
  rolesOfKubeFed: [],
  isInSettings: false,
  ...parts,
});

type Row = readonly [string, Partial<ComparedCluster>, Partial<ComparedCluster>, readonly string[]];

const rows: readonly Row[] = [
  ["clusters that are alike", {}, {}, []],
  [
    "one cluster under two names",
    { uid: "x" },
    { uid: "x" },
    ["it is the same cluster as b: it would count twice"],
  ],
  ["a name in the settings", { isInSettings: true }, {}, ["the settings file has a cluster named a as well"]],
  [
    "a loopback address",
    { apiEndpoint: "https://127.0.0.1:6443" },
    {},
    ["its API server is at https://127.0.0.1:6443, which only this machine reaches"],
  ],
  ["no Nodes", { nodes: [] }, {}, ["it has no Nodes, so it is in no region"]],
  [
    "some Nodes without a zone",
    {
      nodes: [
        node("n1", { [REGION]: "us-west", [ZONE]: "a" }),
        node("n2", { [REGION]: "us-west", "example.com/zone": "b" }),
      ],
    },
    {},
    [`1 of 2 Nodes do not have the label ${ZONE} (n2); they have example.com/zone`],
  ],
  [
    "labels of old Kubernetes, which still count",
    { nodes: [node("n", { [`${OLD}/region`]: "us-west", [`${OLD}/zone`]: "a" })] },
    {},
    [],
  ],
  ["Nodes whose region the operator gives", { region: "us-west", nodes: [node("n", {})] }, {}, []],
  [
    "a zone that is spelt in two ways",
    {},
    { nodes: [node("n", { [REGION]: "us-west", [ZONE]: "A" })] },
    ['the zone a is spelt "a" and "A"'],
  ],
  [
    "one StorageClass with two provisioners",
    {},
    {
      storageClasses: [
        { name: "fast", provisioner: "pd" },
        { name: "slow", provisioner: "x" },
      ],
    },
    ["the StorageClass fast is ebs.csi.aws.com here, and pd in b: volumes differ by cluster"],
  ],
  [
    "a kind that is not served here",
    {},
    { kinds: [deployments, kind("widgets", "example.com", ["v1"])] },
    ["it does not serve widgets.example.com (b)"],
  ],
  [
    "a kind that is only read there",
    {},
    { kinds: [deployments, kind("nodes", "metrics.k8s.io", ["v1"], ["get"])] },
    [],
  ],
  [
    "a kind without a common version",
    { kinds: [kind("deployments", "apps", ["v1beta1"])] },
    {},
    ["it serves no version in common with others of deployments.apps (v1beta1 here, v1 in b)"],
  ],
  ["versions three minors apart", {}, { version: "v1.31.0" }, []],
  [
    "versions four minors apart",
    {},
    { version: "v1.30.9+k3s1" },
    ["it runs Kubernetes v1.34.1, and b v1.30.9+k3s1"],
  ],
  [
    "a role of KubeFed",
    { rolesOfKubeFed: ["kubefed-controller-manager:a-host"] },
    {},
    [
      "the ClusterRole kubefed-controller-manager:a-host of KubeFed still lets its account do everything here",
    ],
  ],
  [
    "a clock ahead",
    { clockSkewMs: 61_000 },
    {},
    ["the clock of its API server is 61 s ahead of the clock of this machine"],
  ],
  [
    "a clock behind",
    { clockSkewMs: -61_000 },
    {},
    ["the clock of its API server is 61 s behind the clock of this machine"],
  ],
];

describe("drift", () => {
  for (const [claim, subject, other, expected] of rows)
    it(`${expected.length === 0 ? "is not found for" : "is found for"} ${claim}`, () => {
      const found = driftOf(sound("a", subject), [sound("b", other)]);
      assert.deepEqual(
        found.map(({ text }) => text),
        expected,
      );
      assert.ok(found.every(({ cluster, cure }) => cluster === "a" && cure !== ""));
    });

  it("is not found where nothing could be read", () => {
    const nothing = {
      uid: null,
      version: null,
      clockSkewMs: null,
      nodes: null,
      storageClasses: null,
      kinds: null,
    };
    assert.deepEqual(driftOf(sound("a", nothing), [sound("b", nothing)]), []);
    assert.deepEqual(driftOf(sound("a"), [sound("b", nothing)]), []);
  });

  it("reads minor versions as vendors write them", () => {
    const versions = ["v1.34.1", "v1.27.3-gke.100", "1.9.0", "v2.0.0", "x", null];
    assert.deepEqual(versions.map(minorOf), [34, 27, 9, null, null, null]);
  });
});
