/**
 * A copy of the picture that a power loss cannot harm: compacted, verified, and on the disk before it has its name. It is
 * made from a private mapping while the writer goes on. Records never change, so only the header, the lists and the tables
 * are taken at one moment; what is written in place (health, times, shares) is as it is when it is copied.
 *
 * A copy says that its members are outdated (content/unread.ts): it is used when the picture is lost, and names may have
 * been added and answered since it was made. They are SERVFAIL until their member has been read again, never NXDOMAIN.
 */
import { openPrivateFile, replacePictureFile } from "../../kernel/native/picture-file.ts";
import { OperationalError } from "../../kernel/error.ts";
import { encodeOutdated, unreadRecord } from "../content/unread.ts";
import { requirePicture } from "../format/header.ts";
import { Header, HEALTH_AT_OCTETS } from "../format/layout.ts";
import type { Memory } from "../format/memory.ts";
import { NODES, SERVICES, slotAt, tableAt, type TableHead, tableMask } from "../format/table.ts";
import { reasonToRefuse } from "../verify/verify.ts";
import { compactInto } from "../write/compact.ts";
import { reserveIn } from "../write/reserve.ts";

/** A commit takes far less; a writer that died in one is followed by the next. */
const TRIES = 200;
const BETWEEN_TRIES_MS = 10;

export type Copied = { readonly serial: number };

/** Where the copy of the picture at `path` lies. */
export function copyPath(path: string): string {
  return `${path}.saved`;
}

/** Throws an OperationalError (NO_ROOM, PICTURE_FORMAT, COPY_FAILED); then the copy that was there before stays. */
export function copyPicture(path: string): Copied {
  const source = openPrivateFile(path, requirePicture);
  try {
    freeze(source.memory);
    const copy = replacePictureFile(
      copyPath(path),
      source.mapping.octets,
      (file) => {
        const { u32 } = source.memory;
        compactInto(source.memory, file.memory, reserveIn(file), encodeOutdated(u32, unreadRecord(u32)));
        const reason = reasonToRefuse(file.memory);
        if (reason !== null) throw new OperationalError("COPY_FAILED", `the copy of the picture ${reason}`);
      },
      { isDurable: true },
    );
    copy.mapping.unmap();
    return { serial: source.memory.u32[Header.Serial] as number };
  } finally {
    source.mapping.unmap();
  }
}

/** From now on the private mapping has the header, the lists and the tables of one commit. */
function freeze({ u32 }: Memory): void {
  const nap = new Int32Array(new SharedArrayBuffer(4));
  for (let tries = 0; tries < TRIES; tries++) {
    const serial = Atomics.load(u32, Header.Serial);
    if ((serial & 1) === 0) {
      const head = u32.slice(0, HEALTH_AT_OCTETS >>> 2);
      const tables = [NODES, SERVICES].map((table) => slotsOf(u32, head, table));
      if (Atomics.load(u32, Header.Serial) === serial) {
        u32.set(head);
        for (const { at, slots } of tables) u32.set(slots, at);
        return;
      }
    }
    Atomics.wait(nap, 0, 0, BETWEEN_TRIES_MS);
  }
  throw new OperationalError(
    "COPY_FAILED",
    "the picture did not stay the same for long enough to copy its tables",
  );
}

function slotsOf(u32: Uint32Array, head: Uint32Array, table: TableHead): { at: number; slots: Uint32Array } {
  const place = head[table.place] as number;
  const at = tableAt(place);
  return { at, slots: u32.slice(at, slotAt(at, tableMask(place) + 1)) };
}
