/**
 * The connection of one process to one server. Requests and answers take their time, and may be lost; what was sent arrives although
 * its process has been killed. Permits are asked as the real one does.
 */
import { kubeErrorOf } from "../../../src/fleet/kube/kube-error.ts";
import { unreachable } from "../../../src/fleet/kube/api-response.ts";
import { deadlineAfter } from "../../../src/fleet/kube/deadline.ts";
import type { QueryParameters } from "../../../src/fleet/kube/request-message.ts";
import { RequestSlots } from "../../../src/fleet/kube/request-slots.ts";
import type { ApiReply } from "../../../src/fleet/kube/api-response.ts";
import { type RequestOptions, Transport } from "../../../src/fleet/kube/transport.ts";
import { isOutcomeKnown } from "../../../src/fleet/kube/write-permit.ts";
import type { Chance } from "../chance.ts";
import type { Headers, SimResponse, WireRequest } from "./exchange.ts";
import { LineQueue } from "./line-queue.ts";
import type { SimServer } from "./sim-server.ts";
import type { Life, SimTime } from "./sim-time.ts";

const REQUEST_TIMEOUT_MS = 15_000;
const TIMEOUT_ANSWER_MS = 3_000;
const WATCH_HEADERS_TIMEOUT_MS = 8_000;
/** Pings find a dead peer. */
const DEAD_PEER_MS = 25_000;

/** The steps of a write at which its process may be killed. */
export type Stage = "before it is sent" | "while it is under way" | "before its answer is read" | "after it";

export type TransportParts = {
  readonly time: SimTime;
  readonly life: Life;
  readonly chance: Chance;
  readonly instance: string;
  readonly server: SimServer;
  /** May kill the process. */
  readonly onStage: (stage: Stage) => void;
  /** For "nothing is sent any more". */
  readonly onSent: (method: string, path: string) => void;
  /** For tests that want the checks to fail. */
  readonly reshape: (request: WireRequest) => WireRequest;
};

type Got = { readonly status: number; readonly headers: Headers; readonly text: string };

export class SimTransport extends Transport {
  readonly #parts: TransportParts;
  readonly #slots = new RequestSlots();

  constructor(parts: TransportParts) {
    const { clock } = parts.life;
    super({ clock, random: () => parts.chance.next() });
    this.#parts = parts;
  }

  override get identity(): string {
    return this.#parts.server.name;
  }

  override async request(options: RequestOptions): Promise<ApiReply> {
    const { life, onSent } = this.#parts;
    const { method = "GET", path } = options;
    const what = `no complete answer to ${method} ${path}`;
    const timeoutMs = options.timeoutMs ?? REQUEST_TIMEOUT_MS;
    using deadline = deadlineAfter(life.clock, timeoutMs, options.signal, what);
    const giveBack = await this.#slots.take(options.purpose ?? "read", deadline.signal);
    await this.#ifAlive();
    const isWrite = method !== "GET";
    let settled: ((isKnown: boolean) => void) | null = null;
    try {
      if (isWrite) await this.#stage("before it is sent");
      const grant = options.permit?.ask();
      if (grant !== undefined) {
        settled = (isKnown) => grant.settled(isKnown);
        deadline.follow(grant.signal);
        deadline.expireAfter(grant.timeoutSeconds * 1000 + TIMEOUT_ANSWER_MS, what);
      }
      const query = { ...options.query, ...(grant !== undefined && { timeout: `${grant.timeoutSeconds}s` }) };
      onSent(method, path);
      const sending = this.#exchange(this.#parts.reshape(wireRequest(options, query)), deadline.signal);
      // A process that is killed now does not wait for it.
      sending.catch(() => undefined);
      if (isWrite) await this.#stage("while it is under way");
      const got = await sending;
      if (isWrite) await this.#stage("before its answer is read");
      const reply = replyOf(got, this.identity);
      settled?.(true);
      return reply;
    } catch (error) {
      settled?.(isOutcomeKnown(error));
      throw error;
    } finally {
      giveBack();
      if (isWrite) this.#parts.onStage("after it");
    }
  }

