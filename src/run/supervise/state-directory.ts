/**
 * The state directory: created, checked and locked before anything in it is used. The directory itself is locked, so
 * deleting a file cannot bypass the lock. The kernel releases it when the holder exits.
 */
import { statfsSync } from "node:fs";
import { join } from "node:path";
import { messageOf, OperationalError } from "../../kernel/error.ts";
import { makeFolder } from "../../kernel/native/folder.ts";
import { type FileLock, tryLock } from "../../kernel/native/lock.ts";

/**
 * File systems that other machines may write to, by the numbers of statfs(2). Their locks and shared mappings work within
 * one machine at best: a second fedns elsewhere would not be noticed, and a lost connection would raise SIGBUS. Local FUSE
 * file systems cannot be told apart and are refused as well.
 */
const SHARED_FILE_SYSTEMS: ReadonlyMap<number, string> = new Map([
  [0x6969, "NFS"],
  [0x517b, "SMB"],
  [0xff534d42, "CIFS"],
  [0xfe534d42, "SMB"],
  [0x0102_1997, "9p"],
  [0x6573_5546, "FUSE"],
  [0x00c3_6400, "Ceph"],
  [0x0116_1970, "GFS2"],
  [0x7461_636f, "OCFS2"],
  [0x0bd0_0bd0, "Lustre"],
  [0x4750_4653, "GPFS"],
  [0x1983_0326, "BeeGFS"],
  [0x5346_414f, "AFS"],
  [0x6b41_4653, "AFS"],
  [0x7375_7245, "Coda"],
  [0x786f_4256, "VirtualBox shared folders"],
  [0xbacb_acbc, "VMware shared folders"],
]);

/** Throws an OperationalError (STATE_DIRECTORY, STATE_FILE_SYSTEM, STATE_BUSY). */
export function lockStateDirectory(path: string): FileLock {
  const fileSystem = sharedFileSystem(fileSystemOf(path));
  if (fileSystem !== null) {
    const message = `the state directory ${path} is on ${fileSystem}, which other machines may write to; choose a stateDirectory on a local disk`;
    throw new OperationalError("STATE_FILE_SYSTEM", message);
  }
  const lock = tryLock({ path, notePath: join(path, "lock"), isDirectory: true });
  if ("release" in lock) return lock;
  const message = `another fedns uses this state directory (${path}): ${lock.holder}; stop it or choose another stateDirectory`;
  throw new OperationalError("STATE_BUSY", message);
}

/** The name of a file system that a state directory must not be on, or null. `type`: from statfs(2). */
export function sharedFileSystem(type: number): string | null {
  return SHARED_FILE_SYSTEMS.get(type >>> 0) ?? null;
}

function fileSystemOf(path: string): number {
  try {
    makeFolder(path, 0o700);
    return statfsSync(path).type;
  } catch (error) {
    const message = `the state directory ${path} cannot be used: ${messageOf(error)}; or choose another stateDirectory`;
    throw new OperationalError("STATE_DIRECTORY", message, { cause: error });
  }
}
