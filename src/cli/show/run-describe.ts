/** `fedns describe`: one object in every member that has it, readable, with its Events below. */
import { isRecord } from "../../fleet/kube/kube-error.ts";
import { type ApiObject, apiObject } from "../../fleet/objects/api-object.ts";
import type { ClusterConnection } from "../clusters/connect.ts";
import type { Session } from "../session/session.ts";
import { askMembers, membersWithKind, nowhere } from "../everywhere/ask-members.ts";
import type { EverywhereOptions, NamedType } from "../everywhere/everywhere-options.ts";
import { readNamed } from "../everywhere/read-member.ts";
import { problemSentence } from "../everywhere/problem-sentence.ts";
import { type MembersWork, withMembers } from "../everywhere/with-members.ts";
import { briefRows } from "../tables/event-rows.ts";
import type { ReadKind } from "../tables/find-kind.ts";
import { describedParts } from "../tables/shown-object.ts";
import { alignedLines } from "../text/aligned.ts";
import { printable, printableLine } from "../text/printable.ts";
import { eventsAbout } from "./read-events.ts";

/** `events`: a sentence where they cannot be read. */
type Described = { readonly object: ApiObject; readonly events: readonly ApiObject[] | string };

export async function runDescribe(
  session: Session,
  { type, names }: NamedType,
  options: EverywhereOptions,
): Promise<void> {
  await withMembers(session, options, async (work) => {
    const found = await membersWithKind(work, type);
    const kinds = new Map(found.map(({ member, value }) => [member, value]));
    const members = found.map(({ member }) => member);
    const answers = await askMembers({ ...work, members }, `${type} ${names.join(", ")}`, (member) =>
      describeNames(member, kinds.get(member) as ReadKind, names, work),
    );
    const wallMs = session.clock.wallMs();
    const { stringify } = await import("yaml");
    const texts = answers.flatMap(({ member, value }) =>
      value.map((described) => {
        const { kind } = kinds.get(member) as ReadKind;
        const yaml = stringify(describedParts({ ...described.object, kind }), { lineWidth: 0 });
        return `${headingOf(member.name, kind, described.object)}${printable(yaml)}${eventsText(described.events, wallMs)}`;
      }),
    );
    const namespace = found.some(({ value }) => value.isNamespaced) ? work.namespace : "";
    if (texts.length > 0) session.print(texts.join("\n"));
    else if (answers.length > 0) throw nowhere({ type, names, namespace }, answers.length);
  });
}

async function describeNames(
  member: ClusterConnection,
  kind: ReadKind,
  names: readonly string[],
  work: MembersWork,
): Promise<readonly Described[]> {
  const namespace = kind.isNamespaced ? work.namespace : "";
  const read = await Promise.all(names.map((name) => readNamed(member, { kind, namespace, name }, work)));
  return Promise.all(
    read.filter(isRecord).map(async (json) => {
      const object = apiObject(json);
      const { uid, name } = object.metadata;
      const about = { kind: kind.kind, namespace, name, uid };
      const events = await eventsAbout(member, about, work).catch((error: unknown) =>
        problemSentence(error, "Events", "events"),
      );
      return { object, events };
    }),
  );
}

function headingOf(cluster: string, kind: string, { metadata }: ApiObject): string {
  const within = metadata.namespace === undefined ? "" : `${metadata.namespace}/`;
  return `CLUSTER ${printableLine(`${cluster}: ${kind} ${within}${metadata.name}`)}\n`;
}

function eventsText(events: Described["events"], wallMs: number): string {
  if (typeof events === "string") return `Events: not known: ${printableLine(events)}\n`;
  if (events.length === 0) return "Events: none\n";
  return `Events:\n${alignedLines(briefRows(events, wallMs)).replaceAll(/^/gm, "  ").trimEnd()}\n`;
}
