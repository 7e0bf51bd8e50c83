/** What the sandbox's host has besides KubeFed's definitions: members that have joined, enabled types, federated objects. */
import type { ApiServer } from "./api-server.ts";
import { objectAt, textAt } from "./object/json.ts";
import { federatedSample } from "./sample-federated.ts";
import type { SampleMember } from "./sample.ts";
import type { Manifest } from "./store/objects.ts";

/** A cluster as somebody who makes it a member knows it. */
type JoiningCluster = Pick<SampleMember, "name" | "latitude" | "longitude"> & {
  readonly url: string;
  readonly caPem: string;
  /** Of its namespace kube-system. */
  readonly uid: string;
};

/** What makes clusters a federation, as manifests: the same as `fedns init`, `fedns enable` and `fedns join` make. */
export type FederationObjects = {
  /** In the host. */
  host(hostUid: string): readonly object[];
  join(
    hostUid: string,
    cluster: JoiningCluster,
  ): {
    /** In the member: its account, and a Secret with the token of it. */
    readonly member: readonly object[];
    readonly tokenSecret: { readonly namespace: string; readonly name: string };
    /** In the host. `token`: base64. */
    declaration(token: string): readonly object[];
  };
};

type Joining = { readonly member: SampleMember; readonly server: ApiServer };

const CLUSTER_KIND = { apiVersion: "core.kubefed.io/v1beta1", kind: "KubeFedCluster" } as const;

/** False where the host lacks KubeFed's definitions: then nothing is declared. */
export async function federate(
  host: ApiServer,
  joining: readonly Joining[],
  federation: FederationObjects,
): Promise<boolean> {
  if (!host.objects.isKnown(CLUSTER_KIND)) return false;
  const hostUid = uidOf(host);
  putAll(host, federation.host(hostUid));
  await Promise.all(
    joining.map(async ({ member, server }) => {
      const { name, url, caPem } = server;
      const { latitude, longitude } = member;
      const plan = federation.join(hostUid, { name, url, caPem, uid: uidOf(server), latitude, longitude });
      putAll(server, plan.member);
      await server.settled();
      const secret = server.objects.get({ apiVersion: "v1", kind: "Secret", ...plan.tokenSecret });
      const token = textAt(objectAt(secret, "data"), "token");
      putAll(host, plan.declaration(token));
    }),
  );
  putAll(host, federatedSample);
  return true;
}

function putAll({ objects }: ApiServer, manifests: readonly object[]): void {
  for (const manifest of manifests) objects.put(manifest as Manifest);
}

function uidOf({ objects }: ApiServer): string {
  return objects.get({ apiVersion: "v1", kind: "Namespace", name: "kube-system" })?.metadata.uid ?? "";
}
