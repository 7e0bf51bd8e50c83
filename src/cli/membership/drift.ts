/**
 * Differences between clusters that will hurt, each with its cure.
 *
 * | difference | what it breaks |
 * |---|---|
 * | Nodes without labels of region or zone, with old or misspelt ones, or one place spelt in two ways | names of regions and zones |
 * | StorageClasses of one name with different provisioners | volumes of propagated workloads |
 * | a kind that one cluster does not serve, or not in a common version | propagation of that kind |
 * | Kubernetes more than three minor versions apart | what the API servers accept |
 * | a clock that is wrong | tokens and leases |
 * | one cluster under two names | it would count twice |
 * | a name that is in the settings file as well | it is not clear which one counts |
 * | an API server on a loopback address | no other machine reaches it |
 * | an account of KubeFed that may do everything | nothing, but fedns does not need it |
 */
import { toDnsLabel } from "../../federation/members/label.ts";
import { type ComparedCluster, kindsOf, minorOf, type ComparedNode } from "./compared-cluster.ts";

export type Drift = {
  readonly cluster: string;
  /** What is wrong. */
  readonly text: string;
  readonly cure: string;
};

/** KEP-3935 supports kubelets that are three minor versions older. */
const MINOR_SKEW_MAX = 3;
/** Tokens are refused when they are used before they were issued; most libraries allow for less than a minute. */
const CLOCK_SKEW_MAX_MS = 10_000;
const NAMES_SHOWN_MAX = 5;

/** The drift of `subject`, alone and against `others`. */
export function driftOf(subject: ComparedCluster, others: readonly ComparedCluster[]): readonly Drift[] {
  const found = [
    ...identityDrift(subject, others),
    ...placeDrift(subject, others),
    ...storageDrift(subject, others),
    ...kindDrift(subject, others),
    ...versionDrift(subject, others),
    ...clockDrift(subject),
    ...roleDrift(subject),
  ];
  return found.map(([text, cure]) => ({ cluster: subject.name, text, cure }));
}

type Pair = readonly [text: string, cure: string];

function identityDrift(subject: ComparedCluster, others: readonly ComparedCluster[]): readonly Pair[] {
  const { uid, name, apiEndpoint, isInSettings } = subject;
  const found: Pair[] = [];
  const twin = others.find((other) => uid !== null && other.uid === uid);
  if (twin !== undefined)
    found.push([
      `it is the same cluster as ${twin.name}: it would count twice`,
      `run fedns unjoin for one of them`,
    ]);
  if (isInSettings)
    found.push([
      `the settings file has a cluster named ${name} as well`,
      "remove it from clusters in the settings, or join under another name",
    ]);
  if (isLoopback(apiEndpoint))
    found.push([
      `its API server is at ${apiEndpoint}, which only this machine reaches`,
      "join with --api-endpoint and an address that the host reaches, unless fedns runs on this machine",
    ]);
  return found;
}

function isLoopback(apiEndpoint: string): boolean {
  const host = URL.parse(apiEndpoint)?.hostname ?? "";
  return host === "localhost" || host === "[::1]" || host.startsWith("127.");
}

function placeDrift(subject: ComparedCluster, others: readonly ComparedCluster[]): readonly Pair[] {
  const { nodes, region } = subject;
  if (nodes === null || region !== null) return [];
  if (nodes.length === 0)
    return [["it has no Nodes, so it is in no region", "join with --region and --zones"]];
  const found: Pair[] = [];
  const lacking = (part: "region" | "zone"): readonly ComparedNode[] =>
    nodes.filter((node) => node[part] === null);
  for (const part of ["region", "zone"] as const) {
    const without = lacking(part);
    if (without.length === 0) continue;
    const label = `topology.kubernetes.io/${part}`;
    const lookalikes = [...new Set(without.flatMap(({ lookalikes: all }) => all[part]))];
    const seen = lookalikes.length === 0 ? "" : `; they have ${lookalikes.join(", ")}`;
    const which =
      without.length === nodes.length
        ? "no Node has"
        : `${without.length} of ${nodes.length} Nodes do not have`;
    found.push([
      `${which} the label ${label} (${shown(without.map(({ name }) => name))})${seen}`,
      `label the Nodes with ${label}, or join with --region and --zones`,
    ]);
  }
  return [...found, ...spellingDrift(subject, others)];
}

