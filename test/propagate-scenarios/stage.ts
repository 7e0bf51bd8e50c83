/** A federation as its users have it: a host, three members behind wires, joined by the commands, and `fedns serve`. */
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type ApiServer, startApiServer } from "../../src/sandbox/api-server.ts";
import { type Authority, createAuthority } from "../../src/sandbox/tls/authority.ts";
import type { ObjectRef } from "../../src/sandbox/store/objects.ts";
import { type Ran, type Rig, startRig } from "../cli/clusters/rig.ts";
import { Client } from "../sandbox/client.ts";
import { type Fedns, startFedns, temporaryFolder } from "../support/fedns.ts";
import { NAMESPACE } from "../support/host-cluster.ts";
import { atEnd, type Scope } from "../support/programs.ts";
import { until } from "../support/until.ts";
import { type Backup, restoreInto } from "./backup.ts";
import { widgets } from "../support/widgets.ts";
import { CORE, FEDERATED, KINDS, type Loose, pathOf, PLURALS, putAdoption, refOf, to } from "./objects.ts";
import type { Wire } from "../support/wire.ts";
import { layWires } from "./wires.ts";

export const ALL: readonly string[] = ["m1", "m2", "m3"];
/** The field manager of people and controllers in the members. */
export const LOCAL = "local-controller";
export const OWNER = "scenarios";
type StageParts = {
  readonly scope: Scope;
  readonly rig: Rig;
  readonly authority: Authority;
  readonly wires: ReadonlyMap<string, Wire>;
  readonly serve: Fedns;
  readonly settings: object;
  readonly directory: string;
};

export type Write = {
  readonly verb: string;
  readonly resource: string;
  readonly namespace: string;
  readonly name: string;
};

export class Stage {
  host: ApiServer;
  readonly #parts: StageParts;
  readonly #clients: ReadonlyMap<string, Client>;
  /** A write of somebody else, which is not counted: it happens once. */
  #isLocal: ((write: Write & { readonly member: string }) => boolean) | null = null;
  /** Requests that came by the network and would change an object, by member. */
  readonly #writes: Map<string, Write[]> = new Map();

