/** A rig whose host has plain objects of Federation v1 and runs no workloads, with one namespace that is federated by its annotation. */
import assert from "node:assert/strict";
import { Client } from "../sandbox/client.ts";
import { atEnd, type Scope } from "../support/programs.ts";
import { until } from "../support/until.ts";
import { federated, type Rig, startRig } from "./rig.ts";

export const SELECTOR = "federation.alpha.kubernetes.io/cluster-selector";
const VERSIONS: Readonly<Record<string, string>> = {
  Deployment: "apps/v1",
  Job: "batch/v1",
  HorizontalPodAutoscaler: "autoscaling/v2",
};

type RigOptions = NonNullable<Parameters<typeof startRig>[1]>;

export class PlainRig {
  readonly rig: Rig;
  readonly client: Client;
  readonly #members: readonly string[];

  private constructor(rig: Rig, client: Client, members: readonly string[]) {
    this.rig = rig;
    this.client = client;
    this.#members = members;
  }

  /** The namespace "shop" is federated; no member has it yet. */
  static async start(scope: Scope, members: readonly string[], options: RigOptions = {}): Promise<PlainRig> {
    const rig = await startRig(scope, { ...options, members, isPlainToo: true });
    const client = new Client(rig.host);
    atEnd(scope, () => client.close());
    const plain = new PlainRig(rig, client, members);
    rig.host.objects.put({
      apiVersion: "v1",
      kind: "Namespace",
      metadata: { name: "shop", annotations: { [SELECTOR]: "[]" } },
    });
    return plain;
  }

  /** As `kubectl apply`: what the object has beside this stays. */
  put(kind: string, name: string, annotations: object, content: object): void {
    const before = this.object(kind, name) as {
      readonly metadata?: object;
      readonly status?: unknown;
    } | null;
    const metadata = { ...before?.metadata, namespace: "shop", name, annotations };
    const status = before?.status === undefined ? {} : { status: before.status };
    const object: any = { apiVersion: VERSIONS[kind] ?? "v1", kind, metadata, ...content, ...status };
    this.rig.host.objects.put(object);
  }

  deploy(name: string, replicas: number, annotations: object, image = "web"): void {
    this.put("Deployment", name, annotations, {
      spec: {
        replicas,
        selector: { matchLabels: { app: name } },
        template: {
          metadata: { labels: { app: name } },
          spec: { containers: [{ name: "web", image }] },
        },
      },
    });
  }

  federate(kind: string, name: string, template: object, clusters: readonly string[]): void {
    const placement = { clusters: clusters.map((cluster) => ({ name: cluster })) };
    const object = federated(`Federated${kind}`, "shop", name, { placement, template });
    this.rig.host.objects.put(object as never);
  }

  /** As the host has it; null = it does not. */
  object(kind: string, name: string): any {
    const apiVersion = VERSIONS[kind] ?? "v1";
    return this.rig.host.objects.get({ apiVersion, kind, namespace: "shop", name }) ?? null;
  }

  copy(kind: string, name: string, member: string): any {
    const apiVersion = VERSIONS[kind] ?? "v1";
    return this.rig.members.get(member)?.objects.get({ apiVersion, kind, namespace: "shop", name }) ?? null;
  }

  /** In these clusters, and in no others. */
  async hasCopies(kind: string, name: string, clusters: readonly string[]): Promise<void> {
    const found = (): readonly string[] =>
      this.#members.filter((member) => this.copy(kind, name, member) !== null);
    await until(`${name} is in ${clusters.join(", ")}`, () => found().join() === clusters.join());
  }

  replicas(name: string): readonly (number | null)[] {
    return this.#members.map((member) => this.copy("Deployment", name, member)?.spec.replicas ?? null);
  }

  async hasReplicas(name: string, expected: readonly (number | null)[]): Promise<void> {
    const text = JSON.stringify(expected);
    await until(`${name} has ${text}`, () => JSON.stringify(this.replicas(name)) === text);
    await this.settled();
    assert.deepEqual(this.replicas(name), expected);
  }

  async isTold(kind: string, name: string, reason: string, message: RegExp): Promise<void> {
    await until(`it is told of ${kind} ${name}: ${reason}`, () =>
      this.rig.host.objects
        .list("v1", "Event")
        .some(
          (event: any) =>
            isAbout(event, kind, name) && event.reason === reason && message.test(event.message),
        ),
    );
  }

  settled(): Promise<void> {
    return this.rig.settled();
  }
}

function isAbout({ involvedObject }: any, kind: string, name: string): boolean {
  return involvedObject.kind === kind && involvedObject.name === name;
}
