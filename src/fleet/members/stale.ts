/** A member nobody has seen for too long: what it once announced is handed out no more (DESIGN §3.5). */
import type { Clock } from "../../kernel/clock.ts";
import type { Federation } from "../../federation/members/federation.ts";
import type { Log } from "../../kernel/log.ts";

const LOOK_EVERY_MS = 10_000;

type StaleOptions = {
  readonly federation: Federation;
  readonly cluster: string;
  readonly staleAfterMs: number;
  /** Wall time in ms when the cluster was last seen; null while it is being seen. */
  readonly lastSeenMs: () => number | null;
  /** It is seen again after its endpoints had left. */
  readonly onReturn: () => void;
  readonly clock: Clock;
  readonly log: Log;
};

/** Looks from time to time until aborted. Services stay declared, so their names go on existing; endpoints go. */
export function watchStaleness(options: StaleOptions, signal: AbortSignal): void {
  const { clock, log, cluster, federation } = options;
  let hasExpired = false;
  const look = (): void => {
    if (signal.aborted) return;
    const lastSeenMs = options.lastSeenMs();
    if (lastSeenMs === null && hasExpired) {
      hasExpired = false;
      options.onReturn();
    }
    if (lastSeenMs !== null && clock.wallMs() - lastSeenMs > options.staleAfterMs) {
      const expired = expire(federation, cluster);
      hasExpired = true;
      if (expired > 0) log.warn({ cluster, services: expired }, "not seen for too long; its endpoints leave");
    }
    clock.after(LOOK_EVERY_MS, look);
  };
  clock.after(LOOK_EVERY_MS, look);
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
