/** How objects say themselves that their replicas are shared, by the object, as it was last without a mistake. */
import type { OwnShares, ParsedObject } from "../federated/federated-object.ts";

export class OwnSharesTable {
  /** By type, and by "namespace/name". */
  readonly #byType = new Map<string, Map<string, OwnShares>>();

  /** The host has this object of the name now; null = none. */
  note(type: string, key: string, parsed: ParsedObject | null): void {
    // A mistake is no order to forget what was asked for before.
    if (parsed !== null && "problem" in parsed) return;
    const { shares = null } = parsed?.object ?? {};
    const own = this.#byType.get(type) ?? new Map<string, OwnShares>();
    if (shares === null) own.delete(key);
    else this.#byType.set(type, own.set(key, shares));
  }

  of(type: string, key: string): OwnShares | null {
    return this.#byType.get(type)?.get(key) ?? null;
  }

  /** Some object of the type has any. */
  hasAny(type: string): boolean {
    return (this.#byType.get(type)?.size ?? 0) > 0;
  }

  keysOf(type: string): Iterable<string> {
    return this.#byType.get(type)?.keys() ?? [];
  }

  forget(type: string): void {
    this.#byType.delete(type);
  }
}
