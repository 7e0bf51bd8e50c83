/** A member whose changes have not been seen for too long: its endpoints are not answered any more. */
import type { Clock } from "../../kernel/clock.ts";
import type { Federation } from "../../federation/members/federation.ts";
import type { Log } from "../../kernel/log.ts";

/** How often it is checked whether the member is seen; a time that is known to end is waited for. */
const CHECK_EVERY_MS = 1_000;
const CHECK_SOONEST_MS = 1;

type StaleOptions = {
  readonly federation: Pick<Federation, "setStale" | "isStale">;
  readonly cluster: string;
  readonly staleAfterMs: () => number;
  /** Wall time in ms when the cluster was last seen; null while it is being seen. */
  readonly lastSeenMs: () => number | null;
  /** False = it is too early to say that the cluster cannot be seen. */
  readonly isJudged?: () => boolean;
  /** The cluster is seen again after its endpoints were taken out. */
  readonly onReturn: () => void;
  readonly clock: Clock;
  readonly log: Log;
};

/** Checks until aborted, and when the time of the member is over. Services stay declared, so that their names continue to exist without endpoints. */
export function watchStaleness(options: StaleOptions, signal: AbortSignal): void {
  const { clock, log, cluster, federation, staleAfterMs } = options;
  const expire = (): void => {
    const services = federation.setStale(cluster, true);
    if (services > 0)
      log.warn({ cluster, services }, "not seen for too long; its endpoints are not answered any more");
  };
  const check = (): void => {
    if (signal.aborted) return;
    const lastSeenMs = options.lastSeenMs();
    const isStale = federation.isStale(cluster);
    if (lastSeenMs === null && isStale) {
      federation.setStale(cluster, false);
      options.onReturn();
    }
    const leftMs = lastSeenMs === null ? Infinity : lastSeenMs + staleAfterMs() - clock.wallMs();
    if (leftMs <= 0 && !isStale && (options.isJudged?.() ?? true)) expire();
    clock.after(
      leftMs > 0 ? Math.max(CHECK_SOONEST_MS, Math.min(leftMs, CHECK_EVERY_MS)) : CHECK_EVERY_MS,
      check,
    );
  };
  check();
}
