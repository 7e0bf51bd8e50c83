/**
 * The calm at the end: once nothing happens any more, answers settle within a bound and then never change, and what the
 * federation believes is true.
 */
import type { Run } from "./run-state.ts";
import { count, tell, Violation } from "./run-state.ts";
import { checkHealth, stateText } from "./state-checks.ts";

/** Damping decays, ramps and drains end, clusters that were away return. */
const SETTLE_MS = 2 * 3_600_000;
/** The longest pause between two checks. Pauses vary, so that no process stays in step with them. */
const APART_MS = 59_000;
const LOOKS = 40;

export async function checkCalm(run: Run): Promise<void> {
  tell(run, "from now on nothing happens");
  run.world.paths.clear();
  run.world.cutOff.clear();
  run.world.isUplinkCut = false;
  for (const name of run.away) run.control.feeds.get(name)?.resume(run.chance.int(1, 5000));
  run.away.clear();
  await run.sim.advance(SETTLE_MS);
  run.orders.tick(run.sim.wallMs, run.sim.nowMs);
  await checkHealth(run);
  checkTold(run);
  const settled = stateText(run);
  for (let look = 0; look < LOOKS; look++) {
    await run.sim.advance(run.chance.int(500, APART_MS));
    const now = stateText(run);
    if (now !== settled)
      throw new Violation(`nothing happens, and the picture changes: ${difference(settled, now)}`);
  }
  count(run, "check: calm");
}

/** Whatever was reported late, twice or never: in the end the federation believes what is true. */
function checkTold(run: Run): void {
  for (const [name, { backends }] of run.control.told) {
    const cluster = run.world.cluster(name);
    const federated = run.control.federation.member(name)?.backends;
    for (const key of run.world.services) {
      const service = cluster.services.get(key);
      const believed = backends.get(key);
      const published = federated?.get(key);
      if (
        (service === undefined) !== (believed === undefined) ||
        (service === undefined) !== (published === undefined)
      )
        throw new Violation(`${key} in ${name} is believed to be what it is not`);
      const ready = cluster.slices.get(key)?.ready ?? 0;
      if (published !== undefined && published.readyEndpoints !== ready)
        throw new Violation(
          `${key} in ${name} has ${ready} ready endpoints, and ${published.readyEndpoints} are believed`,
        );
    }
  }
}

function difference(a: string, b: string): string {
  const before = a.split("\n");
  return b
    .split("\n")
    .flatMap((line, i) => (line === before[i] ? [] : [`${before[i]} is now ${line}`]))
    .join("; ");
}
