/** The host names of load balancers that one cluster needs looked up, and the services and hosts that use each. */
import type { HostnameResolver } from "../resolve/hostname.ts";
import type { HostAddresses, HostFreshness } from "../resolve/hostname-state.ts";

/** What is known of a host name. */
export type Resolved = { readonly addresses: HostAddresses; readonly freshness: HostFreshness };

type Watched = { readonly stop: () => void; known: Resolved | null; readonly users: Set<string> };

export class HostnameWatches {
  readonly #resolver: HostnameResolver;
  readonly #member: string;
  readonly #onChange: (user: string) => void;
  readonly #watched: Map<string, Watched> = new Map();

  /** `onChange`: the addresses of a name that `user` uses have changed, or were looked up again. */
  constructor(resolver: HostnameResolver, member: string, onChange: (user: string) => void) {
    this.#resolver = resolver;
    this.#member = member;
    this.#onChange = onChange;
  }

  /** Null = not looked up yet. */
  of(hostname: string): Resolved | null {
    return this.#watched.get(hostname)?.known ?? null;
  }

  /** `user`, a key of a service or host, uses the names `now` instead of `before`. */
  move(user: string, before: readonly string[], now: readonly string[]): void {
    for (const hostname of now) this.#watch(hostname, user);
    for (const hostname of before) if (!now.includes(hostname)) this.#leave(hostname, user);
  }

  stop(): void {
    for (const { stop } of this.#watched.values()) stop();
    this.#watched.clear();
  }

  #watch(hostname: string, user: string): void {
    const known = this.#watched.get(hostname);
    if (known !== undefined) {
      known.users.add(user);
      return;
    }
    const take = (addresses: HostAddresses | null, freshness: HostFreshness): void => {
      const watched = this.#watched.get(hostname);
      const now = addresses ?? watched?.known?.addresses;
      if (watched === undefined || now === undefined) return;
      watched.known = { addresses: now, freshness };
      for (const one of watched.users) this.#onChange(one);
    };
    const stop = this.#resolver.watch(hostname, {
      member: this.#member,
      onAddresses: take,
      onFreshness: (freshness) => take(null, freshness),
    });
    this.#watched.set(hostname, { stop, known: null, users: new Set([user]) });
  }

  #leave(hostname: string, user: string): void {
    const known = this.#watched.get(hostname);
    if (known === undefined || !known.users.delete(user) || known.users.size > 0) return;
    known.stop();
    this.#watched.delete(hostname);
  }
}
