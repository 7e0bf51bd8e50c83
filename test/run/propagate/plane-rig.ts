/** A host and members as real API servers, and the parts of the propagate process that run in this process between them. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { systemClock } from "../../../src/kernel/clock.ts";
import { silentLog } from "../../../src/kernel/log.ts";
import { parseConfig } from "../../../src/run/config/file.ts";
import { type PropagatePlane, runPropagatePlane } from "../../../src/run/propagate/propagate-plane.ts";
import { type ApiServer, startApiServer } from "../../../src/sandbox/api-server.ts";
import { temporaryFolder } from "../../support/fedns.ts";
import {
  clusterRef,
  hostAccount,
  NAMESPACE,
  putCluster,
  putSecret,
  startHost,
} from "../../support/host-cluster.ts";
import { atEnd, type Scope } from "../../support/programs.ts";
import { until } from "../../support/until.ts";
import { Wire } from "../../support/wire.ts";
import { federated } from "../../propagate/rig.ts";

const KINDS = {
  namespaces: ["Namespace", "Cluster"],
  configmaps: ["ConfigMap", "Namespaced"],
} as const;
type TypeName = keyof typeof KINDS;

const TYPE_FINALIZER = "core.kubefed.io/federated-type-config";
const FINALIZER = "kubefed.io/sync-controller";
const EVERYWHERE = { placement: { clusterSelector: {} } };

type PlaneOptions = {
  readonly members?: readonly string[];
  /** Default: ten minutes. */
  readonly deletionWaitSeconds?: number;
  /** Of `propagation` in the settings. */
  readonly propagation?: object;
};

export class PlaneRig {
  readonly host: ApiServer;
  readonly members: ReadonlyMap<string, ApiServer>;
  /** Between fedns and each member. */
  readonly wires: ReadonlyMap<string, Wire>;
  readonly #scope: Scope;
  readonly #file: string;
  readonly #settings: object;
  #plane: PropagatePlane | null = null;

  private constructor(
    scope: Scope,
    servers: Pick<PlaneRig, "host" | "members" | "wires">,
    file: string,
    settings: object,
  ) {
    this.host = servers.host;
    this.members = servers.members;
    this.wires = servers.wires;
    this.#scope = scope;
    this.#file = file;
    this.#settings = settings;
  }

  /** Both types are enabled, the namespace "shop" is federated and is in every member. Nothing runs yet. */
  static async open(scope: Scope, options: PlaneOptions = {}): Promise<PlaneRig> {
    const { members: names = ["m1"], deletionWaitSeconds = 600, propagation = {} } = options;
    const host = await startHost();
    atEnd(scope, () => host.close());
    const members = new Map<string, ApiServer>();
    const wires = new Map<string, Wire>();
    host.objects.put({ apiVersion: "v1", kind: "Namespace", metadata: { name: "shop" } });
    for (const name of names) {
      const member = await startApiServer({ name });
      atEnd(scope, () => member.close());
      const wire = await Wire.lay(scope, member.port);
      putSecret(host, name, member.token);
      const apiEndpoint = member.url.replace(`:${member.port}`, `:${wire.port}`);
      putCluster(host, name, member, { spec: { apiEndpoint } });
      member.objects.put({ apiVersion: "v1", kind: "Namespace", metadata: { name: "shop" } });
      members.set(name, member);
      wires.set(name, wire);
    }
    const folder = await temporaryFolder(scope);
    await writeFile(join(folder, "host.kubeconfig"), await hostAccount(host), { mode: 0o600 });
    const settings = {
      host: { kubeconfig: "./host.kubeconfig" },
      stateDirectory: ".",
      propagation: { owner: "test", deletionWaitSeconds, ...propagation },
    };
    const rig = new PlaneRig(scope, { host, members, wires }, join(folder, "fedns.yaml"), settings);
    for (const type of Object.keys(KINDS)) rig.enable(type as TypeName);
    rig.put("Namespace", "shop", {});
    return rig;
  }

  start(): void {
    this.#plane = startPlane(this.#scope, this.#file, this.#settings);
  }

  get status(): PropagatePlane["status"] | null {
    return this.#plane?.status ?? null;
  }

  /** Gives the lease back. */
  async stop(): Promise<void> {
    await this.#plane?.stop();
    this.#plane = null;
  }

