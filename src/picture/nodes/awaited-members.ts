/** The members that have to be read, and those of them that the picture counts as unread: the two differ until all that was read is written. */
import { joined, NONE_UNREAD, type UnreadMembers, without } from "./unread-members.ts";

export class AwaitedMembers {
  #awaited: UnreadMembers = NONE_UNREAD;
  /** They were not read, or part of what was read is not written yet. */
  #inPicture: UnreadMembers = NONE_UNREAD;
  /** As the last commit has them. */
  #committed: UnreadMembers = NONE_UNREAD;

  /** Also those of which the next commit will say that they are read. */
  get names(): readonly string[] {
    return [...new Set([...this.awaited, ...namesIn(this.#inPicture), ...namesIn(this.#committed)])];
  }

  /** Those that have not been read, whether the picture says so or not. */
  get awaited(): readonly string[] {
    return namesIn(this.#awaited);
  }

  get inPicture(): UnreadMembers {
    return this.#inPicture;
  }

  expect(members: UnreadMembers): void {
    this.#awaited = joined(this.#awaited, members);
    this.#inPicture = joined(this.#inPicture, members);
  }

  /** It counts as read, in the picture as well. */
  dismiss(member: string): void {
    this.#awaited = without(this.#awaited, member);
    this.#inPicture = without(this.#inPicture, member);
  }

  /** Returns false when it was not awaited. */
  read(member: string): boolean {
    const left = without(this.#awaited, member);
    const isNews = left !== this.#awaited;
    this.#awaited = left;
    return isNews;
  }

  /** `inPicture` is in the picture now. */
  committed(): void {
    this.#committed = this.#inPicture;
  }

  /** All that was read of the members for which `isWritten` is written. */
  written(isWritten: (member: string) => boolean): void {
    const awaited = new Set(this.awaited);
    for (const member of namesIn(this.#inPicture))
      if (!awaited.has(member) && isWritten(member)) this.#inPicture = without(this.#inPicture, member);
  }
}

function namesIn({ unread, outdated }: UnreadMembers): string[] {
  return [...unread, ...outdated];
}
