/** What is known of one member of the fleet: its readiness by its probes, its version, and which cluster it is. */
import type { Clock } from "../../kernel/clock.ts";
import { messageOf } from "../../kernel/error.ts";
import type { MemberConnection } from "../members/member-connection.ts";
import { readClusterUid, readVersion } from "./member-facts.ts";
import { afterProbe, type Readiness, type ReadinessThresholds, UNPROBED, unprobed } from "./readiness.ts";

/** A cluster that is replaced under its name has another address or certificate as a rule, which is noticed at once. */
const READ_AGAIN_MS = 600_000;
const RETRY_MS = 5_000;

type RecordOptions = {
  readonly connection: Pick<MemberConnection, "health" | "transport">;
  readonly clock: Clock;
};

export class MemberRecord {
  readonly #options: RecordOptions;
  #readiness: Readiness = UNPROBED;
  #connection: RecordOptions["connection"];
  #checkedAtMs: number | null = null;
  #version: string | null = null;
  #clusterUid: string | null = null;
  /** The connection that version and uid were read over. */
  #identity = "";
  #seenIdentity = "";
  #nextReadMs = -Infinity;
  #isReading = false;
  #problem: string | null = null;

  constructor(options: RecordOptions) {
    this.#options = options;
    this.#connection = options.connection;
  }

  /** The member was opened again: this is its connection now. */
  follow(connection: RecordOptions["connection"]): void {
    this.#connection = connection;
  }

  get state(): Readiness["published"] {
    return this.#readiness.published;
  }

  get kubernetesVersion(): string | null {
    return this.#version;
  }

  /** Null: not read from the cluster that answers now. */
  get clusterUid(): string | null {
    return this.#identity === this.#connection.transport.identity ? this.#clusterUid : null;
  }

  /** Why version or uid could not be read; null when they could. */
  get problem(): string | null {
    return this.#problem;
  }

  /** Takes the last probe of the connection into account, once. `wasReady`: the host says so of an earlier run. */
  countProbe(thresholds: ReadinessThresholds, wasReady: boolean): void {
    const { kind, checkedAtMs } = this.#connection.health.reachability;
    if (kind === "unknown" || checkedAtMs === null || checkedAtMs === this.#checkedAtMs) return;
    this.#checkedAtMs = checkedAtMs;
    const before = this.#readiness.published;
    this.#readiness = afterProbe(before === null ? unprobed(wasReady) : this.#readiness, kind, thresholds);
    // What came back may be another cluster.
    if (before === "offline" && this.#readiness.published !== "offline") this.#nextReadMs = -Infinity;
  }

  /** Reads version and uid when it is time. Never rejects. */
  async readWhenDue(signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    const connection = this.#connection;
    const { transport } = connection;
    const { identity } = transport;
    if (identity !== this.#seenIdentity) this.#nextReadMs = -Infinity;
    this.#seenIdentity = identity;
    const isDue = clock.nowMs() >= this.#nextReadMs;
    if (!isDue || this.#isReading || connection.health.reachability.kind !== "ready") return;
    this.#isReading = true;
    try {
      const [version, clusterUid] = await Promise.all([
        readVersion(transport, signal),
        readClusterUid(transport, signal),
      ]);
      this.#version = version ?? this.#version;
      this.#clusterUid = clusterUid;
      this.#identity = identity;
      this.#problem = clusterUid === null ? UID_UNREADABLE : null;
      this.#nextReadMs = clock.nowMs() + READ_AGAIN_MS;
    } catch (error) {
      this.#problem = messageOf(error);
      this.#nextReadMs = clock.nowMs() + RETRY_MS;
    } finally {
      this.#isReading = false;
    }
  }
}

const UID_UNREADABLE =
  "its namespace kube-system may not be read, so a cluster that is replaced under its name is not noticed; allow list on namespaces, as deploy/member.yaml does";