  enable(type: TypeName, annotations: Readonly<Record<string, string>> = {}): void {
    const [kind, scope] = KINDS[type];
    const target = { version: "v1", kind, pluralName: type, scope };
    const federatedType = {
      group: "types.kubefed.io",
      version: "v1beta1",
      kind: `Federated${kind}`,
      pluralName: `federated${type}`,
      scope: "Namespaced",
    };
    const { apiVersion, namespace, name } = typeRef(type);
    const spec = { propagation: "Enabled", targetType: target, federatedType };
    const metadata = { namespace, name, annotations };
    this.host.objects.put({ apiVersion, kind: "FederatedTypeConfig", metadata, spec } as never);
  }

  typeConfig(type: TypeName): any {
    return this.host.objects.get(typeRef(type)) ?? null;
  }

  /** As `kubectl patch` with a merge patch. */
  patchType(type: TypeName, patch: object): void {
    this.host.objects.patch(typeRef(type), patch as never);
  }

  /** As `kubectl delete`. */
  deleteType(type: TypeName): void {
    this.host.objects.delete(typeRef(type));
  }

  cluster(name: string): any {
    return this.host.objects.get(clusterRef(name)) ?? null;
  }

  put(kind: string, name: string, spec: object, annotations: object = {}): void {
    const object: any = federated(`Federated${kind}`, "shop", name, { ...EVERYWHERE, template: {}, ...spec });
    this.host.objects.put({ ...object, metadata: { ...object.metadata, annotations } });
  }

  inHost(kind: string, name: string): any {
    return this.host.objects.get(objectRef(kind, name)) ?? null;
  }

  isHeld(kind: string, name: string): boolean {
    return this.inHost(kind, name)?.metadata.finalizers?.includes(FINALIZER) === true;
  }

  delete(kind: string, name: string): void {
    this.host.objects.delete(objectRef(kind, name));
  }

  copy(name: string, member = "m1"): any {
    const ref = { apiVersion: "v1", kind: "ConfigMap", namespace: "shop", name };
    return this.members.get(member)?.objects.get(ref) ?? null;
  }

  /** These ConfigMaps are placed everywhere, and held, as is their type. */
  async place(...names: readonly string[]): Promise<void> {
    for (const name of names) this.put("ConfigMap", name, { template: { data: { a: "1" } } });
    const isTypeHeld = (): boolean =>
      this.typeConfig("configmaps").metadata.finalizers?.includes(TYPE_FINALIZER) === true;
    await until(
      "they are placed and held",
      () =>
        isTypeHeld() &&
        names.every(
          (name) =>
            this.isHeld("ConfigMap", name) &&
            [...this.members.keys()].every(
              (member) => this.copy(name, member)?.metadata.labels?.["fedns.io/owner"] === "test",
            ),
        ),
    );
  }

  get journal(): readonly any[] {
    return this.host.objects
      .list("v1", "ConfigMap")
      .filter(({ metadata }: any) => metadata.labels?.["fedns.io/journal"] === "true")
      .flatMap(({ data }: any) => Object.values(data ?? {}))
      .map((text) => JSON.parse(text as string));
  }

  /** Reasons and messages of Events about an object of this kind. */
  events(kind: string): readonly string[] {
    return this.host.objects
      .list("v1", "Event")
      .filter(({ involvedObject }: any) => involvedObject.kind === kind)
      .map(({ reason, message }: any) => `${reason}: ${message}`);
  }
}

/** `file`: where the settings would be, with the kubeconfigs that they name beside it. */
export function startPlane(scope: Scope, file: string, settings: object): PropagatePlane {
  const read = parseConfig(JSON.stringify({ ...DNS_SETTINGS, ...settings }), file);
  if (read.kind !== "config" || read.config.host === null) throw new Error(JSON.stringify(read));
  const { config } = read;
  const parts = { clock: systemClock, random: Math.random, log: silentLog };
  const plane = runPropagatePlane({ config, host: read.config.host, ...parts });
  atEnd(scope, () => plane.stop());
  return plane;
}

const DNS_SETTINGS = {
  federations: [{ name: "myfed", domain: "example.com" }],
  nameservers: [{ name: "ns.example.net" }],
};

function typeRef(name: TypeName) {
  return { apiVersion: "core.kubefed.io/v1beta1", kind: "FederatedTypeConfig", namespace: NAMESPACE, name };
}

function objectRef(kind: string, name: string) {
  return { apiVersion: "types.kubefed.io/v1beta1", kind: `Federated${kind}`, namespace: "shop", name };
}
