/** The host names of load balancers that one cluster needs looked up, and the services and hosts that use each. */
import type { HostnameResolver } from "../resolve/hostname.ts";
import type { HostAddresses } from "../resolve/hostname-state.ts";

type Watched = { readonly stop: () => void; addresses: HostAddresses | null; readonly users: Set<string> };

export class HostnameWatches {
  readonly #resolver: HostnameResolver;
  readonly #onChange: (user: string) => void;
  readonly #watched: Map<string, Watched> = new Map();

  /** `onChange`: the addresses of a name that `user` uses have changed. */
  constructor(resolver: HostnameResolver, onChange: (user: string) => void) {
    this.#resolver = resolver;
    this.#onChange = onChange;
  }

  /** Null = not looked up yet. */
  addressesOf(hostname: string): HostAddresses | null {
    return this.#watched.get(hostname)?.addresses ?? null;
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
    const onAddresses = (addresses: HostAddresses): void => {
      const watched = this.#watched.get(hostname);
      if (watched === undefined) return;
      watched.addresses = addresses;
      for (const one of watched.users) this.#onChange(one);
    };
    const stop = this.#resolver.watch(hostname, onAddresses);
    this.#watched.set(hostname, { stop, addresses: null, users: new Set([user]) });
  }

  #leave(hostname: string, user: string): void {
    const known = this.#watched.get(hostname);
    if (known === undefined || !known.users.delete(user) || known.users.size > 0) return;
    known.stop();
    this.#watched.delete(hostname);
  }
}
