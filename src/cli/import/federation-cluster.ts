/** From Federation v1's Cluster objects to KubeFedClusters with their Secrets, and what could not be carried over. Pure. */
import { toDnsLabel } from "../../federation/members/label.ts";
import { clusterAnnotation } from "../../fleet/host-objects/cluster-annotations.ts";
import { isRecord } from "../../fleet/kube/kube-error.ts";
import { readFederationSecret } from "./federation-secret.ts";

type Section = Readonly<Record<string, unknown>>;

type ImportedClusters = {
  /** KubeFedClusters and Secrets, in the order of the input. */
  readonly objects: readonly Section[];
  /** What could not be carried over: "Cluster us-west: …". */
  readonly notes: readonly string[];
  /** Clusters that could not be carried over at all. */
  readonly failed: number;
};

const API_VERSION = /^federation\/v1(alpha1|beta1)$/;
const EVERYWHERE = ["0.0.0.0/0", "::/0"];

/** `objects`: parsed manifests; a List counts as its items. */
export function importClusters(objects: readonly unknown[], namespace: string): ImportedClusters {
  const all = objects.flatMap(itemsOf);
  const clusters = all.filter(isCluster);
  const secrets = new Map(
    all.filter((one) => one["kind"] === "Secret").map((one) => [nameOf(one), one] as const),
  );
  const others = all.filter((one) => !isCluster(one) && one["kind"] !== "Secret");
  const notes = others.map(
    (one) => `${kindOf(one)} ${nameOf(one)}: it is no Cluster of Federation v1; ignored`,
  );
  const imported: Section[] = [];
  let failed = 0;
  for (const cluster of clusters) {
    const result = importCluster(cluster, secrets, namespace);
    imported.push(...result.objects);
    notes.push(...result.notes.map((note) => `Cluster ${nameOf(cluster)}: ${note}`));
    if (result.objects.length === 0) failed += 1;
  }
  return { objects: imported, notes, failed };
}

type ImportedCluster = { readonly objects: readonly Section[]; readonly notes: readonly string[] };

function importCluster(
  cluster: Section,
  secrets: ReadonlyMap<string, Section>,
  namespace: string,
): ImportedCluster {
  const name = nameOf(cluster);
  const notes: string[] = [];
  if (!/^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/.test(name))
    return { objects: [], notes: ["its name is not the name of an object; rename it"] };
  const { apiEndpoint, notes: endpointNotes } = endpointOf(sectionIn(cluster, "spec"));
  notes.push(...endpointNotes);
  if (apiEndpoint === null) return { objects: [], notes };
  const secretName = sectionIn(sectionIn(cluster, "spec"), "secretRef")["name"];
  const secret = typeof secretName === "string" ? secrets.get(secretName) : undefined;
  if (secretName === undefined)
    notes.push("it has no Secret, by which v1 meant an insecure connection; run fedns join");
  else if (secret === undefined)
    notes.push(`its Secret ${JSON.stringify(secretName)} is not in the input; add it, or run fedns join`);
  const access = secret === undefined ? null : readFederationSecret(secret);
  notes.push(...(access?.notes ?? []), ...metadataNotes(cluster));
  if (access?.isInsecure === true)
    notes.push(
      "the server's certificate was not checked, and is not checked now; write the CA into spec.caBundle",
    );
  const place = placeOf(cluster, notes);
  const kubeFedCluster = {
    apiVersion: "core.kubefed.io/v1beta1",
    kind: "KubeFedCluster",
    metadata: { name, namespace, ...labelsOf(cluster), ...(place !== null && { annotations: place }) },
    spec: {
      apiEndpoint,
      ...(access !== null && access.caBundle !== null && { caBundle: access.caBundle }),
      ...(access?.isInsecure === true && { disabledTLSValidations: ["*"] }),
      secretRef: { name },
    },
  };
  if (access === null || access.token === null) return { objects: [kubeFedCluster], notes };
  const data = { token: Buffer.from(access.token).toString("base64") };
  const carried = { apiVersion: "v1", kind: "Secret", metadata: { name, namespace }, type: "Opaque", data };
  return { objects: [carried, kubeFedCluster], notes };
}

