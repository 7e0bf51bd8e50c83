/** A resolver thread that hangs, dies or exhausts its memory is replaced, and other names are still looked up. */
import { equal } from "node:assert/strict";
import { afterEach, describe, it } from "node:test";
import { silentLog } from "../../../src/kernel/log.ts";
import { createHostnameResolver, type HostnameResolver } from "../../../src/fleet/resolve/hostname.ts";
import type { HostAddresses } from "../../../src/fleet/resolve/hostname-state.ts";
import { JOB_DEADLINE_MS } from "../../../src/fleet/resolve/hostname-worker-pool.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { until } from "../../support/until.ts";

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

function collect(hostnames: HostnameResolver, name: string): HostAddresses[] {
  const told: HostAddresses[] = [];
  hostnames.watch(name, { member: "west", onAddresses: (addresses) => told.push(addresses) });
  return told;
}

describe("the resolver thread", () => {
  const workerUrl = new URL(
    `./odd-worker${import.meta.url.endsWith(".ts") ? ".ts" : ".js"}`,
    import.meta.url,
  );

  function odd(): { readonly clock: FakeClock; readonly hostnames: HostnameResolver } {
    const clock = new FakeClock();
    const hostnames = createHostnameResolver({ clock, log: silentLog, workerUrl });
    closing.push(() => hostnames.close());
    return { clock, hostnames };
  }

  it("is replaced when it hangs, and other names are still looked up", async () => {
    const { clock, hostnames } = odd();
    collect(hostnames, "hang.example");
    clock.advance(JOB_DEADLINE_MS - 1);
    equal(hostnames.counts().replacedThreads, 0);
    clock.advance(1);
    equal(hostnames.counts().replacedThreads, 1);
    const told = collect(hostnames, "lb.example");
    await until("addresses come", () => told.length > 0);
  });

  for (const [claim, name] of [
    ["dies", "die.example"],
    ["exhausts its memory", "eat.example"],
  ] as const) {
    it(`is replaced when it ${claim}, and other names are still looked up`, async () => {
      const { hostnames } = odd();
      collect(hostnames, name);
      await until("the thread is replaced", () => hostnames.counts().replacedThreads === 1, 20_000);
      const told = collect(hostnames, "lb.example");
      await until("addresses come", () => told.length > 0);
    });
  }
});
