/**
 * The host of a chaos run and the members that it declares: API servers of this process, each behind a wire that can be cut. The
 * other clusters of the run know nothing of them.
 */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { federation } from "../../../src/cli/sandbox/federation.ts";
import { type ApiServer, startApiServer } from "../../../src/sandbox/api-server.ts";
import { installHostTypes, SYSTEM_NAMESPACE } from "../../../src/sandbox/host-types.ts";
import type { KubeObject } from "../../../src/sandbox/object/object.ts";
import type { Manifest } from "../../../src/sandbox/store/objects.ts";
import { type Authority, createAuthority } from "../../../src/sandbox/tls/authority.ts";
import { atEnd, type Scope } from "../../support/programs.ts";
import { Wire } from "../../support/wire.ts";
import { FEDERATED_KINDS, FEDERATED_VERSION } from "./wanted.ts";

export const MEMBERS = ["alpha", "beta", "gamma"] as const;
/** So that a restored host can begin below what was seen of it. */
const FIRST_VERSION = 10_000_000;
/** More versions than a host makes between its restoration and the first look of fedns. */
const BACK_BY = 100_000;

export type ChaosMember = { readonly name: string; readonly server: ApiServer; readonly wire: Wire };

/** What a backup of the host has. */
export type Backup = readonly KubeObject[];

/** Who is told of each host, the first one and those that are restored. */
export type HostListener = (host: ApiServer) => void;

export class PropagationStage {
  readonly members: readonly ChaosMember[];
  readonly hostWire: Wire;
  /** The path of the kubeconfig that leads to the host. */
  readonly kubeconfig: string;
  readonly #scope: Scope;
  readonly #authority: Authority;
  /** What no person changes: definitions, types, members, their accounts. */
  #fixed: readonly Manifest[] = [];
  #host: ApiServer;

  private constructor(
    scope: Scope,
    parts: Pick<PropagationStage, "members" | "hostWire" | "kubeconfig"> & {
      readonly authority: Authority;
      readonly host: ApiServer;
    },
  ) {
    this.#scope = scope;
    this.members = parts.members;
    this.hostWire = parts.hostWire;
    this.kubeconfig = parts.kubeconfig;
    this.#authority = parts.authority;
    this.#host = parts.host;
  }

  static async open(scope: Scope, directory: string): Promise<PropagationStage> {
    const authority = await createAuthority();
    const start = async (
      name: string,
      options: Parameters<typeof startApiServer>[0] = {},
    ): Promise<{ readonly server: ApiServer; readonly wire: Wire }> => {
      const server = await startApiServer({ name, authority, ...options });
      atEnd(scope, () => server.close());
      return { server, wire: await Wire.lay(scope, server.port) };
    };
    const host = await start("host", { firstVersion: FIRST_VERSION });
    const members = await Promise.all(
      MEMBERS.map(async (name, i) => {
        const loadBalancer = { ipv4Prefix: `198.18.${i}.`, ipv6Prefix: `2001:db8:${i}::` };
        const counts = { ipv4PerService: 1, ipv6PerService: 0 };
        return { name, ...(await start(name, { loadBalancer: { ...loadBalancer, ...counts } })) };
      }),
    );
    const kubeconfig = join(directory, "host.kubeconfig");
    const text = host.server.kubeconfig().replace(`:${host.server.port}`, `:${host.wire.port}`);
    await writeFile(kubeconfig, text, { mode: 0o600 });
    const parts = { members, hostWire: host.wire, kubeconfig, authority, host: host.server };
    const stage = new PropagationStage(scope, parts);
    await installHostTypes(host.server.objects, false);
    stage.#fixed = await stage.#declarations();
    for (const manifest of stage.#fixed) host.server.objects.put(manifest);
    return stage;
  }

  get host(): ApiServer {
    return this.#host;
  }

  member(name: string): ChaosMember {
    const found = this.members.find((one) => one.name === name);
    if (found === undefined) throw new Error(`no member ${name}`);
    return found;
  }

  backUp(): Backup {
    const { objects } = this.#host;
    const federated = FEDERATED_KINDS.flatMap((kind) => objects.list(FEDERATED_VERSION, kind));
    const books = objects.list("v1", "ConfigMap", SYSTEM_NAMESPACE).filter(isBook);
    // Namespaces before what is in them.
    return [...objects.list("v1", "Namespace"), ...books, ...federated];
  }

  /** Another server with an older state takes the place of the host: fewer versions, and no history. */
  async restore(backup: Backup, onHost: HostListener): Promise<void> {
    const before = this.#host;
    const host = await startApiServer({
      name: "host",
      authority: this.#authority,
      token: before.token,
      firstVersion: before.objects.version - BACK_BY,
    });
    atEnd(this.#scope, () => host.close());
    await installHostTypes(host.objects, false);
    for (const manifest of this.#fixed) host.objects.put(manifest);
    const known = host.objects.list("v1", "Namespace").map(({ metadata }) => metadata.name);
    for (const object of backup)
      if (object.kind !== "Namespace" || !known.includes(object.metadata.name))
        host.objects.put(remade(object));
    this.#host = host;
    onHost(host);
    await this.hostWire.refuse();
    this.hostWire.leadTo(host.port);
    await this.hostWire.mend();
    await before.close();
  }

  async #declarations(): Promise<readonly Manifest[]> {
    const hostUid = uidOf(this.#host);
    const isUsed = ({ kind, metadata, spec }: any): boolean => {
      if (kind === "CustomResourceDefinition") return FEDERATED_KINDS.includes(spec.names.kind);
      return kind !== "FederatedTypeConfig" || FEDERATED_KINDS.includes(spec.federatedType.kind ?? metadata);
    };
    const declared = federation.host(hostUid).filter(isUsed);
    const joined = await Promise.all(this.members.map((member) => this.#join(hostUid, member)));
    return [...declared, ...joined.flat()] as Manifest[];
  }

  async #join(hostUid: string, { name, server, wire }: ChaosMember): Promise<readonly object[]> {
    const plan = federation.join(hostUid, {
      name,
      url: server.url.replace(`:${server.port}`, `:${wire.port}`),
      caPem: server.caPem,
      uid: uidOf(server),
      latitude: 0,
      longitude: 0,
    });
    for (const manifest of plan.member) server.objects.put(manifest as Manifest);
    await server.settled();
    const secret = server.objects.get({ apiVersion: "v1", kind: "Secret", ...plan.tokenSecret }) as any;
    return plan.declaration(secret.data.token);
  }
}

/** fedns keeps its journal and its orders in them. */
function isBook({ metadata: { name } }: KubeObject): boolean {
  return name.startsWith("fedns-");
}

/** As a backup tool makes it again: what the API server gives is given anew. */
function remade({ metadata, ...content }: KubeObject): Manifest {
  const { uid: _, resourceVersion: __, managedFields: ___, ...kept } = metadata;
  return { ...content, metadata: kept };
}

function uidOf({ objects }: ApiServer): string {
  return objects.get({ apiVersion: "v1", kind: "Namespace", name: "kube-system" })?.metadata.uid ?? "";
}
