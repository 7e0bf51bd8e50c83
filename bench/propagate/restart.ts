/** Part (d): fedns begins anew with everything in place. How soon the first change of a user arrives, and what else is written. */
import type { FednsServer } from "../load/fedns-server.ts";
import { sharedNowMs, writesSince } from "./orders.ts";
import { startServer, type Stage, tellHost, tellMembers, untilQuiet, type Versions } from "./stage.ts";

export type Restart = {
  /** From the launch, or from the kill, to the last copy of a change that was made at once. */
  readonly ms: number;
  /** Writes besides those that the change needs, by resource. */
  readonly needless: Readonly<Record<string, number>>;
};

type Outcome = { readonly fedns: FednsServer; readonly restart: Restart };

/** The whole of fedns is stopped and started. */
export async function afterStop(stage: Stage, fedns: FednsServer, versions: Versions): Promise<Outcome> {
  return measured(stage, versions, async () => {
    await fedns.started.stop();
    return () => startServer(stage);
  });
}

/** The propagate process is killed. Its supervisor starts another, which has to wait for the lease. */
export async function afterKill(stage: Stage, fedns: FednsServer, versions: Versions): Promise<Outcome> {
  return measured(stage, versions, () =>
    Promise.resolve(() => {
      for (const pid of fedns.pids("propagate")) process.kill(pid, "SIGKILL");
      return Promise.resolve(fedns);
    }),
  );
}

/** `prepare` is not measured; what it returns is, from its call on. */
async function measured(
  stage: Stage,
  versions: Versions,
  prepare: () => Promise<() => Promise<FednsServer>>,
): Promise<Outcome> {
  const before = await untilQuiet(stage);
  const begin = await prepare();
  const version = versions.next();
  const fromMs = sharedNowMs();
  const beginning = begin();
  await tellHost(stage, `change/0/${version}`);
  const arrivals = (await tellMembers(stage, `arrivals/0/${version}`)) as readonly number[];
  const fedns = await beginning;
  const after = await untilQuiet(stage);
  const needless = {
    ...less(writesSince(before.members, after.members), "configmaps", stage.plan.members),
    ...less(writesSince(before.host, after.host), "federatedconfigmaps/status", 1),
  };
  return { fedns, restart: { ms: Math.max(...arrivals) - fromMs, needless } };
}

/** Without those that were due. */
function less(
  writes: Readonly<Record<string, number>>,
  resource: string,
  due: number,
): Readonly<Record<string, number>> {
  const { [resource]: count = 0, ...others } = writes;
  return count > due ? { ...others, [resource]: count - due } : others;
}
