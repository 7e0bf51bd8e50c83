/** The ReplicaSchedulingPreferences of the host, by the object that each is about. */
import type { Clock } from "../../kernel/clock.ts";
import type { Log } from "../../kernel/log.ts";
import { isRecord } from "../../fleet/kube/kube-error.ts";
import type { Transport } from "../../fleet/kube/transport.ts";
import { OptionalWatch } from "../../fleet/watch/optional-watch.ts";
import type { Projection } from "../../fleet/watch/store.ts";
import { type ParsedPreference, parsePreference, PREFERENCES, type ReplicaPreference } from "./preference.ts";

/** A preference as it is now, and as it last was without a problem. */
export type KnownPreference = {
  /** "namespace/name". */
  readonly key: string;
  readonly uid: string;
  readonly generation: number;
  /** "FederatedDeployment"; null = it cannot be read. */
  readonly targetKind: string | null;
  /** Null = it never had one without a problem while this process ran. */
  readonly valid: ReplicaPreference | null;
  /** Null = it is valid. */
  readonly problem: string | null;
  /** As the host has it. */
  readonly status: unknown;
};

type Seen = {
  readonly uid: string;
  readonly generation: number;
  readonly parsed: ParsedPreference;
  readonly status: unknown;
};

type PreferenceWatchOptions = {
  /** Of the host. */
  readonly transport: Transport;
  /** Null = all namespaces. */
  readonly onlyNamespace: string | null;
  /** What is known about one object has changed. */
  readonly onChange: (key: string) => void;
  /** What is known as a whole has changed. */
  readonly onKnown: () => void;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
};

export class PreferenceWatch {
  readonly #watch: OptionalWatch<Seen>;
  readonly #known = new Map<string, KnownPreference>();
  /** How many there are, by the kind that they are about. */
  readonly #counts = new Map<string, number>();
  #isRead = false;

  constructor({ transport, onlyNamespace, onChange, onKnown, ...rest }: PreferenceWatchOptions) {
    this.#watch = new OptionalWatch<Seen>({
      ...rest,
      transport,
      watched: { ...PREFERENCES, ...(onlyNamespace !== null && { namespace: onlyNamespace }) },
      project,
      sink: {
        onChange: (key, seen) => {
          this.#see(key, seen);
          onChange(key);
        },
        onSynced: () => {
          this.#isRead = true;
          onKnown();
        },
      },
      onUnavailable: onKnown,
    });
  }

  /** Whether an object without a preference here has none. A host that refuses to show them may have any. */
  get isKnown(): boolean {
    return this.#isRead || this.#watch.state === "not served here";
  }

  /** Why they cannot be read; null = they can, or it is not known yet. */
  get refusal(): string | null {
    return this.#watch.state === "refused" ? this.#watch.health.lastError : null;
  }

  get all(): Iterable<KnownPreference> {
    return this.#known.values();
  }

  /** `key`: "namespace/name". */
  of(federatedKind: string, key: string): KnownPreference | null {
    const known = this.#known.get(key);
    return known?.targetKind === federatedKind ? known : null;
  }

  /** Some object of the kind has one. */
  hasAny(federatedKind: string): boolean {
    return (this.#counts.get(federatedKind) ?? 0) > 0;
  }

  /** Runs until aborted; never rejects. */
  run(signal: AbortSignal): Promise<void> {
    return this.#watch.run(signal);
  }

  #see(key: string, seen: Seen | undefined): void {
    const before = this.#known.get(key);
    this.#count(before?.targetKind, -1);
    this.#known.delete(key);
    if (seen === undefined) return;
    const after = knownOf(key, seen, before);
    this.#known.set(key, after);
    this.#count(after.targetKind, 1);
  }

  #count(kind: string | null | undefined, change: number): void {
    if (typeof kind === "string") this.#counts.set(kind, (this.#counts.get(kind) ?? 0) + change);
  }
}

function knownOf(
  key: string,
  { uid, generation, parsed, status }: Seen,
  before: KnownPreference | undefined,
): KnownPreference {
  const base = { key, uid, generation, status };
  if ("preference" in parsed) {
    const { preference: valid } = parsed;
    return { ...base, targetKind: valid.targetKind, valid, problem: null };
  }
  // A problem is no order to forget what was asked for before.
  const valid = before?.uid === uid ? before.valid : null;
  return { ...base, targetKind: valid?.targetKind ?? parsed.targetKind, valid, problem: parsed.problem };
}

function project(object: unknown): Projection<Seen> | null {
  const metadata = isRecord(object) ? object["metadata"] : undefined;
  if (!isRecord(object) || !isRecord(metadata)) return null;
  const { name, namespace, uid, generation } = metadata;
  if (typeof name !== "string" || typeof namespace !== "string" || typeof uid !== "string") return null;
  return {
    key: `${namespace}/${name}`,
    value: {
      uid,
      generation: typeof generation === "number" ? generation : 0,
      parsed: parsePreference(object),
      status: object["status"],
    },
  };
}
