/** Releases copies: they stay as they are, and nothing in them says any more that they belong to a federation. */
import type { ClusterConnection } from "../clusters/connect.ts";
import type { StepRunner } from "../clusters/runner.ts";
import { objectTitle } from "../membership/planned-object.ts";
import { release } from "../../propagate/apply/carry-out.ts";
import type { MemberCopy } from "./copies.ts";

/** The field manager of a fedns that propagates. */
const MANAGER = "fedns";
const AT_ONCE = 4;
/** The member's controllers may change an object between the read and the patch. */
const TRIES = 5;

type ReleaseOptions = {
  readonly runner: StepRunner;
  readonly member: ClusterConnection;
};

/** Resolves with the copies that could not be released, each after a line about why. */
export async function releaseCopies(
  copies: readonly MemberCopy[],
  { runner, member }: ReleaseOptions,
): Promise<readonly MemberCopy[]> {
  const left: MemberCopy[] = [];
  const waiting = [...copies];
  const work = async (): Promise<void> => {
    for (let copy = waiting.shift(); copy !== undefined; copy = waiting.shift()) {
      const title = objectTitle(copy.kind, copy.key);
      const problem = runner.isDryRun ? null : await releaseOne(copy, runner, member);
      if (problem !== null) left.push(copy);
      const done = runner.isDryRun ? "would be released" : "released";
      runner.say(member.name, problem === null ? done : `could not be released: ${problem}`, title);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return left;
}

/** Null: it is released, or gone. */
async function releaseOne(
  { key }: MemberCopy,
  { writing }: StepRunner,
  { transport }: ClusterConnection,
): Promise<string | null> {
  for (let attempt = 1; attempt <= TRIES; attempt++) {
    const outcome = await release({ transport, key, manager: MANAGER, ...writing });
    if (outcome.report !== null) return outcome.report.message ?? outcome.report.status;
    if (outcome.copy !== "unknown") return null;
  }
  return "it changes all the time; run the command again";
}
