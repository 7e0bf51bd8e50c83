/** The rule "kubefed" once more, step by step, with integers of any length and without haste: what the planner is compared with. */
import type { PlanRequest } from "../../../src/propagate/planner/planner.ts";
import { preferenceOf, isLeftOut } from "./requests.ts";

export type ModelPlan = {
  readonly replicas: ReadonlyMap<string, number>;
  readonly overflow: ReadonlyMap<string, number>;
};

export function modelPlan(request: PlanRequest): ModelPlan {
  const { total, clusters, preferences, current, capacity, key } = request;
  const has = new Map(clusters.map((name) => [name, 0n]));
  const over = new Map<string, bigint>();
  const early = new Map<string, bigint>();
  let rest = BigInt(total);
  const row = clusters
    .filter((name) => !isLeftOut(request, name))
    .map((name) => ({ name, hash: hashOf(name + key), ...preferenceOf(request, name) }))
    .sort((x, y) => y.weight - x.weight || (x.hash < y.hash ? -1 : 1));
  const room = (name: string): bigint => BigInt(capacity.get(name) ?? 2 ** 40);
  const top = (max: number | null): bigint => BigInt(max ?? 2 ** 40);
  for (const { name, minReplicas } of row) {
    const first = least(BigInt(minReplicas), rest, room(name));
    has.set(name, first);
    rest -= first;
  }
  for (const { name, maxReplicas } of preferences.rebalance ? [] : row) {
    const more = least(BigInt(current.get(name) ?? 0), top(maxReplicas), room(name)) - (has.get(name) ?? 0n);
    const extra = more < 0n ? 0n : least(more, rest);
    early.set(name, extra);
    has.set(name, (has.get(name) ?? 0n) + extra);
    rest -= extra;
  }
  let inPlay = row;
  for (let isBusy = true; isBusy && rest > 0n;) {
    isBusy = false;
    const sum = inPlay.reduce((all, { weight }) => all + BigInt(weight), 0n);
    if (sum === 0n) break;
    const begin = rest;
    const next: typeof row = [];
    for (const one of inPlay) {
      const { name, weight, maxReplicas } = one;
      const start = has.get(name) ?? 0n;
      let extra = least((begin * BigInt(weight) + sum - 1n) / sum, rest);
      const use = least(extra, early.get(name) ?? 0n);
      early.set(name, (early.get(name) ?? 0n) - use);
      extra -= use;
      isBusy ||= use > 0n;
      let end = start + extra;
      let isFull = false;
      if (end > top(maxReplicas)) [end, isFull] = [top(maxReplicas), true];
      if (end > room(name)) {
        over.set(name, end - room(name));
        [end, isFull] = [room(name), true];
      }
      if (!isFull) next.push(one);
      rest -= end - start;
      has.set(name, end);
      isBusy ||= end > start;
    }
    inPlay = next;
  }
  const kept = [...over].map(
    ([name, more]) => [name, preferences.rebalance ? more : least(more, rest)] as const,
  );
  return {
    replicas: new Map([...has].map(([name, count]) => [name, Number(count)])),
    overflow: new Map(kept.filter(([, more]) => more > 0n).map(([name, more]) => [name, Number(more)])),
  };
}

function least(...values: readonly bigint[]): bigint {
  return values.reduce((a, b) => (a < b ? a : b));
}

function hashOf(text: string): bigint {
  const octets = [...new TextEncoder().encode(text)];
  return octets.reduce(
    (hash, octet) => ((hash * 16_777_619n) & 0xffff_ffffn) ^ BigInt(octet),
    2_166_136_261n,
  );
}
