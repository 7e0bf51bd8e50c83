/** What the supervisor can say of everything: /readyz, /status and /metrics, from the board, the picture and the children. */
import { collectDefaultMetrics, Gauge, Registry } from "prom-client";
import { joinMetrics } from "../admin/metrics-text.ts";
import { Counter } from "../../answer/terms/counter.ts";
import type { Clock } from "../../kernel/clock.ts";
import type { ControlStatus } from "../control/messages.ts";
import type { Scoreboard } from "../../answer/scoreboard/scoreboard.ts";
import type { PictureFile } from "../../kernel/native/picture-file.ts";
import { Header } from "../../picture/format/layout.ts";
import type { ProcessHealth } from "./process-supervisor.ts";

export type ReportSources = {
  readonly version: string;
  readonly startedMs: number;
  readonly clock: Clock;
  readonly board: Scoreboard;
  readonly picture: () => PictureFile;
  readonly listen: readonly { readonly address: string; readonly port: number }[];
  readonly processes: () => { readonly serve: ProcessHealth; readonly control: ProcessHealth };
  readonly isSaved: boolean;
  readonly isSettled: () => boolean;
  readonly isDraining: () => boolean;
  /** Null when control does not answer in time. */
  readonly control: () => Promise<{ readonly status: ControlStatus; readonly metrics: string } | null>;
};

type Readiness = { readonly ready: boolean; readonly reasons: string[] };

/** Never because of a member that is down: others are answered for. */
export function readiness(sources: ReportSources): Readiness {
  const reasons: string[] = [];
  if (sources.isDraining()) reasons.push("stopping: finish elsewhere");
  if (sources.processes().serve.state !== "running") reasons.push("the serve process is not running");
  if (!sources.isSaved && !sources.isSettled()) reasons.push("the members are being read for the first time");
  return { ready: reasons.length === 0, reasons };
}

export async function status(sources: ReportSources): Promise<unknown> {
  const { clock, processes } = sources;
  const control = await sources.control();
  const { u32 } = sources.picture().memory;
  const committedAt = u32[Header.CommittedAt] as number;
  return {
    version: sources.version,
    startedAt: new Date(sources.startedMs).toISOString(),
    now: new Date(clock.wallMs()).toISOString(),
    ...readiness(sources),
    isStale: control?.status.isStale ?? true,
    listen: sources.listen,
    processes: { supervisor: { pid: process.pid }, ...processes() },
    picture: {
      serial: u32[Header.Serial],
      soaSerial: u32[Header.SoaSerial],
      committedAt: committedAt === 0 ? null : new Date(committedAt * 1000).toISOString(),
      isComplete: u32[Header.Complete] === 1,
      wasSaved: sources.isSaved,
      nodes: u32[Header.NodesLive],
      servicesAndNamespaces: u32[Header.ServicesLive],
    },
    clusters: control?.status.clusters ?? null,
    zones: control?.status.zones ?? null,
    publisher: control?.status.publisher ?? null,
    hostnames: control?.status.hostnames ?? null,
    orders: control?.status.orders ?? null,
    hosts: control?.status.hosts ?? null,
    steering: control?.status.steering ?? null,
    health: control?.status.health ?? null,
    problem:
      control === null ? "the control process does not answer; answers go on from the last picture" : null,
  };
}

const RCODES = ["NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED"];
const MORE_RCODES = { YXDOMAIN: 6, NOTAUTH: 9, BADVERS: 16 } as const;

export class Metrics {
  readonly #sources: ReportSources;
  readonly #registry: Registry = new Registry();