  /** A process that is killed here never goes on. */
  async #stage(stage: Stage): Promise<void> {
    this.#parts.onStage(stage);
    await this.#ifAlive();
  }

  async #ifAlive(): Promise<void> {
    if (this.#parts.life.isOver) await new Promise(() => undefined);
  }

  #exchange(request: WireRequest, signal: AbortSignal): Promise<Got> {
    const { time, life, instance } = this.#parts;
    return new Promise((resolve, reject) => {
      let response: SimResponse | null = null;
      const server = this.#parts.server;
      const sentMs = time.nowMs;
      const latencyMs = this.#latencyMs();
      let status = 0;
      let headers: Headers = {};
      let text = "";
      const back = (action: () => void): void => {
        time.after(this.#latencyMs(), () => {
          if (!life.isOver && server.condition !== "silent") action();
        });
      };
      // The connection is closed: what has not begun yet is not done.
      signal.addEventListener("abort", () => {
        time.after(latencyMs, () => response?.destroy());
        reject(signal.reason as Error);
      });
      if (signal.aborted) return reject(signal.reason as Error);
      time.after(latencyMs, () => {
        if (server.condition === "refusing") return back(() => reject(refusedConnection(server.name)));
        if (server.condition === "silent") return;
        if (life.isOver && this.#parts.chance.is(0.3)) return;
        response = server.serve(
          { who: "fedns", instance, sentMs, request },
          {
            onHead: (code, sent) => {
              status = code;
              headers = sent;
            },
            onChunk: (chunk) => (text += chunk),
            onEnd: () => back(() => resolve({ status, headers, text })),
            onCut: () => back(() => reject(unreachable(new Error("other side closed")))),
          },
        );
      });
    });
  }

  override async watchLines(
    options: Parameters<Transport["watchLines"]>[0],
  ): ReturnType<Transport["watchLines"]> {
    const { life, instance, server, time, onSent } = this.#parts;
    const { signal } = options;
    const timeoutSeconds = options.seconds.shared;
    const deadline = deadlineAfter(life.clock, WATCH_HEADERS_TIMEOUT_MS, signal, "no headers of a watch");
    const request = wireRequest(
      { path: options.path, accept: options.accept ?? "application/json" },
      { ...options.query, timeoutSeconds },
    );
    const queue = new LineQueue();
    let response: SimResponse | null = null;
    onSent("WATCH", options.path);
    const sentMs = time.nowMs;
    const fail = (): void => queue.fail(unreachable(new Error("the stream was cut")));
    /** Lines stay in order, however long each takes. What is lost is missed by the pings. */
    let dueMs = 0;
    const back = (action: () => void): void => {
      dueMs = Math.max(dueMs, time.nowMs + this.#latencyMs() + server.lagMs);
      time.after(dueMs - time.nowMs, () => {
        if (life.isOver) return;
        if (server.condition === "silent") time.after(DEAD_PEER_MS, fail);
        else action();
      });
    };
    try {
      await new Promise<void>((resolve, reject) => {
        deadline.signal.addEventListener("abort", () => reject(deadline.signal.reason as Error));
        if (deadline.signal.aborted) return reject(deadline.signal.reason as Error);
        time.after(this.#latencyMs(), () => {
          if (server.condition === "refusing") return back(() => reject(refusedConnection(server.name)));
          if (server.condition === "silent" || life.isOver) return;
          let refused: { status: number; text: string } | null = null;
          response = server.serve(
            { who: "fedns", instance, sentMs, request },
            {
              onHead: (status) => {
                if (status >= 300) refused = { status, text: "" };
                else back(resolve);
              },
              onChunk: (chunk) => {
                if (refused !== null) refused.text += chunk;
                else back(() => queue.push(chunk));
              },
              onEnd: () => {
                const { status, text } = refused ?? { status: 0, text: "" };
                if (status === 0) back(() => queue.end());
                else back(() => reject(errorOf({ status, headers: {}, text })));
              },
              onCut: () => {
                // Nobody tells the client when the peer has vanished.
                const lateMs = server.condition === "silent" ? DEAD_PEER_MS : this.#latencyMs();
                time.after(lateMs, () => {
                  if (life.isOver) return;
                  fail();
                  reject(unreachable(new Error("other side closed")));
                });
              },
            },
          );
        });
      });
    } catch (error) {
      this.#leave(response);
      throw error;
    } finally {
      deadline.hold();
    }
    return { lines: this.#linesOf(queue, signal, () => this.#leave(response)), timeoutSeconds };
  }

  async *#linesOf(queue: LineQueue, signal: AbortSignal, leave: () => void): AsyncGenerator<Buffer> {
    const onAbort = (): void => queue.fail(signal.reason as Error);
    signal.addEventListener("abort", onAbort);
    try {
      for (;;) {
        signal.throwIfAborted();
        const line = await queue.next();
        if (line === null) return;
        yield Buffer.from(line);
      }
    } finally {
      signal.removeEventListener("abort", onAbort);
      leave();
    }
  }

  #leave(response: SimResponse | null): void {
    this.#parts.time.after(this.#latencyMs(), () => response?.destroy());
  }

  #latencyMs(): number {
    const { chance, server } = this.#parts;
    return chance.int(1, 15) + (chance.is(0.02) ? chance.int(50, 900) : 0) + server.slowMs * chance.next();
  }
}

function wireRequest(
  options: Pick<RequestOptions, "method" | "path" | "body" | "contentType" | "accept">,
  query: QueryParameters,
): WireRequest {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query))
    if (value !== undefined) parameters.set(name, String(value));
  const body = options.body === undefined ? "" : JSON.stringify(options.body);
  return {
    method: options.method ?? "GET",
    url: parameters.size === 0 ? options.path : `${options.path}?${parameters.toString()}`,
    headers: {
      accept: options.accept ?? "application/json",
      "user-agent": "fedns",
      ...(body !== "" && { "content-type": options.contentType ?? "application/json" }),
    },
    body,
  };
}

function replyOf(got: Got, identity: string): ApiReply {
  if (got.status >= 300) throw errorOf(got);
  const isJson = (got.headers["content-type"] ?? "").includes("json");
  const json = isJson ? JSON.parse(got.text) : null;
  return { status: got.status, headers: got.headers, json, identity, octets: got.text.length };
}

function errorOf({ status, headers, text }: Got): Error {
  const retryAfter = headers["retry-after"];
  const contentType = headers["content-type"];
  const isJson = text.startsWith("{");
  const facts = {
    ...(retryAfter !== undefined && { retryAfter }),
    ...(contentType !== undefined && { contentType }),
  };
  return kubeErrorOf(status, facts, isJson ? JSON.parse(text) : text);
}

function refusedConnection(name: string): Error {
  return unreachable(Object.assign(new Error(`connect ECONNREFUSED ${name}`), { code: "ECONNREFUSED" }));
}
