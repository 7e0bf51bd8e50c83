/** Look-ups of several members: silent names and too many of one do not keep those of another waiting. */
import { deepEqual, equal } from "node:assert/strict";
import { afterEach, describe, it } from "node:test";
import { type Log, silentLog } from "../../../src/kernel/log.ts";
import { createHostnameResolver, type HostnameResolver } from "../../../src/fleet/resolve/hostname.ts";
import type { FairLimits } from "../../../src/kernel/fair/fair-room.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { until } from "../../support/until.ts";
import { collect, scene } from "./scene.ts";

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

/** On a clock that stands still: what waits for a deadline waits for ever. */
function resolver(limits?: FairLimits, log: Log = silentLog): HostnameResolver {
  const workerUrl = new URL(
    `./odd-worker${import.meta.url.endsWith(".ts") ? ".ts" : ".js"}`,
    import.meta.url,
  );
  const parts = { clock: new FakeClock(), log, workerUrl, ...(limits !== undefined && { limits }) };
  const hostnames = createHostnameResolver(parts);
  closing.push(() => hostnames.close());
  return hostnames;
}

function watchSilent(hostnames: HostnameResolver, member: string, count: number): (() => void)[] {
  return Array.from(
    { length: count },
    (_, i) => collect(hostnames, `silent.${member}-${i}.example`, member).stop,
  );
}

/** The watched names that were looked up: of a faulty thread, every name but the silent ones has this address. */
async function found(hostnames: HostnameResolver, name: string, member: string): Promise<void> {
  const { told } = collect(hostnames, name, member);
  await until(`${name} is looked up`, () => told.length > 0);
}

describe("while a member has 160 silent names", () => {
  it("the name of another is looked up at once", async () => {
    const hostnames = resolver();
    watchSilent(hostnames, "greedy", 160);
    await found(hostnames, "lb.example", "calm");
    equal(hostnames.counts().resolving, 160);
  });

  it("and so have ten other members, it is too", async () => {
    const hostnames = resolver();
    for (let i = 0; i < 11; i++) watchSilent(hostnames, `greedy-${i}`, 160);
    await found(hostnames, "lb.example", "calm");
  });

  it("a hundred names of another are looked up", async () => {
    const hostnames = resolver();
    watchSilent(hostnames, "greedy", 160);
    const all = Array.from({ length: 100 }, (_, i) => collect(hostnames, `lb-${i}.example`, "calm"));
    await until("all are looked up", () => all.every(({ told }) => told.length > 0));
  });

  it("a name that it declared first does not wait in its turn, but in that of the other", async () => {
    const hostnames = resolver();
    watchSilent(hostnames, "greedy", 160);
    const first = collect(hostnames, "lb.example", "greedy");
    await found(hostnames, "lb.example", "calm");
    equal(first.told.length, 1);
  });

  it("a name that the other does not want any more takes no turn of it", async () => {
    const hostnames = resolver();
    watchSilent(hostnames, "greedy", 160);
    watchSilent(hostnames, "calm", 1);
    collect(hostnames, "silent.shared.example", "greedy");
    collect(hostnames, "silent.shared.example", "calm").stop();
    const { told, stop } = collect(hostnames, "lb.example", "calm");
    stop();
    await found(hostnames, "other.example", "third");
    deepEqual([told.length, hostnames.counts().resolving], [0, 162]);
  });
});

it("one member alone has eight look-ups at a time", async () => {
  const { dns, hostnames } = await scene(() => []);
  watchSilent(hostnames, "west", 160);
  const names = (): ReadonlySet<string> => new Set(dns.asked.map(({ name }) => name));
  await until("eight are asked", () => names().size === 8);
});

describe("over the limits", () => {
  const limits = { all: 6, each: 4, own: 1 };

  it("of a member, names wait, and begin when others of it end", () => {
    const hostnames = resolver(limits);
    const stops = watchSilent(hostnames, "greedy", 10);
    deepEqual([hostnames.counts().watched, hostnames.counts().waiting], [4, 6]);
    stops[0]?.();
    stops[1]?.();
    deepEqual([hostnames.counts().watched, hostnames.counts().waiting], [4, 4]);
  });

  it("of all, another member still has room of its own", async () => {
    const hostnames = resolver(limits);
    watchSilent(hostnames, "greedy-1", 10);
    watchSilent(hostnames, "greedy-2", 10);
    await found(hostnames, "lb.example", "calm");
    equal(hostnames.counts().watched, 7);
  });

  it("of all, what waits begins in turn when there is room, and is looked up", async () => {
    const hostnames = resolver(limits);
    const stops = watchSilent(hostnames, "greedy-1", 10);
    watchSilent(hostnames, "greedy-2", 10);
    collect(hostnames, "one.example", "calm");
    const second = collect(hostnames, "two.example", "calm");
    equal(second.told.length, 0);
    // Two names: the first of them is room for nobody, for calm has one beyond the limit.
    for (const stop of stops.slice(0, 3)) stop();
    await until("the second is looked up", () => second.told.length > 0);
  });

  it("what waits and is not wanted any more does not begin", () => {
    const hostnames = resolver(limits);
    const stops = watchSilent(hostnames, "greedy", 6);
    stops[5]?.();
    stops[4]?.();
    stops[0]?.();
    deepEqual([hostnames.counts().watched, hostnames.counts().waiting], [3, 0]);
  });

  it("the log has one line for each member, not for each name", () => {
    const lines: object[] = [];
    const log = { ...silentLog, warn: (fields: object) => void lines.push(fields) } as Log;
    const hostnames = resolver(limits, log);
    watchSilent(hostnames, "greedy", 1000);
    watchSilent(hostnames, "calm", 10);
    deepEqual(lines, [
      { cluster: "greedy", host: "silent.greedy-4.example" },
      { cluster: "calm", host: "silent.calm-2.example" },
    ]);
  });
});