type Endpoint = { readonly apiEndpoint: string | null; readonly notes: readonly string[] };

/** v1 had an endpoint for each network of clients; a KubeFedCluster has one. v1 assumed https. */
function endpointOf(spec: Section): Endpoint {
  const listed: readonly unknown[] = Array.isArray(spec["serverAddressByClientCIDRs"])
    ? spec["serverAddressByClientCIDRs"]
    : [];
  const entries = listed.filter(isRecord);
  const chosen =
    entries.find(({ clientCIDR }) => EVERYWHERE.some((cidr) => cidr === clientCIDR)) ?? entries[0];
  const address = chosen?.["serverAddress"];
  const written = typeof address === "string" ? address.trim() : "";
  const url =
    written === "" ? null : URL.parse(/^https?:\/\//.test(written) ? written : `https://${written}`);
  if (url === null || url.search !== "" || url.username !== "")
    return { apiEndpoint: null, notes: ["it has no serverAddress that is a URL; add one"] };
  const others = entries.filter((entry) => entry !== chosen && entry["serverAddress"] !== address);
  const notes = others.map(
    ({ clientCIDR, serverAddress }) =>
      `the address ${String(serverAddress)} for clients in ${String(clientCIDR)} has no field; ${url.href} is used by all`,
  );
  return { apiEndpoint: url.href, notes };
}

/** The places that v1 had read from the nodes. As annotations they count more than what the nodes say today. */
function placeOf(cluster: Section, notes: string[]): Readonly<Record<string, string>> | null {
  const { region, zones } = sectionIn(cluster, "status");
  if (typeof region !== "string" || region === "") return null;
  const label = toDnsLabel(region);
  const listed: readonly unknown[] = Array.isArray(zones) ? zones : [];
  const labels = listed.flatMap((zone) => (typeof zone === "string" ? (toDnsLabel(zone) ?? []) : []));
  if (label === null || labels.length < listed.length) {
    notes.push(
      "its region or zones cannot be DNS labels; they are read from the labels of its nodes instead",
    );
    return null;
  }
  notes.push("its region and zones are annotations now; remove them to have those of its nodes");
  return {
    [clusterAnnotation("region")]: label,
    ...(labels.length > 0 && { [clusterAnnotation("zones")]: [...new Set(labels)].join(",") }),
  };
}

function metadataNotes(cluster: Section): readonly string[] {
  const annotations = Object.keys(sectionIn(sectionIn(cluster, "metadata"), "annotations"));
  // `kubefed join` wrote these; the first is misspelt in Federation v1 too.
  const ofJoin = [
    "federation.kubernetes.io/servive-account-name",
    "federation.kubernetes.io/cluster-role-name",
  ];
  const made = annotations.some((key) => ofJoin.includes(key));
  const others = annotations.filter(
    (key) => !ofJoin.includes(key) && !key.startsWith("kubectl.kubernetes.io/"),
  );
  return [
    ...(made
      ? ["the account that kubefed join made may do everything; fedns join makes one with fewer rights"]
      : []),
    ...others.map((key) => `the annotation ${key} means nothing to fedns; left out`),
  ];
}

function labelsOf(cluster: Section): { readonly labels?: Section } {
  const labels = sectionIn(sectionIn(cluster, "metadata"), "labels");
  return Object.keys(labels).length === 0 ? {} : { labels };
}

function itemsOf(object: unknown): readonly Section[] {
  if (!isRecord(object)) return [];
  const items: unknown = object["items"];
  return Array.isArray(items) ? items.filter(isRecord) : [object];
}

function isCluster(object: Section): boolean {
  const { kind, apiVersion } = object;
  return kind === "Cluster" && typeof apiVersion === "string" && API_VERSION.test(apiVersion);
}

function sectionIn(object: Section, key: string): Section {
  const value = object[key];
  return isRecord(value) ? value : {};
}

function nameOf(object: Section): string {
  const { name } = sectionIn(object, "metadata");
  return typeof name === "string" ? name : "";
}

function kindOf(object: Section): string {
  return typeof object["kind"] === "string" ? object["kind"] : "an object without a kind";
}