/** Values that become the same DNS label, and are not the same text. */
function spellingDrift(subject: ComparedCluster, others: readonly ComparedCluster[]): readonly Pair[] {
  const found: Pair[] = [];
  for (const part of ["region", "zone"] as const) {
    const everywhere = [subject, ...others].flatMap(({ name, nodes }) =>
      (nodes ?? []).flatMap((node) => (node[part] === null ? [] : [{ cluster: name, value: node[part] }])),
    );
    const spellings = Map.groupBy(everywhere, ({ value }) => toDnsLabel(value));
    for (const [label, all] of spellings) {
      const values = [...new Set(all.map(({ value }) => value))];
      const isOurs = all.some(({ cluster }) => cluster === subject.name);
      if (values.length < 2 || !isOurs || label === null) continue;
      found.push([
        `the ${part} ${label} is spelt ${values.map((value) => JSON.stringify(value)).join(" and ")}`,
        `give all Nodes of this ${part} the same label`,
      ]);
    }
  }
  return found;
}

function storageDrift(subject: ComparedCluster, others: readonly ComparedCluster[]): readonly Pair[] {
  return (subject.storageClasses ?? []).flatMap(({ name, provisioner }): readonly Pair[] => {
    const differing = others.flatMap((other) =>
      (other.storageClasses ?? [])
        .filter((theirs) => theirs.name === name && theirs.provisioner !== provisioner)
        .map((theirs) => `${theirs.provisioner} in ${other.name}`),
    );
    if (differing.length === 0) return [];
    return [
      [
        `the StorageClass ${name} is ${provisioner} here, and ${shown(differing)}: volumes differ by cluster`,
        "give different classes different names, or override storageClassName for this cluster",
      ],
    ];
  });
}

function kindDrift(subject: ComparedCluster, others: readonly ComparedCluster[]): readonly Pair[] {
  const ours = kindsOf(subject);
  if (ours === null) return [];
  const missing = new Map<string, string[]>();
  const apart: string[] = [];
  for (const other of others)
    for (const [kind, versions] of kindsOf(other) ?? []) {
      const here = ours.get(kind);
      if (here === undefined) missing.set(kind, [...(missing.get(kind) ?? []), other.name]);
      else if (!versions.some((version) => here.includes(version)))
        apart.push(`${kind} (${here.join(", ")} here, ${versions.join(", ")} in ${other.name})`);
    }
  const found: Pair[] = [];
  if (missing.size > 0)
    found.push([
      `it does not serve ${shown([...missing].map(([kind, clusters]) => `${kind} (${clusters.join(", ")})`))}`,
      "install their CustomResourceDefinitions before objects of these kinds are placed here",
    ]);
  if (apart.length > 0)
    found.push([
      `it serves no version in common with others of ${shown(apart)}`,
      "bring the clusters to a common version of the definition",
    ]);
  return found;
}

function versionDrift(subject: ComparedCluster, others: readonly ComparedCluster[]): readonly Pair[] {
  const ours = minorOf(subject.version);
  if (ours === null) return [];
  const far = others.filter(({ version }) => {
    const theirs = minorOf(version);
    return theirs !== null && Math.abs(theirs - ours) > MINOR_SKEW_MAX;
  });
  if (far.length === 0) return [];
  return [
    [
      `it runs Kubernetes ${subject.version}, and ${shown(far.map(({ name, version }) => `${name} ${version}`))}`,
      "bring the clusters within three minor versions of each other",
    ],
  ];
}

function clockDrift({ clockSkewMs }: ComparedCluster): readonly Pair[] {
  if (clockSkewMs === null || Math.abs(clockSkewMs) <= CLOCK_SKEW_MAX_MS) return [];
  const seconds = Math.round(Math.abs(clockSkewMs) / 1000);
  return [
    [
      `the clock of its API server is ${seconds} s ${clockSkewMs > 0 ? "ahead of" : "behind"} the clock of this machine`,
      "set the clocks by NTP: tokens and leases depend on them",
    ],
  ];
}

function roleDrift({ rolesOfKubeFed }: ComparedCluster): readonly Pair[] {
  return rolesOfKubeFed.map((name) => [
    `the ClusterRole ${name} of KubeFed still lets its account do everything here`,
    "delete it and the ClusterRoleBinding of that name when KubeFed is not used any more",
  ]);
}

function shown(items: readonly string[]): string {
  const rest = items.length - NAMES_SHOWN_MAX;
  return items.slice(0, NAMES_SHOWN_MAX).join(", ") + (rest > 0 ? ` and ${rest} more` : "");
}
