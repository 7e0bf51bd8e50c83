/** The members that the sandbox's host declares, as `fedns join` would: an account in the member, a Secret and a KubeFedCluster. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parseAllDocuments } from "yaml";
import type { ApiServer } from "./api-server.ts";
import { SYSTEM_NAMESPACE } from "./host-types.ts";
import { objectAt, textAt } from "./object/json.ts";
import type { SampleMember } from "./sample.ts";
import type { Manifest } from "./store/objects.ts";

const CLUSTER_KIND = { apiVersion: "core.kubefed.io/v1beta1", kind: "KubeFedCluster" } as const;
const ACCOUNT = { namespace: "fedns-system", name: "fedns-reader" } as const;
/** From the sources, and from a build of them in `dist`. */
const manifests: readonly string[] = ["../../deploy/member.yaml", "../../../deploy/member.yaml"];

/** False where the manifests are missing, as in the container image: then nothing is declared. */
export async function declareMember(
  host: ApiServer,
  { name, latitude, longitude }: SampleMember,
  member: ApiServer,
): Promise<boolean> {
  const account = await readManifests();
  if (account.length === 0 || !host.objects.isKnown(CLUSTER_KIND)) return false;
  for (const manifest of account) member.objects.put(manifest);
  await member.settled();
  const secret = member.objects.get({ apiVersion: "v1", kind: "Secret", ...ACCOUNT });
  const token = textAt(objectAt(secret, "data"), "token");
  const metadata = { name, namespace: SYSTEM_NAMESPACE };
  host.objects.put({ apiVersion: "v1", kind: "Secret", metadata, data: { token } });
  host.objects.put({
    ...CLUSTER_KIND,
    metadata: { ...metadata, annotations: { "fedns.io/location": `${latitude},${longitude}` } },
    spec: {
      apiEndpoint: member.url,
      caBundle: Buffer.from(member.caPem).toString("base64"),
      secretRef: { name },
    },
  });
  return true;
}

async function readManifests(): Promise<readonly Manifest[]> {
  for (const path of manifests) {
    const text = await readFile(join(import.meta.dirname, path), "utf8").catch(() => "");
    if (text !== "") return parseAllDocuments(text).map((one) => one.toJS() as Manifest);
  }
  return [];
}
