/** The end of a run: nothing happens any more, and everything works. Then everything is where it is wanted, and nothing is drained. */
import { comeBack } from "./events.ts";
import { pass } from "./pass.ts";
import { count, siteOf, TEMPLATE, tell, Violation, type Whole, wishNow } from "./world.ts";

/** Room counts a minute after it is there, and replicas move a quarter at a time, each when others are ready and caches are empty. */
const SETTLE_MS = 900_000;
const DOWN_MS = 75_000;

export async function checkCalm(whole: Whole): Promise<void> {
  const { away, world, sites } = whole;
  tell(whole, "from now on nothing happens");
  for (const cluster of Array.from(away)) comeBack(whole, cluster);
  world.paths.clear();
  for (const site of sites.values()) {
    site.isAutoscaled = false;
    site.setRoom(null);
  }
  await pass(whole, DOWN_MS);
  for (const { name } of world.clusters) {
    const target = { cluster: name, service: null, address: null };
    whole.control?.orders.obey({ action: "undrain", target });
    whole.propagator.see(name);
  }
  await pass(whole, SETTLE_MS);
  for (const key of whole.keys) checkNumbers(whole, key);
  const left = whole.control?.orders.orders.list.filter(({ kind }) => kind === "removal") ?? [];
  if (left.length > 0)
    throw new Violation(
      `nothing happens, and clients are kept from ${left.map(({ target }) => JSON.stringify(target)).join(", ")}`,
    );
  count(whole, "check: calm");
}

function checkNumbers(whole: Whole, key: string): void {
  const { world } = whole;
  const { preference, placement } = wishNow(whole, key);
  const asked = world.clusters.map(({ name }) => siteOf(whole, name, key).asked);
  const text = world.clusters.map(({ name }, index) => `${name} ${asked[index] ?? "none"}`).join(", ");
  if (preference === null) {
    const placed = world.clusters.map(({ name }) =>
      placement.clusters?.includes(name) === true ? TEMPLATE : null,
    );
    if (JSON.stringify(placed) !== JSON.stringify(asked)) throw new Violation(`${key} is in ${text}`);
    return;
  }
  const { total, preferences } = preference;
  const mosts = world.clusters.map(({ name }) => {
    const one = preferences.clusters.get(name) ?? preferences.clusters.get("*");
    return one === undefined || (one.weight === 0 && preferences.rebalance)
      ? (one?.minReplicas ?? 0)
      : (one.maxReplicas ?? total);
  });
  const most = mosts.reduce((sum, one) => sum + one, 0);
  const sum = asked.reduce<number>((all, one) => all + (one ?? 0), 0);
  if (sum < Math.min(total, most) && preferences.rebalance)
    throw new Violation(`${key} has ${text} of ${total}`);
  if (sum > total) throw new Violation(`${key} has ${text}, and ${total} are asked for`);
  count(whole, "check: the numbers are there");
}
