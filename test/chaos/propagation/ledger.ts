/**
 * What was ordered for every copy since the last calm time, so that each deletion by fedns is one that somebody ordered:
 *
 *   the copy, since the last calm time                | may be deleted
 *   was not wanted at some moment                     | yes
 *   was wanted all the while                          | no
 *   its federated object is not in a restored host    | no: what the host does not know is not deleted for that
 *   was never ordered                                 | no: it is a stranger's
 */
import { type CopyRef, copyRefOf, type Federated, idOf, wantedCopies } from "./wanted.ts";

type Order = "wanted" | "absent" | "forgotten";

export class Ledger {
  readonly faults: string[] = [];
  readonly #members: readonly string[];
  /** Since the last calm time, and the last one before it. */
  readonly #orders: Map<string, Order[]> = new Map();

  constructor(members: readonly string[]) {
    this.#members = members;
  }

  /** What the host has now. `isRestored`: what it lacks was not deleted by anybody. */
  note(objects: readonly Federated[], isRestored = false): void {
    const wanted = wantedCopies(objects, this.#members);
    const known = new Set(
      objects.flatMap((object) => this.#members.map((member) => idOf(member, copyRefOf(object)))),
    );
    for (const id of wanted.keys()) this.#order(id, "wanted");
    for (const [id, orders] of this.#orders) {
      if (wanted.has(id) || (orders.at(-1) === "forgotten" && !known.has(id))) continue;
      this.#order(id, isRestored && !known.has(id) ? "forgotten" : "absent");
    }
  }

  /** The state of the members is that of the host: nothing of before is under way. */
  calm(): void {
    for (const orders of this.#orders.values()) orders.splice(0, orders.length - 1);
  }

  /** fedns asked a member to delete this. */
  deletes(member: string, ref: CopyRef): void {
    const id = idOf(member, ref);
    const orders = this.#orders.get(id) ?? [];
    if (orders.includes("absent")) return;
    const why = orders.includes("forgotten")
      ? "the restored host does not know it"
      : orders.length === 0
        ? "nobody ever ordered anything of it"
        : "it was wanted all the while";
    this.faults.push(`${id} was to be deleted, but ${why}`);
  }

  isForgotten(member: string, ref: CopyRef): boolean {
    return this.#orders.get(idOf(member, ref))?.at(-1) === "forgotten";
  }

  #order(id: string, order: Order): void {
    const orders = this.#orders.get(id) ?? [];
    this.#orders.set(id, orders);
    if (orders.at(-1) !== order) orders.push(order);
  }
}
