/** `fedns get TYPE`: the objects of all members as one table, with the columns that their API servers give. */
import type { Session } from "../session/session.ts";
import { alignedLines } from "../text/aligned.ts";
import type { ReadKind } from "../tables/find-kind.ts";
import { byName, type ClusterTable, mergedRows } from "../tables/merge-tables.ts";
import { readTable, TABLE_TYPES } from "../tables/served-table.ts";
import { among, type Answered, membersWithKind, nowhere } from "../everywhere/ask-members.ts";
import type { NamedType, NamespacesOptions } from "../everywhere/everywhere-options.ts";
import { type GetRequest, type Listed, readEverywhere } from "./read-everywhere.ts";
import { type ObjectsFormat, objectsText, type ShownObject } from "./objects-text.ts";
import { objectsOn } from "../everywhere/read-member.ts";
import { watchObjects, watchTables } from "./watch-get.ts";
import { type MembersWork, withMembers } from "../everywhere/with-members.ts";

export type GetObjectsOptions = NamespacesOptions & {
  readonly output?: ObjectsFormat | "wide";
  readonly selector?: string;
  readonly watch?: boolean;
};

export async function runGet(session: Session, target: NamedType, options: GetObjectsOptions): Promise<void> {
  const { output, selector, watch: isWatch = false } = options;
  const [name] = target.names;
  const request: GetRequest = {
    ...target,
    // A watch needs the version of a list.
    query: {
      labelSelector: selector,
      fieldSelector: isWatch && name !== undefined ? `metadata.name=${name}` : undefined,
    },
    isWatch,
    isWide: output === "wide",
  };
  await withMembers(session, options, async (work) => {
    const found = await membersWithKind(work, target.type);
    if (output === undefined || output === "wide") await printTables(session, work, found, request);
    else await printObjects(session, work, found, { ...request, output });
  });
}

async function printTables(
  session: Session,
  work: MembersWork,
  found: readonly Answered<ReadKind>[],
  request: GetRequest,
): Promise<void> {
  const wallMs = session.clock.wallMs();
  const read = (json: Readonly<Record<string, unknown>>): readonly Omit<ClusterTable, "cluster">[] => {
    const { columns, rows } = readTable(json, wallMs);
    return [{ columns: columns ?? [], rows }];
  };
  const listed = await readEverywhere(work, found, request, { accept: TABLE_TYPES, itemsOf: read });
  const tables = listed.map(({ member, value }) => ({
    cluster: member.name,
    columns: value.items.find(({ columns }) => columns.length > 0)?.columns ?? [],
    rows: value.items.flatMap(({ rows }) => rows),
  }));
  const isEmpty = tables.every(({ rows }) => rows.length === 0);
  const hasNamespaces = work.namespace === "" && listed.some(({ value }) => value.kind.isNamespaced);
  const merging = { isWide: request.isWide, hasNamespaces };
  if (isEmpty) tellNothing(work, listed, request);
  if (request.isWatch) await watchTables(session, work, { listed, tables, request, merging });
  else if (!isEmpty) session.print(alignedLines(mergedRows(tables, merging)));
}

async function printObjects(
  session: Session,
  work: MembersWork,
  found: readonly Answered<ReadKind>[],
  request: GetRequest & { readonly output: ObjectsFormat },
): Promise<void> {
  const listed = await readEverywhere(work, found, request, {
    itemsOf: (json) => objectsOn([Array.isArray(json["items"]) ? json : { items: [json] }]),
  });
  const shown = listed.flatMap(({ member, value }) =>
    value.items
      .toSorted((a, b) => byName({ namespace: "", ...a.metadata }, { namespace: "", ...b.metadata }))
      .map((object): ShownObject => ({ cluster: member.name, kind: value.kind, object })),
  );
  if (shown.length === 0) tellNothing(work, listed, request);
  const { output } = request;
  if (request.isWatch) await watchObjects(session, work, { listed, shown, request, output });
  else session.print(await objectsText(shown, { output, problems: work.problems }));
}

/** Throws OperationalError CLUSTER_STEP where something was named, and no member that answered has it. */
function tellNothing(
  work: MembersWork,
  listed: readonly Answered<Listed<unknown>>[],
  { type, names, isWatch }: GetRequest,
): void {
  const kind = listed[0]?.value.kind;
  if (kind === undefined) return;
  const namespace = kind.isNamespaced ? work.namespace : "";
  if (names.length > 0 && !isWatch) throw nowhere({ type, names, namespace }, listed.length);
  const where = namespace === "" ? "" : ` in the namespace ${namespace}`;
  work.note(`there are no ${kind.plural}${where} ${among(listed.length)}`);
}
