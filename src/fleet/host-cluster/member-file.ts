/**
 * The members of the host as they were last seen, in the state directory: with them fedns starts while the host is away.
 * It holds tokens, and is checked when it is read like everything that comes from outside.
 */
import { rename } from "node:fs/promises";
import { messageOf } from "../../kernel/error.ts";
import { readPrivateFile, writePrivateFile } from "../../kernel/private-file.ts";
import { clusterAnnotation } from "../host-objects/cluster-annotations.ts";
import { isRecord } from "../kube/kube-error.ts";
import { type DeclaredMember, parseKubeFedCluster } from "../host-objects/declared-member.ts";

const MEMBERS_MAX = 128;
/** A CA bundle of 256 kB in base64 for each member. */
const FILE_OCTETS_MAX = 64 * 1024 * 1024;
const VERSION = 1;

export type SavedMember = {
  readonly member: DeclaredMember;
  /** The token in its Secret; null = none was read. */
  readonly seed: string | null;
  /** The uid of its namespace kube-system, as it was first seen; null = never. */
  readonly clusterUid: string | null;
};

type ReadMembers = { readonly members: readonly SavedMember[]; readonly problem: string | null };

/** A file that cannot be used is renamed to PATH.refused; members that cannot be used are left out. Never rejects. */
export async function readMembers(path: string): Promise<ReadMembers> {
  try {
    const text = await readPrivateFile(path, FILE_OCTETS_MAX);
    if (text === null) return { members: [], problem: null };
    const content: unknown = JSON.parse(text);
    if (!isRecord(content) || content["version"] !== VERSION || !Array.isArray(content["members"]))
      throw new Error("not a file of members of this version");
    const entries: readonly unknown[] = content["members"].slice(0, MEMBERS_MAX);
    const members = entries.flatMap((entry) => savedMember(entry) ?? []);
    const lost = content["members"].length - members.length;
    return { members, problem: lost === 0 ? null : `${path}: ${lost} members could not be read` };
  } catch (error) {
    await rename(path, `${path}.refused`).catch(() => undefined);
    return { members: [], problem: `${path}: ${messageOf(error)}; it is kept as ${path}.refused` };
  }
}

export function writeMembers(path: string, members: readonly SavedMember[]): Promise<void> {
  const entries = members.map(({ member, seed, clusterUid }) => ({
    object: objectOf(member),
    seed,
    clusterUid,
  }));
  return writePrivateFile(path, JSON.stringify({ version: VERSION, members: entries }));
}

/** Saved in the form of the API, so that the same parser checks both. */
function objectOf(member: DeclaredMember): unknown {
  const { name, uid, created, labels, apiEndpoint, caBundle, proxyURL, disabledTLSValidations, secretName } =
    member;
  const spec = {
    apiEndpoint,
    ...(caBundle !== null && { caBundle: Buffer.from(caBundle).toString("base64") }),
    ...(proxyURL !== null && { proxyURL }),
    disabledTLSValidations,
    secretRef: { name: secretName },
  };
  const metadata = { name, uid, creationTimestamp: created, labels, annotations: annotationsOf(member) };
  return { metadata, spec };
}

function annotationsOf(member: DeclaredMember): Readonly<Record<string, string>> {
  const { region, zones, location, addresses, namespaces, namespaceSelector, clusterUid } = member;
  return {
    ...(region !== null && { [clusterAnnotation("region")]: region }),
    ...(zones !== null && { [clusterAnnotation("zones")]: zones.join(",") }),
    ...(location !== null && {
      [clusterAnnotation("location")]: `${location.latitude},${location.longitude}`,
    }),
    ...(addresses.length > 0 && { [clusterAnnotation("addresses")]: addresses.join(",") }),
    ...(namespaces.length > 0 && { [clusterAnnotation("namespaces")]: namespaces.join(",") }),
    ...(namespaceSelector !== "" && { [clusterAnnotation("namespace-selector")]: namespaceSelector }),
    ...(clusterUid !== null && { [clusterAnnotation("cluster-uid")]: clusterUid }),
  };
}

function savedMember(entry: unknown): SavedMember | null {
  if (!isRecord(entry)) return null;
  const { value } = parseKubeFedCluster(entry["object"], null);
  if (value === null) return null;
  const { seed, clusterUid } = entry;
  const isToken = typeof seed === "string" && /^[\x21-\x7e]{1,8000}$/.test(seed);
  const isUid = typeof clusterUid === "string" && /^[0-9a-f-]{1,64}$/i.test(clusterUid);
  return { member: value, seed: isToken ? seed : null, clusterUid: isUid ? clusterUid : null };
}
