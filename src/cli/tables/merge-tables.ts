/** Tables of several clusters as one: the columns of all of them, each where its own cluster has it, behind CLUSTER. */
import type { TableColumn, TableRow } from "./served-table.ts";

export type ClusterTable = {
  readonly cluster: string;
  readonly columns: readonly TableColumn[];
  readonly rows: readonly TableRow[];
};
type MergeOptions = { readonly isWide: boolean; readonly hasNamespaces: boolean };

/** What a cluster of another version has no column for. */
const NONE = "<none>";

/** Says how rows of any of the clusters are shown under one heading. */
export class MergedColumns {
  readonly #options: MergeOptions;
  /** Names of columns; the second column of a name has another key. */
  readonly #keys: readonly string[];

  constructor(tables: readonly Pick<ClusterTable, "columns">[], options: MergeOptions) {
    this.#options = options;
    const keys: string[] = [];
    for (const { columns } of tables) {
      let next = 0;
      for (const { key } of keyed(columns).filter(({ isWide }) => options.isWide || !isWide)) {
        const at = keys.indexOf(key);
        if (at === -1) keys.splice(next, 0, key);
        next = at === -1 ? next + 1 : at + 1;
      }
    }
    this.#keys = keys;
  }

  get heading(): readonly string[] {
    const names = this.#keys.map((key) => key.replace(/ \d+$/, "").toUpperCase());
    return ["CLUSTER", ...(this.#options.hasNamespaces ? ["NAMESPACE"] : []), ...names];
  }

  rowOf(cluster: string, columns: readonly TableColumn[], row: TableRow): readonly string[] {
    const cells = new Map(keyed(columns).map(({ key }, index) => [key, row.cells[index]]));
    return [
      cluster,
      ...(this.#options.hasNamespaces ? [row.namespace] : []),
      ...this.#keys.map((key) => cells.get(key) ?? NONE),
    ];
  }
}

/** Heading and rows, by cluster, namespace and name. Pass tables in the order of their clusters. */
export function mergedRows(tables: readonly ClusterTable[], options: MergeOptions): string[][] {
  const merged = new MergedColumns(tables, options);
  const rows = tables.flatMap(({ cluster, columns, rows: own }) =>
    own.toSorted(byName).map((row) => [...merged.rowOf(cluster, columns, row)]),
  );
  return [[...merged.heading], ...rows];
}

export function byName(
  a: Pick<TableRow, "namespace" | "name">,
  b: Pick<TableRow, "namespace" | "name">,
): number {
  if (a.namespace !== b.namespace) return a.namespace < b.namespace ? -1 : 1;
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
}

function keyed(columns: readonly TableColumn[]): readonly (TableColumn & { readonly key: string })[] {
  const counts = new Map<string, number>();
  return columns.map((column) => {
    const count = (counts.get(column.name) ?? 0) + 1;
    counts.set(column.name, count);
    return { ...column, key: `${column.name} ${count}` };
  });
}
