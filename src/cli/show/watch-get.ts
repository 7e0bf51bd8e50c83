/** `fedns get --watch`: the table or the objects of all members, then every change as it comes. */
import { isRecord } from "../../fleet/kube/kube-error.ts";
import type { Session } from "../session/session.ts";
import { alignedLines, columnWidths } from "../text/aligned.ts";
import { type ClusterTable, MergedColumns, mergedRows } from "../tables/merge-tables.ts";
import { readTable, type TableRow, TABLE_TYPES } from "../tables/served-table.ts";
import type { Answered } from "../everywhere/ask-members.ts";
import { follow } from "../everywhere/follow.ts";
import { objectText, type ObjectsFormat, type ShownObject } from "./objects-text.ts";
import { objectsOn, readPages, versionOf } from "../everywhere/read-member.ts";
import type { GetRequest, Listed } from "./read-everywhere.ts";
import type { MembersWork } from "../everywhere/with-members.ts";

type TablesWatch = {
  readonly listed: readonly Answered<Listed<unknown>>[];
  /** In the same order. */
  readonly tables: readonly ClusterTable[];
  readonly request: GetRequest;
  readonly merging: { readonly isWide: boolean; readonly hasNamespaces: boolean };
};

/** The columns stay those of the beginning; they become wider when they have to. */
export async function watchTables(session: Session, work: MembersWork, watch: TablesWatch): Promise<void> {
  const { listed, tables, merging } = watch;
  const merged = new MergedColumns(tables, merging);
  const rows = mergedRows(tables, merging);
  let widths = columnWidths(rows);
  const print = (more: readonly (readonly string[])[]): void => {
    widths = columnWidths(more, widths);
    session.print(alignedLines(more, widths));
  };
  if (rows.length > 1) print(rows);
  let isHeaded = rows.length > 1;
  const show = (cluster: string, columns: ClusterTable["columns"], row: TableRow): void => {
    if (!isHeaded) print([merged.heading]);
    isHeaded = true;
    print([merged.rowOf(cluster, columns, row)]);
  };
  await Promise.all(
    listed.map(async ({ member, value: { path, version } }, index) => {
      const table = tables[index] as ClusterTable;
      let { columns } = table;
      const known = new Map(table.rows.map(({ uid, resourceVersion }) => [uid, resourceVersion]));
      const take = (json: unknown): string => {
        const page = readTable(json, session.clock.wallMs());
        columns = page.columns ?? columns;
        for (const row of page.rows) {
          if (known.get(row.uid) !== row.resourceVersion) show(member.name, columns, row);
          known.set(row.uid, row.resourceVersion);
        }
        return page.rows.at(-1)?.resourceVersion ?? page.resourceVersion;
      };
      const { query } = watch.request;
      const asking = { path, query, accept: TABLE_TYPES };
      const onExpired = async (): Promise<string> => {
        const pages = await readPages(member, asking, work);
        for (const page of pages) take(page);
        return versionOf(pages);
      };
      const what = watch.request.type;
      await follow({ ...asking, member, what, resourceVersion: version, onObject: take, onExpired }, work);
    }),
  );
}

type ObjectsWatch = {
  readonly listed: readonly Answered<Listed<unknown>>[];
  readonly shown: readonly ShownObject[];
  readonly request: GetRequest;
  readonly output: ObjectsFormat;
};

export async function watchObjects(session: Session, work: MembersWork, watch: ObjectsWatch): Promise<void> {
  const { output, request } = watch;
  // One after the other, although some formats are loaded first.
  let printing = Promise.resolve();
  const show = (one: ShownObject): void => {
    printing = printing.then(async () => {
      session.print(`${await objectText(one, output)}${output === "yaml" ? "---\n" : ""}`);
    });
  };
  watch.shown.forEach(show);
  await Promise.all(
    watch.listed.map(async ({ member, value: { kind, path, version } }) => {
      const known = new Map<string, string>(
        watch.shown.filter(({ cluster }) => cluster === member.name).map(({ object }) => versionsOf(object)),
      );
      const take = (object: unknown): string => {
        if (!isRecord(object)) return "";
        const [uid, resourceVersion] = versionsOf(object);
        if (known.get(uid) !== resourceVersion) show({ cluster: member.name, kind, object });
        known.set(uid, resourceVersion);
        return resourceVersion;
      };
      const asking = { path, query: request.query };
      const onExpired = async (): Promise<string> => {
        const pages = await readPages(member, asking, work);
        for (const object of objectsOn(pages)) take(object);
        return versionOf(pages);
      };
      const what = request.type;
      await follow({ ...asking, member, what, resourceVersion: version, onObject: take, onExpired }, work);
    }),
  );
  await printing;
}

function versionsOf(object: Readonly<Record<string, unknown>>): [uid: string, resourceVersion: string] {
  const { uid, resourceVersion } = isRecord(object["metadata"]) ? object["metadata"] : {};
  return [String(uid), String(resourceVersion)];
}
