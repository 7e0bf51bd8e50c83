/**
 * Whether the status in the host says what is to be said. Definitions of KubeFed have no room for all of it: the API server took
 * fields out that they do not name, and writing these again would go on for ever.
 */
import { isJsonRecord } from "../../kernel/json.ts";
/** Fields of ours that a definition of KubeFed does not have. */
const PRUNED: ReadonlySet<string> = new Set(["message", "code", "lastTransitionTime", "generation"]);

/** Items and fields are the same, but for those that were pruned. `stored` is as the host sent it; it may be anything. */
export function isStored(ours: unknown, stored: unknown, key = ""): boolean {
  if (stored === undefined) return PRUNED.has(key) || (Array.isArray(ours) && ours.length === 0);
  if (Array.isArray(ours))
    return (
      Array.isArray(stored) &&
      stored.length === ours.length &&
      (ours as readonly unknown[]).every((item, i) => isStored(item, stored[i]))
    );
  if (!isJsonRecord(ours)) return ours === stored;
  if (!isJsonRecord(stored)) return false;
  const extra = Object.keys(stored).filter((name) => !Object.hasOwn(ours, name));
  return (
    extra.length === 0 && Object.entries(ours).every(([name, value]) => isStored(value, stored[name], name))
  );
}
