/** The members of the federation, where each of them is, and its backends. Control plane only. */
import { type Locality, nowhere, type Place, samePlaces } from "./cluster.ts";
import { NO_QUOTA, type Quota, QuotaLedger, type QuotaStatus } from "./quota.ts";
import {
  type Backend,
  type Annotations,
  sameBackend,
  sameAnnotations,
  sameFreshness,
  type ServiceKey,
} from "./backend.ts";

export type Member = {
  readonly name: string;
  /** Dense and stable while the member belongs to the federation; the bit of the member in sets of clusters. */
  readonly index: number;
  locality: Locality;
  /** Places that exist although no Node of it is there any more: sorted, none of them among those of `locality`. */
  past: readonly Place[];
  readonly backends: Map<string, Backend>;
  /** Annotations of namespaces that carry any. */
  readonly namespaces: Map<string, Annotations>;
};

/** Hears what has changed, and asks the federation for the rest. */
export type FederationListener = {
  /** `key`: "namespace/name", or a host (isHostKey). `member`: the one that the change came from. */
  onService(key: string, member: string): void;
  onLocality(member: string): void;
  onNamespace(namespace: string, member: string): void;
  /** Addresses of this service or host were looked up again, with the same result: they hold for longer. */
  onFreshness?(member: string, key: string): void;
};

const NO_MEMBERS: readonly Member[] = [];

export class Federation {
  readonly #members: Map<string, Member> = new Map();
  /** By key, sorted by index: few of many members have a service, and callers need not ask all of them. */
  readonly #declaring: Map<string, readonly Member[]> = new Map();
  /** Indexes of members that left. What is published may still use them, so that they are not free yet. */
  readonly #leaving: Set<number> = new Set();
  readonly #listener: FederationListener;
  /** How many members there can be. */
  readonly capacity: number;
  readonly #ledgers: Map<string, QuotaLedger> = new Map();
  /** Members that have not been seen for too long: whatever is set, none of their endpoints counts as ready. */
  readonly #stale: Set<string> = new Set();
  #quota: Quota = NO_QUOTA;

  constructor(listener: FederationListener, capacity: number) {
    this.#listener = listener;
    this.capacity = capacity;
  }

