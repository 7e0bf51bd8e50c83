/** Asks every member the same at once. One that fails is told, and the others are shown. */
import { OperationalError } from "../../kernel/error.ts";
import type { ClusterConnection } from "../clusters/connect.ts";
import { findCommonKind, nameOf, type ReadKind, suggestKind } from "../tables/find-kind.ts";
import { problemSentence } from "./problem-sentence.ts";
import type { MemberProblem, MembersWork } from "./with-members.ts";

export type Answered<T> = { readonly member: ClusterConnection; readonly value: T };

/** In the order of the members. `what`: for messages, "pods in shop". */
export async function askMembers<T>(
  { members, report, signal }: MembersWork,
  what: string,
  ask: (member: ClusterConnection) => Promise<T>,
): Promise<readonly Answered<T>[]> {
  const answers = await Promise.all(
    members.map(async (member): Promise<Answered<T> | MemberProblem> => {
      try {
        return { member, value: await ask(member) };
      } catch (error) {
        return { cluster: member.name, sentence: problemSentence(error, what) };
      }
    }),
  );
  signal.throwIfAborted();
  return answers.flatMap((answer) => {
    if ("member" in answer) return [answer];
    report(answer);
    return [];
  });
}

type Kinds = Awaited<ReturnType<ClusterConnection["discovery"]["kinds"]>>;

/** The members that have the kind. Throws OperationalError CLUSTER_STEP when none of those that answer has it. */
export async function membersWithKind(
  work: MembersWork,
  word: string,
): Promise<readonly Answered<ReadKind>[]> {
  const documents = await askMembers(work, "discovery", ({ discovery }) => discovery.kinds());
  const kinds = findCommonKind(
    word,
    documents.map(({ value }) => value.kinds),
  );
  const found = documents.map((document, index) => ({ ...document, kind: kinds[index] ?? null }));
  const known = kinds.find((kind) => kind !== null);
  for (const { member, value, kind } of found) {
    if (kind !== null) continue;
    const groups = [...value.unknownGroups]
      .filter((group) => known === undefined || group === known.group)
      .join(", ");
    const sentence = `the API server of ${groups} does not answer, so whether there is a type ${word} is not known`;
    if (groups !== "") work.report({ cluster: member.name, sentence });
    else if (known !== undefined) work.note(`${member.name} has no type ${nameOf(known)}`);
  }
  if (known === undefined && found.length > 0)
    throw unknownKind(
      word,
      found.map(({ value }) => value),
    );
  return found.flatMap(({ member, kind }) => (kind === null ? [] : [{ member, value: kind }]));
}

function unknownKind(word: string, documents: readonly Kinds[]): OperationalError {
  const near = suggestKind(
    word,
    documents.flatMap(({ kinds }) => kinds),
  );
  const cure = near === null ? "kubectl api-resources lists the types of a cluster" : `did you mean ${near}?`;
  return new OperationalError("CLUSTER_STEP", `no cluster has a type ${word}; ${cure}`);
}

/** When something was named, and none of `count` members that answered has it. */
export function nowhere({ type, names, namespace }: NamedPlace, count: number): OperationalError {
  const where = namespace === "" ? "" : ` in the namespace ${namespace}`;
  return new OperationalError(
    "CLUSTER_STEP",
    `there is no ${type} ${names.join(", ")}${where} ${among(count)}`,
  );
}

/** `namespace`: "" for a kind of cluster scope. */
type NamedPlace = { readonly type: string; readonly names: readonly string[]; readonly namespace: string };

/** For messages: how many clusters have answered. */
export function among(count: number): string {
  return count === 1 ? "in the one cluster that answered" : `in any of the ${count} clusters that answered`;
}

/** For messages: "pods in shop". */
export function whatOf(type: string, { namespace }: Pick<MembersWork, "namespace">): string {
  return namespace === "" ? type : `${type} in ${namespace}`;
}