  private constructor(parts: StageParts) {
    this.#parts = parts;
    this.host = parts.rig.servers["host"] as ApiServer;
    this.#clients = new Map(ALL.map((name) => [name, new Client(this.member(name))]));
    for (const client of this.#clients.values()) atEnd(parts.scope, () => client.close());
    for (const name of ALL) this.#audit(name);
  }

  get rig(): Rig {
    return this.#parts.rig;
  }

  get serve(): Fedns {
    return this.#parts.serve;
  }

  /** The settings of `serve`, and the file that they are in. */
  get settings(): object {
    return this.#parts.settings;
  }

  get file(): string {
    return join(this.#parts.directory, "fedns.yaml");
  }

  static async open(scope: Scope): Promise<Stage> {
    const authority = await createAuthority();
    const rig = await startRig(scope, ["host", ...ALL, "other"], { host: { authority } });
    const host = rig.servers["host"] as ApiServer;
    const wires = await layWires(scope, rig, ALL);
    const done = async (...args: readonly string[]): Promise<void> => {
      const { code, err } = await rig.fedns(...args);
      assert.equal(code, 0, err);
    };
    await done("init");
    for (const name of ["host", "m1", "m2"]) rig.servers[name]?.objects.put(widgets("v1"));
    await host.settled();
    await done("enable", ...PLURALS, "--collect-status");
    putAdoption(host, false);
    const directory = await temporaryFolder(scope);
    await writeFile(join(directory, "host.kubeconfig"), host.kubeconfig(), { mode: 0o600 });
    const propagation = { owner: OWNER, deletionWaitSeconds: 3_600 };
    const settings = { host: { kubeconfig: "./host.kubeconfig" }, clusters: [], propagation };
    const serve = await startFedns(scope, { directory, settings });
    const stage = new Stage({ scope, rig, authority, wires, serve, settings, directory });
    for (const name of ALL) await stage.join(name);
    return stage;
  }

  /** With the rights for all kinds that the member serves. */
  async join(name: string): Promise<Ran> {
    const isServed = (plural: string): boolean =>
      this.member(name)
        .resources.stored()
        .some((one) => one.plural === plural);
    const ran = await this.rig.fedns("join", name, "--kinds", PLURALS.filter(isServed).join());
    assert.equal(ran.code, 0, ran.err);
    return ran;
  }

  wire(name: string): Wire {
    return this.#parts.wires.get(name) as Wire;
  }

  member(name: string): ApiServer {
    return this.rig.servers[name] as ApiServer;
  }

  /** Makes a namespace of the host one that goes to these members. */
  async namespace(name: string, members: readonly string[] = ALL): Promise<void> {
    this.host.objects.put({ apiVersion: "v1", kind: "Namespace", metadata: { name } });
    this.place("Namespace", name, name, { template: {}, ...to(...members) });
    await until(`namespace ${name} is in ${members.join()}`, () =>
      members.every((member) => this.copy(member, "Namespace", "", name) !== null),
    );
  }

  /** Makes a federated object; in all members unless `spec` says otherwise. */
  place(kind: string, namespace: string, name: string, spec: object, metadata: object = {}): void {
    this.host.objects.put({
      apiVersion: FEDERATED,
      kind: `Federated${kind}`,
      metadata: { ...metadata, namespace, name },
      spec: { ...to(...ALL), ...spec },
    } as never);
  }

  /** A merge patch of its spec, as `kubectl patch`. */
  edit(kind: string, namespace: string, name: string, spec: object): void {
    this.host.objects.patch(refOf(`Federated${kind}`, FEDERATED, namespace, name), { spec } as never);
  }

  remove(kind: string, namespace: string, name: string): void {
    this.host.objects.delete(refOf(`Federated${kind}`, FEDERATED, namespace, name));
  }

  /** Null = there is none. */
  inHost(kind: string, namespace: string, name: string): any {
    return this.host.objects.get(refOf(`Federated${kind}`, FEDERATED, namespace, name)) ?? null;
  }

  refInMember(kind: string, namespace: string, name: string): ObjectRef {
    return refOf(kind, KINDS[kind]?.[0] ?? "", kind === "Namespace" ? "" : namespace, name);
  }

  /** Null = there is none. */
  copy(member: string, kind: string, namespace: string, name: string): any {
    return this.member(member).objects.get(this.refInMember(kind, namespace, name)) ?? null;
  }

  /** Someone in the member changes an object there, by a merge patch. */
  async patchIn(member: string, kind: string, namespace: string, name: string, patch: object): Promise<void> {
    await this.#change(member, `${pathOf(kind, namespace, name)}?fieldManager=${LOCAL}`, patch);
  }

  /** Someone in the member applies an object there, and insists. */
  async forceIn(
    member: string,
    kind: string,
    namespace: string,
    name: string,
    content: object,
  ): Promise<void> {
    const path = `${pathOf(kind, namespace, name)}?fieldManager=${LOCAL}&force=true`;
    const body = { apiVersion: KINDS[kind]?.[0], kind, metadata: { name }, ...content };
    await this.#change(member, path, body, "application/apply-patch+yaml");
  }

  async #change(member: string, path: string, body: object, type?: string): Promise<void> {
    this.#isLocal = (request) =>
      request.member === member && path.includes(`/${request.resource}/${request.name}?`);
    const answer = await (this.#clients.get(member) as Client).patch(path, body, type);
    assert.equal(answer.code, 200, JSON.stringify(answer.body));
    assert.equal(this.#isLocal, null);
  }

  /** What the status of a federated object says about a member; undefined = it does not name it. */
  lineOf(kind: string, namespace: string, name: string, member: string): Loose | undefined {
    const { clusters = [] } = this.inHost(kind, namespace, name)?.status ?? {};
    return (clusters as Loose[]).find((line) => line["name"] === member);
  }

  conditionOf(kind: string, namespace: string, name: string, type: string): Loose | undefined {
    const { conditions = [] } = this.inHost(kind, namespace, name)?.status ?? {};
    return (conditions as Loose[]).find((condition) => condition["type"] === type);
  }

  /** The status is of this generation, and all is as wanted. */
  async isReady(kind: string, namespace: string, name: string): Promise<void> {
    await until(`${kind} ${namespace}/${name} is in order`, () => {
      const { metadata, status } = this.inHost(kind, namespace, name) ?? {};
      return (
        status?.observedGeneration === metadata?.generation &&
        this.conditionOf(kind, namespace, name, "Ready")?.["status"] === "True"
      );
    }).catch((error: unknown) => {
      throw new Error(`${String(error)}: ${JSON.stringify(this.inHost(kind, namespace, name)?.status)}`);
    });
  }

  async says(kind: string, namespace: string, name: string, member: string, status?: string): Promise<void> {
    const line = (): Loose | undefined => this.lineOf(kind, namespace, name, member);
    await until(
      `${kind} ${namespace}/${name} is ${status ?? "in order"} in ${member}`,
      () => line() !== undefined && line()?.["status"] === status,
    ).catch((error: unknown) => {
      throw new Error(`${String(error)}: ${JSON.stringify(this.inHost(kind, namespace, name)?.status)}`);
    });
  }

  /** What came before in this namespace has been worked on in these members: an object that is placed now has arrived. */
  async passed(namespace: string, ...members: readonly string[]): Promise<void> {
    const name = `after-${Math.random().toString(36).slice(2)}`;
    this.place("ConfigMap", namespace, name, { template: { data: {} }, ...to(...members) });
    await until(`${name} arrives`, () =>
      members.every((member) => this.copy(member, "ConfigMap", namespace, name) !== null),
    );
    await this.isReady("ConfigMap", namespace, name);
  }

  /** Writes that a member was asked for in a namespace, except for those of statuses and of what `passed` made. */
  writesIn(member: string, namespace: string): readonly Write[] {
    const all = this.#writes.get(member) ?? [];
    return all.filter((write) => write.namespace === namespace && !write.name.startsWith("after-"));
  }

  writesOf(member: string, namespace: string, resource: string, name: string): readonly string[] {
    return this.writesIn(member, namespace)
      .filter((write) => write.resource === resource && write.name === name)
      .map(({ verb }) => verb);
  }

  /** Each version of an object that the member stores from now on; null = it was deleted. */
  versionsOf(scope: Scope, member: string, kind: string, namespace: string, name: string): readonly any[] {
    const versions: any[] = [];
    const ref = this.refInMember(kind, namespace, name);
    const stop = this.member(member).objects.subscribe(({ kind: change, object }: any) => {
      const { metadata } = object;
      if (
        object.kind === kind &&
        metadata.name === name &&
        (metadata.namespace ?? "") === (ref.namespace ?? "")
      )
        versions.push(change === "DELETED" ? null : object);
    });
    atEnd(scope, stop);
    return versions;
  }

  /** The host has these objects, with other uids, and no others, and its versions begin anew. */
  async restore(backup: Backup): Promise<void> {
    const { port, token } = this.host;
    await this.host.close();
    this.host = await startApiServer({ name: "host", authority: this.#parts.authority, port, token });
    atEnd(this.#parts.scope, () => this.host.close());
    await restoreInto(this.host, backup);
  }

  clusterRef(name: string): ObjectRef {
    return refOf("KubeFedCluster", CORE, NAMESPACE, name);
  }

  #audit(member: string): void {
    const writes: Write[] = [];
    this.#writes.set(member, writes);
    this.member(member).faults.add({
      effect: { kind: "delay", ms: 0 },
      when: (request) => {
        if ("resource" in request && request.isWrite && request.subresource === "") {
          const { verb, resource, namespace, name } = request;
          const write = { verb, resource, namespace, name };
          if (this.#isLocal?.({ member, ...write }) === true) this.#isLocal = null;
          else writes.push(write);
        }
        return false;
      },
    });
  }
}
