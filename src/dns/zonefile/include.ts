/** What $INCLUDE may name: files in the zone's folder and below it, within bounds. */

/** Includes within includes. */
export const INCLUDE_DEPTH_MAX = 8;
/** Files of one zone: with ZONE_OCTETS_MAX, this bounds what a zone costs to read. */
export const FILES_MAX = 1000;

/** The path without steps that lead nowhere ("./a//b" is "a/b"), or a message that says why it is none inside the folder. */
export function includePath(path: string): { readonly path: string } | string {
  if (path === "" || path.length > 1000) return "$INCLUDE needs the name of a file";
  if (path.startsWith("/"))
    return `$INCLUDE "${path}": a path that begins with / leads out of the zone's folder`;
  if (path.includes("\\") || path.includes("\0")) return `$INCLUDE "${path}": the path has a backslash`;
  const steps = path.split("/");
  if (steps.includes("..")) return `$INCLUDE "${path}": a path with .. leads out of the zone's folder`;
  const plain = steps.filter((step) => step !== "" && step !== ".").join("/");
  return plain === "" ? "$INCLUDE needs the name of a file" : { path: plain };
}

/** The name of the included file in messages: as if it lay beside the zone's own file. */
export function includedName(zoneFile: string, path: string): string {
  return zoneFile.slice(0, zoneFile.lastIndexOf("/") + 1) + path;
}
