/**
 * A short-lived process that reads a database and writes the table of clients: the database takes hundreds of megabytes
 * of memory, the table a dozen. It receives one BuildOrder and sends one BuildReport; the table is in the file.
 */
import { constants, setPriority } from "node:os";
import type { ErrorCode } from "../../kernel/error-codes.ts";
import { messageOf, OperationalError } from "../../kernel/error.ts";
import { endWithParent } from "../../kernel/native/process-end.ts";
import { type Database, editionOf } from "./database.ts";
import type { LocatedNetwork } from "./network.ts";
import { buildTable, type Gathered } from "./table.ts";
import { type TableKey, writeTable } from "./table-file.ts";

export type BuildOrder = {
  readonly database: Database;
  readonly networks: readonly LocatedNetwork[];
  readonly key: TableKey;
  /** The file of the table. */
  readonly path: string;
};

export type BuildReport =
  | { readonly kind: "done"; readonly warnings: readonly string[] }
  | { readonly kind: "failed"; readonly code: ErrorCode; readonly message: string };

process.once("message", (order: BuildOrder) => {
  void carryOut(order);
});
// The parent process does not wait for the table any more. While the database is read, for seconds, only the kernel sees that.
process.once("disconnect", () => process.exit(1));
endWithParent(process.ppid);

async function carryOut(order: BuildOrder): Promise<void> {
  // Answers and changes of clusters come first.
  setPriority(constants.priority.PRIORITY_LOW);
  const report = await build(order).catch((error: unknown): BuildReport => {
    const code = error instanceof OperationalError ? error.code : "BUILD_FAILED";
    return { kind: "failed", code, message: messageOf(error) };
  });
  process.send?.(report, () => process.exit(0));
}

async function build({ database, networks, key, path }: BuildOrder): Promise<BuildReport> {
  const gathered = await gather(database);
  if (editionOf(database) !== key.database)
    throw new OperationalError("DATABASE_CHANGED", "it changed while it was read; it will be read again");
  writeTable(path, { key, table: buildTable(gathered, networks) });
  return { kind: "done", warnings: gathered.warnings };
}

/** Loads only the library that the database needs. */
async function gather(database: Database): Promise<Gathered> {
  if (database.kind === "file") {
    const { gatherMmdb } = await import("./mmdb.ts");
    return gatherMmdb(database.path);
  }
  const { gatherGeoip } = await import("./geoip.ts");
  return gatherGeoip(database);
}
