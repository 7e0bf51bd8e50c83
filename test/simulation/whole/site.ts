/** One copy in one cluster and its pods: they start late, find no room, crash, and stop when fewer are asked for. */
import type { Chance } from "../chance.ts";

type Pod = { state: "starting" | "ready" | "waiting"; sinceMs: number };

type SiteOptions = {
  readonly chance: Chance;
  readonly nowMs: () => number;
  readonly after: (ms: number, action: () => void) => void;
  /** How many are ready has changed. */
  readonly onReady: () => void;
};

/** As `pendingPods` counts them. */
const PENDING_MS = 60_000;
/** Those that run for nothing stop first. */
const STOP_ORDER: Readonly<Record<Pod["state"], number>> = { waiting: 0, starting: 1, ready: 2 };

export class Site {
  readonly #options: SiteOptions;
  readonly #pods: Pod[] = [];
  /** Null = there is no copy. */
  asked: number | null = null;
  /** Another number is another object. */
  lives = 0;
  /** How many find room; null = all. */
  room: number | null = null;
  isAutoscaled = false;
  /** Its controller has followed what was asked for last. */
  isObserved = true;

  constructor(options: SiteOptions) {
    this.#options = options;
  }

  get ready(): number {
    return this.#pods.filter(({ state }) => state === "ready").length;
  }

  get running(): number {
    return this.#pods.filter(({ state }) => state !== "waiting").length;
  }

  /** Ready for so long at least, one of them. */
  readyForMs(): number {
    const since = this.#pods.flatMap(({ state, sinceMs }) => (state === "ready" ? [sinceMs] : []));
    return since.length === 0 ? -1 : this.#options.nowMs() - Math.min(...since);
  }

  get pending(): number {
    const before = this.#options.nowMs() - PENDING_MS;
    return this.#pods.filter(({ state, sinceMs }) => state === "waiting" && sinceMs <= before).length;
  }

  /** As a write that arrives. */
  ask(asked: number | null): void {
    if (this.asked === null && asked !== null) this.lives += 1;
    this.asked = asked;
    this.isObserved = false;
    this.#after(10, 3_000, () => this.#follow());
  }

  setRoom(room: number | null): void {
    this.room = room;
    this.#schedule();
  }

  /** Some that are ready start again. */
  crash(count: number): void {
    for (const pod of this.#pods.filter(({ state }) => state === "ready").slice(0, count)) this.#start(pod);
    this.#options.onReady();
  }

  #after(least: number, most: number, action: () => void): void {
    this.#options.after(this.#options.chance.int(least, most), action);
  }

  #follow(): void {
    const wanted = this.asked ?? 0;
    this.isObserved = true;
    while (this.#pods.length < wanted) this.#pods.push({ state: "waiting", sinceMs: this.#options.nowMs() });
    for (const pod of this.#inOrder().slice(0, this.#pods.length - wanted))
      this.#pods.splice(this.#pods.indexOf(pod), 1);
    this.#schedule();
  }

  #inOrder(): Pod[] {
    return [...this.#pods].sort((a, b) => STOP_ORDER[a.state] - STOP_ORDER[b.state]);
  }

  #schedule(): void {
    const room = this.room ?? Infinity;
    const over = Math.max(0, this.running - room);
    for (const pod of this.#inOrder()
      .filter(({ state }) => state !== "waiting")
      .slice(0, over))
      this.#become(pod, "waiting");
    const free = room - this.running;
    for (const pod of this.#pods.filter(({ state }) => state === "waiting").slice(0, free)) this.#start(pod);
    this.#options.onReady();
  }

  #start(pod: Pod): void {
    this.#become(pod, "starting");
    const [least, most] = this.#options.chance.is(0.1) ? [20_000, 90_000] : [200, 15_000];
    this.#after(least, most, () => {
      if (pod.state !== "starting" || !this.#pods.includes(pod)) return;
      this.#become(pod, "ready");
      this.#options.onReady();
    });
  }

  #become(pod: Pod, state: Pod["state"]): void {
    pod.state = state;
    pod.sinceMs = this.#options.nowMs();
  }
}
