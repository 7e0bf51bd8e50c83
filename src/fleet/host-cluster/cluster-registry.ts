/**
 * The members as the host declares them: the last usable state of each KubeFedCluster. An object that becomes unusable leaves
 * its member as it was; a member whose object is gone leaves, unless that is doubtful (shrink.ts).
 */
import { type DeclaredMember, parseKubeFedCluster } from "../host-objects/declared-member.ts";
import type { HostProblem } from "../host-objects/host-problem.ts";
import { isDoubtful, KEPT_FOR_MS, leftByNow } from "./shrink.ts";

type Entry = {
  /** As last usable; null = it never was. */
  readonly member: DeclaredMember | null;
  /** Of the object as it is now. */
  readonly problems: readonly HostProblem[];
  /** Monotonic ms since when the host does not have it although it was not seen to leave; null = the host has it. */
  readonly goneSinceMs: number | null;
};

export class ClusterRegistry {
  readonly #entries: Map<string, Entry> = new Map();

  /** The members, the oldest first. */
  get members(): readonly DeclaredMember[] {
    return [...this.#entries.values()]
      .flatMap(({ member }) => member ?? [])
      .sort((a, b) => compare(a.created, b.created) || compare(a.name, b.name));
  }

  get problems(): readonly HostProblem[] {
    return [...this.#entries].flatMap(([name, { problems, goneSinceMs }]) =>
      goneSinceMs === null ? problems : [...problems, this.#keptProblem(name)],
    );
  }

  /** The names of all objects that the host has now, usable or not. */
  get present(): readonly string[] {
    return [...this.#entries].filter(([, { goneSinceMs }]) => goneSinceMs === null).map(([name]) => name);
  }

  /** Members of an earlier run. The host has not confirmed them yet. */
  restore(members: readonly DeclaredMember[]): void {
    for (const member of members) this.#entries.set(member.name, { member, problems: [], goneSinceMs: null });
  }

  problemsOf(name: string): readonly HostProblem[] {
    return this.#entries.get(name)?.problems ?? [];
  }

  /** The object was created or has changed. */
  declare(name: string, object: unknown): void {
    const before = this.#entries.get(name)?.member ?? null;
    const { value, problems } = parseKubeFedCluster(object, before);
    this.#entries.set(name, { member: value ?? before, problems, goneSinceMs: null });
  }

  /** These objects are gone, all at once. `isFromList`: they are missing from a list. */
  remove(names: readonly string[], isFromList: boolean, nowMs: number): void {
    const known = this.members.filter(({ name }) => this.#isPresent(name)).length;
    const gone = names.filter((name) => this.#isPresent(name));
    const members = gone.filter((name) => this.#entries.get(name)?.member !== null);
    const isKept = isDoubtful({ known, gone: members.length, isFromList });
    for (const name of gone) {
      const entry = this.#entries.get(name);
      if (entry?.member && isKept) this.#entries.set(name, { ...entry, goneSinceMs: nowMs });
      else this.#entries.delete(name);
    }
  }

  /** The host was listed, and had these objects: members that it does not have are gone. */
  confirm(names: ReadonlySet<string>, nowMs: number): void {
    const missing = this.present.filter((name) => !names.has(name));
    this.remove(missing, true, nowMs);
  }

  /** Lets kept members leave when it is time. `seenSinceMs`: since when the host is seen without a gap. True: some left. */
  letGo(nowMs: number, seenSinceMs: number | null): boolean {
    const kept = [...this.#entries].flatMap(([name, { goneSinceMs }]) =>
      goneSinceMs === null ? [] : { name, goneSinceMs },
    );
    const left = leftByNow(kept, { nowMs, seenSinceMs, present: this.present.length });
    for (const name of left) this.#entries.delete(name);
    return left.length > 0;
  }

  #isPresent(name: string): boolean {
    return this.#entries.get(name)?.goneSinceMs === null;
  }

  #keptProblem(name: string): HostProblem {
    const when =
      this.present.length === 0
        ? "create a KubeFedCluster in the host, or take host out of the settings, to let it leave"
        : `it leaves ${KEPT_FOR_MS / 60_000} minutes after the host has been seen without it; create it again to keep it`;
    const sentence = `the host lost it together with other members, as after a restore, so it is kept; ${when}`;
    return { object: `KubeFedCluster ${name}`, reason: "KeptAfterLoss", sentence };
  }
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
