/** Memory shared between processes: a file or an anonymous memfd, mapped whole. */
import { rmSync } from "node:fs";
import { OperationalError } from "../error.ts";
import { checked, lastError, libc, type Pointer, viewOf } from "./libc.ts";
import { noRoom, Reservation } from "./reservation.ts";

const PROT_READ_WRITE = 3;
const MAP_SHARED = 1;
const MAP_PRIVATE = 2;
/** Hardly any of it will be written: no memory is set aside for all of it. */
const MAP_NORESERVE = 0x4000;
const O_RDONLY = 0;
const O_RDWR = 2;
const O_CREAT = 0o100;
const O_EXCL = 0o200;
const O_CLOEXEC = 0o2000000;

export type Mapping = {
  readonly buffer: ArrayBuffer;
  readonly octets: number;
  /**
   * Makes sure that the file has blocks from octet `start` to `end`. To be called before they are written for the first
   * time. Throws an OperationalError (NO_ROOM, or the error of the system call).
   */
  reserve(start: number, end: number): void;
  /** False when the file system cannot reserve blocks (reservation.ts). Known after the first call of `reserve`. */
  readonly canReserve: boolean;
  /** Call it only when no view of `buffer` will be used again: a read afterwards ends the process. */
  unmap(): void;
};

/** Creates `path` (which must not exist), `octets` long, without blocks yet. On a failure nothing of it is left. */
export function createMapping(path: string, octets: number): Mapping {
  const { open, ftruncate } = libc();
  const fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600);
  if (fd < 0) throw cannot("create", path);
  return orRelease(fd, path, () => {
    if (ftruncate(fd, octets) < 0) throw cannot("size", path);
    return mapFd(fd, octets, path);
  });
}

/** Maps an existing file of `octets`. */
export function openMapping(path: string, octets: number): Mapping {
  const fd = checked(libc().open(path, O_RDWR | O_CLOEXEC, 0), `cannot open ${path}`);
  return orRelease(fd, null, () => mapFd(fd, octets, path));
}

function cannot(what: string, path: string): OperationalError {
  const { name } = lastError();
  if (name === "ENOSPC" || name === "EDQUOT") return noRoom(path, name, "a new file is needed");
  return new OperationalError(name, `cannot ${what} ${path}: ${name}`);
}

/** When `map` fails, the descriptor is closed, and the file that was `created` is removed. */
function orRelease(fd: number, created: string | null, map: () => Mapping): Mapping {
  try {
    return map();
  } catch (error) {
    libc().close(fd);
    if (created !== null) rmSync(created, { force: true });
    throw error;
  }
}

/** Maps an existing file of `octets`: what is written to the mapping stays in this process. Pages that were not written follow the file. */
export function openPrivateMapping(path: string, octets: number): Mapping {
  const fd = checked(libc().open(path, O_RDONLY | O_CLOEXEC, 0), `cannot open ${path}`);
  return orRelease(fd, null, () => mapFd(fd, octets, path, MAP_PRIVATE | MAP_NORESERVE));
}

/** A memfd that children inherit: its descriptor stays open. */
export function createShared(
  name: string,
  octets: number,
): { readonly fd: number; readonly mapping: Mapping } {
  const { memfd_create, ftruncate } = libc();
  const fd = checked(memfd_create(name, 1), "cannot create shared memory");
  checked(ftruncate(fd, octets), "cannot size shared memory");
  return { fd, mapping: mapFd(fd, octets, null) };
}

/** Maps a descriptor that was inherited; it stays open. */
export function mapInherited(fd: number, octets: number): Mapping {
  return mapFd(fd, octets, null);
}

function mapFd(fd: number, octets: number, path: string | null, flags: number = MAP_SHARED): Mapping {
  const { mmap, munmap, close } = libc();
  const address = mmap(null, octets, PROT_READ_WRITE, flags, fd, 0);
  if (address === 0xffff_ffff_ffff_ffffn || address === -1n) {
    const { name } = lastError();
    throw new OperationalError(name, `cannot map ${octets} octets of ${path ?? "shared memory"}: ${name}`);
  }
  const buffer = viewOf(address as Pointer, octets);
  const reservation = path === null ? null : new Reservation({ path, fd, buffer });
  return {
    buffer,
    octets,
    get canReserve() {
      return reservation?.isSupported ?? true;
    },
    reserve: (start, end) => reservation?.reserve(start, end),
    unmap() {
      munmap(address, octets);
      if (path !== null) close(fd);
    },
  };
}
