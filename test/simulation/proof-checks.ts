/**
 * What a drain that is proved means: no cache has an address of the service in the cluster, and no worker answers with one, also none that
 * has not looked for a fresh picture for a while.
 */
import { tcpFrom } from "../support/terms.ts";
import type { Client } from "./clients.ts";
import { put } from "./questions.ts";
import { count, type Run, Violation } from "./run-state.ts";
import { clusterOf } from "./world.ts";

const ADDRESS = "203.0.113.9";
/** A client that says nothing of where it is. */
const CLIENT: Client = {
  peer: tcpFrom(ADDRESS),
  source: ADDRESS,
  hasSubnet: false,
  subnetBits: null,
  options: null,
  text: ADDRESS,
};

/** Workers have not looked for a fresh picture. */
export function checkProofs(run: Run): void {
  for (const { cluster, service } of provedDrains(run)) {
    run.cached.expire(Math.floor(run.sim.wallMs / 1000));
    const until = run.cached.heldUntil(service, cluster);
    if (until > 0)
      throw new Violation(`${service} in ${cluster} is proved to be drained, and held until ${until}`);
    for (const [worker, { context }] of run.workers.all.entries()) {
      if (context.nowSeconds === 0) continue;
      const { message } = put(run, { key: service, level: null, family: 4, client: CLIENT, worker });
      const led = message.answer.find(({ type, data }) => type === 1 && clusterOf(data) === cluster);
      if (led !== undefined)
        throw new Violation(`${service} in ${cluster} is proved to be drained, and ${led.data} is answered`);
    }
    count(run, "check: what is proved to be drained is answered by nobody");
  }
}

function provedDrains({ control }: Run): readonly { readonly cluster: string; readonly service: string }[] {
  return control.orders.status.orders.flatMap(({ order, cluster, service, share, held }) => {
    if (order !== "drain" || service === null || share !== 0) return [];
    // As for a copy that goes: workers first, then caches.
    const isOut = control.withdrawn.isWithdrawn(cluster, service);
    return isOut && held !== null && held.held === 0 ? [{ cluster, service }] : [];
  });
}
