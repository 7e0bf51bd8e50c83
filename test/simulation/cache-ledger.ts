/** Which addresses caches may still hold: noted for every answer, and compared with what the product has recorded. */
import { positionOf } from "../../src/picture/publish/cached-addresses.ts";
import { cachedUntilOf } from "../../src/picture/publish/cached-addresses.ts";
import { serviceKey } from "../../src/picture/nodes/pool-key.ts";
import type { MemberContent } from "../../src/picture/content/content.ts";
import { canonical, v4Text } from "./address-text.ts";
import type { Control } from "./control.ts";

type Loan = { readonly key: string; readonly cluster: string; readonly address: string; until: number };

export class CacheLedger {
  readonly #loans: Map<string, Loan> = new Map();

  note(loan: Loan): void {
    const name = `${loan.key} ${loan.cluster} ${loan.address}`;
    const known = this.#loans.get(name);
    if (known === undefined) this.#loans.set(name, loan);
    else known.until = Math.max(known.until, loan.until);
  }

  /** Until when (Unix seconds) a cache may hold an address of the service in the cluster; 0 = none holds one. */
  heldUntil(key: string, cluster: string): number {
    const own = [...this.#loans.values()].filter((loan) => loan.key === key && loan.cluster === cluster);
    return Math.max(0, ...own.map(({ until }) => until));
  }

  /** Those that are over by the clock on the wall; also if it is set back later. */
  expire(wallSeconds: number): void {
    for (const [name, { until }] of this.#loans) if (until <= wallSeconds) this.#loans.delete(name);
  }

  /** All that the product does not have, in words. All workers have passed, and the store is settled. */
  missing(
    control: Control,
    wallSeconds: number,
  ): readonly { readonly text: string; readonly forget: () => void }[] {
    const departed = control.store.cachedAddresses.departed(wallSeconds);
    const missing: { text: string; forget: () => void }[] = [];
    for (const [name, loan] of this.#loans) {
      const { key, cluster, address, until } = loan;
      const [namespace, service] = key.split("/") as [string, string];
      const index = control.federation.member(cluster)?.index ?? -1;
      let recorded = 0;
      const member = memberOf(control, key, index);
      for (const value of member === undefined ? [] : [...member.ipv4, ...member.ipv6])
        if (member !== undefined && textOf(value) === address)
          recorded = cachedUntilOf(control.store.memory, member.firstEndpoint + positionOf(member, value));
      for (const one of departed)
        if (one.service === service && one.namespace === namespace && textOf(one.address) === address)
          recorded = Math.max(recorded, one.cachedUntil);
      if (recorded >= until) continue;
      const text = `${address} of ${key} in ${cluster} may be held until ${until}, and ${recorded} is written`;
      missing.push({ text, forget: () => this.#loans.delete(name) });
    }
    return missing;
  }

  /**
   * KNOWN GAP: what has left the picture is remembered by the writing process only, and a restart forgets it. Returns
   * how many were forgotten.
   */
  forgetDeparted(control: Control, wallSeconds: number): number {
    let forgotten = 0;
    for (const { key, cluster, address } of this.#loans.values()) {
      const name = `${key} ${cluster} ${address}`;
      const index = control.federation.member(cluster)?.index ?? -1;
      const member = memberOf(control, key, index);
      if (member !== undefined && [...member.ipv4, ...member.ipv6].some((value) => textOf(value) === address))
        continue;
      if ((this.#loans.get(name)?.until ?? 0) > wallSeconds) forgotten += 1;
      this.#loans.delete(name);
    }
    return forgotten;
  }

  get size(): number {
    return this.#loans.size;
  }
}

function memberOf(control: Control, key: string, index: number): MemberContent | undefined {
  const [namespace, name] = key.split("/") as [string, string];
  const pool = control.store.writer.poolOf(0, serviceKey({ namespace, name }));
  return pool?.members.find(({ cluster }) => cluster === index);
}

function textOf(address: number | string): string {
  return typeof address === "number" ? v4Text(address) : canonical(address);
}
