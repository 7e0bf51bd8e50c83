/** `fedns events`: what happened in all members, in the order of time. */
import { type ApiObject, apiObject } from "../../fleet/objects/api-object.ts";
import type { Session } from "../session/session.ts";
import { type Answered, askMembers, membersWithKind, whatOf } from "../everywhere/ask-members.ts";
import type { NamespacesOptions } from "../everywhere/everywhere-options.ts";
import { follow } from "../everywhere/follow.ts";
import { objectsOn, readPages, versionOf } from "../everywhere/read-member.ts";
import { type MembersWork, withMembers } from "../everywhere/with-members.ts";
import { eventHeading, eventRow, inOrder } from "../tables/event-rows.ts";
import { alignedLines, columnWidths } from "../text/aligned.ts";
import { eventsPlace } from "./read-events.ts";

/** The object that Events are about, as a person names it. */
export type EventSubjectName = { readonly type: string; readonly name: string };
export type EventsOptions = NamespacesOptions & {
  readonly for?: EventSubjectName;
  readonly watch?: boolean;
};

type Read = {
  readonly place: ReturnType<typeof eventsPlace>;
  readonly events: readonly ApiObject[];
  readonly version: string;
};

export async function runEvents(session: Session, options: EventsOptions): Promise<void> {
  await withMembers(session, options, async (work) => {
    const { namespace } = work;
    const about = options.for;
    const places =
      about === undefined
        ? work.members.map((member) => ({ member, value: eventsPlace(namespace, null) }))
        : (await membersWithKind(work, about.type)).map(({ member, value: { kind, isNamespaced } }) => ({
            member,
            // Events about objects of cluster scope are in the namespace default.
            value: eventsPlace(isNamespaced ? namespace : namespace && "default", {
              kind,
              namespace,
              name: about.name,
            }),
          }));
    const answers = await readEvents(work, places);
    const events = answers.flatMap(({ member, value }) =>
      value.events.map((event) => ({ cluster: member.name, event })),
    );
    const showing = { wallMs: session.clock.wallMs(), hasNamespaces: namespace === "" };
    const rows = inOrder(events).map((one) => eventRow(one, showing));
    const all = [eventHeading(showing), ...rows];
    if (rows.length > 0) session.print(alignedLines(all));
    else if (answers.length > 0) work.note(`there are no ${whatOf("events", work)}`);
    if (options.watch === true) await watchEvents(session, work, answers, all);
  });
}

function readEvents(
  work: MembersWork,
  places: readonly Answered<Read["place"]>[],
): Promise<readonly Answered<Read>[]> {
  const byMember = new Map(places.map(({ member, value }) => [member, value]));
  const members = places.map(({ member }) => member);
  return askMembers({ ...work, members }, whatOf("events", work), async (member) => {
    const place = byMember.get(member) as Read["place"];
    const pages = await readPages(member, place, work);
    return { place, events: objectsOn(pages), version: versionOf(pages) };
  });
}

async function watchEvents(
  session: Session,
  work: MembersWork,
  answers: readonly Answered<Read>[],
  before: readonly (readonly string[])[],
): Promise<void> {
  let widths = columnWidths(before);
  const hasNamespaces = work.namespace === "";
  await Promise.all(
    answers.map(async ({ member, value: { place, events, version } }) => {
      const known = new Map(events.map(({ metadata }) => [metadata.uid, metadata.resourceVersion]));
      const take = (json: unknown, type = "ADDED"): string => {
        const event = apiObject(json);
        const { uid, resourceVersion } = event.metadata;
        // API servers delete Events after an hour, which is no news.
        const isNews = known.get(uid) !== resourceVersion && type !== "DELETED";
        known.set(uid, resourceVersion);
        if (!isNews) return resourceVersion;
        const row = eventRow(
          { cluster: member.name, event },
          { wallMs: session.clock.wallMs(), hasNamespaces },
        );
        widths = columnWidths([row], widths);
        session.print(alignedLines([row], widths));
        return resourceVersion;
      };
      const onExpired = async (): Promise<string> => {
        const pages = await readPages(member, place, work);
        for (const event of objectsOn(pages)) take(event);
        return versionOf(pages);
      };
      const what = "events";
      await follow({ ...place, member, what, resourceVersion: version, onObject: take, onExpired }, work);
    }),
  );
}
