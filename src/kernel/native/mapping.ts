/** Memory shared between processes: a file or an anonymous memfd, mapped whole. */
import { checked, lastError, libc, type Pointer, viewOf } from "./libc.ts";

const PROT_READ_WRITE = 3;
const MAP_SHARED = 1;
const O_RDWR = 2;
const O_CREAT = 0o100;
const O_EXCL = 0o200;
const O_CLOEXEC = 0o2000000;
/** Blocks are reserved in steps of this size: few calls, little waste. */
const RESERVE_STEP_OCTETS = 1 << 22;
const ENOSPC = "ENOSPC";

export type Mapping = {
  readonly buffer: ArrayBuffer;
  readonly octets: number;
  /** Makes sure that the file's blocks up to `octets` exist: writing into a hole on a full disk would be a SIGBUS. */
  reserve(octets: number): void;
  /** Call it only when no view of `buffer` will be used again: a read afterwards ends the process. */
  unmap(): void;
};

/** Creates `path` (which must not exist), `octets` long, without blocks yet. */
export function createMapping(path: string, octets: number): Mapping {
  const { open, ftruncate } = libc();
  const fd = checked(open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600), `cannot create ${path}`);
  checked(ftruncate(fd, octets), `cannot size ${path}`);
  return mapFd(fd, octets, true);
}

/** Maps an existing file of `octets`. */
export function openMapping(path: string, octets: number): Mapping {
  const fd = checked(libc().open(path, O_RDWR | O_CLOEXEC, 0), `cannot open ${path}`);
  return mapFd(fd, octets, true);
}

/** A memfd that children inherit: its descriptor stays open. */
export function createShared(
  name: string,
  octets: number,
): { readonly fd: number; readonly mapping: Mapping } {
  const { memfd_create, ftruncate } = libc();
  const fd = checked(memfd_create(name, 1), "cannot create shared memory");
  checked(ftruncate(fd, octets), "cannot size shared memory");
  return { fd, mapping: mapFd(fd, octets, false) };
}

/** Maps a descriptor that was inherited; it stays open. */
export function mapInherited(fd: number, octets: number): Mapping {
  return mapFd(fd, octets, false);
}

function mapFd(fd: number, octets: number, isFile: boolean): Mapping {
  const { mmap, munmap, fallocate, close } = libc();
  const address = mmap(null, octets, PROT_READ_WRITE, MAP_SHARED, fd, 0);
  if (address === 0xffff_ffff_ffff_ffffn || address === -1n) {
    const { name } = lastError();
    if (isFile) close(fd);
    throw new Error(`mmap of ${octets} octets: ${name}`);
  }
  let reserved = 0;
  let canReserve = isFile;
  return {
    buffer: viewOf(address as Pointer, octets),
    octets,
    reserve(until) {
      if (!canReserve || until <= reserved) return;
      const end = Math.min(octets, Math.ceil(until / RESERVE_STEP_OCTETS) * RESERVE_STEP_OCTETS);
      if (fallocate(fd, 0, reserved, end - reserved) < 0) {
        if (lastError().name === ENOSPC) throw new Error("no space left for the picture");
        // File systems without the call fill holes through the page cache; there is no better way there.
        canReserve = false;
      }
      reserved = end;
    },
    unmap() {
      munmap(address, octets);
      if (isFile) close(fd);
    },
  };
}
