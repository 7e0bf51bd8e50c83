/** A host cluster in a test: KubeFed's definitions, and members declared as an operator declares them. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseAllDocuments } from "yaml";
import { type ApiServer, startApiServer } from "../../src/sandbox/api-server.ts";
import type { ApiServerOptions } from "../../src/sandbox/api-server.ts";
import { installHostTypes, SYSTEM_NAMESPACE } from "../../src/sandbox/host-types.ts";
import type { ObjectRef } from "../../src/sandbox/store/objects.ts";
import { until } from "./until.ts";

export const NAMESPACE: string = SYSTEM_NAMESPACE;
const folder = join(import.meta.dirname, "..", "..", "deploy");
type Manifest = Parameters<ApiServer["objects"]["put"]>[0];

export function manifestsIn(file: string): Manifest[] {
  return parseAllDocuments(readFileSync(join(folder, file), "utf8")).map((one) => one.toJS() as Manifest);
}

/** An API server with the definitions of deploy/crds. */
export async function startHost(options: ApiServerOptions = {}): Promise<ApiServer> {
  const server = await startApiServer({ name: "host", ...options });
  await installDefinitions(server);
  return server;
}

export async function installDefinitions(server: ApiServer): Promise<void> {
  await installHostTypes(server.objects);
  await server.settled();
}

/** A kubeconfig for the account of deploy/host.yaml, which has the rights that are documented and no others. */
export async function hostAccount(host: ApiServer): Promise<string> {
  for (const manifest of manifestsIn("host.yaml")) host.objects.put(manifest);
  const user = `system:serviceaccount:${NAMESPACE}:fedns-host`;
  return host.kubeconfig(await host.issueClient(user, ["system:serviceaccounts", "system:authenticated"]));
}

/** Creates the service account of deploy/member.yaml in the member, and returns the token in its Secret. */
export async function memberToken(member: ApiServer): Promise<string> {
  for (const manifest of manifestsIn("member.yaml")) member.objects.put(manifest);
  const secret = { apiVersion: "v1", kind: "Secret", namespace: "fedns-system", name: "fedns-reader" };
  const token = (): string => {
    const data = member.objects.get(secret)?.["data"] as Readonly<Record<string, string>> | undefined;
    return Buffer.from(data?.["token"] ?? "", "base64").toString();
  };
  await until("the member has a token", () => token() !== "");
  return token();
}

export function putSecret(host: ApiServer, name: string, token: string): void {
  const data = { token: Buffer.from(token).toString("base64") };
  host.objects.put({ apiVersion: "v1", kind: "Secret", metadata: { name, namespace: NAMESPACE }, data });
}

type Declaration = {
  readonly annotations?: Readonly<Record<string, string>>;
  readonly labels?: Readonly<Record<string, string>>;
  /** In addition to endpoint, CA and Secret. */
  readonly spec?: Readonly<Record<string, unknown>>;
};

/** The KubeFedCluster of a member; `name` is also that of its Secret. */
export function putCluster(host: ApiServer, name: string, member: ApiServer, more: Declaration = {}): void {
  const { annotations = {}, labels = {}, spec = {} } = more;
  host.objects.put({
    apiVersion: "core.kubefed.io/v1beta1",
    kind: "KubeFedCluster",
    metadata: { name, namespace: NAMESPACE, annotations, labels },
    spec: {
      apiEndpoint: member.url,
      caBundle: Buffer.from(member.caPem).toString("base64"),
      secretRef: { name },
      ...spec,
    } as never,
  });
}

export function clusterRef(name: string): ObjectRef {
  return { apiVersion: "core.kubefed.io/v1beta1", kind: "KubeFedCluster", namespace: NAMESPACE, name };
}
