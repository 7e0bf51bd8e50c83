/**
 * Which version of a federated object a member is to have, by the object and its record alone:
 *
 *   versions reach members | record            | the version of the object now | the member        | has
 *   at once                | any               | any                           | any               | the new one
 *   in steps               | none              | any                           | any               | what it has: nothing is written down yet
 *   in steps               | of another target | any                           | any               | what it has: nothing is written down yet
 *   in steps               | done              | its target                    | any               | the new one
 *   in steps               | rolling, failed   | its target                    | one of `on`       | the new one
 *   in steps               | rolling, failed   | its target                    | any other         | the previous one
 *
 * A member that joins meanwhile gets the previous version until its turn. Where the content of the previous one is not known, a
 * member keeps what it has.
 */
import type { RolloutRecord } from "./rollout-record.ts";

export type VersionChoice = "new" | "previous" | "as-it-is";

type VersionInput = {
  readonly isStaged: boolean;
  readonly record: Pick<RolloutRecord, "target" | "phase" | "on"> | null;
  /** The version of the object as it is now. */
  readonly version: string;
  readonly cluster: string;
  readonly isPreviousKnown: boolean;
};

export function chosenVersion(input: VersionInput): VersionChoice {
  const { isStaged, record, version, cluster, isPreviousKnown } = input;
  if (!isStaged) return "new";
  if (record === null || record.target !== version) return "as-it-is";
  if (record.phase === "done" || record.on.includes(cluster)) return "new";
  return isPreviousKnown ? "previous" : "as-it-is";
}
