/** What people asked for, and when: every version of every preference, and since when each workload of a member has an autoscaler. */
import { parsePreference, type ReplicaPreference } from "../../../src/propagate/schedule/preference.ts";
import type { KubeObject } from "../../../src/sandbox/object/object.ts";
import type { Change } from "../../../src/sandbox/store/history.ts";

export type Wish =
  | { readonly kind: "none" }
  | { readonly kind: "invalid" }
  | { readonly kind: "valid"; readonly preference: ReplicaPreference };

type Dated<T> = { readonly fromMs: number; readonly value: T };

/** What was so at any time since then, and what is so now as the last. */
export function since<T>(versions: readonly Dated<T>[], sinceMs: number): readonly T[] {
  const first = versions.findLastIndex(({ fromMs }) => fromMs <= sinceMs);
  return versions.slice(Math.max(0, first)).map(({ value }) => value);
}

const NONE: Wish = { kind: "none" };

export class Wishes {
  readonly #preferences = new Map<string, Dated<Wish>[]>();
  /** What the status of a preference said of each member, by key and member. */
  readonly #told = new Map<string, Dated<number>[]>();
  readonly #autoscaled = new Map<string, Dated<boolean>[]>();

  notePreference({ object, kind }: Change, nowMs: number): void {
    const { namespace = "", name } = object.metadata;
    const key = `${namespace}/${name}`;
    const value = kind === "DELETED" ? NONE : wishOf(object);
    const versions = this.#preferences.get(key) ?? [{ fromMs: -Infinity, value: NONE }];
    if (textOf(versions.at(-1)?.value) !== textOf(value)) versions.push({ fromMs: nowMs, value });
    this.#preferences.set(key, versions);
    const { clusters = [] } = (object["status"] ?? {}) as { clusters?: { name: string; replicas: number }[] };
    for (const { name: member, replicas } of clusters) {
      const told = this.#told.get(`${key} ${member}`) ?? [];
      if (told.at(-1)?.value !== replicas) told.push({ fromMs: nowMs, value: replicas });
      this.#told.set(`${key} ${member}`, told);
    }
  }

  /** What was planned for a member at that time, and perhaps never written there; 0 = nothing was. */
  planned(member: string, key: string, atMs: number): number {
    return (this.#told.get(`${key} ${member}`) ?? []).findLast(({ fromMs }) => fromMs <= atMs)?.value ?? 0;
  }

  noteAutoscaler(member: string, { object, kind }: Change, nowMs: number): void {
    const { namespace = "" } = object.metadata;
    const { scaleTargetRef } = object["spec"] as { scaleTargetRef: { name: string } };
    const id = `${member} ${namespace}/${scaleTargetRef.name}`;
    const versions = this.#autoscaled.get(id) ?? [{ fromMs: -Infinity, value: false }];
    versions.push({ fromMs: nowMs, value: kind !== "DELETED" });
    this.#autoscaled.set(id, versions);
  }

  /** At any time since then; the last is in force now. */
  of(key: string, sinceMs: number): readonly Wish[] {
    const versions = this.#preferences.get(key);
    return versions === undefined ? [NONE] : since(versions, sinceMs);
  }

  now(key: string): Wish {
    return this.of(key, Infinity).at(-1) as Wish;
  }

  /** What was valid last goes on while what is said now is not; null = nothing is asked for. */
  inForce(key: string): ReplicaPreference | null {
    if (this.now(key).kind === "none") return null;
    const valid = (this.#preferences.get(key) ?? []).findLast(({ value: { kind } }) => kind !== "invalid");
    return valid?.value.kind === "valid" ? valid.value.preference : null;
  }

  /** When what is said now was said. */
  sinceMs(key: string): number {
    return this.#preferences.get(key)?.at(-1)?.fromMs ?? -Infinity;
  }

  autoscaled(member: string, key: string, sinceMs: number): readonly boolean[] {
    const versions = this.#autoscaled.get(`${member} ${key}`);
    return versions === undefined ? [false] : since(versions, sinceMs);
  }
}

function textOf(wish: Wish | undefined): string {
  return JSON.stringify(wish, (_, value: unknown) => (value instanceof Map ? [...value] : value));
}

function wishOf(object: KubeObject): Wish {
  const parsed = parsePreference(object);
  return "preference" in parsed ? { kind: "valid", preference: parsed.preference } : { kind: "invalid" };
}
