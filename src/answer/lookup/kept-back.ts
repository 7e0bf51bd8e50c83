/** Names that exist, although the picture does not have them: they could not be published (picture/content/kept-back.ts). */
import * as keptBackFields from "../../picture/content/kept-back.ts";
import * as memoryModule from "../../picture/format/memory.ts";
import type { WorkerContext } from "../context/worker-context.ts";

// Constants of this module, since V8 folds those and not the imported ones (picture/format/memory.ts).
const { hasMoreOfMembers, hasMoreOthers, isAmongKeptBack, keptBackRecord } = keptBackFields;
const { NONE } = memoryModule;

/** Is the service or namespace with this hash one of them? Signed. */
export function isServiceKeptBack({ picture }: WorkerContext, hash: number): boolean {
  const { u32 } = picture;
  const record = keptBackRecord(u32);
  return record !== NONE && (hasMoreOfMembers(u32, record) || isAmongKeptBack(u32, record, hash));
}

/** Is the name of the state, whose hashes are known, one of them? */
export function isNameKeptBack({ picture, hashes }: WorkerContext): boolean {
  const record = keptBackRecord(picture.u32);
  return record !== NONE && isAmongKeptBack(picture.u32, record, hashes[0] as number);
}

/**
 * As isNameKeptBack, of a name that the picture does not have: may it be one of them, or lie below one? `isAddedTo`: members
 * add names to its zone.
 */
export function mayBeKeptBack({ picture, hashes, state }: WorkerContext, isAddedTo: boolean): boolean {
  const { u32 } = picture;
  const record = keptBackRecord(u32);
  if (record === NONE) return false;
  if (hasMoreOthers(u32, record) || (isAddedTo && hasMoreOfMembers(u32, record))) return true;
  if (isAmongKeptBack(u32, record, hashes[0] as number)) return true;
  for (let i = 1; i <= state.name.labelCount; i++)
    if (isAmongKeptBack(u32, record, ~(hashes[i] as number))) return true;
  return false;
}
