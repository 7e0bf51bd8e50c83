/** Allocates cluster IPs and node ports, and follows the store's changes to know which are in use. */
import { listAt, numberAt, textsAt } from "../object/json.ts";
import type { Change } from "./history.ts";
import type { KubeObject } from "../object/object.ts";
import type { Allocator, IpFamily } from "./resource.ts";

type Range = { readonly first: number; readonly last: number };

/** 65,534 addresses each. The first belongs to the `kubernetes` Service; the next nine are reserved for DNS and the like. */
const clusterIps = { first: 10, last: 65_534 };
/** The default range of a real server. */
export const nodePorts: Range = { first: 30_000, last: 32_767 };

export function clusterIp(family: IpFamily, number: number): string {
  return family === "IPv4" ? `10.96.${number >> 8}.${number & 255}` : `fd00:10:96::${number.toString(16)}`;
}

export class AddressAllocator implements Allocator {
  readonly #taken = new Map<string, number>();
  /** The position in each range where the next search starts, which keeps searches short. */
  readonly #next = new Map<string, number>();

  note({ kind, object, previous }: Change): void {
    if (object.kind !== "Service" || object.apiVersion !== "v1") return;
    if (kind !== "DELETED") for (const key of allocationsOf(object)) this.#count(key, 1);
    if (previous) for (const key of allocationsOf(previous)) this.#count(key, -1);
  }

  freeClusterIp(family: IpFamily): string | undefined {
    const number = this.#free(family, clusterIps, (one) => clusterIp(family, one));
    return number === undefined ? undefined : clusterIp(family, number);
  }

  freeNodePort(): number | undefined {
    return this.#free("node ports", nodePorts, String);
  }

  isTaken(addressOrPort: string): boolean {
    return this.#taken.has(addressOrPort);
  }

  #free(name: string, { first, last }: Range, keyOf: (number: number) => string): number | undefined {
    const size = last - first + 1;
    const start = this.#next.get(name) ?? first;
    for (let step = 0; step < size; step += 1) {
      const number = first + ((start - first + step) % size);
      if (this.#taken.has(keyOf(number))) continue;
      this.#next.set(name, number + 1);
      return number;
    }
    return undefined;
  }

  #count(key: string, by: number): void {
    const count = (this.#taken.get(key) ?? 0) + by;
    if (count > 0) this.#taken.set(key, count);
    else this.#taken.delete(key);
  }
}

function allocationsOf(service: KubeObject): readonly string[] {
  const ports = listAt(service, "spec.ports").map((port) => numberAt(port, "nodePort"));
  // A headless Service has no address.
  const addresses = textsAt(service, "spec.clusterIPs").filter((address) => address !== "None");
  return [...addresses, ...ports.filter((port) => port !== undefined).map(String)];
}
