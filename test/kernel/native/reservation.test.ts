/** Room for a mapped file: which errors are final, which mean "again", and what is done where nothing can be reserved. */
import assert from "node:assert/strict";
import { statSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import type { SystemErrorCode } from "../../../src/kernel/error-codes.ts";
import { createMapping } from "../../../src/kernel/native/mapping.ts";
import { Reservation, type ReservationCalls } from "../../../src/kernel/native/reservation.ts";
import { temporaryFolder } from "../../support/fedns.ts";

const MB = 1 << 20;
const KB = 1 << 10;

/** A file of 8 MB whose system calls end in these errors, one after the other, and then succeed. */
function withErrors(...errors: (SystemErrorCode | null)[]): {
  reservation: Reservation;
  calls: string[];
  buffer: ArrayBuffer;
} {
  const calls: string[] = [];
  const buffer = new ArrayBuffer(8 * MB);
  const note = (what: string, start: number, octets: number): SystemErrorCode | null => {
    calls.push(`${what} ${start / KB}+${octets / KB}`);
    return errors.shift() ?? null;
  };
  const all: ReservationCalls = {
    allocate: (_, start, octets) => note("allocate", start, octets),
    writeZeros: (_, start, octets) => note("zeros", start, octets),
  };
  return { reservation: new Reservation({ path: "/tmp/picture", fd: -1, buffer }, all), calls, buffer };
}

describe("a reservation", () => {
  it("asks once for each step, and for neighbours in one call", () => {
    const { reservation, calls } = withErrors();
    reservation.reserve(5 * MB, 5 * MB + 1);
    reservation.reserve(5 * MB, 5 * MB + 100);
    reservation.reserve(3 * MB + 1, 7 * MB);
    reservation.reserve(0, 0);
    assert.deepEqual(calls, ["allocate 5120+1024", "allocate 3072+2048", "allocate 6144+1024"]);
  });

  it("ends at the end of the file", () => {
    const { reservation, calls } = withErrors();
    reservation.reserve(7 * MB, 4000 * MB);
    assert.deepEqual(calls, ["allocate 7168+1024"]);
  });

  for (const error of ["ENOSPC", "EDQUOT"] as const)
    it(`says after ${error} what is missing and where, and asks again the next time`, () => {
      const { reservation, calls } = withErrors(error);
      const message = new RegExp(
        `^no room for /tmp/picture: 1048576 more octets are needed, .*\\(${error}\\)$`,
      );
      assert.throws(() => reservation.reserve(0, 1), { code: "NO_ROOM", message });
      reservation.reserve(0, 1);
      assert.equal(calls.length, 2);
      assert.equal(reservation.isSupported, true);
    });

  it("repeats a call that a signal interrupted", () => {
    const { reservation, calls } = withErrors("EINTR", "EINTR");
    reservation.reserve(0, 1);
    assert.equal(calls.length, 3);
  });

  it("fails with an error of the disk, and asks again the next time", () => {
    const { reservation } = withErrors("EIO");
    const expected = { code: "EIO", message: "cannot reserve room for /tmp/picture: EIO" };
    assert.throws(() => reservation.reserve(0, 1), expected);
    reservation.reserve(0, 1);
    assert.equal(reservation.isSupported, true);
  });

  for (const error of ["EOPNOTSUPP", "ENOSYS"] as const)
    it(`writes zeros after ${error}, page by page, and none over content`, () => {
      const { reservation, calls, buffer } = withErrors(error);
      new Uint8Array(buffer)[5 * KB] = 1;
      reservation.reserve(1, 12 * KB);
      reservation.reserve(8 * KB, 13 * KB);
      assert.deepEqual(calls, ["allocate 0+1024", "zeros 0+4", "zeros 8+4", "zeros 12+4"]);
      assert.equal(reservation.isSupported, false);
    });

  it("says that there is no room when zeros cannot be written", () => {
    const { reservation } = withErrors("EOPNOTSUPP", "ENOSPC");
    assert.throws(() => reservation.reserve(0, 1), { code: "NO_ROOM" });
  });

  it("gives exactly the regions that were asked for their blocks", async (t) => {
    const path = join(await temporaryFolder(t), "file");
    const mapping = createMapping(path, 1 << 30);
    mapping.reserve(0, 1);
    mapping.reserve(500 * MB, 500 * MB + 1);
    const octets = statSync(path).blocks * 512;
    assert.ok(octets >= 2 * MB && octets < 2.2 * MB, `${octets} octets`);
    assert.equal(mapping.canReserve, true);
    mapping.unmap();
  });
});
