/** A rig with one namespace, for tests about the copies of single objects in its first member: what they are, and what is said. */
import assert from "node:assert/strict";
import type { PropagatedType } from "../../src/propagate/objects/propagated-type.ts";
import type { Client } from "../sandbox/client.ts";
import type { Scope } from "../support/programs.ts";
import { until } from "../support/until.ts";
import { federated, type Rig, startRig, TYPES } from "./rig.ts";

export const MANAGED = { "kubefed.io/managed": "true" };

type CopyReport = { readonly status: string; readonly message: any; readonly code: number | null };

export class CopyRig {
  readonly rig: Rig;
  readonly #member: string;
  readonly #types: readonly PropagatedType[];

  private constructor(rig: Rig, member: string, types: readonly PropagatedType[]) {
    this.rig = rig;
    this.#member = member;
    this.#types = types;
  }

  /** The namespace "shop" is federated, and is in each member. */
  static async start(
    scope: Scope,
    members: readonly string[],
    options: Omit<NonNullable<Parameters<typeof startRig>[1]>, "members"> = {},
  ): Promise<CopyRig> {
    const rig = await startRig(scope, { ...options, members });
    const namespace = { apiVersion: "v1", kind: "Namespace", metadata: { name: "shop" } };
    for (const server of [rig.host, ...rig.members.values()]) server.objects.put(namespace);
    const all = [...Object.values(TYPES), ...(options.types ?? [])];
    const copies = new CopyRig(rig, members[0] as string, all);
    copies.place("Namespace", "shop", {});
    return copies;
  }

  get client(): Client {
    return this.rig.client(this.#member);
  }

  /** The federated object, in all members unless it says otherwise. */
  place(kind: string, name: string, template: object, more: object = {}, annotations: object = {}): void {
    const spec = { placement: { clusterSelector: {} }, template, ...more };
    const object: any = federated(`Federated${kind}`, "shop", name, spec);
    this.rig.host.objects.put({ ...object, metadata: { ...object.metadata, annotations } });
  }

  /** Null = there is none. */
  copy(kind: string, name: string, member: string = this.#member): any {
    const { group, version } = this.#typeOf(kind).target;
    const apiVersion = group === "" ? version : `${group}/${version}`;
    return this.rig.members.get(member)?.objects.get({ apiVersion, kind, namespace: "shop", name }) ?? null;
  }

  /** The federated object, as the host has it. */
  object(kind: string, name: string): any {
    const apiVersion = "types.kubefed.io/v1beta1";
    return this.rig.host.objects.get({ apiVersion, kind: `Federated${kind}`, namespace: "shop", name });
  }

  report(kind: string, name: string, member: string = this.#member): CopyReport {
    const row = this.#rowOf(kind, name);
    return (this.#engineOf(member)?.copies.reportOf(row) ?? {
      status: "none",
      message: null,
      code: null,
    }) as CopyReport;
  }

  async hasStatus(kind: string, name: string, status: string, member: string = this.#member): Promise<void> {
    await until(
      `${kind} ${name} is ${status === "" ? "in order" : status} in ${member}`,
      () => this.report(kind, name, member).status === status,
    );
  }

  /** Nothing is left to do for any copy in the member, and this one is in order. */
  async isInSync(kind: string, name: string): Promise<void> {
    await this.hasStatus(kind, name, "");
    await this.settled();
    assert.equal(this.report(kind, name).status, "", this.report(kind, name).message);
  }

  settled(): Promise<void> {
    return this.rig.settled();
  }

  /** What a watch showed of the copy has been worked on. */
  async sawChange(name: string): Promise<void> {
    // A ConfigMap that is placed later is written after it, by the same queue.
    const marker = `after-${name}-${Math.random().toString(36).slice(2)}`;
    this.place("ConfigMap", marker, { data: {} });
    await this.isInSync("ConfigMap", marker);
  }

  /** Methods and paths of the writes to objects of this kind that the member got meanwhile, without ConfigMaps and statuses. */
  async writesDuring(action: () => Promise<void>): Promise<{ readonly requests: readonly string[] }> {
    const requests: string[] = [];
    const remove = this.rig.members.get(this.#member)?.faults.add({
      effect: { kind: "delay", ms: 0 },
      when: (request) => {
        if (!("resource" in request) || !request.isWrite) return false;
        const { method, resource, subresource } = request;
        if (resource !== "configmaps" && subresource === "") requests.push(`${method} ${resource}`);
        return false;
      },
    });
    await action();
    remove?.();
    return { requests };
  }

  /** Another process goes on, finds everything in place, and sends no write to the member. */
  async restartWithoutWrites(): Promise<void> {
    await this.settled();
    const { requests } = await this.writesDuring(async () => {
      this.rig.restart();
      const { engine } = this.rig.propagator;
      await until(
        "all copies have been looked at",
        () =>
          [...engine.members.values()].every(({ copies }) =>
            this.#types.every(({ name }) =>
              [...engine.objects.rowsOf(name)].every((row) => copies.isWorked(row)),
            ),
          ) && [...engine.objects.rowsOf("namespaces")].length > 0,
      );
      await this.settled();
    });
    assert.deepEqual(requests, []);
  }

  #engineOf(member: string) {
    return this.rig.propagator.engine.members.get(member);
  }

  #rowOf(kind: string, name: string): number {
    return (
      this.rig.propagator.engine.objects.rowOf({ type: this.#typeOf(kind).name, key: `shop/${name}` }) ?? -1
    );
  }

  #typeOf(kind: string): PropagatedType {
    return this.#types.find(({ target }) => target.kind === kind) as PropagatedType;
  }
}
