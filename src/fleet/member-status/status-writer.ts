/**
 * Writes the status of KubeFedClusters, each when it has changed and not when time passes. Where the host's definition has
 * no room for a part of it, that part is not written again and again, and the problem says so.
 */
import type { Clock } from "../../kernel/clock.ts";
import { isRecord } from "../kube/kube-error.ts";
import { Attempts } from "../objects/changed-writes.ts";
import { refusalOf, type RequestRefusal } from "../objects/refusal.ts";
import type { HostProblem } from "../host-objects/host-problem.ts";
import { type ClusterStatus, type MemberFacts, statusToWrite } from "./cluster-status.ts";

/** The watch shows what was written after a moment; until then it shows the status before. */
const ECHO_MAX_MS = 10_000;

type StatusWriterOptions = {
  /**
   * Patches the status of the object with this uid, and returns the object as it is then. Null: nothing was sent, because
   * this process may not write now.
   */
  readonly patch: (name: string, uid: string, status: ClusterStatus, signal: AbortSignal) => Promise<unknown>;
  readonly clock: Clock;
};

type Written = {
  /** What was to be written, without times. */
  readonly wanted: string;
  /** The status that the host made of it. */
  readonly kept: string;
  readonly atMs: number;
};

export class StatusWriter {
  readonly #options: StatusWriterOptions;
  readonly #written = new Map<string, Written>();
  readonly #problems = new Map<string, HostProblem>();
  readonly #attempts: Attempts;
  #count = 0;

  constructor(options: StatusWriterOptions) {
    this.#options = options;
    this.#attempts = new Attempts(options.clock);
  }

  get problems(): readonly HostProblem[] {
    return [...this.#problems.values()];
  }

  /** Statuses written in this run. */
  get count(): number {
    return this.#count;
  }

  /** `object`: the KubeFedCluster as the host has it. Never rejects. */
  async write(name: string, object: unknown, facts: MemberFacts, signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    const { uid, status: observed } = partsOf(object);
    const status = statusToWrite(
      facts,
      observed,
      new Date(clock.wallMs()).toISOString().replace(/\.\d+Z$/, "Z"),
    );
    if (status === null || uid === "") {
      this.#written.delete(name);
      return;
    }
    const wanted = contentOf(status);
    const before = this.#written.get(name);
    const isDone =
      before?.wanted === wanted &&
      (before.kept === JSON.stringify(observed) || clock.nowMs() - before.atMs < ECHO_MAX_MS);
    if (isDone) return;
    const attempt = async (): Promise<void> => {
      const after = await this.#options.patch(name, uid, status, signal);
      if (after !== null) this.#note(name, wanted, after);
    };
    await this.#attempts.run(name, attempt, (error) => {
      if (!signal.aborted) this.#noteFailure(name, refusalOf(error, { plural: "kubefedclusters" }));
      return !signal.aborted;
    });
  }

  /** Forgets all other objects: they are gone. */
  keepOnly(names: Pick<ReadonlySet<string>, "has">): void {
    this.#attempts.keepOnly(names);
    for (const known of [this.#written, this.#problems])
      for (const name of known.keys()) if (!names.has(name)) known.delete(name);
  }

  #note(name: string, wanted: string, after: unknown): void {
    const { status } = partsOf(after);
    this.#count += 1;
    this.#written.set(name, { wanted, kept: JSON.stringify(status), atMs: this.#options.clock.nowMs() });
    const lost = lostIn(JSON.parse(wanted), status);
    if (lost.length === 0) this.#problems.delete(name);
    else {
      const sentence = `the host's definition of KubeFedCluster has no ${lost.join(", ")} in its status; run fedns init, or kubectl apply -f deploy/crds in the host`;
      this.#problems.set(name, { object: `KubeFedCluster ${name}`, reason: "StatusPruned", sentence });
    }
  }

  #noteFailure(name: string, { kind, message, advice }: RequestRefusal): void {
    if (HARMLESS.has(kind)) return;
    const sentence = `its status cannot be written: ${message}; ${advice}`;
    this.#problems.set(name, { object: `KubeFedCluster ${name}`, reason: "StatusNotWritten", sentence });
  }
}

/** Another server writes, or the object is another one by now. */
const HARMLESS: ReadonlySet<RequestRefusal["kind"]> = new Set([
  "not-permitted",
  "object-missing",
  "uid-mismatch",
]);

function partsOf(object: unknown): { readonly uid: string; readonly status: unknown } {
  const metadata = isRecord(object) && isRecord(object["metadata"]) ? object["metadata"] : {};
  const { uid } = metadata;
  return { uid: typeof uid === "string" ? uid : "", status: isRecord(object) ? object["status"] : undefined };
}

function contentOf({ conditions, ...fields }: ClusterStatus): string {
  const facts = conditions.map(({ type, status, reason }) => ({ type, status, reason }));
  return JSON.stringify({ conditions: facts, ...fields });
}

/** The fields that are missing in what the host kept. */
function lostIn(wanted: unknown, kept: unknown): readonly string[] {
  const has = isRecord(kept) ? kept : {};
  return isRecord(wanted) ? Object.keys(wanted).filter((key) => has[key] === undefined) : [];
}
