/** What the host asks for about the replicas of an object: by the object itself, or else by a preference that is about it. */
import type { ParsedObject } from "../federated/federated-object.ts";
import { OwnSharesTable } from "../plain/own-shares.ts";
import { federatedKindOf, type ScheduledType } from "../workloads/scheduled-type.ts";
import type { PreferenceWatch } from "./preference-watch.ts";
import type { ReplicaPreference } from "./preference.ts";

/** `valid` null: nothing that could be read yet. */
export type Asked = { readonly valid: ReplicaPreference | null };

export class AskedPreferences {
  readonly #about: PreferenceWatch;
  readonly #own = new OwnSharesTable();

  constructor(about: PreferenceWatch) {
    this.#about = about;
  }

  /** The host has this object of the name now; null = none. True: it is the first of its type that asks for something itself. */
  note({ name }: ScheduledType, key: string, parsed: ParsedObject | null): boolean {
    const hadAny = this.#own.hasAny(name);
    this.#own.note(name, key, parsed);
    return !hadAny && this.#own.hasAny(name);
  }

  /** Null = nothing. */
  of(type: ScheduledType, key: string): Asked | null {
    const own = this.#own.of(type.name, key);
    const targetKind = federatedKindOf(type);
    return own === null
      ? this.#about.of(targetKind, key)
      : { valid: { ...own, targetKind, intersects: true } };
  }

  /** Some object of the type has any. */
  hasAny(type: ScheduledType): boolean {
    return this.#own.hasAny(type.name) || this.#about.hasAny(federatedKindOf(type));
  }

  /** Of objects that may have any. */
  *keysOf({ name }: ScheduledType): Iterable<string> {
    yield* this.#own.keysOf(name);
    for (const { key } of this.#about.all) yield key;
  }

  forget(type: string): void {
    this.#own.forget(type);
  }
}
