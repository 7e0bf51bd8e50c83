/** A resolver of host names on a driven clock, and the DNS server that it asks. */
import { afterEach } from "node:test";
import { silentLog } from "../../../src/kernel/log.ts";
import { createHostnameResolver, type HostnameResolver } from "../../../src/fleet/resolve/hostname.ts";
import type { HostAddresses } from "../../../src/fleet/resolve/hostname-state.ts";
import { startFakeResolver, type FakeResolver, type Script } from "../../support/fake-resolver.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { until } from "../../support/until.ts";

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

export type Scene = {
  readonly clock: FakeClock;
  readonly dns: FakeResolver;
  readonly hostnames: HostnameResolver;
};

export async function scene(script: Script, more: readonly string[] = []): Promise<Scene> {
  const dns = await startFakeResolver(script);
  const clock = new FakeClock();
  const servers = [...more, dns.server];
  const hostnames = createHostnameResolver({ clock, log: silentLog, servers, random: () => 0.999 });
  closing.push(
    () => hostnames.close(),
    () => dns.close(),
  );
  return { clock, dns, hostnames };
}

/** Watches a name and collects its addresses. */
export function collect(
  hostnames: HostnameResolver,
  name: string,
  member = "west",
): { readonly told: HostAddresses[]; readonly stop: () => void } {
  const told: HostAddresses[] = [];
  const stop = hostnames.watch(name, { member, onAddresses: (addresses) => told.push(addresses) });
  return { told, stop };
}

/** The look-up that runs has ended when its next one is on the clock. */
export async function settled({ clock, hostnames }: Scene): Promise<void> {
  await until("the look-up ends", () => hostnames.counts().resolving === 0 && clock.pendingTimers > 0);
}

/** Moves time, and waits until a look-up has come and gone. */
export async function nextLookUp(here: Scene, seconds: number): Promise<void> {
  await settled(here);
  const before = here.dns.asked.length;
  here.clock.advance(seconds * 1000);
  await until("the name is asked again", () => here.dns.asked.length >= before + 2);
  await settled(here);
}
