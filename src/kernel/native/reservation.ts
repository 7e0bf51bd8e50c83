/**
 * Room on the disk for a mapped file, before it is written: a write into a hole of the mapping is a SIGBUS when the disk is
 * full, and ends the process.
 *
 *   fallocate(2) succeeds                    the blocks are there
 *   ENOSPC, EDQUOT                           NO_ROOM: a sentence for operators, and nothing was written
 *   EINTR                                    again
 *   EOPNOTSUPP, ENOSYS                       this file system cannot: holes are filled with zeros by write(2) instead
 *   EIO and others                           the error of this attempt; the next one asks again
 *
 * With zeros, the blocks are there on file systems that write in place (ext2, FAT). On those that copy on write (ZFS,
 * btrfs) neither way promises that a block can be written a second time when the disk is full.
 */
import { statfsSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import type { SystemErrorCode } from "../error-codes.ts";
import { OperationalError } from "../error.ts";
import { lastError, libc } from "./libc.ts";

/** Few calls, little waste. */
const STEP_OCTETS = 1 << 20;
const PAGE_OCTETS = 4096;
const NO_ROOM_ERRORS: readonly string[] = ["ENOSPC", "EDQUOT"];
const UNSUPPORTED_ERRORS: readonly string[] = ["EOPNOTSUPP", "ENOTSUP", "ENOSYS"];

type ReservedFile = {
  readonly path: string;
  readonly fd: number;
  /** The whole file as it is mapped. */
  readonly buffer: ArrayBuffer;
};

/** Both return the name of the error, or null. */
export type ReservationCalls = {
  allocate(fd: number, start: number, octets: number): SystemErrorCode | null;
  writeZeros(fd: number, start: number, octets: number): SystemErrorCode | null;
};

export class Reservation {
  readonly #file: ReservedFile;
  readonly #calls: ReservationCalls;
  #stepOctets = STEP_OCTETS;
  /** 1 for each step that is reserved. */
  #steps: Uint8Array;

  constructor(file: ReservedFile, calls: ReservationCalls = SYSTEM_CALLS) {
    this.#file = file;
    this.#calls = calls;
    this.#steps = new Uint8Array(Math.ceil(file.buffer.byteLength / STEP_OCTETS));
  }

  /** False when the file system cannot reserve, and zeros are written instead. */
  get isSupported(): boolean {
    return this.#stepOctets === STEP_OCTETS;
  }

  /** Throws an OperationalError; then what of the range was there before is unchanged. */
  reserve(start: number, end: number): void {
    const steps = this.#steps;
    const last = Math.ceil(Math.min(end, this.#file.buffer.byteLength) / this.#stepOctets);
    for (let first = Math.floor(start / this.#stepOctets); first < last; first++) {
      if (steps[first] === 1) continue;
      let next = first + 1;
      while (next < last && steps[next] === 0) next++;
      this.#take(first, next);
      // From now on by pages.
      if (steps !== this.#steps) return this.reserve(start, end);
      first = next - 1;
    }
  }

  #take(first: number, next: number): void {
    const start = first * this.#stepOctets;
    const octets = Math.min(next * this.#stepOctets, this.#file.buffer.byteLength) - start;
    const error = this.isSupported ? this.#allocate(start, octets) : this.#fill(start, octets);
    if (error === null) this.#steps.fill(1, first, next);
    else if (NO_ROOM_ERRORS.includes(error)) throw this.#noRoom(error, octets);
    else if (!this.isSupported || !UNSUPPORTED_ERRORS.includes(error))
      throw new OperationalError(error, `cannot reserve room for ${this.#file.path}: ${error}`);
    else {
      this.#stepOctets = PAGE_OCTETS;
      this.#steps = new Uint8Array(Math.ceil(this.#file.buffer.byteLength / PAGE_OCTETS));
    }
  }

  #allocate(start: number, octets: number): SystemErrorCode | null {
    for (;;) {
      const error = this.#calls.allocate(this.#file.fd, start, octets);
      if (error !== "EINTR") return error;
    }
  }

  /** Only where there is nothing but zeros: a page with content has its block. */
  #fill(start: number, octets: number): SystemErrorCode | null {
    for (let page = start; page < start + octets; page += PAGE_OCTETS) {
      const length = Math.min(PAGE_OCTETS, start + octets - page);
      if (new Uint8Array(this.#file.buffer, page, length).some((octet) => octet !== 0)) continue;
      const error = this.#calls.writeZeros(this.#file.fd, page, length);
      if (error !== null) return error;
    }
    return null;
  }

  #noRoom(error: string, octets: number): OperationalError {
    const { path } = this.#file;
    return noRoom(path, error, `${octets} more octets are needed`);
  }
}

/** The error of an operator who gave too little room: `error` is ENOSPC or EDQUOT, `wanted` a clause. */
export function noRoom(path: string, error: string, wanted: string): OperationalError {
  const left =
    error === "EDQUOT" ? "the quota is used up" : `${freeOctets(path) ?? "an unknown number of"} are free`;
  return new OperationalError("NO_ROOM", `no room for ${path}: ${wanted}, ${left} (${error})`);
}

/** What a process without privileges can still write to the file system of `path`; null = not known. */
export function freeOctets(path: string): number | null {
  try {
    const { bavail, bsize } = statfsSync(dirname(path));
    return bavail * bsize;
  } catch {
    return null;
  }
}

const ZEROS = new Uint8Array(PAGE_OCTETS);
const SYSTEM_CALLS: ReservationCalls = {
  allocate: (fd, start, octets) => (libc().fallocate(fd, 0, start, octets) === 0 ? null : lastError().name),
  writeZeros(fd, start, octets) {
    try {
      for (let done = 0; done < octets;) done += writeSync(fd, ZEROS, 0, octets - done, start + done);
      return null;
    } catch (error) {
      return ((error as NodeJS.ErrnoException).code ?? "EIO") as SystemErrorCode;
    }
  },
};
