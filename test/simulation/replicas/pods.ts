/**
 * The pods of one member, and the controller of its Deployments that starts and stops them. Everything takes its time: to see what is
 * wanted, to be ready, and to say so. Of a Deployment only so many pods find room; the others wait as Pods that say why.
 */
import type { KubeObject } from "../../../src/sandbox/object/object.ts";
import type { Chance } from "../chance.ts";
import type { SimServer, Written } from "../propagate/sim-server.ts";
import type { SimTime } from "../propagate/sim-time.ts";

type Pod = { state: "starting" | "ready" | "waiting"; readonly name: string };

type PodsOptions = {
  readonly server: SimServer;
  readonly time: SimTime;
  readonly chance: Chance;
  /** How many are ready has changed. `key`: "namespace/name" of the Deployment. */
  readonly onReady: (key: string) => void;
};

/** Those that run for nothing stop first. */
const STOP_ORDER: Readonly<Record<Pod["state"], number>> = { waiting: 0, starting: 1, ready: 2 };

export class MemberPods {
  readonly #options: PodsOptions;
  readonly #pods = new Map<string, Pod[]>();
  /** How many of a Deployment find room; absent = all. */
  readonly #rooms = new Map<string, number>();
  #made = 0;

  constructor(options: PodsOptions) {
    this.#options = options;
  }

  ready(key: string): number {
    return this.#of(key).filter(({ state }) => state === "ready").length;
  }

  /** Null = for all. */
  room(key: string): number | null {
    return this.#rooms.get(key) ?? null;
  }

  setRoom(key: string, room: number | null): void {
    if (room === null) this.#rooms.delete(key);
    else this.#rooms.set(key, room);
    this.#schedule(key);
  }

  /** Some that are ready are not ready any more, and start again. */
  crash(key: string, count: number): void {
    const ready = this.#of(key).filter(({ state }) => state === "ready");
    for (const pod of ready.slice(0, count)) this.#start(key, pod);
    this.#told(key);
  }

  see({ change }: Written): void {
    const { object, previous, kind } = change;
    if (object.kind !== "Deployment") return;
    const isStatus = kind !== "DELETED" && previous?.metadata.generation === object.metadata.generation;
    if (isStatus) return;
    this.#after(10, 3_000, () => this.#follow(`${object.metadata.namespace ?? ""}/${object.metadata.name}`));
  }

  #of(key: string): Pod[] {
    const known = this.#pods.get(key) ?? [];
    this.#pods.set(key, known);
    return known;
  }

  #after(least: number, most: number, action: () => void): void {
    const { time, chance } = this.#options;
    time.after(chance.int(least, most), action);
  }

  #deployment(key: string): KubeObject | undefined {
    const [namespace = "", name = ""] = key.split("/");
    return this.#options.server.objects.get({ apiVersion: "apps/v1", kind: "Deployment", namespace, name });
  }

  /** Starts and stops what is missing and too many. */
  #follow(key: string): void {
    const { replicas = 1 } = (this.#deployment(key)?.["spec"] ?? { replicas: 0 }) as { replicas?: number };
    const pods = this.#of(key);
    while (pods.length < replicas) pods.push({ state: "waiting", name: `pod-${++this.#made}` });
    const inOrder = [...pods].sort((a, b) => STOP_ORDER[a.state] - STOP_ORDER[b.state]);
    for (const pod of inOrder.slice(0, pods.length - replicas)) {
      pods.splice(pods.indexOf(pod), 1);
      this.#show(key, pod, false);
    }
    this.#schedule(key);
  }

  /** As many as have room run. */
  #schedule(key: string): void {
    const room = this.#rooms.get(key) ?? Infinity;
    const pods = this.#of(key);
    const running = pods.filter(({ state }) => state !== "waiting");
    const evicted = [...running].sort((a, b) => STOP_ORDER[a.state] - STOP_ORDER[b.state]);
    for (const pod of evicted.slice(0, Math.max(0, running.length - room))) pod.state = "waiting";
    let free = room - Math.min(room, running.length);
    for (const pod of pods) {
      if (pod.state !== "waiting") continue;
      if (free > 0) this.#start(key, pod);
      else this.#show(key, pod, true);
      free -= 1;
    }
    this.#told(key);
  }

  #start(key: string, pod: Pod): void {
    pod.state = "starting";
    this.#show(key, pod, false);
    const [least, most] = this.#options.chance.is(0.1) ? [20_000, 120_000] : [200, 20_000];
    this.#after(least, most, () => {
      if (pod.state !== "starting" || !this.#of(key).includes(pod)) return;
      pod.state = "ready";
      this.#told(key);
    });
  }

  /** Of pods that wait only: the others are a number in the status of their Deployment. */
  #show(key: string, { name }: Pod, isWaiting: boolean): void {
    const { server, time } = this.#options;
    const [namespace = "", app = ""] = key.split("/");
    const ref = { apiVersion: "v1", kind: "Pod", namespace, name };
    const isShown = server.objects.get(ref) !== undefined;
    if (isShown === isWaiting) return;
    if (!isWaiting) return server.objects.delete(ref);
    if (server.objects.get({ apiVersion: "v1", kind: "Namespace", name: namespace }) === undefined) return;
    const since = new Date(time.wallMs).toISOString();
    const condition = {
      type: "PodScheduled",
      status: "False",
      reason: "Unschedulable",
      lastTransitionTime: since,
    };
    server.objects.put({
      apiVersion: "v1",
      kind: "Pod",
      metadata: { namespace, name, labels: { app } },
      spec: { containers: [{ name: "web", image: "web:1" }] },
      status: { phase: "Pending", conditions: [condition] },
    });
  }

  /** The status says it a little later. */
  #told(key: string): void {
    this.#options.onReady(key);
    this.#after(10, 1_500, () => {
      const deployment = this.#deployment(key);
      if (deployment === undefined) return;
      const { generation = 0 } = deployment.metadata;
      const before = (deployment["status"] ?? {}) as { observedGeneration?: number };
      const pods = this.#of(key);
      const { replicas = 1 } = deployment["spec"] as { replicas?: number };
      // What was wanted a moment ago is not followed yet.
      const observedGeneration = pods.length === replicas ? generation : (before.observedGeneration ?? 0);
      const status = { observedGeneration, replicas: pods.length, readyReplicas: this.ready(key) };
      if (JSON.stringify({ ...before, ...status }) !== JSON.stringify(before))
        this.#options.server.objects.putStatus(deployment, status);
    });
  }
}
