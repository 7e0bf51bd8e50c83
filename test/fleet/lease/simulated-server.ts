/** An API server behind a network that loses, holds and delays: requests with preconditions, `?timeout=`, a log of writes. */
import { kubeErrorOf } from "../../../src/fleet/kube/kube-error.ts";
import { type RequestOptions, Transport } from "../../../src/fleet/kube/transport.ts";
import { OperationalError } from "../../../src/kernel/error.ts";
import type { SimulatedProcess, TrueTime } from "./simulated-time.ts";

export type Stored = { readonly metadata: Record<string, any>; readonly [field: string]: any };
export type Accepted = { readonly path: string; readonly object: Stored; readonly sentMs: number };
type Outcome = { readonly status: number; readonly json: unknown };
export type Sent = {
  readonly process: SimulatedProcess;
  readonly path: string;
  readonly method: string;
  /** It has a permit of a lease, not a free one. */
  readonly isGuarded: boolean;
  readonly atMs: number;
};

export class SimulatedServer {
  readonly objects: Map<string, Stored> = new Map();
  /** Requests that arrive before are carried out then, unless their `?timeout=` has passed. */
  busyUntilMs = 0;
  /** Every object that was accepted, in order. */
  readonly accepted: Accepted[] = [];
  #version = 10;

  carryOut(method: string, path: string, body: any, sentMs: number): Outcome {
    const key = method === "POST" ? `${path}/${body.metadata.name}` : path;
    const before = this.objects.get(key);
    if (method === "GET") return before === undefined ? missing(key) : { status: 200, json: before };
    if (method === "POST")
      return before === undefined
        ? this.#store(key, body, {}, 201, sentMs)
        : refused(409, "AlreadyExists", "exists");
    if (before === undefined) return missing(key);
    const wanted = method === "DELETE" ? body.preconditions : body.metadata;
    for (const field of ["uid", "resourceVersion"])
      if (wanted[field] !== undefined && wanted[field] !== before.metadata[field])
        return refused(409, "Conflict", "the object has been modified");
    if (method === "PUT") return this.#store(key, body, before.metadata, 200, sentMs);
    this.objects.delete(key);
    return { status: 200, json: { kind: "Status", status: "Success" } };
  }

  #store(key: string, body: any, before: Record<string, unknown>, status: number, sentMs: number): Outcome {
    this.#version += 1;
    const uid = before["uid"] ?? `uid-${this.#version}`;
    const object = { ...body, metadata: { ...body.metadata, uid, resourceVersion: String(this.#version) } };
    this.objects.set(key, object);
    this.accepted.push({ path: key, object, sentMs });
    return { status, json: object };
  }
}

function missing(key: string): Outcome {
  return refused(404, "NotFound", "not found", { name: key.split("/").at(-1), kind: "objects" });
}

function refused(code: number, reason: string, message: string, details: unknown = {}): Outcome {
  return { status: code, json: { kind: "Status", code, reason, message, details } };
}

/** `lost`: nothing arrives; `held`: everything arrives when the partition ends; `mute`: requests arrive, answers do not. */
export type Partition = { readonly kind: "lost" | "held" | "mute"; readonly untilMs: number };

/** The connection of one process. */
export class SimulatedTransport extends Transport {
  partition: Partition = { kind: "lost", untilMs: -1 };
  readonly #time: TrueTime;
  readonly #process: SimulatedProcess;
  readonly #server: SimulatedServer;
  readonly #onSent: (sent: Sent) => void;

  constructor(
    time: TrueTime,
    process: SimulatedProcess,
    server: SimulatedServer,
    onSent: (sent: Sent) => void,
  ) {
    super({ clock: process, random: time.random });
    this.#time = time;
    this.#process = process;
    this.#server = server;
    this.#onSent = onSent;
  }

  override async request(options: RequestOptions): ReturnType<Transport["request"]> {
    options.signal.throwIfAborted();
    const grant = options.permit?.ask();
    const timeoutMs = (grant?.timeoutSeconds ?? 1e6) * 1000;
    const method = options.method ?? "GET";
    const isGuarded = grant !== undefined && options.purpose !== "lease";
    this.#onSent({ process: this.#process, path: options.path, method, isGuarded, atMs: this.#time.nowMs });
    const body: unknown = options.body === undefined ? null : JSON.parse(JSON.stringify(options.body));
    const waitMs = options.timeoutMs ?? Math.min(timeoutMs, 12_000) + 3_000;
    try {
      const outcome = await this.#exchange({ method, path: options.path, body, timeoutMs }, waitMs, [
        options.signal,
        ...(grant === undefined ? [] : [grant.signal]),
      ]);
      if (outcome.status >= 300) throw kubeErrorOf(outcome.status, {}, outcome.json);
      grant?.settled(true);
      return { ...outcome, headers: {}, identity: "", octets: 0 };
    } catch (error) {
      grant?.settled(error instanceof Error && "status" in error && Number(error.status) < 500);
      throw error;
    }
  }

  #exchange(
    request: { method: string; path: string; body: unknown; timeoutMs: number },
    waitMs: number,
    signals: readonly AbortSignal[],
  ): Promise<Outcome> {
    return new Promise((resolve, reject) => {
      const cancel = this.#process.after(waitMs, () => {
        finish(() => reject(new OperationalError("KUBE_TIMEOUT", "no answer")));
      });
      const finish = (end: () => void): void => {
        cancel();
        for (const signal of signals) signal.removeEventListener("abort", onAbort);
        end();
      };
      const onAbort = (): void => {
        const reason: unknown = signals.find(({ aborted }) => aborted)?.reason;
        finish(() => reject(reason as Error));
      };
      for (const signal of signals) signal.addEventListener("abort", onAbort);
      this.#deliver(request, (outcome) => finish(() => resolve(outcome)));
    });
  }

  /** Nothing that the process does later stops what is on its way. */
  #deliver(
    request: { method: string; path: string; body: unknown; timeoutMs: number },
    answer: (outcome: Outcome) => void,
  ): void {
    const time = this.#time;
    const sentMs = time.nowMs;
    const { kind, untilMs } = this.partition;
    const isCut = untilMs > sentMs;
    if (isCut && kind === "lost") return;
    const lateMs = time.random() < 0.02 ? time.between(0, 20_000) : time.between(1, 60);
    const arrivesMs = (isCut && kind === "held" ? untilMs : sentMs) + lateMs;
    time.at(arrivesMs, null, () => {
      const startsMs = Math.max(arrivesMs, this.#server.busyUntilMs);
      const isTooLate = startsMs - arrivesMs > request.timeoutMs;
      time.at(isTooLate ? arrivesMs + request.timeoutMs : startsMs, null, () => {
        const outcome = isTooLate
          ? { status: 504, json: { reason: "Timeout", code: 504 } }
          : this.#server.carryOut(request.method, request.path, request.body, sentMs);
        const now = this.partition;
        if (now.untilMs > time.nowMs && now.kind !== "held") return;
        time.at(time.nowMs + time.between(1, 60), this.#process, () => answer(outcome));
      });
    });
  }
}