  constructor(sources: ReportSources) {
    this.#sources = sources;
    collectDefaultMetrics({ register: this.#registry });
    const { board, processes } = sources;
    const totals = (slot: number): number => board.totals()[slot] as number;
    this.#gauge("fedns_queries_total", "Messages with a verdict other than silence.", ["transport"], (g) => {
      g.set({ transport: "udp" }, totals(Counter.QueriesUdp));
      g.set({ transport: "tcp" }, totals(Counter.QueriesStream));
    });
    this.#gauge("fedns_responses_total", "Responses sent.", ["rcode"], (g) => {
      const all = board.totals();
      RCODES.forEach((rcode, i) => g.set({ rcode }, all[Counter.Rcode + i] as number));
      for (const [rcode, slot] of Object.entries(MORE_RCODES))
        g.set({ rcode }, all[Counter.Rcode + slot] as number);
    });
    this.#count("fedns_ignored_total", "Messages that got no response.", Counter.Ignored);
    this.#count("fedns_truncated_total", "Responses that told the client to use TCP.", Counter.Truncated);
    this.#count("fedns_climbed_total", "Steps up the ladder for want of a backend.", Counter.Climbed);
    this.#count(
      "fedns_failed_open_total",
      "Answers from backends of which none was in health.",
      Counter.FailedOpen,
    );
    this.#count(
      "fedns_retried_total",
      "Answers made twice because the picture had changed.",
      Counter.Retried,
    );
    this.#countAbuse(totals);
    this.#count("fedns_faults_total", "Errors of our own, answered SERVFAIL.", Counter.Faults);
    this.#gauge("fedns_workers", "Threads that serve.", [], (g) => g.set(board.runningWorkers()));
    this.#gauge(
      "fedns_child_restarts_total",
      "Child processes that died and were started again.",
      ["child"],
      (g) => {
        g.set({ child: "serve" }, processes().serve.restarts);
        g.set({ child: "control" }, processes().control.restarts);
      },
    );
    this.#gauge("fedns_ready", "1 while /readyz says so.", [], (g) =>
      g.set(Number(readiness(sources).ready)),
    );
    this.#gauge("fedns_soa_serial", "Serial of the SOA records.", [], (g) => {
      g.set(sources.picture().memory.u32[Header.SoaSerial] as number);
    });
    this.#gauge("fedns_build_info", "Always 1; the version is a label.", ["version"], (g) =>
      g.set({ version: sources.version }, 1),
    );
  }

  /** What came of strangers' queries before any lookup. */
  #countAbuse(totals: (slot: number) => number): void {
    this.#gauge(
      "fedns_cookies_total",
      "Cookies in queries: none of ours yet, not good, good.",
      ["shown"],
      (g) => {
        g.set({ shown: "nothing" }, totals(Counter.CookieNothing));
        g.set({ shown: "wrong" }, totals(Counter.CookieWrong));
        g.set({ shown: "good" }, totals(Counter.CookieGood));
      },
    );
    const help = "Answers over the rate limit: sent empty and truncated, not sent, sent because exempt.";
    this.#gauge("fedns_rate_limited_total", help, ["outcome"], (g) => {
      g.set({ outcome: "slipped" }, totals(Counter.RateSlipped));
      g.set({ outcome: "dropped" }, totals(Counter.RateDropped));
      g.set({ outcome: "exempt" }, totals(Counter.RateExempt));
    });
    this.#count(
      "fedns_prohibited_total",
      "Queries that allowQuery or a hidden identity refused.",
      Counter.Prohibited,
    );
    this.#count(
      "fedns_cut_short_total",
      "Truncated responses to clients without a good cookie that could have taken more.",
      Counter.CutShort,
    );
    this.#count("fedns_identity_total", "Answers of class CHAOS.", Counter.Facts);
  }

  async text(): Promise<string> {
    const control = await this.#sources.control();
    const parts = [{ process: "supervisor", text: await this.#registry.metrics() }];
    if (control !== null) parts.push({ process: "control", text: control.metrics });
    return joinMetrics(parts);
  }

  #count(name: string, help: string, slot: number): void {
    this.#gauge(name, help, [], (g) => g.set(this.#sources.board.totals()[slot] as number));
  }

  /** Values are read when scraped; the counting is done elsewhere, by workers that know no Prometheus. */
  #gauge(name: string, help: string, labelNames: string[], collect: (gauge: Gauge) => void): void {
    const gauge: Gauge = new Gauge({
      name,
      help,
      labelNames,
      registers: [this.#registry],
      collect: () => collect(gauge),
    });
  }
}
