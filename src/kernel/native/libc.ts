/** System calls that Node does not offer, called through koffi. Linux only. */
import koffi from "koffi";
import type { SystemErrorCode } from "../error-codes.ts";
import { OperationalError, systemSentence } from "../error.ts";

export type Pointer = bigint;

type Call = (...args: (number | bigint | string | null | Uint8Array)[]) => number;

type Libc = {
  readonly open: Call;
  readonly close: Call;
  readonly ftruncate: Call;
  readonly fallocate: Call;
  readonly flock: Call;
  readonly memfd_create: Call;
  readonly mmap: (...args: (number | bigint | null)[]) => Pointer;
  readonly munmap: Call;
  readonly socket: Call;
  readonly bind: Call;
  readonly listen: Call;
  readonly setsockopt: Call;
  readonly getsockname: Call;
  readonly recvmmsg: Call;
  readonly sendmmsg: Call;
  readonly prctl: Call;
  readonly _exit: Call;
  /** For calls without a function in libc: their number, then their arguments. */
  readonly syscall: Call;
};

const DECLARATIONS: Readonly<Record<keyof Libc, string>> = {
  open: "int open(const char *path, int flags, int mode)",
  close: "int close(int fd)",
  ftruncate: "int ftruncate(int fd, int64_t length)",
  fallocate: "int fallocate(int fd, int mode, int64_t offset, int64_t length)",
  flock: "int flock(int fd, int operation)",
  memfd_create: "int memfd_create(const char *name, unsigned int flags)",
  mmap: "void *mmap(void *at, size_t length, int protection, int flags, int fd, int64_t offset)",
  munmap: "int munmap(void *at, size_t length)",
  socket: "int socket(int domain, int type, int protocol)",
  bind: "int bind(int fd, const void *address, uint32_t length)",
  listen: "int listen(int fd, int backlog)",
  setsockopt: "int setsockopt(int fd, int level, int name, const void *value, uint32_t length)",
  getsockname: "int getsockname(int fd, _Inout_ uint8_t *address, _Inout_ uint32_t *length)",
  recvmmsg: "int recvmmsg(int fd, void *messages, unsigned int count, int flags, void *timeout)",
  sendmmsg: "int sendmmsg(int fd, void *messages, unsigned int count, int flags)",
  prctl:
    "int prctl(int option, unsigned long first, unsigned long second, unsigned long third, unsigned long fourth)",
  _exit: "void _exit(int code)",
  syscall: "long syscall(long number, long first, void *second, long third)",
};

let loaded: Libc | null = null;

/** Loads libc once per thread. Throws PLATFORM on anything but Linux. */
export function libc(): Libc {
  if (loaded !== null) return loaded;
  if (process.platform !== "linux") {
    throw new OperationalError("PLATFORM", `fedns serves on Linux only; this is ${process.platform}`);
  }
  // Without a name, symbols of this process are taken: glibc and musl are both found this way.
  const library = koffi.load(null);
  const calls = Object.entries(DECLARATIONS).map(([name, declaration]) => [name, library.func(declaration)]);
  loaded = Object.fromEntries(calls) as Libc;
  return loaded;
}

/** The error name ("EADDRINUSE") and number of the last failed call of this thread. */
export function lastError(): { readonly name: SystemErrorCode; readonly number: number } {
  const number = koffi.errno();
  const name = Object.entries(koffi.os.errno).find(([, value]) => value === number)?.[0] ?? `errno ${number}`;
  return { name: name as SystemErrorCode, number };
}

export function checked(result: number, what: string): number {
  if (result >= 0) return result;
  const { name } = lastError();
  throw new OperationalError(name, `${what}: ${systemSentence(name)}`);
}

/** Zero-filled native memory: its address, and its bytes without a copy. */
export function allocate(octets: number): { readonly address: Pointer; readonly buffer: ArrayBuffer } {
  const pointer: unknown = koffi.alloc("uint8_t", octets);
  return { address: BigInt(koffi.address(pointer)), buffer: koffi.view(pointer, octets) };
}

export function viewOf(address: Pointer, octets: number): ArrayBuffer {
  return koffi.view(address, octets);
}
