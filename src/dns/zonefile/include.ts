/** What $INCLUDE may name: files in the folder of the zone and below it, and not without end. */

/** Includes within includes. */
export const INCLUDE_DEPTH_MAX = 8;
/** Files of one zone; with the bound on octets, what a zone can cost to read. */
export const FILES_MAX = 1000;

/** null = a path inside the folder; else what is wrong with it. */
export function includePathFault(path: string): string | null {
  if (path === "" || path.length > 1000) return "$INCLUDE needs the name of a file";
  if (path.startsWith("/"))
    return `$INCLUDE "${path}": a path that begins with / leads out of the zone's folder`;
  if (path.includes("\\") || path.includes("\0")) return `$INCLUDE "${path}": a backslash is in the path`;
  const steps = path.split("/");
  if (steps.includes("..")) return `$INCLUDE "${path}": a path with .. leads out of the zone's folder`;
  if (steps.some((step) => step === "" || step === ".")) return `$INCLUDE "${path}": is not a plain path`;
  return null;
}

/** How the included file is called in messages: beside the zone's own file. */
export function includedName(zoneFile: string, path: string): string {
  return zoneFile.slice(0, zoneFile.lastIndexOf("/") + 1) + path;
}
