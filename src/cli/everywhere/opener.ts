/** The connections of one command, and the time that each cluster has for its first answers. */
import type { Clock } from "../../kernel/clock.ts";
import { formatDuration } from "../../kernel/duration.ts";
import { deadlineAfter, type Deadline } from "../../fleet/kube/deadline.ts";
import { type ClusterConnection, connect, type ContextPlace } from "../clusters/connect.ts";
import type { EverywhereOptions } from "./everywhere-options.ts";

type OpenerParts = { readonly clock: Clock; readonly signal: AbortSignal };

export class Opener {
  readonly #options: EverywhereOptions;
  readonly #parts: OpenerParts;
  readonly #open: ClusterConnection[] = [];
  readonly #deadlines: Deadline[] = [];

  constructor(options: EverywhereOptions, parts: OpenerParts) {
    this.#options = options;
    this.#parts = parts;
  }

  /** Undefined: the current context. */
  async open(
    name: string,
    contexts: readonly ContextPlace[],
    context: string | undefined,
  ): Promise<ClusterConnection> {
    const place = contexts.find((one) => (context === undefined ? one.isCurrent : one.context === context));
    const { kubeconfig } = this.#options;
    const { clock } = this.#parts;
    const signal = this.signalFor(name);
    const cluster = await connect({ name, kubeconfig, context, place, clock, signal });
    this.#open.push(cluster);
    return cluster;
  }

  /** Aborts when the time for an answer has passed. */
  signalFor(who: string): AbortSignal {
    const { timeout } = this.#options;
    const { clock, signal } = this.#parts;
    const sentence = `${who} does not answer within ${formatDuration(timeout)}`;
    const deadline = deadlineAfter(clock, timeout, signal, sentence);
    this.#deadlines.push(deadline);
    return deadline.signal;
  }

  close(): void {
    for (const { transport } of this.#open) transport.close();
    for (const deadline of this.#deadlines) deadline[Symbol.dispose]();
  }
}
