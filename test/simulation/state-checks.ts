/** What must hold for the picture after each step, and for health against probes and orders. */
import { serviceKey } from "../../src/picture/nodes/pool-key.ts";
import type { MemberContent } from "../../src/picture/content/content.ts";
import { HEALTH_AT_OCTETS, SHARES_AT } from "../../src/picture/format/layout.ts";
import { reasonToRefuse } from "../../src/picture/verify/verify.ts";
import { canonical, v4Text } from "./address-text.ts";
import { count, type Run, Violation } from "./run-state.ts";
import { healthOf } from "./scene.ts";

type Point = {
  readonly cluster: string;
  readonly key: string;
  readonly address: string;
  readonly written: number;
};

/** The health of every address of the picture. */
function* healthsIn(run: Run): Generator<Point> {
  const { store, federation } = run.control;
  const { memory, writer } = store;
  for (const key of run.world.services) {
    const [namespace, name] = key.split("/") as [string, string];
    const members = writer.poolOf(0, serviceKey({ namespace, name }))?.members ?? [];
    for (const member of members) {
      const cluster = federation.members.find(({ index }) => index === member.cluster)?.name;
      if (cluster === undefined)
        throw new Violation(`the pool of ${key} has a member of number ${member.cluster}`);
      for (const [i, address] of addressesOf(member).entries())
        yield {
          cluster,
          key,
          address,
          written: memory.u8[HEALTH_AT_OCTETS + member.firstEndpoint + i] as number,
        };
    }
  }
}

function addressesOf({ ipv4, ipv6 }: MemberContent): string[] {
  return [...ipv4.map(v4Text), ...ipv6.map(canonical)];
}

/** News of health takes 20 ms; a ramp may just have taken its next step. */
const NEWS_MS = 30;

/** All of it is written, or will be in a moment. */
export async function checkHealth(run: Run): Promise<void> {
  for (let tries = 0; ; tries++) {
    const odd = [...healthsIn(run)].find(
      ({ cluster, key, address, written }) => written !== healthOf(run, cluster, key, address),
    );
    if (odd === undefined) break;
    const { cluster, key, address, written } = odd;
    if (tries === 10)
      throw new Violation(
        `the health of ${address} of ${key} in ${cluster} is ${healthOf(run, cluster, key, address)}, and ${written} is written`,
      );
    await run.sim.advance(NEWS_MS);
  }
  count(run, "check: health is as recorded");
  checkForces(run);
}

function checkForces(run: Run): void {
  if (run.orders.isUnsure(run.sim.wallMs, run.sim.nowMs)) return;
  for (const { cluster, key, address, written } of healthsIn(run)) {
    const backend = run.control.told.get(cluster)?.backends.get(key);
    // Addresses without ready endpoints are not probed.
    if (backend === undefined || backend.ready === 0 || run.orders.isClusterDown(cluster)) continue;
    const forced = run.orders.forced(cluster, key, address);
    if (forced === "down" && written !== 0)
      throw new Violation(`${address} of ${key} in ${cluster} is forced down, and its health is ${written}`);
    if (forced === "up" && written !== 255)
      throw new Violation(`${address} of ${key} in ${cluster} is forced up, and its health is ${written}`);
    count(run, "check: forces");
  }
}

export function checkClusterShares(run: Run): void {
  const { federation, store } = run.control;
  const now = { wallMs: run.sim.wallMs, nowMs: run.sim.nowMs };
  if (run.orders.isUnsure(run.sim.wallMs, run.sim.nowMs)) return;
  for (const { name, index } of federation.members) {
    const [least, most] = run.orders.share(name, null, now);
    const written = store.memory.u8[SHARES_AT + index] as number;
    if (written < least || written > most)
      throw new Violation(`${name} has the share ${written} in place of ${least} to ${most}`);
  }
  count(run, "check: drains");
}

export function checkPicture(run: Run): void {
  const reason = reasonToRefuse(run.control.store.memory);
  if (reason !== null) throw new Violation(`the picture ${reason}`);
  const { health } = run.control.publisher;
  if (health.problem !== null) throw new Violation(`could not publish: ${health.problem}`);
  count(run, "check: the picture is sound");
}

/** Workers read the picture again, and everything they have written is gathered. */
export function checkCached(run: Run): void {
  const { workers, sim, control, cached } = run;
  for (const worker of workers.all) workers.refresh(worker, sim.wallMs);
  control.store.settle();
  const wallSeconds = Math.floor(sim.wallMs / 1000);
  cached.expire(wallSeconds);
  const [first] = cached.missing(control, wallSeconds);
  if (first !== undefined) throw new Violation(first.text);
  count(run, "check: how long caches may hold", cached.size);
}

/** A picture of everything that decides about answers: for "nothing changes any more". */
export function stateText(run: Run): string {
  const { store, federation } = run.control;
  const lines = run.world.services.map((key) => {
    const [namespace, name] = key.split("/") as [string, string];
    const pool = store.writer.poolOf(0, serviceKey({ namespace, name }));
    const members = pool?.members.map((member) => ({ ...member, firstEndpoint: 0 }));
    return `${key} ${JSON.stringify(pool?.plan)} ${JSON.stringify(members)}`;
  });
  const healths = [...healthsIn(run)].map(
    ({ cluster, key, address, written }) => `${cluster} ${key} ${address} ${written}`,
  );
  const shares = federation.members.map(({ name, index }) => `${name} ${store.memory.u8[SHARES_AT + index]}`);
  return [...lines, ...healths, ...shares].join("\n");
}
