/** Lists in /status: an item of another version that cannot be read is left out, and the others stay. */
import { z } from "zod";

/** Entries are parsed one by one, so that a malformed one does not hide the others. */
export function listOf<T extends z.ZodType>(item: T): z.ZodType<z.output<T>[]> {
  return z
    .array(z.unknown())
    .catch([])
    .transform((items) => items.flatMap((one) => item.safeParse(one).data ?? []));
}
