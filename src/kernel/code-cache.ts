/** Node's compile cache: the next start, of any process of ours, neither strips types nor compiles the same code again. */
import { enableCompileCache, findPackageJSON, flushCompileCache, getCompileCacheDir } from "node:module";
import { dirname, join } from "node:path";

/**
 * From here on compiled code is kept beside the package's dependencies. Where that folder cannot be written, nothing is
 * kept. A directory in NODE_COMPILE_CACHE goes before it.
 */
export function keepCompiledCode(): void {
  const manifest = findPackageJSON(import.meta.url);
  if (manifest !== undefined) enableCompileCache(join(dirname(manifest), "node_modules", ".cache", "fedns"));
}

/** The directory for NODE_COMPILE_CACHE of child processes: this process's own, or `otherwise` when it keeps none. */
export function codeCacheDirectory(otherwise: string): string {
  // Node keeps the code of each version in a directory of its own below the one that was asked for.
  const directory = getCompileCacheDir();
  return directory === undefined ? otherwise : dirname(directory);
}

/** Writes now what the exit of this process would write: a process that is killed has no exit. */
export function saveCompiledCode(): void {
  flushCompileCache();
}
