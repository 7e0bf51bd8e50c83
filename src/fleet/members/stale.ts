/** A member whose changes have not been seen for too long: its endpoints are not answered any more. */
import type { Clock } from "../../kernel/clock.ts";
import type { Federation } from "../../federation/members/federation.ts";
import type { Log } from "../../kernel/log.ts";

const CHECK_EVERY_MS = 1_000;
/** Endpoints that were set since are taken out as well, but looking at all of them takes time. */
const EXPIRE_AGAIN_AFTER_MS = 10_000;

type StaleOptions = {
  readonly federation: Federation;
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

/** Checks now and every CHECK_EVERY_MS until aborted. Services stay declared, so that their names continue to exist without endpoints. */
export function watchStaleness(options: StaleOptions, signal: AbortSignal): void {
  const { clock, log, cluster, federation } = options;
  let expiredAtMs: number | null = null;
  const isStale = (lastSeenMs: number): boolean =>
    clock.wallMs() - lastSeenMs > options.staleAfterMs() && (options.isJudged?.() ?? true);
  const check = (): void => {
    if (signal.aborted) return;
    const lastSeenMs = options.lastSeenMs();
    if (lastSeenMs === null && expiredAtMs !== null) {
      expiredAtMs = null;
      options.onReturn();
    }
    const isDue = expiredAtMs === null || clock.nowMs() - expiredAtMs >= EXPIRE_AGAIN_AFTER_MS;
    if (lastSeenMs !== null && isDue && isStale(lastSeenMs)) {
      const expired = expire(federation, cluster);
      expiredAtMs = clock.nowMs();
      if (expired > 0)
        log.warn(
          { cluster, services: expired },
          "not seen for too long; its endpoints are not answered any more",
        );
    }
    clock.after(CHECK_EVERY_MS, check);
  };
  check();
}

function expire(federation: Federation, cluster: string): number {
  let expired = 0;
  for (const [key, backend] of federation.member(cluster)?.backends ?? []) {
    if (backend.readyEndpoints === 0) continue;
    federation.setBackend(cluster, key, { ...backend, readyEndpoints: 0 });
    expired++;
  }
  return expired;
}
