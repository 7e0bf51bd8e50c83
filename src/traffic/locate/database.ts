/** The database of client locations, and its present edition. */
import { readFileSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

export type Database =
  | { readonly kind: "geoip-lite"; readonly version: string; readonly folder: string }
  | { readonly kind: "file"; readonly path: string };

export const BUILT_IN = "geoip-lite";

/** `setting`: BUILT_IN or the absolute path of a file in MaxMind's format. Loads nothing. */
export function databaseOf(setting: string): Database {
  if (setting !== BUILT_IN) return { kind: "file", path: setting };
  const library = dirname(dirname(createRequire(import.meta.url).resolve("geoip-lite")));
  const about = JSON.parse(readFileSync(join(library, "package.json"), "utf8")) as { version: string };
  // The library reads this variable too.
  const folder = process.env["GEODATADIR"] ?? join(library, "data");
  return { kind: "geoip-lite", version: about.version, folder };
}

/** The name that people know it by. */
export function nameOf(database: Database): string {
  return database.kind === "file" ? database.path : `geoip-lite ${database.version}`;
}

/** A text that differs whenever the database does; null while one of its files is missing. */
export function editionOf(database: Database): string | null {
  if (database.kind === "file") return fileEdition(database.path);
  const files = ["geoip-city.dat", "geoip-city6.dat", "geoip-city-names.dat"];
  const editions = files.map((file) => fileEdition(join(database.folder, file)));
  return editions.includes(null) ? null : [database.version, ...editions].join(" ");
}

function fileEdition(path: string): string | null {
  try {
    const { size, mtimeMs, ino } = statSync(path);
    return `${path} ${size} ${mtimeMs} ${ino}`;
  } catch {
    return null;
  }
}