  get members(): readonly Member[] {
    return [...this.#members.values()];
  }

  /** Every service and host that at least one member has. */
  get keys(): Iterable<string> {
    return this.#declaring.keys();
  }

  /** The members that have a backend of this service or host. */
  declaring(key: string): readonly Member[] {
    return this.#declaring.get(key) ?? NO_MEMBERS;
  }

  member(name: string): Member | undefined {
    return this.#members.get(name);
  }

  /** A member can join with an index that nothing published uses. */
  get hasFreeIndex(): boolean {
    return this.#members.size + this.#leaving.size < this.capacity;
  }

  /** The most that each member may have; what it has already stays, and what was refused is admitted as far as there is room now. */
  setQuota(quota: Quota): void {
    this.#quota = quota;
    for (const [name, ledger] of this.#ledgers) this.#admitRefused(name, ledger);
  }

  quotaOf(name: string): QuotaStatus {
    return this.#ledger(name).status(this.#quota);
  }

  /** Adds a member, at `index` if that is free (after a restart), else at the first free one. Throws RangeError when the federation is full. */
  join(name: string, index?: number): Member {
    const known = this.#members.get(name);
    if (known !== undefined) return known;
    const free = this.#freeIndex(index);
    if (free === null) throw new RangeError(`more than ${this.capacity} clusters`);
    const member: Member = {
      name,
      index: free,
      locality: nowhere,
      past: [],
      backends: new Map(),
      namespaces: new Map(),
    };
    this.#members.set(name, member);
    this.#listener.onLocality(name);
    return member;
  }

  /** `wanted` if it is free, else the first free one. Indexes of members that left are used only when no other is free. */
  #freeIndex(wanted: number | undefined): number | null {
    const taken = new Set(this.members.map((member) => member.index));
    const all = Array.from({ length: this.capacity }, (_, index) => index).filter(
      (index) => !taken.has(index),
    );
    const free = all.filter((index) => !this.#leaving.has(index));
    const first = free[0] ?? all[0] ?? null;
    return wanted !== undefined && free.includes(wanted) ? wanted : first;
  }

  leave(name: string): void {
    const member = this.#members.get(name);
    if (member === undefined) return;
    this.#members.delete(name);
    this.#ledgers.delete(name);
    this.#stale.delete(name);
    this.#leaving.add(member.index);
    for (const key of member.backends.keys()) this.#undeclare(key, member);
    for (const key of member.backends.keys()) this.#listener.onService(key, name);
    this.#listener.onLocality(name);
  }

  /** Nothing that is published uses the index of a member that left any more. */
  releaseIndexes(): void {
    this.#leaving.clear();
  }

  setLocality(name: string, locality: Locality): void {
    const member = this.#members.get(name);
    if (member === undefined) return;
    const before = member.locality;
    const isSame =
      samePlaces(before.places, locality.places) &&
      before.areSettled === locality.areSettled &&
      before.latitude === locality.latitude &&
      before.longitude === locality.longitude;
    if (isSame) return;
    member.locality = locality;
    this.#listener.onLocality(name);
  }

  /** The names of these places go on to exist, without this member. */
  setPastPlaces(name: string, past: readonly Place[]): void {
    const member = this.#members.get(name);
    if (member === undefined || samePlaces(member.past, past)) return;
    member.past = past;
    this.#listener.onLocality(name);
  }

  /** `backend` null: the service is not declared there. */
  setBackend(name: string, key: string, backend: Backend | null): void {
    const member = this.#members.get(name);
    if (member === undefined) return;
    const before = member.backends.get(key);
    const ledger = this.#ledger(name);
    const wasRefused = ledger.isRefused(key);
    if (backend === null) ledger.forget(key);
    const wanted = backend !== null && this.#stale.has(name) ? withoutReady(backend) : backend;
    const now = wanted === null ? null : ledger.admit(this.#quota, key, wanted, before);
    if (now === null) {
      if (before === undefined) {
        // What is refused exists all the same, and must not be denied.
        if (wasRefused !== ledger.isRefused(key)) this.#listener.onService(key, name);
        return;
      }
      member.backends.delete(key);
      this.#undeclare(key, member);
    } else {
      if (before !== undefined && sameBackend(before, now)) {
        if (sameFreshness(before, now)) return;
        member.backends.set(key, now);
        this.#listener.onFreshness?.(name, key);
        return;
      }
      member.backends.set(key, now);
      if (before === undefined) this.#declare(key, member);
    }
    const hasRoom = ledger.note(before, now ?? undefined);
    this.#listener.onService(key, name);
    if (hasRoom) this.#admitRefused(name, ledger);
  }

  isStale(name: string): boolean {
    return this.#stale.has(name);
  }

  /**
   * While a member is stale, its services stay declared and none of their endpoints is ready. Returns how many services lost
   * theirs. What they are afterwards has to be set again.
   */
  setStale(name: string, isStale: boolean): number {
    if (!isStale) {
      this.#stale.delete(name);
      return 0;
    }
    const member = this.#members.get(name);
    if (member === undefined) return 0;
    this.#stale.add(name);
    const ready = [...member.backends].filter(([, { readyEndpoints }]) => readyEndpoints > 0);
    for (const [key, backend] of ready) this.setBackend(name, key, backend);
    return ready.length;
  }

  /**
   * The member has `count` records that are no addresses at a host. Returns false when it may not have so many; what it had
   * of them stays. `retry` is called when there may be room.
   */
  setRecords(name: string, host: string, count: number, retry: () => void): boolean {
    if (!this.#members.has(name)) return true;
    const ledger = this.#ledger(name);
    if (count === 0) {
      if (ledger.removeRecords(host)) this.#admitRefused(name, ledger);
      return true;
    }
    return ledger.admitRecords(this.#quota, host, count, retry);
  }

  /** Keys of what members have over their quotas; some of it may be published for other members, or in part. */
  *refused(): Generator<string> {
    for (const ledger of this.#ledgers.values()) yield* ledger.refused;
  }

  /** Something has left, or has become smaller. */
  #admitRefused(name: string, ledger: QuotaLedger): void {
    let isAdmitted = true;
    while (isAdmitted) {
      isAdmitted = false;
      for (const [key, wanted] of ledger.candidates()) {
        this.setBackend(name, key, wanted);
        isAdmitted ||= this.#members.get(name)?.backends.get(key) === wanted;
      }
    }
    ledger.retryRecords();
  }

  #ledger(name: string): QuotaLedger {
    const known = this.#ledgers.get(name);
    if (known !== undefined) return known;
    const ledger = new QuotaLedger();
    this.#ledgers.set(name, ledger);
    return ledger;
  }

  #declare(key: string, member: Member): void {
    const others = this.declaring(key);
    const all = others.length === 0 ? [member] : [...others, member].sort((a, b) => a.index - b.index);
    this.#declaring.set(key, all);
  }

  #undeclare(key: string, member: Member): void {
    const left = this.declaring(key).filter((one) => one !== member);
    if (left.length === 0) this.#declaring.delete(key);
    else this.#declaring.set(key, left);
  }

  /** `annotations` null: the namespace is gone, or has none. */
  setNamespace(name: string, namespace: string, annotations: Annotations | null): void {
    const member = this.#members.get(name);
    if (member === undefined || sameAnnotations(member.namespaces.get(namespace) ?? null, annotations))
      return;
    if (annotations === null) member.namespaces.delete(namespace);
    else member.namespaces.set(namespace, annotations);
    this.#listener.onNamespace(namespace, name);
  }
}

function withoutReady(backend: Backend): Backend {
  return backend.readyEndpoints === 0 ? backend : { ...backend, readyEndpoints: 0 };
}

/** "namespace/name" of a service, or the name of a host, which has no namespace. */
export function keyOf({ namespace, name }: ServiceKey): string {
  return namespace === "" ? name : `${namespace}/${name}`;
}

/** The inverse of `keyOf`: neither part can contain a slash. */
export function serviceOf(key: string): ServiceKey {
  const slash = key.indexOf("/");
  return slash < 0
    ? { namespace: "", name: key }
    : { namespace: key.slice(0, slash), name: key.slice(slash + 1) };
}

/** True for the key of a host ("shop.example.com", "*.apps.example.com"), false for the key of a service. */
export function isHostKey(key: string): boolean {
  return !key.includes("/");
}
