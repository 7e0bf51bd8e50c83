/** Records of signed zones: they are read and left out, and one warning says so and what follows from it. */
import { formatName } from "../message/name.ts";
import { typeName } from "../rdata/types.ts";
import type { Problems, TextPosition } from "../zone/problem.ts";

/** Types named in the warning. */
const NAMED_MAX = 4;

export class LeftOut {
  readonly #counts: Map<number, number> = new Map();
  #first: TextPosition | null = null;

  add(type: number, position: TextPosition): void {
    this.#first ??= position;
    this.#counts.set(type, (this.#counts.get(type) ?? 0) + 1);
  }

  report(problems: Problems, origin: Uint8Array): void {
    if (this.#first === null) return;
    const counts = [...this.#counts.values()];
    const types = [...this.#counts.keys()].map(typeName);
    const rest = types.length - NAMED_MAX;
    const named = types.slice(0, NAMED_MAX).join(", ") + (rest > 0 ? ` and ${rest} more types` : "");
    const total = counts.reduce((sum, count) => sum + count, 0);
    const zone = formatName(origin);
    const message =
      `${total === 1 ? "1 record" : `${total} records`} of DNSSEC (${named}) left out: fedns serves no signatures yet; ` +
      `resolvers that validate refuse ${zone} as long as the zone above has a DS record for it`;
    problems.warning(this.#first, message);
  }
}
