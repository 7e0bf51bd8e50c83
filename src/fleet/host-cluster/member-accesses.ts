/** The accesses to all members of the host: opened, changed and closed as members come, change and leave. */
import type { DeclaredMember } from "../host-objects/declared-member.ts";
import type { HostProblem } from "../host-objects/host-problem.ts";
import { MemberAccess, type MemberAccessOptions } from "./member-access.ts";

type MemberAccessesOptions = Omit<MemberAccessOptions, "member" | "seed">;

export class MemberAccesses {
  readonly #options: MemberAccessesOptions;
  readonly #accesses = new Map<string, MemberAccess>();
  /** The tokens that an earlier run read. */
  readonly #savedSeeds = new Map<string, string>();

  constructor(options: MemberAccessesOptions) {
    this.#options = options;
  }

  get(name: string): MemberAccess | undefined {
    return this.#accesses.get(name);
  }

  /** Each Secret was read, or is known to be unreadable. */
  get areSettled(): boolean {
    return [...this.#accesses.values()].every(({ isSettled }) => isSettled);
  }

  get problems(): readonly HostProblem[] {
    return [...this.#accesses.values()].flatMap(({ problem }) => problem ?? []);
  }

  restoreSeed(name: string, seed: string): void {
    this.#savedSeeds.set(name, seed);
  }

  /** There are these members now. Resolves when the saved tokens of the new ones are read. Never rejects. */
  async follow(members: readonly DeclaredMember[]): Promise<void> {
    const names = new Set(members.map(({ name }) => name));
    for (const [name, access] of this.#accesses) {
      if (names.has(name)) continue;
      void access.leave();
      this.#accesses.delete(name);
      this.#savedSeeds.delete(name);
    }
    const opening: Promise<void>[] = [];
    for (const member of members) {
      const access = this.#accesses.get(member.name);
      if (access === undefined) opening.push(this.#open(member));
      else access.change(member);
    }
    await Promise.all(opening);
  }

  stop(): void {
    for (const access of this.#accesses.values()) access.stop();
  }

  async #open(member: DeclaredMember): Promise<void> {
    const seed = this.#savedSeeds.get(member.name) ?? null;
    const access = new MemberAccess({ ...this.#options, member, seed });
    this.#accesses.set(member.name, access);
    await access.run();
    this.#options.onChange();
  }
}
