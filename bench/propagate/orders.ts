/** How the programs of the `propagate` bench are told what to do: a GET request is an order, its reply JSON. */
import { writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import type { ApiServer } from "../../src/sandbox/api-server.ts";

/** Milliseconds of the machine's monotonic clock, which all processes share. */
export function sharedNowMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

/** Requests since the start. */
export type Requests = {
  readonly all: number;
  /** Those that change objects, by resource, without leases and Events. */
  readonly writes: Readonly<Record<string, number>>;
};

const UNCOUNTED: ReadonlySet<string> = new Set(["leases", "events"]);
/** They are POSTs, and change nothing. */
const REVIEWS = /^(authentication|authorization)\.k8s\.io$/;

export class RequestCounter {
  #all = 0;
  readonly #writes: Record<string, number> = {};

  get requests(): Requests {
    return { all: this.#all, writes: this.#writes };
  }

  count(server: ApiServer): void {
    server.faults.add({
      effect: { kind: "refuse", code: 500 },
      when: (request) => {
        this.#all += 1;
        if (!request.isWrite || !("resource" in request)) return false;
        const { group, resource, subresource } = request;
        const name = subresource === "" ? resource : `${resource}/${subresource}`;
        if (!UNCOUNTED.has(resource) && !REVIEWS.test(group))
          this.#writes[name] = (this.#writes[name] ?? 0) + 1;
        return false;
      },
    });
  }
}

/** How many writes there were between two moments, by resource; those without any are left out. */
export function writesSince(before: Requests, after: Requests): Readonly<Record<string, number>> {
  const counts = Object.entries(after.writes).map(
    ([name, count]) => [name, count - (before.writes[name] ?? 0)] as const,
  );
  return Object.fromEntries(counts.filter(([, count]) => count > 0));
}

export function sumOf(writes: Readonly<Record<string, number>>): number {
  return Object.values(writes).reduce((sum, count) => sum + count, 0);
}

type Orders = Readonly<Record<string, (...numbers: number[]) => unknown>>;

/** Writes DIRECTORY/port when it listens. An order is /NAME/NUMBER/NUMBER…. */
export function takeOrders(directory: string, orders: Orders): void {
  const server = createServer((incoming, outgoing) => {
    const [, name = "", ...numbers] = (incoming.url ?? "/").split("/");
    const order = orders[name];
    outgoing.setHeader("content-type", "application/json");
    Promise.resolve()
      .then(() => order?.(...numbers.map(Number)))
      .then(
        (reply) => outgoing.end(JSON.stringify(reply ?? {})),
        (error: unknown) => outgoing.writeHead(500).end(String(error)),
      );
    if (order === undefined) outgoing.writeHead(404).end(`there is no order ${name}`);
  });
  server.listen(0, "127.0.0.1", () =>
    writeFileSync(join(directory, "port"), String((server.address() as AddressInfo).port)),
  );
}
