/** The metrics of the supervisor: what the workers count on the scoreboard, and the state of the processes. */
import type { Scoreboard } from "../../answer/scoreboard/scoreboard.ts";
import { Counter } from "../../answer/terms/counter.ts";
import type { CounterName } from "./catalog.ts";
import type { MetricRegistry } from "./registry.ts";

type SupervisorSources = {
  readonly version: string;
  readonly scoreboard: Scoreboard;
  readonly processes: () => Readonly<Record<string, { readonly restarts: number }>>;
  /** Answers to our own queries, by RCODE: the workers counted them, but they were not for clients. */
  readonly ownQueries: { readonly udp: readonly number[]; readonly tcp: readonly number[] };
  readonly isReady: () => boolean;
  readonly soaSerial: () => number;
  readonly settings: () => { readonly problems: readonly string[]; readonly needRestart: readonly string[] };
};

/** The first six response codes, then those further up that we send. */
const RCODES = {
  NOERROR: 0,
  FORMERR: 1,
  SERVFAIL: 2,
  NXDOMAIN: 3,
  NOTIMP: 4,
  REFUSED: 5,
  YXDOMAIN: 6,
  NOTAUTH: 9,
  BADVERS: 16,
} as const;

export function addSupervisorMetrics(registry: MetricRegistry, sources: SupervisorSources): void {
  const { version, scoreboard, processes, ownQueries, isReady, soaSerial, settings } = sources;
  registry.addNodeMetrics();
  addQueryMetrics(registry, scoreboard, ownQueries);
  addAccessMetrics(registry, scoreboard);
  registry.gauge("fedns_workers", (gauge) => gauge.set(scoreboard.runningWorkers()));
  registry.counter("fedns_child_restarts_total", ({ count }) => {
    for (const [child, { restarts }] of Object.entries(processes())) count(restarts, { child });
  });
  registry.gauge("fedns_ready", (gauge) => gauge.set(Number(isReady())));
  registry.gauge("fedns_settings_problems", (gauge) => gauge.set(settings().problems.length));
  registry.gauge("fedns_settings_need_restart", (gauge) => gauge.set(settings().needRestart.length));
  registry.gauge("fedns_soa_serial", (gauge) => gauge.set(soaSerial()));
  registry.gauge("fedns_build_info", (gauge) => gauge.set({ version }, 1));
}

function addQueryMetrics(
  registry: MetricRegistry,
  scoreboard: Scoreboard,
  own: SupervisorSources["ownQueries"],
): void {
  const sum = (counts: readonly number[]): number => counts.reduce((all, count) => all + count, 0);
  registry.counter("fedns_queries_total", ({ count }) => {
    count(total(scoreboard, Counter.QueriesUdp) - sum(own.udp), { transport: "udp" });
    count(total(scoreboard, Counter.QueriesStream) - sum(own.tcp), { transport: "tcp" });
  });
  registry.counter("fedns_responses_total", ({ count }) => {
    for (const [rcode, code] of Object.entries(RCODES))
      count(total(scoreboard, Counter.Rcode + code) - (own.udp[code] ?? 0) - (own.tcp[code] ?? 0), { rcode });
  });
  addCounter(registry, scoreboard, "fedns_ignored_total", Counter.Ignored);
  addCounter(registry, scoreboard, "fedns_truncated_total", Counter.Truncated);
  addCounter(registry, scoreboard, "fedns_climbed_total", Counter.Climbed);
  addCounter(registry, scoreboard, "fedns_failed_open_total", Counter.FailedOpen);
  addCounter(registry, scoreboard, "fedns_retried_total", Counter.Retried);
  addCounter(registry, scoreboard, "fedns_unsettled_total", Counter.Unsettled);
  addCounter(registry, scoreboard, "fedns_faults_total", Counter.Faults);
}

/** Access control, cookies and rate limits: what was decided before any lookup. */
function addAccessMetrics(registry: MetricRegistry, scoreboard: Scoreboard): void {
  registry.counter("fedns_cookies_total", ({ count }) => {
    count(total(scoreboard, Counter.CookieClientOnly), { shown: "nothing" });
    count(total(scoreboard, Counter.CookieWrong), { shown: "wrong" });
    count(total(scoreboard, Counter.CookieGood), { shown: "good" });
  });
  registry.counter("fedns_rate_limited_total", ({ count }) => {
    count(total(scoreboard, Counter.RateSlipped), { outcome: "slipped" });
    count(total(scoreboard, Counter.RateDropped), { outcome: "dropped" });
    count(total(scoreboard, Counter.RateExempt), { outcome: "exempt" });
  });
  addCounter(registry, scoreboard, "fedns_prohibited_total", Counter.Prohibited);
  addCounter(registry, scoreboard, "fedns_cut_short_total", Counter.CutShort);
  addCounter(registry, scoreboard, "fedns_identity_total", Counter.Facts);
}

function addCounter(registry: MetricRegistry, scoreboard: Scoreboard, name: CounterName, slot: number): void {
  registry.counter(name, ({ count }) => count(total(scoreboard, slot)));
}

function total(scoreboard: Scoreboard, slot: number): number {
  return scoreboard.totals()[slot] as number;
}
